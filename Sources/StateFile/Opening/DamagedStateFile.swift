import HealthCore
import Platform

/// A damaged file that is moved aside, for people who want what is left of it.
enum DamagedStateFile {
    /// As many are kept; nothing is ever deleted.
    static let maximum = 3

    /// Moves the file at a path with what SQLite keeps beside it, and returns the new path.
    static func moveAside(_ path: StateFilePath, now: Timestamp) throws(StateFileProblem) -> String {
        let prefix = "\(path.name).damaged-"
        let names = try names(in: path.directory).filter { name in
            name.hasPrefix(prefix) && !StateFilePath.companions.contains(where: name.hasSuffix)
        }
        guard names.count < maximum else {
            throw StateFileProblem(
                kind: .damaged,
                message:
                    "\(path.text): the content is damaged, and \(names.count) damaged files are kept beside it: remove some of them"
            )
        }
        // Of 2026-12-01T22:00:00.000Z what ISO 8601 calls the basic format, without fractions.
        let time = now.rfc3339.prefix { $0 != "." }.filter { $0 != "-" && $0 != ":" } + "Z"
        var suffix = "damaged-\(time)"
        // Several in one second: there are fewer than the maximum.
        while names.contains("\(path.name).\(suffix)") { suffix += "-again" }
        let target = "\(path.text).\(suffix)"
        guard unsafe rename(path.text, target) == 0 else { throw SystemError.problem(errno, writing: path.text) }
        // A companion that is left over is of no use to the new file: SQLite deletes it.
        for end in StateFilePath.companions { _ = unsafe rename(path.text + end, target + end) }
        return target
    }

    private static func names(in path: String) throws(StateFileProblem) -> [String] {
        guard let directory = unsafe opendir(path) else { throw SystemError.problem(errno, writing: path) }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { unsafe Array($0.prefix { $0 != 0 }) }
            names.append(String(decoding: name, as: UTF8.self))
        }
        return names
    }
}
