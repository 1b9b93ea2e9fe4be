import COpenSSL
package import HealthCore
package import NIOSSL

/// Builds and verifies certificate chains with OpenSSL, which says exactly what is wrong with one (RFC 5280 §6, RFC 9525).
///
/// The verification of the TLS library only says that something is wrong.
package final class CertificateVerifier: Sendable {
    /// Whom a certificate must be for.
    package enum Subject: Sendable, Equatable {
        /// A server of this name.
        case name(String)
        /// A server at this address.
        case address(String)
        /// A client, of whatever name.
        case client
    }

    /// The store's address; read-only once made, so that any thread may verify with it (openssl-threads(7)).
    private let store: UInt

    /// Nil when there are no authorities in the file, or those of the system can't be loaded.
    ///
    /// - Parameter authorities: a PEM file; nil for the system's authorities, which are read.
    package init?(authorities: SettingFile?) {
        guard let made = unsafe X509_STORE_new() else { return nil }
        let isLoaded =
            if let authorities {
                unsafe Self.add(authorities.bytes, to: made)
            } else {
                unsafe X509_STORE_set_default_paths(made) == 1
            }
        // A configured certificate is trusted, also an intermediate or the server's own.
        unsafe X509_STORE_set_flags(made, UInt(X509_V_FLAG_PARTIAL_CHAIN))
        guard isLoaded else {
            unsafe X509_STORE_free(made)
            return nil
        }
        store = UInt(bitPattern: made)
    }

    deinit {
        unsafe X509_STORE_free(OpaquePointer(bitPattern: store))
    }

    /// Adds all certificates and revocation lists of a PEM text; false when there is none or one can't be read.
    @unsafe private static func add(_ pem: [UInt8], to store: OpaquePointer) -> Bool {
        guard let length = Int32(exactly: pem.count), let input = unsafe BIO_new_mem_buf(pem, length) else {
            return false
        }
        defer { unsafe BIO_free(input) }
        // An encrypted key in the text is tried with an empty password: nobody is at the terminal.
        var password: CChar = 0
        guard let entries = unsafe PEM_X509_INFO_read_bio(input, nil, nil, &password) else { return false }
        defer { unsafe freeEntries(entries) }
        var count = 0
        for index in 0..<(unsafe OPENSSL_sk_num(entries)) {
            guard let raw = unsafe OPENSSL_sk_value(entries, index) else { continue }
            let entry = unsafe raw.assumingMemoryBound(to: X509_INFO.self).pointee
            if let certificate = unsafe entry.x509, unsafe X509_STORE_add_cert(store, certificate) == 1 { count += 1 }
            if let list = unsafe entry.crl, unsafe X509_STORE_add_crl(store, list) == 1 { count += 1 }
        }
        return count > 0
    }

    @unsafe private static func freeEntries(_ entries: OpaquePointer) {
        for index in 0..<(unsafe OPENSSL_sk_num(entries)) {
            guard let raw = unsafe OPENSSL_sk_value(entries, index) else { continue }
            unsafe X509_INFO_free(raw.assumingMemoryBound(to: X509_INFO.self))
        }
        unsafe OPENSSL_sk_free(entries)
    }

    /// What is wrong with a chain, the server's own certificate first; nil when nothing is.
    ///
    /// - Parameter pins: the public keys of which the chain must have one, from the server's own certificate to the authority that it
    ///   leads to (RFC 7469 §2.6); empty for any. What a server sends besides proves nothing.
    package func failure(
        of chain: [NIOSSLCertificate],
        for subject: Subject,
        pins: [PublicKeyPin] = []
    ) -> CheckFailure? {
        let certificates = ParsedCertificates(chain)
        guard let verified = unsafe certificates.verify(OpaquePointer(bitPattern: store), subject) else {
            return Self.unreadable
        }
        return Self.failure(code: verified.code) ?? Self.failure(of: verified.pins, expected: pins)
    }

    /// What is wrong with the public key of a server that is not verified otherwise; nil when it is one of the pins, or any is right.
    ///
    /// Only of its own key does the handshake prove that the server has it (RFC 8446 §4.4.3).
    static func failure(ofUnverified chain: [NIOSSLCertificate], pins: [PublicKeyPin]) -> CheckFailure? {
        if pins.isEmpty { return nil }
        guard let pin = ParsedCertificates(Array(chain.prefix(1))).leafPin else { return unreadable }
        return failure(of: [pin], expected: pins)
    }

    private static let unreadable = CheckFailure(.tlsProtocol, "the server sent no certificate that can be read")

    private static func failure(of found: [PublicKeyPin], expected pins: [PublicKeyPin]) -> CheckFailure? {
        guard !pins.isEmpty, Set(pins).isDisjoint(with: found) else { return nil }
        guard let own = found.first else { return unreadable }
        let rest = found.count > 1 ? ", and nothing else of its chain is" : ""
        return CheckFailure(.tlsUntrusted, "the server's public key is \(own), which is none of the pins\(rest)")
    }

    private static func failure(code: Int32) -> CheckFailure? {
        let what = unsafe String(cString: X509_verify_cert_error_string(Int(code)))
        switch code {
        case X509_V_OK: return nil
        case X509_V_ERR_CERT_HAS_EXPIRED: return CheckFailure(.tlsExpired, what)
        case X509_V_ERR_CERT_NOT_YET_VALID: return CheckFailure(.tlsNotYetValid, what)
        case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH: return CheckFailure(.tlsHostname, what)
        case X509_V_ERR_OUT_OF_MEM: return CheckFailure(.internal, what)
        default: return CheckFailure(.tlsUntrusted, what)
        }
    }
}

