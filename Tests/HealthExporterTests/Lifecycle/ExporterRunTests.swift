import HTTPTypes
import HealthCore
import HealthTesting
import HummingbirdTesting
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Testing

@testable import HealthExporter

/// A whole exporter in this process: real listeners on free ports, and a clock that stands still.
@Suite(.timeLimit(.minutes(5))) struct ExporterRunTests {
    private struct ExporterService: Service {
        let exporter: Exporter<ManualClock>

        func run() async throws { try await exporter.run() }
    }

    private static func stage(
        edit: (inout ExporterConfiguration) -> Void = { _ in },
        load: @escaping ExporterEnvironment<ManualClock>.Load = { $0 }
    ) throws -> EndpointStage {
        func change(_ configuration: inout ExporterConfiguration) {
            configuration.settings.web.listen = [.init(host: "127.0.0.1", port: 0)]
            configuration.settings.web.probeListen = .init(host: "127.0.0.1", port: 0)
            (configuration.settings.shutdown.drain, configuration.settings.shutdown.grace) = (.zero, .seconds(20))
            edit(&configuration)
        }
        return try EndpointStage(edit: change, load: load)
    }

    /// Runs an exporter until `body` has returned; then it shuts down gracefully.
    private static func running(
        _ stage: EndpointStage,
        _ body: (_ main: Int, _ probe: Int) async throws -> Void
    ) async throws {
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let service = ExporterService(exporter: stage.exporter)
        let group = ServiceGroup(configuration: .init(services: [.init(service: service)], logger: quiet))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            while stage.logs.lines(of: "exporter.started").isEmpty { try? await Task.sleep(for: .milliseconds(1)) }
            let line = stage.logs.lines(of: "exporter.started")[0]
            try await body(port(line["listen"]), port(line["probe_listen"]))
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    private static func port(_ address: String?) -> Int {
        address?.split(separator: ":").last.flatMap { Int($0) } ?? 0
    }

    private static func get(_ port: Int, _ path: String) async throws -> TestClient.Response {
        try await TestClient.withClient(host: "127.0.0.1", port: port) {
            try await $0.execute(.init(path, method: .get, authority: "localhost"))
        }
    }

    private static func post(_ port: Int, _ path: String, body: ByteBuffer) async throws -> TestClient.Response {
        try await TestClient.withClient(host: "127.0.0.1", port: port) { client in
            try await client.execute(.init(path, method: .post, authority: "localhost", body: body))
        }
    }

    @Test func bothListenersServeAndStopInOrder() async throws {
        let stage = try Self.stage()
        try await Self.running(stage) { main, probe in
            for (port, path, status) in [
                (main, "/livez", 200), (probe, "/livez", 200), (main, "/metrics", 200), (probe, "/metrics", 404),
                (main, "/", 200), (main, "/-/reload", 405),
            ] {
                let answer = try await Self.get(port, path)
                #expect(answer.status.code == status, "\(path)")
            }
            let starting = try await Self.get(probe, "/startupz")
            #expect(starting.status == .serviceUnavailable, "no check has run")
            stage.becomeReady()
            let started = try await Self.get(probe, "/startupz")
            #expect(started.status == .ok)
        }
        #expect(stage.logs.events.first == "exporter.started")
        let ends = stage.logs.events.filter { ["exporter.draining", "exporter.stopped"].contains($0) }
        #expect(ends == ["exporter.draining", "exporter.stopped"] && stage.logs.events.last == "exporter.stopped")
        #expect(stage.store.isShuttingDown)
    }

    @Test func anActionGoesThroughHummingbirdAndIsCounted() async throws {
        let stage = try Self.stage { $0.settings.web.lifecycle = .loopback }
        try await Self.running(stage) { main, _ in
            let answer = try await Self.post(
                main,
                "/api/v1/components/db/drill",
                body: ByteBuffer(string: #"{"by":"ada"}"#)
            )
            #expect(answer.status == .ok)
            #expect(stage.count("/api/v1/components/{name}/drill") == [1, 0, 0, 0])
        }
    }

    @Test func aReloadPutsTheNewComponentsIntoEffectEverywhere() async throws {
        let new = EndpointStage.text.replacing("db.example", with: "other.example")
            .replacing("  drill: {impact: optional", with: "  extra: {impact: optional")
        let stage = try Self.stage {
            $0.settings.web.lifecycle = .loopback
        } load: { old throws(ConfigurationError) in
            try ConfigurationText.load(new, replacing: old)
        }
        try await Self.running(stage) { main, _ in
            let answer = try await Self.post(main, "/-/reload", body: ByteBuffer())
            let text = String(buffer: answer.body ?? ByteBuffer())
            #expect(
                answer.status == .ok
                    && text.hasPrefix(#"{"status":"reloaded","added":["extra/a"],"removed":["drill/a"]"#),
                "\(text)"
            )
            #expect(text.contains(#""changed":["db/primary"]"#))
            #expect(try await Self.get(main, "/api/v1/components/extra").status == .ok)
            #expect(try await Self.get(main, "/api/v1/components/drill").status == .notFound)
            let page = String(buffer: try await Self.get(main, "/metrics").body ?? ByteBuffer())
            #expect(page.contains(#"component="extra""#) && !page.contains(#"component="drill""#))
            #expect(page.contains("health_exporter_config_reloads_total{") && page.contains(#"result="success"} 1"#))
        }
    }

    @Test func aRefusedReloadListsEveryErrorAndChangesNothing() async throws {
        let stage = try Self.stage {
            $0.settings.web.lifecycle = .loopback
        } load: { _ throws(ConfigurationError) in
            try ConfigurationText.load("components: {a: {checks: {x: {kind: memry}}}}\nnonsense: 1\n")
        }
        try await Self.running(stage) { main, _ in
            let answer = try await Self.post(main, "/-/reload", body: ByteBuffer())
            let text = String(buffer: answer.body ?? ByteBuffer())
            #expect(answer.status == .badRequest)
            #expect(
                text.hasPrefix(#"{"error":"the new configuration was refused; the old one goes on","hint":""#),
                "\(text)"
            )
            #expect(text.contains("memry") && text.contains("nonsense"))
            #expect(try await Self.get(main, "/api/v1/components/db").status == .ok)
        }
    }

    @Test(arguments: [true, false])
    func anAddressThatIsTakenIsNamed(isMain: Bool) async throws {
        let other = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(other.localAddress?.port)
        let stage = try Self.stage { configuration in
            if isMain {
                configuration.settings.web.listen[0].port = port
            } else {
                configuration.settings.web.probeListen.port = port
            }
        }
        let error = await #expect(throws: BindFailure.self) { try await stage.exporter.run() }
        #expect(error?.description == "cannot listen on 127.0.0.1:\(port): Address already in use")
        try await other.close()
    }

    @Test func cancelledItEndsWithoutADrain() async throws {
        let stage = try Self.stage { $0.settings.shutdown.drain = .seconds(5) }
        await withTaskGroup(of: Void.self) { tasks in
            // Its error, if any, is that it was cancelled.
            tasks.addTask { try? await stage.exporter.run() }
            while stage.logs.lines(of: "exporter.started").isEmpty { try? await Task.sleep(for: .milliseconds(1)) }
            tasks.cancelAll()
        }
        // Its drain, on a clock that stands still, would never have ended.
        #expect(stage.logs.events.contains("exporter.stopped"))
    }
}
