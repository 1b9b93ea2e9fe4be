import COpenSSL
import HealthCore
import NIOSSL

/// Builds and verifies certificate chains with OpenSSL, which says exactly what is wrong with one (RFC 5280 §6, RFC 9525).
///
/// The TLS library's own verification only says that something is.
final class CertificateVerifier: Sendable {
    /// Which name or address a certificate must be for.
    enum Subject: Sendable, Equatable {
        case name(String)
        case address(String)
    }

    /// The store's address; read-only once made, so that any thread may verify with it (openssl-threads(7)).
    private let store: UInt

    /// - Parameter authorities: a PEM file; nil for the system's authorities. Nil when they can't be loaded.
    init?(authorities: String?) {
        guard let made = unsafe X509_STORE_new() else { return nil }
        let isLoaded =
            if let authorities {
                unsafe X509_STORE_load_locations(made, authorities, nil)
            } else {
                unsafe X509_STORE_set_default_paths(made)
            }
        // What the configuration names is trusted, be it an intermediate or the server's own certificate.
        unsafe X509_STORE_set_flags(made, UInt(X509_V_FLAG_PARTIAL_CHAIN))
        guard isLoaded == 1 else {
            unsafe X509_STORE_free(made)
            return nil
        }
        store = UInt(bitPattern: made)
    }

    deinit {
        unsafe X509_STORE_free(OpaquePointer(bitPattern: store))
    }

    /// What is wrong with a chain, the server's own certificate first; nil when nothing is.
    func failure(of chain: [NIOSSLCertificate], for subject: Subject) -> CheckFailure? {
        let certificates = ParsedCertificates(chain)
        guard let code = unsafe certificates.verify(OpaquePointer(bitPattern: store), subject) else {
            return CheckFailure(.tlsProtocol, "the server sent no certificate that can be read")
        }
        return Self.failure(code)
    }

    private static func failure(_ code: Int32) -> CheckFailure? {
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
    /// Both libraries read each of them: else another one than the server's own could stand first.
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

    /// The code of openssl-verification(3ssl); nil without a certificate.
    func verify(_ store: OpaquePointer?, _ subject: CertificateVerifier.Subject) -> Int32? {
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
        unsafe X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_SERVER)
        let isSet =
            switch subject {
            // Without a name OpenSSL would compare none.
            case .name(let name) where name.isEmpty: Int32(0)
            case .name(let name): unsafe X509_VERIFY_PARAM_set1_host(parameters, name, name.utf8.count)
            case .address(let address): unsafe X509_VERIFY_PARAM_set1_ip_asc(parameters, address)
            }
        guard isSet == 1 else { return X509_V_ERR_HOSTNAME_MISMATCH }
        return unsafe X509_verify_cert(context) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(context)
    }
}
