import Foundation
import HealthExporter
import Testing

/// Files of TLS that are being replaced when they are read.
struct TLSFileTests {
    private static let certificates = "\(#filePath)".replacing(
        "HealthExporterTests/TLSFileTests.swift",
        with: "Faults/certificates"
    )

    /// Names of files of `Tests/Faults/certificates`, one behind the other; with `…` the end is missing.
    @Test(
        arguments: [
            ("root.pem", "client.pem", "client.key", nil),
            ("root.pem good.pem", "client.pem good.pem", "client.key", nil),
            ("root.pem", "client.pem", "good.key", "tls.certificate: does not fit the `key`"),
            ("root.pem", "good.pem", "client.key", "tls.certificate: does not fit the `key`"),
            (
                "root.pem", "client.pem…", "client.key",
                "tls.certificate: expected a readable PEM file with certificates"
            ),
            ("root.pem", "client.pem good.pem…", "client.key", "tls.certificate: expected a readable PEM file"),
            ("root.pem", "client.pem", "client.key…", "tls.key: expected a readable PEM file with a private key"),
            (
                "root.pem good.pem…", "client.pem", "client.key",
                "tls.ca: expected a readable PEM file with certificates"
            ),
            ("", "client.pem", "client.key", "tls.ca: expected a readable PEM file with certificates"),
        ] as [(String, String, String, String?)]
    )
    func whatIsNotWholeOrDoesNotFitIsRefused(ca: String, certificate: String, key: String, problem: String?) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func write(_ name: String, _ parts: String) throws -> String {
            var data = Data()
            for part in parts.split(separator: " ") {
                let isCut = part.hasSuffix("…")
                let source = "\(Self.certificates)/\(isCut ? part.dropLast() : part)"
                data += try Data(contentsOf: URL(filePath: source)).dropLast(isCut ? 40 : 0)
            }
            let path = folder.appending(path: name).path
            let isWritten = FileManager.default.createFile(
                atPath: path,
                contents: data,
                attributes: [.posixPermissions: 0o600]
            )
            try #require(isWritten)
            return path
        }
        let files =
            "ca: \(try write("ca", ca)), certificate: \(try write("crt", certificate)), key: \(try write("key", key))"
        let text = "components: {c: {checks: {t: {kind: tls, address: 'h:1', tls: {\(files)}}}}}\n"
        let problems = ConfigurationText.problems(text)
        #expect(problems.count == (problem == nil ? 0 : 1), "\(problems)")
        #expect(problem == nil || problems.first?.contains("t.\(problem ?? "")") == true, "\(problems)")
    }
}
