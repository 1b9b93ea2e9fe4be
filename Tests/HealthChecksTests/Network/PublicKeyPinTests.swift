import HealthCore
import HealthTesting
import NIOSSL
import Platform
import Testing

@testable import HealthChecks

/// Pins of public keys, against chains whose pins the openssl command has computed.
struct PublicKeyPinTests {
    private static let folder = "\(#filePath)".replacing(
        "HealthChecksTests/Network/PublicKeyPinTests.swift",
        with: "Faults/certificates"
    )

    private static let (leaf, intermediate, root) = (
        "sha256//aTMk0jqjXfAqTDglZTgagyubvy5rcI9siV7XHPY1zNg=", "sha256//80VC1ARlO2z6HjM/Egphl0QSkFfsjlX3dAfSMEmI+Xw=",
        "sha256//Yac5WlrGoik9QjufRl+CC87S+dL9Z0MUNUs8T1IArQw="
    )
    private static let (stranger, expired) = (
        "sha256//C5l99nSBE8Fift8OSIVnBMHqlgkC3Vq+Sg5XJFGsLaw=", "sha256//G+hEhl4NxGMKSeIgfj8w5I33faIW9cMdg53Uh2HckZE="
    )

    private static func chain(_ name: String) throws -> [NIOSSLCertificate] {
        try NIOSSLCertificate.fromPEMFile("\(folder)/\(name).pem")
    }

    private static func verifier() throws -> CertificateVerifier {
        let path = "\(folder)/root.pem"
        let file = SettingFile(path: path, bytes: SmallFile.read(path, limit: 100_000) ?? [])
        return try #require(CertificateVerifier(authorities: file))
    }

    private static func failure(_ chain: [NIOSSLCertificate], _ pins: [String], verifies: Bool) throws -> CheckFailure?
    {
        let pins = pins.compactMap { PublicKeyPin($0) }
        return verifies
            ? try verifier().failure(of: chain, for: .name("localhost"), pins: pins)
            : CertificateVerifier.failure(ofUnverified: chain, pins: pins)
    }

    @Test(
        arguments: [
            ([leaf], true), ([intermediate], true), ([root], true), ([stranger, root], true), ([stranger], false),
            ([], true),
        ]
    )
    func aVerifiedChainMayHaveThePinAnywhere(pins: [String], isRight: Bool) throws {
        let failure = try Self.failure(try Self.chain("good"), pins, verifies: true)
        #expect((failure == nil) == isRight)
        guard !isRight else { return }
        #expect(failure?.reason == .tlsUntrusted)
        let expected =
            "the server's public key is \(Self.leaf), which is none of the pins, and nothing else of its chain is"
        #expect(failure?.message == expected)
    }

    @Test(arguments: [([leaf], true), ([intermediate], false), ([root], false), ([stranger, leaf], true), ([], true)])
    func withoutVerificationOnlyTheServersOwnKeyCounts(pins: [String], isRight: Bool) throws {
        let failure = try Self.failure(try Self.chain("good"), pins, verifies: false)
        #expect((failure == nil) == isRight)
        if !isRight {
            #expect(failure?.reason == .tlsUntrusted && failure?.message.contains("key is \(Self.leaf), which") == true)
        }
    }

    /// Anybody can send a certificate that is not theirs.
    @Test func aCertificateThatIsOnlySentAlongProvesNothing() throws {
        let chain = try Self.chain("good") + Self.chain("unknown-ca")
        #expect(try Self.failure(chain, [Self.stranger], verifies: true)?.reason == .tlsUntrusted)
        #expect(try Self.failure(chain, [Self.stranger], verifies: false)?.reason == .tlsUntrusted)
    }

    @Test func whatElseIsWrongWithAChainComesFirst() throws {
        #expect(try Self.failure(try Self.chain("expired"), [Self.stranger], verifies: true)?.reason == .tlsExpired)
        #expect(try Self.failure(try Self.chain("expired"), [Self.expired], verifies: true)?.reason == .tlsExpired)
        #expect(try Self.failure(try Self.chain("expired"), [Self.expired], verifies: false) == nil)
        #expect(try Self.failure([], [Self.leaf], verifies: false)?.reason == .tlsProtocol)
    }

    @Test(arguments: [leaf, root])
    func aPinIsWrittenAsItIsRead(text: String) throws {
        let pin = try #require(PublicKeyPin(text))
        #expect("\(pin)" == text)
    }

    @Test(arguments: [
        "", "sha256//", "aTMk0jqjXfAqTDglZTgagyubvy5rcI9siV7XHPY1zNg=",
        "sha1//aTMk0jqjXfAqTDglZTgagyubvy5rcI9siV7XHPY1zNg=",
        "sha256//aTMk", "sha256//aTMk0jqjXfAqTDglZTgagyubvy5rcI9siV7XHPY1zNg",
        "sha256/aTMk0jqjXfAqTDglZTgagyubvy5rcI9siV7XHPY1zNg=",
        "sha256//aTMk0jqjXfAqTDglZTgagyubvy5rcI9siV7XHPY1zNg=;sha256//aTMk0jqjXfAqTDglZTgagyubvy5rcI9siV7XHPY1zNg=",
    ])
    func otherTextsAreNoPins(text: String) {
        #expect(PublicKeyPin(text) == nil)
    }
}
