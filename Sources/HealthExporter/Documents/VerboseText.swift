/// The plain-text list with which Kubernetes' own components answer `?verbose`.
enum VerboseText {
    /// One line of the list.
    struct Line {
        /// The component, group, task or loop.
        let name: String
        /// Why it fails; nil when it passes.
        let problem: String?
        /// More about one that passes.
        let remark: String?

        /// A line that passes, unless there is a problem.
        init(_ name: String, problem: String? = nil, remark: String? = nil) {
            self.name = name
            self.problem = problem
            self.remark = remark
        }

        fileprivate var text: String {
            if let problem { return "[-]\(name) failed: \(problem)\n" }
            return "[+]\(name) ok\(remark.map { ": \($0)" } ?? "")\n"
        }
    }

    /// 8 KiB, less the last two lines.
    private static let maximumBytes = 8 * 1024 - 128

    /// The list, what fails first, and a last line that says whether the probe passes; at most 8 KiB.
    static func render(probe: String, lines: [Line], isPassing: Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        let failedFirst = lines.filter { $0.problem != nil } + lines.filter { $0.problem == nil }
        for (index, line) in failedFirst.enumerated() {
            if bytes.count + line.text.utf8.count > maximumBytes {
                bytes += "and \(failedFirst.count - index) more\n".utf8
                break
            }
            bytes += line.text.utf8
        }
        bytes += "\(probe) check \(isPassing ? "passed" : "failed")\n".utf8
        return bytes
    }
}
