import NIOSSL

/// Which certificate a listener asks of a client, by the names of Go's package `crypto/tls`.
package enum ClientAuthentication: String, CaseIterable, Sendable {
    case none = "NoClientCert"
    /// Asked for, and neither needed nor verified.
    case request = "RequestClientCert"
    /// Needed, and not verified.
    case requireAny = "RequireAnyClientCert"
    /// Verified when there is one.
    case verifyIfGiven = "VerifyClientCertIfGiven"
    case requireAndVerify = "RequireAndVerifyClientCert"

    /// Whether a certificate that is sent has to be one of the authorities'.
    var verifies: Bool { self == .verifyIfGiven || self == .requireAndVerify }

    /// Whether a client without a certificate is refused.
    var requires: Bool { self == .requireAny || self == .requireAndVerify }
}

/// A version of TLS, by the format's names.
package enum TLSVersionName: String, CaseIterable, Sendable, Comparable {
    case tls10 = "TLS10"
    case tls11 = "TLS11"
    case tls12 = "TLS12"
    case tls13 = "TLS13"

    /// The library's name.
    var version: TLSVersion {
        switch self {
        case .tls10: .tlsv1
        case .tls11: .tlsv11
        case .tls12: .tlsv12
        case .tls13: .tlsv13
        }
    }

    /// An older version is less.
    package static func < (left: TLSVersionName, right: TLSVersionName) -> Bool { left.rawValue < right.rawValue }
}

/// A cipher suite, by its name in Go's package `crypto/tls`, which leaves insecure ones out.
package enum TLSCipherName: String, CaseIterable, Sendable {
    case aes128gcm = "TLS_AES_128_GCM_SHA256"
    case aes256gcm = "TLS_AES_256_GCM_SHA384"
    case chacha20 = "TLS_CHACHA20_POLY1305_SHA256"
    case ecdsaAES128CBC = "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"
    case ecdsaAES256CBC = "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"
    case rsaAES128CBC = "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"
    case rsaAES256CBC = "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"
    case ecdsaAES128GCM = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
    case ecdsaAES256GCM = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
    case rsaAES128GCM = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
    case rsaAES256GCM = "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
    case rsaChaCha20 = "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"
    case ecdsaChaCha20 = "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"

    /// The library's cipher; nil for one of TLS 1.3, which can't be chosen.
    var cipher: NIOTLSCipher? {
        switch self {
        case .aes128gcm, .aes256gcm, .chacha20: nil
        case .ecdsaAES128CBC: .TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA
        case .ecdsaAES256CBC: .TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA
        case .rsaAES128CBC: .TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA
        case .rsaAES256CBC: .TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA
        case .ecdsaAES128GCM: .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
        case .ecdsaAES256GCM: .TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
        case .rsaAES128GCM: .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
        case .rsaAES256GCM: .TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384
        case .rsaChaCha20: .TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
        case .ecdsaChaCha20: .TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
        }
    }
}

/// A curve of the key exchange, by its name in Go's package `crypto/tls`.
package enum TLSCurveName: String, CaseIterable, Sendable {
    case p256 = "CurveP256"
    case p384 = "CurveP384"
    case p521 = "CurveP521"
    case x25519 = "X25519"
    case x25519MLKEM768 = "X25519MLKEM768"

    /// The library's curve.
    var curve: NIOTLSCurve {
        switch self {
        case .p256: .secp256r1
        case .p384: .secp384r1
        case .p521: .secp521r1
        case .x25519: .x25519
        case .x25519MLKEM768: .x25519_MLKEM768
        }
    }
}
