package import HealthCore

/// A check whose reports have its secrets replaced.
package struct RedactedCheck {
    /// The check that runs.
    package let check: any HealthCheck
    /// The target of the check without secrets.
    package let target: String?
    private let redaction: Redaction

    /// Replaces secrets in the target, messages and details of a check.
    package init(_ check: any HealthCheck, _ redaction: Redaction) {
        self.check = check
        self.redaction = redaction
        target = check.target.map { redaction($0) }
    }

    /// A text of the check without its secrets.
    func redacted(_ text: String) -> String { redaction(text) }

    /// Cut here, where it is known that a replacement must stay whole.
    private func message(_ text: String) -> String { redaction(text, bytes: RunResult.maximumMessageBytes) }

    private func detail(_ text: String) -> String { redaction(text, bytes: RunResult.maximumDetailBytes) }
}

extension RedactedCheck: HealthCheck {
    package var measurements: [Measurement] { check.measurements }
    package var connects: Bool { check.connects }
    package var phases: [RunPhase] { check.phases }
    package var blocksStartup: Bool { check.blocksStartup }
    package var detectionDelay: Duration { check.detectionDelay }

    package func run(_ context: RunContext) async throws -> CheckReport {
        do {
            var report = try await check.run(context)
            report.message = message(report.message)
            report.details = report.details.map { .init(detail($0.name), detail($0.value), number: $0.number) }
            return report
        } catch let failure as CheckFailure {
            throw CheckFailure(failure.reason, message(failure.message), measured: failure.measured)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw CheckFailure(.error, message("\(error)"))
        }
    }
}
