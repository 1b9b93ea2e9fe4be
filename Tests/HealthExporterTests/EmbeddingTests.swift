import Foundation
import HealthCore
import HealthTesting
import Hummingbird
import HummingbirdTesting
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import HealthExporter

/// What a program that embeds the exporter registers, and where a configuration comes from.
struct EmbeddingTests {
    private final class Count: Sendable {
        private let count = Atomic<Int>(0)

        var value: Int { count.load(ordering: .relaxed) }

        func increment() { count.add(1, ordering: .relaxed) }
    }

    @Test func aTaskThatIsFinishedBeforeAnybodyWaitsIsFinishedAtOnce() {
        let (task, count) = (StartupTask(name: "catalogue"), Count())
        task.finish()
        task.whenFinished { count.increment() }
        #expect(count.value == 1)
    }

    @Test func aTaskMayBeFinishedMoreThanOnce() {
        var program = ProgramRegistrations()
        let (task, count) = (program.addStartupTask("catalogue"), Count())
        task.whenFinished { count.increment() }
        #expect(count.value == 0 && program.startupTasks.map(\.name) == ["catalogue"])
        task.finish()
        task.finish()
        #expect(count.value == 2, "the store counts it once")
    }

    private static func file(_ text: String) throws -> String {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try Data(text.utf8).write(to: file)
        return file.path
    }

    @Test func startUpWaitsForTheProgramsTasksAndSaysSo() async throws {
        var registered: StartupTask?
        let health = try HealthService(.init()) { program in
            program.add(Self.component)
            registered = program.addStartupTask("catalogue")
        }
        let task = try #require(registered)
        let router = Router()
        health.addRoutes(to: router, endpoints: .probes)
        try await Application(router: router).test(.router) { client in
            let before = try await client.execute(uri: "/startupz", method: .get)
            let names = #"["main-listener","probe-listener","catalogue","queue"]"#
            #expect(String(buffer: before.body).contains(#""waiting_for":\#(names)"#))
            task.finish()
            let after = try await client.execute(uri: "/startupz", method: .get)
            #expect(String(buffer: after.body).contains(#""waiting_for":["main-listener","probe-listener","queue"]"#))
            #expect(try await client.execute(uri: "/metrics", method: .get).status == .notFound)
        }
    }

    @Test func aProgressCounterOfTheProgramIsALoopOfTheMetrics() async throws {
        let health = try HealthService(.init()) { program in
            program.add(Self.component)
            _ = program.addProgressCounter("order-queue")
        }
        let router = Router()
        health.addRoutes(to: router)
        try await Application(router: router).test(.router) { client in
            let page = try await client.execute(uri: "/metrics", method: .get)
            #expect(String(buffer: page.body).contains(#"loop="order-queue""#))
            #expect(try await client.execute(uri: "/", method: .get).status == .notFound)
        }
    }

    @Test func theEnvironmentOfTheOptionsReplacesThatOfTheProcess() throws {
        var options = HealthService.Options(
            configurationFile: try Self.file(
                "components: {a: {owner: \"${env:OWNER}\", checks: {m: {kind: memory}}}}\n"
            )
        )
        options.environment = ["OWNER": "team-a"]
        #expect(throws: Never.self) { _ = try HealthService(options) }
        options.environment = [:]
        let error = #expect(throws: ConfigurationError.self) { _ = try HealthService(options) }
        #expect(error?.description.contains("OWNER") == true)
    }

    @Test func whatRegistrationThrowsIsThrown() {
        struct Mistake: Error {}
        #expect(throws: Mistake.self) { _ = try HealthService(.init()) { _ in throw Mistake() } }
    }

    // MARK: Origins of configurations

    private static let component = ComponentRegistration.make("queue")

    private static var sources: ConfigurationSources {
        ConfigurationSources(
            environment: { _ in nil },
            group: MultiThreadedEventLoopGroup.singleton,
            time: ManualTime()
        )
    }

    @Test func withoutAFileTheEmbeddedDefaultIsLoaded() throws {
        let origin = ConfigurationOrigin(file: nil)
        let configuration = try origin.load(from: Self.sources)
        #expect(origin == .embeddedDefault && origin.name == "embedded default")
        #expect(configuration.registry.components.map(\.registration.name) == ["host", "exporter"])
        #expect(configuration.registry.components.allSatisfy { $0.registration.impact == .optional })
        #expect(configuration.files.isEmpty)
    }

    @Test func aFileIsLoadedFromItsPathAndRemembered() throws {
        let path = try Self.file(ConfigurationText.check(""))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let origin = ConfigurationOrigin(file: path)
        #expect(origin == .file(path) && origin.name == path)
        #expect(try origin.load(from: Self.sources).files.map(\.path) == [path])
    }

    @Test func codeAloneHasTheComponentsOfTheProgramAndNeedsOne() throws {
        var sources = Self.sources
        #expect(throws: ConfigurationError.self) { try ConfigurationOrigin.code.load(from: sources) }
        sources.program.add(Self.component)
        let configuration = try ConfigurationOrigin.code.load(from: sources)
        #expect(configuration.registry.components.map(\.registration.name) == ["queue"])
        #expect(ConfigurationOrigin.code.name == "registered in code")
    }

    @Test func theCommandLineOverridesTheFileAtTheStartAndAtEachReload() throws {
        var options = ExporterStart.Options(origin: .code) { _ in nil }
        options.program.add(Self.component)
        options.override = { $0.settings.web.listen = [.init(host: "127.0.0.1", port: 7)] }
        let start = try ExporterStart(options)
        #expect(start.configuration.settings.web.listen[0].port == 7)
        let exporter = start.makeEmbeddedExporter()
        #expect(try exporter.environment.load(start.configuration).settings.web.listen[0].port == 7)
    }

    @Test func theAdminSocketIsThereOnlyWhereItIsAskedFor() throws {
        for isServed in [true, false] {
            var options = ExporterStart.Options(origin: .code) { $0 == "RUNTIME_DIRECTORY" ? "/run/x" : nil }
            options.program.add(Self.component)
            options.servesAdminSocket = isServed
            let environment = try ExporterStart(options).makeEmbeddedExporter().environment
            let path = environment.adminSocket(.automatic)?.path
            #expect(path == (isServed ? "/run/x/health-exporter.sock" : nil))
            #expect(environment.adminSocket(.off) == nil)
        }
    }
}
