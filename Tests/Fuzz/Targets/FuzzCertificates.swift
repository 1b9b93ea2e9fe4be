import HealthCore
import NIOSSL

@testable import HealthChecks

/// Certificates that servers send, and PEM files of a configuration.
enum FuzzCertificates {
    private static let subjects: [CertificateVerifier.Subject] = [
        .name("localhost"), .address("127.0.0.1"), .address("::1"), .name("a.b.example"),
    ]

    /// One that trusts the authority of the corpus, which is in `FUZZ_AUTHORITY`; without one, the system's.
    private static let verifier: CertificateVerifier = {
        var file: SettingFile?
        if let path = variable("FUZZ_AUTHORITY") { file = try? SettingFiles().entry(path).file }
        guard let verifier = CertificateVerifier(authorities: file) else { fail("no authorities") }
        return verifier
    }()

    /// The first byte says whether the rest is PEM or, behind lengths of two bytes, a chain in DER.
    static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let choices = input.byte()
        if choices & 1 == 0 {
            readPEM(input.remaining())
        } else {
            var chain: [NIOSSLCertificate] = []
            while !input.isEmpty {
                let count = Int(input.byte()) << 8 | Int(input.byte())
                let der = input.bytes(count)
                if let certificate = try? NIOSSLCertificate(bytes: der, format: .der) { chain.append(certificate) }
            }
            verify(chain, subject: subjects[Int(choices >> 1) % subjects.count], with: verifier)
        }
    }

    private static func readPEM(_ pem: [UInt8]) {
        let file = SettingFile(path: "/x", bytes: pem)
        for content in [PEMContent.authorities, .certificates, .privateKey] { _ = content.isIn(file) }
        guard let chain = try? NIOSSLCertificate.fromPEMBytes(pem) else { return }
        verify(chain, subject: .name("localhost"), with: verifier)
        // Whoever lists a certificate trusts it: no chain of its own is refused as one of strangers.
        if let own = CertificateVerifier(authorities: file) {
            verify(chain, subject: .name("localhost"), with: own)
        }
    }

    private static func verify(
        _ chain: [NIOSSLCertificate],
        subject: CertificateVerifier.Subject,
        with verifier: CertificateVerifier
    ) {
        let failure = verifier.failure(of: chain, for: subject)
        if chain.isEmpty { require(failure?.reason == .tlsProtocol, "no certificate is \(failure?.message ?? "fine")") }
        require(failure?.message.isEmpty != true, "a failure without a message")
        let record = CertificateRecord()
        record.record(chain, failure: failure)
        require(record.certificates.count <= chain.count, "more certificates than there are")
        if let end = record.earliestEnd { require(!CertificateRecord.date(end).isEmpty, "no date") }
    }
}
