import Foundation
import HealthChecks
import Testing

@testable import HealthExporter

/// Files of `web.config_file`: what is read, and what is wrong where.
struct WebConfigurationReaderTests {
    private static let certificates = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Faults/certificates")

    /// Reads a text as a file `/w/web.yaml`, beside the certificates that the tests have, and a key that everybody may read.
    static func read(
        _ text: String,
        for listener: WebConfigurationReader.Listener = .main,
        replacing old: WebConfigurationFile? = nil
    ) -> (file: WebConfigurationFile?, problems: [String]) {
        let files = SettingFiles { (path: String) throws(GuardedFile.Problem) -> GuardedFile.Contents in
            let name = path.dropFirst(path.hasPrefix("/w/open-") ? 8 : 3)
            if path == "/w/web.yaml" { return .init(bytes: Array(text.utf8), isReadableByOthers: true) }
            guard let data = try? Data(contentsOf: certificates.appending(path: String(name))) else {
                throw .unreadable("No such file or directory")
            }
            return .init(bytes: Array(data), isReadableByOthers: path.hasPrefix("/w/open-"))
        }
        var problems: [SettingProblem] = []
        let reader = WebConfigurationReader(path: "/w/web.yaml", files: files, listener: listener)
        let file = reader.read(replacing: old, problems: &problems)
        return (file, problems.map { $0.description(file: "health.yaml") })
    }

    static let tls = "cert_file: good.pem, key_file: good.key"
    static let hash = "$2y$04$NSuBxba8ZpTe2aLRFQI.R.TQ9DW9ymDdsWEbasP8aztgQEWAlhDcW"

