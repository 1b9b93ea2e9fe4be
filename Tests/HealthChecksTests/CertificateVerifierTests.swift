import HealthCore
import NIOSSL
import Testing

@testable import HealthChecks

/// What is wrong with a chain, named exactly.
struct CertificateVerifierTests {
    private static let folder = "\(#filePath)".replacing(
        "HealthChecksTests/CertificateVerifierTests.swift",
        with: "Faults/certificates"
    )

    private static func chain(_ names: String...) throws -> [NIOSSLCertificate] {
        try names.flatMap { try NIOSSLCertificate.fromPEMFile("\(folder)/\($0).pem") }
    }

    private static func file(_ name: String) throws -> SettingFile {
        try SettingFiles().entry("\(folder)/\(name).pem").file
    }

    private static func reason(
        _ chain: [NIOSSLCertificate],
        _ subject: CertificateVerifier.Subject
    ) throws -> FailureReason? {
        try #require(CertificateVerifier(authorities: try file("root"))).failure(of: chain, for: subject)?.reason
    }

    @Test(
        arguments: [
            ("good", nil), ("expired", .tlsExpired), ("not-yet-valid", .tlsNotYetValid),
            ("expired-intermediate", .tlsExpired),
            ("wrong-host", .tlsHostname), ("self-signed", .tlsUntrusted), ("unknown-ca", .tlsUntrusted),
            ("missing-intermediate", .tlsUntrusted), ("client", .tlsUntrusted), ("explicit-policy", nil),
        ] as [(String, FailureReason?)]
    )
    func namesWhatIsWrong(certificate: String, expected: FailureReason?) throws {
        #expect(try Self.reason(Self.chain(certificate), .name("localhost")) == expected)
    }

    @Test(
        arguments: [
            (.name("localhost"), nil), (.name("LOCALHOST"), nil), (.name("other.example"), .tlsHostname),
            (.name("127.0.0.1"), .tlsHostname), (.address("127.0.0.1"), nil), (.address("::1"), nil),
            (.address("127.0.0.2"), .tlsHostname), (.address("nonsense"), .tlsHostname), (.name(""), .tlsHostname),
        ] as [(CertificateVerifier.Subject, FailureReason?)]
    )
    func comparesNamesAndAddresses(subject: CertificateVerifier.Subject, expected: FailureReason?) throws {
        #expect(try Self.reason(Self.chain("good"), subject) == expected)
    }

    @Test func onlyTheFirstCertificateIsTheServers() throws {
        // A stranger's own certificate, with the one that he would like to have behind it.
        #expect(try Self.reason(Self.chain("wrong-host", "good"), .name("localhost")) == .tlsHostname)
        #expect(try Self.reason(Self.chain("self-signed", "good"), .name("localhost")) == .tlsUntrusted)
        #expect(try Self.reason([], .name("localhost")) == .tlsProtocol)
    }

    @Test func anyListedCertificateIsTrusted() throws {
        let verifier = try #require(CertificateVerifier(authorities: try Self.file("self-signed")))
        #expect(verifier.failure(of: try Self.chain("self-signed"), for: .name("localhost")) == nil)
        #expect(verifier.failure(of: try Self.chain("good"), for: .name("localhost"))?.reason == .tlsUntrusted)
        #expect(CertificateVerifier(authorities: SettingFile(path: "/nowhere", bytes: Array("no PEM".utf8))) == nil)
        #expect(CertificateVerifier(authorities: nil) != nil)
    }
}
