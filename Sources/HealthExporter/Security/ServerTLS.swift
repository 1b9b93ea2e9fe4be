import HealthChecks
import HealthCore
import NIOCore
import NIOSSL

/// TLS of a listener: its certificate, and which clients it lets in.
struct ServerTLS: Sendable {
    /// Why there is none.
    struct Problem: Error {
        /// What is wrong, and what would be right.
        let text: String
    }

    /// What a client needs to be let in.
    struct ClientRules: Equatable, Sendable {
        /// Whether one is needed, and verified.
        let authentication: ClientAuthentication
        /// PEM of those who may have signed it.
        let authorities: [UInt8]?
        /// Of which it has to have one; empty for any.
        let allowedNames: Set<String>
    }

    /// Those of this listener.
    let clientRules: ClientRules
    private let context: NIOSSLContext
    private let verifier: CertificateVerifier?
    private var authentication: ClientAuthentication { clientRules.authentication }

    /// Makes what connections share; throws when certificate and key don't fit.
    ///
    /// - Parameter offersHTTP2: whether clients may choose HTTP/2 (RFC 7301).
    init(_ settings: TLSServerSettings, offersHTTP2: Bool) throws(Problem) {
        let authentication = settings.clientAuthentication
        clientRules = ClientRules(
            authentication: authentication,
            authorities: settings.authorities?.bytes,
            allowedNames: Set(settings.allowedNames)
        )
        verifier = settings.authorities.flatMap { CertificateVerifier(authorities: $0) }
        if authentication.verifies, verifier == nil {
            throw Problem(text: "the authorities of clients can't be loaded")
        }
        var configuration = try Self.configuration(settings)
        configuration.applicationProtocols = offersHTTP2 ? ["h2", "http/1.1"] : ["http/1.1"]
        do {
            context = try NIOSSLContext(configuration: configuration)
        } catch {
            throw Problem(text: "certificate and key do not fit together, or the ciphers to the versions")
        }
    }

    private static func configuration(_ settings: TLSServerSettings) throws(Problem) -> TLSConfiguration {
        guard let certificate = settings.certificate ?? settings.certificateText,
            let key = settings.key ?? settings.keyText,
            let chain = try? NIOSSLCertificate.fromPEMBytes(certificate.bytes),
            let privateKey = try? NIOSSLPrivateKey(bytes: key.bytes, format: .pem)
        else { throw Problem(text: "TLS needs a certificate and its key") }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(privateKey)
        )
        configuration.minimumTLSVersion = settings.minimumVersion.version
        configuration.maximumTLSVersion = settings.maximumVersion.version
        configuration.shutdownTimeout = .seconds(1)
        let ciphers = settings.ciphers.compactMap(\.cipher)
        if !ciphers.isEmpty { configuration.cipherSuiteValues = ciphers }
        if !settings.curves.isEmpty { configuration.curves = settings.curves.map(\.curve) }
        // The verifier does it; the library only asks for a certificate, and refuses those without one.
        configuration.trustRoots = .certificates([])
        configuration.certificateVerification =
            switch settings.clientAuthentication {
            case .none: .none
            case .request, .verifyIfGiven: .optionalVerification
            case .requireAny, .requireAndVerify: .noHostnameVerification
            }
        return configuration
    }

    /// The handler of a new connection.
    func makeHandler() -> NIOSSLServerHandler {
        guard authentication != .none else { return NIOSSLServerHandler(context: context) }
        return NIOSSLServerHandler(
            context: context,
            customVerificationCallback: { chain, done in
                done.succeed(isWelcome(chain) ? .certificateVerified : .failed)
            }
        )
    }

    /// By what rules a client's certificate was verified, once the handshake is done: those whose verification fails don't get there.
    ///
    /// Nil when it was not verified, or there is none.
    func rulesOfVerification(_ certificate: NIOSSLCertificate?) -> ClientRules? {
        authentication.verifies && certificate != nil ? clientRules : nil
    }

    private func isWelcome(_ chain: [NIOSSLCertificate]) -> Bool {
        if authentication.verifies, verifier?.failure(of: chain, for: .client) != nil || verifier == nil {
            return false
        }
        guard !clientRules.allowedNames.isEmpty else { return true }
        guard let certificate = chain.first else { return false }
        return certificate.alternativeNames.contains(where: clientRules.allowedNames.contains)
    }
}

extension NIOSSLCertificate {
    /// The subject's alternative names (RFC 5280 §4.2.1.6): DNS names, addresses, e-mail addresses and URIs, as text.
    var alternativeNames: [String] {
        _subjectAlternativeNames().compactMap { name in
            switch name.nameType {
            case .dnsName, .email, .uri: String(decoding: name.contents, as: UTF8.self)
            // A certificate that nobody has verified may have any number of bytes there.
            case .ipAddress where [4, 16].contains(name.contents.count): IPAddress(bytes: Array(name.contents)).text
            default: nil
            }
        }
    }
}