/// A chain as OpenSSL has it, freed with this value.
@safe private struct ParsedCertificates: ~Copyable {
    private var certificates: [OpaquePointer]
    private let stack: OpaquePointer?
    /// Whether OpenSSL could read each certificate; else another one than the server's own could stand first.
    private var isComplete = true

    init(_ chain: [NIOSSLCertificate]) {
        unsafe certificates = []
        unsafe stack = OPENSSL_sk_new_null()
        for certificate in chain {
            let bytes = (try? certificate.toDERBytes()) ?? []
            let parsed = unsafe bytes.withUnsafeBufferPointer { buffer in
                var start = buffer.baseAddress
                return unsafe d2i_X509(nil, &start, buffer.count)
            }
            guard let parsed = unsafe parsed, unsafe OPENSSL_sk_push(stack, UnsafeRawPointer(parsed)) > 0 else {
                isComplete = false
                return
            }
            unsafe certificates.append(parsed)
        }
    }

    deinit {
        unsafe OPENSSL_sk_free(stack)
        for index in 0..<(unsafe certificates.count) { unsafe X509_free(certificates[index]) }
    }

    /// The pin of the first certificate; nil without one.
    var leafPin: PublicKeyPin? {
        guard isComplete, let leaf = unsafe certificates.first else { return nil }
        return unsafe Self.pin(of: leaf)
    }

    private static func pin(of certificate: OpaquePointer?) -> PublicKeyPin? {
        var encoded: UnsafeMutablePointer<UInt8>?
        let count = unsafe i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &encoded)
        guard count > 0, let bytes = unsafe encoded else { return nil }
        defer { unsafe CRYPTO_free(bytes, "", 0) }
        var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        guard unsafe SHA256(bytes, Int(count), &digest) != nil else { return nil }
        return PublicKeyPin(digest: digest)
    }

    /// The code of openssl-verification(3ssl) and, when all is right, the pins of the chain that was built, the server's own first; nil
    /// without a certificate.
    func verify(
        _ store: OpaquePointer?,
        _ subject: CertificateVerifier.Subject
    ) -> (code: Int32, pins: [PublicKeyPin])? {
        guard isComplete, let leaf = unsafe certificates.first, let context = unsafe X509_STORE_CTX_new() else {
            return nil
        }
        defer { unsafe X509_STORE_CTX_free(context) }
        guard unsafe X509_STORE_CTX_init(context, store, leaf, stack) == 1 else { return nil }
        let parameters = unsafe X509_STORE_CTX_get0_param(context)
        unsafe X509_VERIFY_PARAM_set_hostflags(
            parameters,
            UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT)
        )
        // No MD5, no keys of less than 80 bits of security (SSL_CTX_set_security_level(3ssl)).
        unsafe X509_VERIFY_PARAM_set_auth_level(parameters, 1)
        let isClient = subject == .client
        unsafe X509_STORE_CTX_set_purpose(context, isClient ? X509_PURPOSE_SSL_CLIENT : X509_PURPOSE_SSL_SERVER)
        let isSet =
            switch subject {
            // With an empty name OpenSSL would compare nothing.
            case .name(let name) where name.isEmpty: Int32(0)
            case .name(let name): unsafe X509_VERIFY_PARAM_set1_host(parameters, name, name.utf8.count)
            case .address(let address): unsafe X509_VERIFY_PARAM_set1_ip_asc(parameters, address)
            case .client: Int32(1)
            }
        guard isSet == 1 else { return (X509_V_ERR_HOSTNAME_MISMATCH, []) }
        guard unsafe X509_verify_cert(context) == 1 else { return (unsafe X509_STORE_CTX_get_error(context), []) }
        let chain = unsafe X509_STORE_CTX_get0_chain(context)
        let pins = (0..<(unsafe OPENSSL_sk_num(chain))).compactMap { index in
            unsafe Self.pin(of: OPENSSL_sk_value(chain, index).map { OpaquePointer($0) })
        }
        return (X509_V_OK, pins)
    }
}
