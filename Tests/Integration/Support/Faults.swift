import Foundation
import Testing

/// The fault server of `Tests/Faults`, gone with the test.
final class Faults {
    /// One entry of its log.
    struct Event: Decodable {
        var fault: String
        var connection: Int
        var event: String
        var at: Double
        var detail: Detail?
    }

    /// What was sent or received; only what the first bytes of a connection say is read as text.
    struct Detail: Decodable {
        var text: String?

        init(from decoder: any Decoder) throws {
            text = try? decoder.container(keyedBy: Key.self).decode(String.self, forKey: .text)
        }

        private enum Key: CodingKey {
            case text
        }
    }

    private struct Announcement: Decodable {
        var control: Int
        var ports: [String: Int]
    }

    private let process = Process()
    private let input = Pipe()
    private let control: Int
    /// By the fault's name.
    let ports: [String: Int]

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Faults")
    static let authority = folder.appending(path: "certificates/root.pem").path

    /// Git keeps no more of a file's rights than whether it can be run; a key that everybody can read is refused.
    static func protectKeys() throws {
        for name in ["client", "unknown-ca"] {
            let key = folder.appending(path: "certificates/\(name).key").path
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: key)
        }
    }

    init() async throws {
        try Self.protectKeys()
        let output = try TemporaryFolder()
        let file = try output.write("announcement", "")
        process.executableURL = URL(filePath: Tool.python.rawValue)
        process.arguments = [Self.folder.appending(path: "fault_server.py").path]
        process.standardInput = input
        let announced = try FileHandle(forWritingTo: URL(filePath: file))
        defer { try? announced.close() }
        process.standardOutput = announced
        process.standardError = FileHandle.nullDevice
        try process.run()
        var announcement: Announcement?
        try await eventually("the fault server", within: 30) {
            announcement = try? JSONDecoder().decode(Announcement.self, from: Data(contentsOf: URL(filePath: file)))
            return announcement != nil
        }
        let known = try #require(announcement)
        (control, ports) = (known.control, known.ports)
    }

    /// How the requests to a fault began.
    func requests(to fault: String) throws -> [String] {
        try log().filter { $0.fault == fault && $0.event == "received" }.compactMap { $0.detail?.text }
    }

    deinit {
        process.killAtOnce()
    }

    /// What it did and saw, in order.
    func log() throws -> [Event] {
        try JSONDecoder().decode([Event].self, from: HTTP.get(control, "/log").body)
    }
}
