import ArgumentParser
import HealthChecks
import HealthCore
import HealthExporter

/// `probe`: one GET, for health checks of containers that have no other tool.
struct ProbeCommand: ExporterCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe",
        abstract: "GET a URL with a 2 s limit: exit 0 on 2xx, 1 otherwise."
    )

    /// The URL that is requested.
    @Argument(help: "The URL, such as http://127.0.0.1:8643/readyz.")
    var url: String

    private static var limit: Duration { .seconds(2) }

    /// Sends the request; exits 0 on 2xx.
    func execute() async -> ExitStatus {
        let timeline = SystemSources.timeline()
        let target: HTTPTarget
        do throws(HTTPTarget.Problem) {
            target = try HTTPTarget(url)
        } catch {
            Output.write("expected an absolute http or https URL without user and password\n", to: 2)
            return .failure
        }
        let resources = CheckResources(
            configuration: .init(environment: SystemSources.variable),
            group: SystemSources.group,
            time: timeline
        )
        let check = ProbeCheck(
            client: resources.httpClient,
            tls: TLSClient(
                protocols: ["http/1.1"],
                time: timeline,
                verifiers: CertificateVerifiers(),
                pool: resources.blockingPool
            ),
            target: target
        )
        let registration = Registration(
            id: CheckID(component: "probe", check: "probe"),
            kind: "http",
            check: check,
            schedule: Schedule(interval: Self.limit * 2, timeout: Self.limit)
        )
        var generator = SystemRandomNumberGenerator()
        let run = CheckRunner<SystemClock>.Run(registration: registration, traceID: TraceID(using: &generator)) {
            result in
            if result.kind != .success { Output.write(result.message + "\n", to: 2) }
            Output.end(result.kind == .success ? .success : .failure)
        }
        await CheckRunner(timeline: timeline)(run)
        return .failure
    }
}

/// A request whose answer is good from 200 to 299.
private struct ProbeCheck: HealthCheck {
    let client: HTTPClient
    let tls: TLSClient
    let target: HTTPTarget

    var connects: Bool { true }

    func run(_ context: RunContext) async throws -> CheckReport {
        try await tls.evaluated { tls in
            let answer = try await client.send(.init(target: target), tls: tls, context)
            let isGood = (200...299).contains(answer.status)
            return CheckReport(isGood ? .success : .failure(.unexpectedStatus), "status \(answer.status)")
        }
    }
}
