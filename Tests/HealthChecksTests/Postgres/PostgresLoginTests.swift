import HealthCore
import NIOCore
import Testing

@testable import HealthChecks

/// The parameters that a check gives to libpq.
struct PostgresLoginTests {
    private static func parameters(
        _ url: String,
        tls: TLSOptions? = nil,
        password: String? = nil,
        statementTimeout: Duration? = nil
    ) throws -> [String: String] {
        let login = PostgresLogin(settings: try .example(url: url, password: password), tls: tls)
        let address = try SocketAddress(ipAddress: "192.0.2.1", port: 5432)
        let parameters = login.parameters(for: address, statementTimeout: statementTimeout)
        return Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.value) })
    }

    @Test func theAddressIsThatOfTheLookupAndTheNameThatOfTheURL() throws {
        let parameters = try Self.parameters("postgres://u@db.example:5433/orders", password: "hunter22")
        let expected = [
            "host": "db.example", "hostaddr": "192.0.2.1", "port": "5433", "user": "u", "dbname": "orders",
            "password": "hunter22", "sslmode": "prefer", "application_name": "health-exporter",
        ]
        for (name, value) in expected { #expect(parameters[name] == value, "\(name)") }
    }

    @Test(
        arguments: [
            (.seconds(10), "-c statement_timeout=10000"), (.milliseconds(1), "-c statement_timeout=1"), (nil, ""),
        ] as [(Duration?, String)]
    )
    func theServerEndsAQueryAtTheTimeout(timeout: Duration?, options: String) throws {
        #expect(try Self.parameters("postgres://u@h/d", statementTimeout: timeout)["options"] == options)
    }

    @Test(arguments: ["disable", "allow", "prefer", "require"])
    func theModeOfTheURLAppliesWithoutTLSKeysAndVerifiesNothing(mode: String) throws {
        let parameters = try Self.parameters("postgres://u@h/d?sslmode=\(mode)")
        #expect(parameters["sslmode"] == mode && parameters["sslrootcert"] == "/nonexistent")
    }

    @Test func tlsOptionsDecideTheMode() throws {
        var tls = TLSOptions()
        tls.authorities = SettingFile(path: "/ca.pem", bytes: [])
        let plain = try Self.parameters("postgres://u@h/d", tls: tls)
        #expect(plain["sslmode"] == "verify-full" && plain["host"] == "h" && plain["sslrootcert"] == "/ca.pem")
        #expect(plain["sslcert"] == "/nonexistent" && plain["sslkey"] == "/nonexistent")
        tls.serverName = "other"
        tls.certificate = SettingFile(path: "/c.pem", bytes: [])
        tls.key = SettingFile(path: "/k.pem", bytes: [])
        let named = try Self.parameters("postgres://u@h/d", tls: tls)
        #expect(named["host"] == "other" && named["sslcert"] == "/c.pem" && named["sslkey"] == "/k.pem")
        // Given a file of authorities, libpq verifies even in the mode `require`.
        tls.verifies = false
        let unverified = try Self.parameters("postgres://u@h/d", tls: tls)
        #expect(unverified["sslmode"] == "require" && unverified["sslrootcert"] == "/nonexistent")
    }

    @Test func theModeOfTheURLAndTLSKeysExcludeEachOther() {
        let made = KindRun.make("postgres", [("url", .text("postgres://u@h/d?sslmode=require")), ("tls", .map([]))])
        #expect(made.problems == ["says already what sslmode in the url says; leave that one out"])
    }

    @Test func nothingIsLeftForLibpqToFindInTheEnvironment() throws {
        for timeout in [Duration.seconds(1), nil] {
            let given = Set(try Self.parameters("postgres://u@h/d", statementTimeout: timeout).keys)
            let known = PostgresConnectionString.defaults
            #expect(known.count > 20)
            for parameter in known where parameter.variable != nil {
                // A service can't be given as none: its variable is removed from the environment instead.
                let isCovered = given.contains(parameter.name) || parameter.name.hasPrefix("service")
                #expect(isCovered, "\(parameter.name) comes from \(parameter.variable ?? "")")
            }
        }
        #expect(PostgresEnvironment.variables.contains("PGSERVICE"))
    }

    @Test func emptyParametersStandInTheConnectionStringAndNothingGetsOutOfItsQuotes() {
        let text = PostgresConnectionString.text(of: [
            ("password", ""), ("user", #"o'neil\ host=evil"#), ("no_such_parameter", "x"),
        ])
        #expect(text == #"password='' user='o\'neil\\ host=evil'"#)
    }

    /// With a combining mark behind it a quote is another character to Swift, and the same quote to libpq.
    @Test(arguments: ["p'\u{301} host=evil", "p\\\u{301}'", "'\u{308}\u{308}", "p\u{301}'"])
    func nothingGetsOutOfItsQuotesWithACombiningMarkEither(password: String) {
        let text = PostgresConnectionString.text(of: [("password", password)])
        let bytes = Array(text.utf8)
        let escapes = password.utf8.count { $0 == UInt8(ascii: "'") || $0 == UInt8(ascii: "\\") }
        #expect(bytes.count == "password=''".utf8.count + password.utf8.count + escapes, "\(text)")
    }
}
