import HTTPTypes
import HealthCore
import HealthTesting
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import NIOPosix

@testable import HealthExporter

/// An exporter whose endpoints a test requests, on a clock that stands still; nothing runs, results come from the test.
struct EndpointStage {
    /// A component with a flag, a heartbeat with and one without a token, and a check whose details are worth hiding.
    static let text = """
        service: {name: s, environment: t, version: "1", instance: i}
        components:
          db: {checks: {primary: {kind: tcp, address: "db.example:5432"}}}
          drill: {impact: optional, checks: {a: {kind: memory}}}
          worker: {impact: optional, checks: {open: {kind: heartbeat, within: 1h}, closed: {kind: heartbeat, within: 1h, token: sesame}}}
        flags: {shop: {requires: [db], default: false}}

        """

    let clock = ManualClock()
    let logs = LogRecorder()
    let exporter: Exporter<ManualClock>
    let configuration: ExporterConfiguration

    init(
        _ text: String = text,
        edit: (inout ExporterConfiguration) -> Void = { _ in },
        load: @escaping ExporterEnvironment<ManualClock>.Load = { $0 }
    ) throws {
        var configuration = try ConfigurationText.load(text)
        edit(&configuration)
        self.configuration = configuration
        exporter = Exporter(
            configuration: configuration,
            environment: ExporterEnvironment(
                timeline: Timeline(clock: clock, wallClock: ManualWallClock(following: clock)),
                group: MultiThreadedEventLoopGroup.singleton,
                log: LogOutput(writer: LogWriter(descriptor: 2), logger: logs.logger()),
                termination: Termination(),
                load: load,
                abandonRuns: { _ in }
            )
        )
    }

    var store: StatusStore { exporter.checks.store }

    /// Publishes a result of every check of a component.
    func publish(_ kind: ResultKind, _ component: String, message: String = "secret message") {
        for (handle, registration, _) in configuration.registry.checks where registration.id.component == component {
            var result = RunResult.make(kind, at: exporter.moment)
            result.message = message
            _ = exporter.checks.pipeline.publish(result, of: handle)
        }
    }

    /// Ends reloads: nothing runs here that would answer one.
    func stopReloading() async {
        await withTaskGroup(of: Void.self) { group in
            let (requests, continuation) = AsyncStream.makeStream(of: Void.self)
            continuation.finish()
            group.addTask { await exporter.endpoints.reloader.run(requests: requests) }
            group.cancelAll()
        }
    }

    /// Start-up is complete, and everything is healthy.
    func becomeReady() {
        for task in ListenerAddresses.startupTasks(servesMain: true) { exporter.finishStartup(task: task) }
        for component in ["db", "drill"] { publish(.success, component) }
    }

    /// How often the endpoint of a label was answered, by class of status code from 2xx on.
    func count(_ handler: String) -> [UInt64]? {
        exporter.responder.counts.facts.first { $0.handler == handler }?.counts
    }

    /// A request, and who sends it.
    struct Sent: Sendable {
        var method = HTTPRequest.Method.get
        var path: String
        var host = "127.0.0.1:8642"
        var peer: String? = "127.0.0.1"
        var listener = RequestListener.main
        var headers: [String: String] = [:]
        var body: String?
    }

    /// The answer to a request, through Hummingbird's test client.
    func send(_ sent: Sent) async throws -> TestResponse {
        let peer = try sent.peer.map { try SocketAddress(ipAddress: $0, port: 1) }
        let responder = PeerResponder(responder: exporter.responder.serving(sent.listener), peer: peer, host: sent.host)
        return try await Application(responder: responder).test(.router) { client in
            var fields = HTTPFields()
            for (name, value) in sent.headers {
                if let name = HTTPField.Name(name) { fields[name] = value }
            }
            let body = sent.body.map { ByteBuffer(string: $0) }
            return try await client.execute(uri: sent.path, method: sent.method, headers: fields, body: body)
        }
    }

    /// The answer to a GET of a path from a loopback peer.
    func get(_ path: String, headers: [String: String] = [:]) async throws -> TestResponse {
        try await send(Sent(path: path, headers: headers))
    }

    /// The answer to a POST of a path by an administrator.
    func post(_ path: String, body: String? = nil, headers: [String: String] = [:]) async throws -> TestResponse {
        try await send(Sent(method: .post, path: path, listener: .adminSocket, headers: headers, body: body))
    }
}

/// Hands requests to the endpoints as those of a peer and for a host of the test's choice: the test client has neither.
private struct PeerResponder: HTTPResponder {
    typealias Context = BasicRequestContext

    let responder: EndpointResponder
    let peer: SocketAddress?
    let host: String

    func respond(to request: Request, context: Context) async throws -> Response {
        var head = request.head
        head.authority = host
        let request = Request(head: head, body: request.body)
        return try await responder.respond(to: request, from: Requester(listener: responder.listener, peer: peer))
    }
}

extension TestResponse {
    var text: String { String(buffer: body) }

    subscript(header: String) -> String? { HTTPField.Name(header).flatMap { headers[$0] } }
}

extension Exporter {
    /// Now, by the clock of the exporter.
    var moment: Moment { environment.timeline.moment }
}
