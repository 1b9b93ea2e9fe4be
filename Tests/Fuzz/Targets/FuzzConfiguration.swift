import HealthChecks
import HealthCore
import HealthExporter
import HealthTesting

/// Texts of configurations: always settings, or problems with a place; and what is right for one load is right for the next.
enum FuzzConfiguration {
    private static let secret = "hunter22-of-a-file"

    /// The whole input is the text.
    static func run(_ bytes: [UInt8]) throws {
        let first = decode(bytes)
        let second = decode(bytes)
        switch (first, second) {
        case (.success(let settings), .success(let again)):
            require(settings == again, "two loads of one text differ")
        case (.failure(let error), .failure(let again)):
            require(error.description == again.description, "two loads of one text differ: \(error), \(again)")
            inspect(error, of: bytes)
        default: fail("two loads of one text differ: \(first), \(second)")
        }
    }

    private static func decode(_ bytes: [UInt8]) -> Result<ExporterSettings, ConfigurationError> {
        let files = SettingFiles { (path: String) throws(GuardedFile.Problem) -> GuardedFile.Contents in
            if path.hasSuffix("missing") { throw .unreadable("No such file or directory") }
            return GuardedFile.Contents(bytes: Array(secret.utf8), isReadableByOthers: false)
        }
        let facts = MachineFacts(reportsMemoryPressure: { true }, maySendPings: { true })
        let inputs = SettingInputs(baseDirectory: "/x", files: files, machine: facts)
        let text = SettingsText(file: "fuzz.yaml", inputs: inputs) { $0 == "X" ? "value" : nil }
        do throws(ConfigurationError) {
            return .success(try text.decode(bytes).settings)
        } catch {
            return .failure(error)
        }
    }

    private static func inspect(_ error: ConfigurationError, of bytes: [UInt8]) {
        require(!error.problems.isEmpty, "refused without a problem")
        // A carriage return ends a line, too, and so do three characters of Unicode (YAML 1.1 §5.4).
        let lines = bytes.text.unicodeScalars.count { ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"].contains($0) } + 2
        for problem in error.problems {
            require(!problem.message.isEmpty, "a problem without a message")
            require((1...lines).contains(problem.position.line), "line \(problem.position.line) of \(lines)")
            require(problem.position.column >= 1, "column \(problem.position.column)")
            require(!problem.message.contains(secret), "\(problem.message) tells what is in a file")
            let text = problem.description(file: "fuzz.yaml")
            require(!text.unicodeScalars.contains { $0.value < 0x20 }, "\(text) breaks its line")
        }
    }
}
