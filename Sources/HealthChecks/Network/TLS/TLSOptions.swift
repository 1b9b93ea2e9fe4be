import HealthCore
import NIOCore
package import NIOSSL

/// The `tls` section of a check.
package struct TLSOptions: Settings {
    /// A PEM file of authorities; nil for the system's.
    package var authorities: SettingFile?
    /// A PEM file of the client certificate and its chain; nil for none.
    package var certificate: SettingFile?
    /// A PEM file of the client certificate's key.
    package var key: SettingFile?
    /// The name to send and to verify (RFC 6066 §3), when it is not the target's own.
    package var serverName: String?
    /// Whether certificates are verified.
    package var verifies = true
    /// The keys of which the chain must have one; empty for any.
    package var pins: [PublicKeyPin] = []
    /// How long before its end a certificate is degraded or unhealthy.
    package var expiresWithin: ThresholdPair<Duration>?

    /// The system's authorities, and no client certificate.
    package init() {}

    /// The keys of the section.
    package static let keys: [SettingKey<TLSOptions>] = [
        SettingKey(
            "ca",
            in: \.authorities,
            as: .pem(.authorities),
            "PEM file of the authorities to trust.",
            default: "the system's"
        ),
        SettingKey(
            "certificate",
            in: \.certificate,
            as: .pem(.certificates),
            "PEM file of the client certificate and its chain."
        ),
        SettingKey(
            "key",
            in: \.key,
            as: .pem(.privateKey),
            "PEM file of the client certificate's key.",
            traits: .secret
        ),
        SettingKey(
            "server_name",
            in: \.serverName,
            as: .serverName,
            "The name the certificate must be for.",
            default: "the host"
        ),
        SettingKey("verify", in: \.verifies, as: .boolean, "Whether the certificate is verified."),
        SettingKey(
            "pins",
            in: \.pins,
            as: .oneOrMore(.publicKeyPin),
            "Public keys, each as sha256//BASE64: the verified chain must have one of them; the server's own with verify: false."
        ),
        SettingKey(
            "expires_within",
            in: \.expiresWithin,
            as: .thresholds(.duration(like: "14d"), lowIsBad: true),
            "Time left of the certificate that expires first."
        ),
    ]

    /// Reports keys that do not fit together.
    package func validate(_ reader: SettingsReader) {
        if reader.has("certificate") != reader.has("key") {
            reader.problem("`certificate` and `key` only work together")
        }
        if let certificate, let key {
            let fits = reader.inputs.files.isAccepted(certificate.path, for: "the key \(key.path)") { _ in
                (try? configuration(protocols: [])).map { (try? NIOSSLContext(configuration: $0)) != nil } ?? false
            }
            if !fits {
                reader.problem("certificate", "does not fit the `key`; perhaps only one of the two files was replaced")
            }
        }
        if !verifies, reader.has("ca") { reader.problem("ca", "has no effect with verify: false") }
    }

    /// The TLS library's configuration; throws when a file holds something else than it should.
    package func configuration(protocols: [String]) throws(Problem) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = protocols
        configuration.shutdownTimeout = .milliseconds(100)
        // The verifier does it, host name included; the library need not hold the authorities as well.
        configuration.certificateVerification = .noHostnameVerification
        configuration.trustRoots = .certificates([])
        guard let certificate, let key else { return configuration }
        do {
            let chain = try NIOSSLCertificate.fromPEMBytes(certificate.bytes)
            configuration.certificateChain = chain.map { .certificate($0) }
        } catch {
            throw Problem(key: "certificate", message: PEMContent.certificates.expected)
        }
        do {
            configuration.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: key.bytes, format: .pem))
        } catch {
            throw Problem(key: "key", message: PEMContent.privateKey.expected)
        }
        return configuration
    }

    /// What verifies the certificates of targets; throws when the authorities can't be loaded.
    func verifier(of verifiers: CertificateVerifiers) throws(Problem) -> CertificateVerifier {
        guard let verifier = verifiers.verifier(authorities: authorities) else {
            throw Problem(key: "ca", message: PEMContent.authorities.expected)
        }
        return verifier
    }

    /// A file that is not what its key wants.
    package struct Problem: Error {
        /// The key of the section.
        package let key: String
        /// What is wrong with its file.
        package let message: String
    }
}

/// What a PEM file (RFC 7468) must hold.
package enum PEMContent: String, Sendable {
    case authorities, certificates, privateKey

    /// How an error calls a right file.
    var expected: String {
        "expected a readable PEM file with \(self == .privateKey ? "a private key" : "certificates")"
    }

    /// Whether it is in a file.
    func isIn(_ file: SettingFile) -> Bool {
        guard Self.isWhole(file.bytes) else { return false }
        return switch self {
        case .authorities: CertificateVerifier(authorities: file) != nil
        case .certificates: (try? NIOSSLCertificate.fromPEMBytes(file.bytes)) != nil
        case .privateKey: (try? NIOSSLPrivateKey(bytes: file.bytes, format: .pem)) != nil
        }
    }

    /// Whether each block has an end: of a file that is being written the libraries would read the part that is there.
    private static func isWhole(_ bytes: [UInt8]) -> Bool {
        func count(_ mark: String) -> Int {
            bytes.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }.count { $0.starts(with: mark.utf8) }
        }
        return count("-----BEGIN ") == count("-----END ")
    }
}

extension SettingType where Value == SettingFile {
    /// A PEM text that stands in the configuration itself; its path is that of its key.
    package static func pemText(_ content: PEMContent) -> SettingType {
        SettingType(.freeText(maximum: SettingFiles.maximumBytes)) { place in
            place.scalar("a PEM text") { SettingFile(path: place.path, bytes: Array($0.utf8)) }.flatMap { file in
                if content.isIn(file) { return file }
                place.problem(content.expected)
                return nil
            }
        }
    }

    /// A PEM file, which is read.
    package static func pem(_ content: PEMContent) -> SettingType {
        SettingType(.path) { place in
            guard let path = SettingType<String>.path.read(place, nil) else { return nil }
            let (files, entry): (SettingFiles, SettingFiles.Entry)
            files = place.reader.inputs.files
            do throws(GuardedFile.Problem) {
                entry = try files.entry(path)
            } catch {
                place.problem(error.text)
                return nil
            }
            if content == .privateKey, entry.isReadableByOthers {
                place.problem("the key is readable by everybody on the machine; take that right (chmod o-r)")
                return nil
            }
            guard files.isAccepted(path, for: content.rawValue, { content.isIn($0) }) else {
                place.problem(content.expected)
                return nil
            }
            return entry.file
        }
    }
}

extension SettingType where Value == String {
    /// A host name, as it is sent in the handshake (RFC 6066 §3: no address).
    static var serverName: SettingType {
        SettingType(.text(maximum: 253), expected: "a host name of at most 253 characters") { text in
            let isName = text.utf8.allSatisfy { byte in
                byte == 45 || byte == 46 || byte == 95 || (48...57).contains(byte) || (97...122).contains(byte | 32)
            }
            return isName && !text.isEmpty && text.utf8.count <= 253 && IPAddress(text) == nil ? text : nil
        }
    }
}