    /// The sample of exporter-toolkit, with our certificates.
    @Test func everyKeyOfTheFormatIsRead() throws {
        let text = """
            tls_server_config:
              cert_file: good.pem
              key_file: good.key
              client_auth_type: RequireAndVerifyClientCert
              client_ca_file: root.pem
              client_allowed_sans: [prometheus.example, 10.0.0.1]
              min_version: TLS12
              max_version: TLS13
              cipher_suites: [TLS_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]
              prefer_server_cipher_suites: true
              curve_preferences: [CurveP256, X25519]
            http_server_config:
              http2: false
              headers:
                Content-Security-Policy: default-src 'self'
                X-Frame-Options: deny
                X-Content-Type-Options: nosniff
                X-XSS-Protection: "1"
                Strict-Transport-Security: max-age=31536000
            basic_auth_users:
              alice: \(Self.hash)
              Bob Smith: \(Self.hash)
            rate_limit: {interval: 1s, burst: 20}

            """
        let (file, problems) = Self.read(text)
        #expect(problems == [])
        let read = try #require(file)
        #expect(read.tls != nil && read.settings.tls.clientAuthentication == .requireAndVerify)
        #expect(
            read.settings.tls.ciphers == [.aes128gcm, .ecdsaAES256GCM] && read.settings.tls.curves == [.p256, .x25519]
        )
        #expect(read.settings.users.map(\.name) == ["alice", "Bob Smith"] && read.settings.users[0].value.cost == 4)
        #expect(read.settings.rateLimit.burst == 20 && !read.settings.http.http2)
        #expect(
            read.settings.http.headers.fields.map(\.name) == [
                "Content-Security-Policy", "X-Frame-Options", "X-XSS-Protection", "Strict-Transport-Security",
            ]
        )
    }

    @Test(arguments: ["", "# nothing\n", "{}", "tls_server_config: {}"])
    func aFileWithoutKeysAsksForNothing(text: String) throws {
        let (file, problems) = Self.read(text)
        #expect(problems == [] && file?.tls == nil && file?.settings.users.isEmpty == true)
    }

    @Test func theCertificateMayStandInTheFile() throws {
        func indented(_ name: String) throws -> String {
            let text = try String(contentsOf: Self.certificates.appending(path: name), encoding: .utf8)
            return text.split(separator: "\n").map { "    \($0)\n" }.joined()
        }
        let text = "tls_server_config:\n  cert: |\n\(try indented("good.pem"))  key: |\n\(try indented("good.key"))"
        let (file, problems) = Self.read(text)
        #expect(problems == [] && file?.tls != nil)
        #expect(
            Self.read("tls_server_config: {cert: secret-text, key: secret-text}").problems.allSatisfy {
                !$0.contains("secret-text")
            }
        )
    }

    /// Texts with the line and column of what is wrong with them, and a part of what is said.
    @Test(arguments: [
        ("tls_server_config: {cert_file: good.pem}", "1:20: tls_server_config: the key `key_file` is missing"),
        (
            "tls_server_config: {cert_file: none.pem, key_file: good.key}",
            "1:32: tls_server_config.cert_file: the file can't be read"
        ),
        (
            "tls_server_config: {cert_file: good.key, key_file: good.key}",
            "1:32: tls_server_config.cert_file: expected a readable PEM"
        ),
        (
            "tls_server_config: {cert_file: good.pem, key_file: client.key}",
            "1:20: tls_server_config: certificate and key do not fit"
        ),
        (
            "tls_server_config: {cert_file: good.pem, key_file: open-good.key}",
            "1:52: tls_server_config.key_file: the key is readable by everybody"
        ),
        ("tls_server_config: {\(tls), cert: x}", "tls_server_config.cert: give either `cert` or `cert_file`"),
        (
            "tls_server_config: {\(tls), client_ca_file: root.pem}",
            "`client_ca_file` has no effect without `client_auth_type`"
        ),
        (
            "tls_server_config: {\(tls), client_auth_type: RequireAndVerifyClientCert}",
            "tls_server_config.client_auth_type: needs `client_ca_file`"
        ),
        ("tls_server_config: {\(tls), client_auth_type: Always}", "expected one of NoClientCert, RequestClientCert"),
        (
            "tls_server_config: {\(tls), client_allowed_sans: [a]}",
            "tls_server_config.client_allowed_sans: needs `client_auth_type`"
        ),
        (
            "tls_server_config: {\(tls), min_version: TLS13, max_version: TLS12}",
            "max_version: TLS12 is older than `min_version`"
        ),
        ("tls_server_config: {\(tls), cipher_suites: [RC4]}", "cipher_suites: expected one of TLS_AES_128_GCM_SHA256"),
        ("tls_server_config: {\(tls), curve_preferences: [P1]}", "expected one of CurveP256"),
        ("tls_server: {}", "1:1: unknown key `tls_server`"),
        ("basic_auth_users: {a: plain}", "1:23: basic_auth_users.a: expected a password hashed by bcrypt"),
        ("basic_auth_users: {'a:b': \(hash)}", "1:20: basic_auth_users: `a:b` is no name of a user"),
        (
            "basic_auth_users: {a: \(hash.replacing("$04$", with: "$31$"))}",
            "the cost of the hash is 31, expected 4 to 16"
        ),
        ("basic_auth_users: {a: \(hash), a: \(hash)}", "the key `a` is given twice"),
        ("rate_limit: {interval: 1s}", "rate_limit: `burst` must be at least 1"),
        // Without a space behind the colon the hash is a part of the name.
        ("basic_auth_users: {ada:\(hash)}", "basic_auth_users: `…` is no name of a user"),
        ("rate_limit: {burst: 5}", "rate_limit.burst: has no effect without `interval`"),
        ("http_server_config: {headers: {X-Frame-Options: never}}", "expected one of deny, sameorigin"),
        (
            "http_server_config: {headers: {Content-Security-Policy: \"a\\r\\nb: c\"}}",
            "expected text of at most 4096 printable"
        ),
        ("a: [", "web.yaml:2:1: this is not YAML"),
    ])
    func whatIsWrongIsSaidWithItsPlaceInTheFile(text: String, expected: String) {
        let (file, problems) = Self.read(text)
        #expect(file == nil)
        #expect(problems.contains { $0.hasPrefix("/w/web.yaml:") && $0.contains(expected) }, "\(problems)")
        // The hash of a password is as secret as the password.
        #expect(problems.allSatisfy { !$0.contains("NSuBxba8") && !$0.contains("plain") })
    }

    @Test(arguments: [
        "basic_auth_users: {a: \(hash)}", "rate_limit: {interval: 1s, burst: 1}", "http_server_config: {http2: true}",
        "tls_server_config: {\(tls), client_auth_type: RequestClientCert}",
    ])
    func probesTakeACertificateAndNothingElse(text: String) {
        #expect(Self.read(text, for: .probe).file == nil)
        #expect(Self.read("tls_server_config: {\(Self.tls), min_version: TLS13}", for: .probe).file?.tls != nil)
    }

    /// The problems of the web configuration are those of the configuration that names it.
    @Test func aBrokenFileIsAProblemOfTheConfiguration() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "web.yaml").path
        try Data("rate_limit: {interval: soon}\n".utf8).write(to: URL(filePath: path))
        let text = "web: {config_file: \(path)}\ncomponents: {host: {checks: {disk: {kind: disk, path: /}}}}\n"
        let problems = ConfigurationText.problems(text)
        #expect(
            problems.count == 1 && problems[0].hasPrefix("\(path):1:24: rate_limit.interval: expected a duration"),
            "\(problems)"
        )
        try Data("rate_limit: {interval: 1s, burst: 5}\n".utf8).write(to: URL(filePath: path))
        let old = try ConfigurationText.load(text)
        #expect(old.web?.settings.rateLimit.burst == 5 && old.files.map(\.path) == [path])
        try Data("rate_limit: {interval: 1s, burst: 6}\n".utf8).write(to: URL(filePath: path))
        #expect(old.files.map(\.hasChanged) == [true])
        let new = try ConfigurationText.load(text, replacing: old)
        #expect(ReloadPlan(from: old, to: new).changed == ["web.config_file"])
    }
}
