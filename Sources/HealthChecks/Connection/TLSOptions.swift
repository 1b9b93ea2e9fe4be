import HealthCore
import NIOCore
package import NIOSSL

/// The `tls` section of a check.
package struct TLSOptions: Sendable {
    /// Paths of PEM files; nil for the system's authorities and for no client certificate.
    package var authorities: String?
    package var certificate: String?
    package var key: String?
    /// The name to ask for and to verify, when it is not the target's own.
    package var serverName: String?
    package var verifies = true
    /// How long before its end a certificate is degraded or unhealthy.
    package var expiresWithin: ThresholdPair<Duration>?

    package init() {}

    static let keys = [
        SettingKey("ca", .path, "PEM file of the authorities to trust; default the system's."),
        SettingKey("certificate", .path, "PEM file of the client certificate and its chain."),
        SettingKey("key", .path, "PEM file of the client certificate's key.", secret: true),
        SettingKey("server_name", .text(maximum: 253), "The name the certificate must be for; default the host."),
        SettingKey("verify", .boolean, "Whether the certificate is verified; default true."),
        SettingKey("expires_within", .thresholds(.duration), "Time left of the certificate that expires first."),
    ]

    /// The paths in the `tls` section of a check, as they are written.
    package static func paths(in check: SettingNode) -> [String] {
        guard case .map(let keys, _) = check, case .map(let tls, _) = keys.first(where: { $0.key == "tls" })?.value
        else {
            return []
        }
        return tls.compactMap { entry in
            guard ["ca", "certificate", "key"].contains(entry.key), case .scalar(let scalar, _) = entry.value else {
                return nil
            }
            return scalar.text
        }
    }

    /// The TLS library's configuration; throws when a file can't be read or holds something else.
    package func configuration(protocols: [String]) throws(Problem) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = protocols
        configuration.shutdownTimeout = .milliseconds(100)
        // The verifier does it, host name included; the library need not hold the authorities as well.
        configuration.certificateVerification = .noHostnameVerification
        configuration.trustRoots = .certificates([])
        if let certificate, let key {
            let chain = try Self.read("certificate", certificate) { try NIOSSLCertificate.fromPEMBytes($0) }
            configuration.certificateChain = chain.map { .certificate($0) }
            configuration.privateKey = .privateKey(
                try Self.read("key", key) { try NIOSSLPrivateKey(bytes: $0, format: .pem) }
            )
        }
        return configuration
    }

    /// What judges the certificates of targets; throws when the authorities can't be read, which they are once.
    func verifier(of verifiers: CertificateVerifiers) throws(Problem) -> CertificateVerifier {
        if let known = verifiers.known(authorities: authorities) { return known }
        if let authorities { _ = try Self.read("ca", authorities) { $0 } }
        guard let verifier = verifiers.verifier(authorities: authorities) else {
            throw Problem(key: "ca", message: "expected a readable PEM file with certificates")
        }
        return verifier
    }

    /// A file that is not what its key wants.
    package struct Problem: Error {
        package let key: String
        package let message: String
    }

    /// Longer files are no keys and no certificates.
    private static let maximumBytes = 2 * 1024 * 1024

    private static func read<Value>(
        _ key: String,
        _ path: String,
        _ load: ([UInt8]) throws -> Value
    ) throws(Problem) -> Value {
        let contents: GuardedFile.Contents
        do throws(GuardedFile.Problem) {
            contents = try GuardedFile.read(path, limit: maximumBytes)
        } catch {
            throw Problem(key: key, message: error.text)
        }
        if key == "key", contents.isReadableByOthers {
            throw Problem(
                key: key,
                message: "the key is readable by everybody on the machine; take that right (chmod o-r)"
            )
        }
        do {
            return try load(contents.bytes)
        } catch {
            let what = key == "key" ? "a private key" : "certificates"
            throw Problem(key: key, message: "expected a readable PEM file with \(what)")
        }
    }
}

extension SettingsReader {
    /// The `tls` section; notes files that can't be used.
    func tlsOptions(_ resources: CheckResources) -> TLSOptions {
        let reader = object("tls", keys: TLSOptions.keys)
        var options = TLSOptions()
        options.authorities = reader.path("ca").map { resources.resolve(path: $0) }
        options.certificate = reader.path("certificate").map { resources.resolve(path: $0) }
        options.key = reader.path("key").map { resources.resolve(path: $0) }
        options.serverName = reader.serverName("server_name")
        options.verifies = reader.boolean("verify") ?? true
        options.expiresWithin = reader.lowDurationThresholds("expires_within")
        if reader.has("certificate") != reader.has("key") {
            problem("tls", "`certificate` and `key` only work together")
        }
        if !options.verifies, reader.has("ca") { reader.problem("ca", "has no effect with verify: false") }
        do throws(TLSOptions.Problem) {
            _ = try options.configuration(protocols: [])
            _ = try options.verifier(of: resources.verifiers)
        } catch {
            reader.problem(error.key, error.message)
        }
        return options
    }

    /// A host name, as it goes into the handshake (RFC 6066 §3: no address).
    private func serverName(_ key: String) -> String? {
        value(key, "a host name of at most 253 characters") { text in
            let isName = text.utf8.allSatisfy { byte in
                byte == 45 || byte == 46 || byte == 95 || (48...57).contains(byte) || (97...122).contains(byte | 32)
            }
            return isName && !text.isEmpty && text.utf8.count <= 253 && IPAddress(text) == nil ? text : nil
        }
    }

    /// A pair of thresholds of durations; low is bad.
    func lowDurationThresholds(_ key: String) -> ThresholdPair<Duration>? {
        thresholds(key, "a duration, such as 14d", lowIsBad: true, SettingText.duration)
    }
}
