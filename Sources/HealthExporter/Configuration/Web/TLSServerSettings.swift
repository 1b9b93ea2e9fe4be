package import HealthChecks
import HealthCore

/// `tls_server_config`: the certificate of a listener, which clients it wants, and which versions and ciphers it speaks.
package struct TLSServerSettings: Settings {
    package var certificate: SettingFile?
    package var key: SettingFile?
    package var certificateText: SettingFile?
    package var keyText: SettingFile?
    package var clientAuthentication = ClientAuthentication.none
    package var clientAuthorities: SettingFile?
    package var clientAuthoritiesText: SettingFile?
    package var allowedNames: [String] = []
    package var minimumVersion = TLSVersionName.tls12
    package var maximumVersion = TLSVersionName.tls13
    package var ciphers: [TLSCipherName] = []
    package var prefersOwnCiphers = true
    package var curves: [TLSCurveName] = []

    /// No TLS.
    package init() {}

    package static let keys: [SettingKey<TLSServerSettings>] = [
        SettingKey(
            "cert_file",
            in: \.certificate,
            as: .pem(.certificates),
            "PEM file of the certificate and its chain; a new one is used for new connections."
        ),
        SettingKey("key_file", in: \.key, as: .pem(.privateKey), "PEM file of its key.", traits: .secret),
        SettingKey("cert", in: \.certificateText, as: .pemText(.certificates), "The same, written here."),
        SettingKey("key", in: \.keyText, as: .pemText(.privateKey), "The same, written here.", traits: .secret),
        SettingKey(
            "client_auth_type",
            in: \.clientAuthentication,
            as: .clientAuthentication,
            "Which certificate a client must have; only RequireAndVerifyClientCert keeps others out."
        ),
        SettingKey(
            "client_ca_file",
            in: \.clientAuthorities,
            as: .pem(.authorities),
            "PEM file of the authorities of clients."
        ),
        SettingKey("client_ca", in: \.clientAuthoritiesText, as: .pemText(.authorities), "The same, written here."),
        SettingKey(
            "client_allowed_sans",
            in: \.allowedNames,
            as: .list(.text()),
            "Names of which a client's certificate must have one: DNS names, addresses, e-mail addresses or URIs."
        ),
        SettingKey("min_version", in: \.minimumVersion, as: .choice(), "The oldest version of TLS."),
        SettingKey("max_version", in: \.maximumVersion, as: .choice(), "The newest version of TLS."),
        SettingKey(
            "cipher_suites",
            in: \.ciphers,
            as: .list(.choice()),
            "The ciphers up to TLS 1.2, in the order of preference; those of TLS 1.3 are always there.",
            default: "the library's"
        ),
        SettingKey(
            "prefer_server_cipher_suites",
            in: \.prefersOwnCiphers,
            as: .boolean,
            "Accepted and without effect, as in Go since 1.17."
        ),
        SettingKey(
            "curve_preferences",
            in: \.curves,
            as: .list(.choice()),
            "The curves of the key exchange, in the order of preference.",
            default: "the library's"
        ),
    ]

    /// Whether any key asks for TLS.
    package var isEnabled: Bool {
        certificate != nil || certificateText != nil || key != nil || keyText != nil || clientAuthorities != nil
            || clientAuthoritiesText != nil || clientAuthentication != .none
    }

    /// The authorities of clients, wherever they are written.
    var authorities: SettingFile? { clientAuthorities ?? clientAuthoritiesText }

    /// Reports keys that do not fit together.
    package func validate(_ reader: SettingsReader) {
        for key in ["cert", "key", "client_ca"] where reader.has(key) && reader.has("\(key)_file") {
            reader.problem(key, "give either `\(key)` or `\(key)_file`")
        }
        let givesAny = ["cert", "cert_file", "key", "key_file", "client_ca", "client_ca_file", "client_auth_type"]
            .contains { reader.has($0) }
        for key in ["cert", "key"] where givesAny && !reader.has(key) && !reader.has("\(key)_file") {
            reader.problem("the key `\(key)_file` is missing: TLS needs a certificate and its key")
        }
        validateClients(reader)
        if minimumVersion > maximumVersion {
            let shown = reader.shown("max_version", maximumVersion.rawValue)
            reader.problem("max_version", "\(shown) is older than `min_version`")
        }
    }

    private func validateClients(_ reader: SettingsReader) {
        let hasAuthorities = reader.has("client_ca") || reader.has("client_ca_file")
        if hasAuthorities, clientAuthentication == .none {
            reader.problem("`client_ca_file` has no effect without `client_auth_type`")
        }
        if clientAuthentication.verifies, !hasAuthorities {
            reader.problem("client_auth_type", "needs `client_ca_file`: the authorities that clients are trusted by")
        }
        if reader.has("client_allowed_sans"), !clientAuthentication.requires {
            reader.problem(
                "client_allowed_sans",
                "needs `client_auth_type` RequireAndVerifyClientCert or RequireAnyClientCert: else a client may send no certificate"
            )
        }
    }
}

extension SettingType where Value == ClientAuthentication {
    /// `RequireClientCert` is what one of them was called before.
    fileprivate static var clientAuthentication: SettingType {
        let words = ClientAuthentication.allCases.map(\.rawValue)
        return SettingType(
            .choice(words + ["RequireClientCert"]),
            expected: "one of \(words.joined(separator: ", "))",
            text: { $0.rawValue },
            parse: { $0 == "RequireClientCert" ? .requireAny : ClientAuthentication(rawValue: $0) }
        )
    }
}
