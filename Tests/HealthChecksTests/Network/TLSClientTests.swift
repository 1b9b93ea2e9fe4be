import HealthCore
import HealthTesting
import NIOSSL
import Platform
import Testing

@testable import HealthChecks

/// Handshakes with servers of the test, whose certificates are right or wrong in one way.
@Suite(.timeLimit(.minutes(5)))
struct TLSClientTests {
    private static let folder = "\(#filePath)".replacing(
        "HealthChecksTests/Network/TLSClientTests.swift",
        with: "Faults/certificates"
    )

    private static func path(_ name: String) -> String { "\(folder)/\(name).pem" }

    /// A server that greets once the handshake is done.
    private static func server(
        _ certificate: String = "good",
        _ change: (inout TLSConfiguration) throws -> Void = { _ in }
    ) async throws -> ScriptedServer {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(path(certificate)).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: "\(folder)/\(certificate).key", format: .pem))
        )
        try change(&configuration)
        let context = try NIOSSLContext(configuration: configuration)
        return try await ScriptedServer([.init(greeting: "hello", closes: false)], tls: context)
    }

    private static func options(_ change: (inout TLSOptions) -> Void = { _ in }) -> TLSOptions {
        var options = TLSOptions()
        options.authorities = file("root.pem")
        change(&options)
        return options
    }

    /// A file of the configuration, as it was read.
    private static func file(_ name: String) -> SettingFile {
        let path = "\(folder)/\(name)"
        return SettingFile(path: path, bytes: SmallFile.read(path, limit: 100_000) ?? [])
    }

    private static func client(_ options: TLSOptions, time: any TimeSource = ManualTime()) -> TLSClient {
        TLSClient(options: options, time: time, verifiers: CertificateVerifiers(), pool: BlockingPool(threads: 1))
    }

    /// Reads the greeting of a server over TLS, and returns the certificates that it sent.
    private static func greet(
        _ server: ScriptedServer,
        host: String = "localhost",
        options: TLSOptions = options(),
        isAnonymous: Bool = false
    ) async throws -> CertificateRecord {
        let connection = TLSConnection(client: client(options), record: CertificateRecord())
        let stage = NetworkStage(names: ["localhost": ["127.0.0.1"], "localhost.": ["127.0.0.1"]])
        let target = Connector.Target(host: host, port: server.port)
        let tls = isAnonymous ? connection.anonymous : connection
        try await stage.connector.withStream(to: target, tls: tls, NetworkStage.context()) { stream in
            while stream.buffer.count < 5 { try await stream.more() }
        }
        return connection.record
    }

    private static func failure(
        _ server: ScriptedServer,
        host: String = "localhost",
        options: TLSOptions = options(),
        isAnonymous: Bool = false
    ) async -> CheckFailure? {
        await NetworkStage.failure {
            _ = try await greet(server, host: host, options: options, isAnonymous: isAnonymous)
        }
    }

    @Test(arguments: ["localhost", "localhost.", "127.0.0.1"])
    func aTrustedCertificateIsAccepted(host: String) async throws {
        let server = try await Self.server()
        let record = try await Self.greet(server, host: host)
        #expect(record.failure == nil && record.chainCount == 1)
        let leaf = try #require(try NIOSSLCertificate.fromPEMFile(Self.path("good")).first)
        #expect(record.certificates.first?.notAfter == Int(leaf.notValidAfter))
        #expect(record.earliestEnd == record.certificates.map(\.notAfter).min())
        try await server.stop()
    }

    @Test(
        arguments: [
            ("expired", .tlsExpired), ("not-yet-valid", .tlsNotYetValid), ("wrong-host", .tlsHostname),
            ("self-signed", .tlsUntrusted), ("unknown-ca", .tlsUntrusted), ("missing-intermediate", .tlsUntrusted),
        ] as [(String, FailureReason)]
    )
    func aCertificateThatIsNotTrustedEndsTheHandshake(certificate: String, reason: FailureReason) async throws {
        let server = try await Self.server(certificate)
        let failure = await Self.failure(server)
        #expect(failure?.reason == reason && failure?.message.hasPrefix("localhost:\(server.port): ") == true)
        // Without verification the same server is fine.
        let record = try await Self.greet(server, options: Self.options { $0.verifies = false })
        #expect(record.failure == nil && !record.certificates.isEmpty)
        try await server.stop()
    }

    @Test func theConfiguredServerNameIsVerifiedInPlaceOfTheHost() async throws {
        let server = try await Self.server()
        let other = Self.options { $0.serverName = "other.example" }
        #expect(await Self.failure(server, options: other)?.reason == .tlsHostname)
        // To another origin it is not applied.
        #expect(await Self.failure(server, options: other, isAnonymous: true) == nil)
        let (named, host) = (Self.options { $0.serverName = "localhost" }, "127.0.0.1")
        #expect(await Self.failure(server, host: host, options: named) == nil)
        try await server.stop()
    }

    @Test(arguments: [TLSVersion.tlsv12, .tlsv13])
    func aServerThatWantsAClientCertificateSaysSo(version: TLSVersion) async throws {
        let server = try await Self.server { configuration in
            configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(Self.path("root")))
            configuration.certificateVerification = .noHostnameVerification
            configuration.maximumTLSVersion = version
        }
        #expect(await Self.failure(server)?.reason == .tlsClientCertificate)
        let options = Self.options { options in
            options.certificate = Self.file("client.pem")
            options.key = Self.file("client.key")
        }
        #expect(await Self.failure(server, options: options) == nil)
        // It goes to the configured origin only.
        #expect(await Self.failure(server, options: options, isAnonymous: true)?.reason == .tlsClientCertificate)
        try await server.stop()
    }

    @Test func versionsBeforeTLS12AreRefused() async throws {
        let server = try await Self.server { configuration in
            configuration.minimumTLSVersion = .tlsv1
            configuration.maximumTLSVersion = .tlsv11
        }
        #expect(await Self.failure(server)?.reason == .tlsProtocol)
        try await server.stop()
    }

    @Test func aServerWithoutTLSBreaksTheProtocol() async throws {
        let server = try await ScriptedServer([.init(greeting: "220 mail.example ready\r\n", closes: false)])
        #expect(await Self.failure(server)?.reason == .tlsProtocol)
        try await server.stop()
    }

    @Test func aServerThatClosesWithinTheHandshakeClosedEarly() async throws {
        let server = try await FaultServer(.closeWhenAsked)
        let connection = TLSConnection(client: Self.client(Self.options()), record: CertificateRecord())
        let target = Connector.Target(host: "127.0.0.1", port: server.port)
        let context = NetworkStage.context()
        let failure = await NetworkStage.failure {
            try await NetworkStage().connector.withStream(to: target, tls: connection, context) { _ in }
        }
        #expect(failure?.reason == .closedEarly && context.phases.current == .tls)
        #expect(failure?.message.hasPrefix("\(target.address): the connection was closed") == true)
        try await server.stop()
    }

    @Test(
        arguments: [
            ("client.key", nil, nil, "tls.ca: expected a readable PEM file with certificates"),
            (nil, "client.key", "client.key", "tls.certificate: expected a readable PEM file with certificates"),
            (nil, "client.pem", "client.pem", "tls.key: expected a readable PEM file with a private key"),
            (nil, "client.pem", "good.key", "tls.certificate: certificate and key do not fit together"),
        ] as [(String?, String?, String?, String)]
    )
    func aFileThatCannotBeUsedIsAnInternalError(
        authorities: String?,
        certificate: String?,
        key: String?,
        message: String
    ) async {
        let options = Self.options { options in
            if let authorities { options.authorities = Self.file(authorities) }
            options.certificate = certificate.map { Self.file($0) }
            options.key = key.map { Self.file($0) }
        }
        let failure = await NetworkStage.failure {
            _ = try await Self.client(options).loadParts(PhaseTimer(time: ManualTime()))
        }
        #expect(failure?.reason == .internal && failure?.message == message)
    }

    /// Days until the certificate ends, thresholds of 14 and 7 days, and what the report becomes.
    @Test(
        arguments: [
            (15, .success, .success), (13, .success, .degraded(.tlsExpiring)), (6, .success, .failure(.tlsExpiring)),
            (13, .failure(.assertion), .failure(.assertion)), (6, .degraded(.tooSlow), .failure(.tlsExpiring)),
        ] as [(Int, CheckReport.Verdict, CheckReport.Verdict)]
    )
    func aCertificateThatEndsSoonMakesTheReportWorse(
        days: Int,
        verdict: CheckReport.Verdict,
        expected: CheckReport.Verdict
    ) async throws {
        let chain = try NIOSSLCertificate.fromPEMFile(Self.path("good"))
        let end = try #require(chain.map(\.notValidAfter).min())
        let now = (Int64(end) - Int64(days) * 86_400) * 1_000_000_000
        let time = ManualTime(timestamp: Timestamp(nanosecondsSinceEpoch: now))
        let options = Self.options { options in
            options.expiresWithin = ThresholdPair(
                degraded: .seconds(14 * 86_400),
                unhealthy: .seconds(7 * 86_400),
                lowIsBad: true
            )
        }
        let report = try await Self.client(options, time: time).evaluated { tls in
            tls.record.record(chain, failure: nil)
            return CheckReport(verdict, "as before")
        }
        #expect(report.verdict == expected)
        #expect((report.message == "as before") == (verdict == expected))
        #expect(report.measured == [MeasuredValue(CertificateRecord.notAfter, Double(end))])
        let failure = await NetworkStage.failure {
            _ = try await Self.client(options, time: time).evaluated { tls in
                tls.record.record(chain, failure: nil)
                throw CheckFailure(.timeout, "too late")
            }
        }
        #expect(failure?.measured == report.measured)
    }

    @Test func certificatesAreRecordedOnceEach() throws {
        let record = CertificateRecord()
        let (good, client) = (
            try NIOSSLCertificate.fromPEMFile(Self.path("good")), try NIOSSLCertificate.fromPEMFile(Self.path("client"))
        )
        record.record(good, failure: CheckFailure(.tlsUntrusted, ""))
        record.record(good + client, failure: nil)
        #expect(record.chainCount == 2 && record.failure == nil)
        #expect(record.certificates.count == Set(record.certificates.map(\.description)).count)
    }

    @Test(
        arguments: [(0, "1970-01-01T00:00:00Z"), (1_767_225_600, "2026-01-01T00:00:00Z")]
    )
    func theEndOfACertificateIsShownInUTC(seconds: Int, text: String) {
        #expect(CertificateRecord.date(seconds).prefix(19) == text.prefix(19))
        #expect(!CertificateRecord.date(.max).isEmpty && !CertificateRecord.date(.min).isEmpty)
    }

    @Test func verifiersAreSharedByTheirAuthorities() throws {
        let verifiers = CertificateVerifiers()
        let (root, other) = (Self.file("root.pem"), Self.file("self-signed.pem"))
        let empty = SettingFile(path: "/empty", bytes: [])
        #expect(verifiers.known(authorities: root) == nil)
        let first = try #require(verifiers.verifier(authorities: root))
        #expect(verifiers.verifier(authorities: root) === first && verifiers.known(authorities: root) === first)
        #expect(verifiers.verifier(authorities: other) !== first)
        #expect(verifiers.verifier(authorities: empty) == nil && verifiers.known(authorities: empty) == nil)
        // Another content of the same file is another one.
        let renewed = SettingFile(path: root.path, bytes: other.bytes)
        #expect(verifiers.known(authorities: renewed) == nil)
    }
}
