import HealthCore
import Subprocess

@testable import HealthChecks

/// What a monitoring plugin prints.
enum FuzzPluginOutput {
    private static let secret = "hunter22"

    /// The exit code, then the output.
    static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let code = Int32(input.byte())
        let printed = input.remaining()
        let output = PluginOutput(printed, SeenText(redaction: Redaction([secret])))
        inspect(output.message, output.details)
        for exitCodes in ExecSettings.ExitCodes.allCases {
            let report = ExecEvaluation(exitCodes: exitCodes).report(on: .exited(code), output)
            inspect(report.message, report.details)
            require((report.verdict == .success) == (code == 0), "\(code) is \(report.verdict)")
            require(report.measured.map(\.value) == [Double(code)], "\(report.measured)")
        }
    }

    private static func inspect(_ message: String, _ details: [CheckReport.Detail]) {
        require(!message.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7f }, "\(message) breaks its line")
        require(details.count <= 50, "\(details.count) values")
        for text in [message] + details.flatMap({ [$0.name, $0.value] }) {
            require(!text.contains(secret), "\(text) tells the secret")
        }
        for detail in details {
            require(detail.number?.isFinite != false, "\(detail)")
            require(!detail.name.isEmpty && !detail.value.isEmpty, "\(detail)")
        }
    }
}
