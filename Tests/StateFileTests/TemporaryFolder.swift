import FoundationEssentials

/// A folder of one test, deleted with its content when the test has ended.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/state-file-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The path of a state file in it.
    var file: String { path + "/state.db" }

    var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() } }

    func write(_ bytes: some Sequence<UInt8>, to name: String = "state.db") throws {
        try Data(bytes).write(to: URL(filePath: "\(path)/\(name)"))
    }

    func read(_ name: String = "state.db") throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: "\(path)/\(name)")))
    }

    func copy(_ name: String, to target: String) throws {
        try FileManager.default.copyItem(atPath: "\(path)/\(name)", toPath: target)
    }
}
