import ArgumentParser
import Foundation
import HealthCore
import HealthExporter
import Testing

@testable import health_exporter

/// Options and arguments, and how a command ends that was not understood.
struct ArgumentTests {
    private static func command<Command>(_ arguments: String, as type: Command.Type = Command.self) throws -> Command {
        let words = arguments.split(separator: " ").map(String.init)
        return try #require(try Root.parseAsRoot(words) as? Command, "\(arguments)")
    }

    private static func message(_ arguments: [String]) -> String {
        do {
            _ = try Root.parseAsRoot(arguments)
            return ""
        } catch {
            return Root.fullMessage(for: error)
        }
    }

    @Test(
        arguments: [
            ("run", "RunCommand"), ("", "RunCommand"), ("--config a.yaml", "RunCommand"),
            ("check-config a.yaml", "CheckConfigCommand"), ("once", "OnceCommand"), ("probe http://h/", "ProbeCommand"),
            ("schema", "SchemaCommand"), ("slo a.yaml --format sloth", "ObjectivesCommand"),
            ("status", "StatusCommand"), ("reload", "ReloadCommand"),
            ("drill db", "DrillCommand"),
        ]
    )
    func aNameIsACommandAndNoneIsRun(arguments: String, type: String) throws {
        let command: any ParsableCommand = try Self.command(arguments)
        #expect("\(Swift.type(of: command))" == type)
    }

    @Test(
        arguments: [
            (["drill"], "Missing expected argument '<name>'"), (["drill", "db", "--status", "healthy"], "'healthy'"),
            (["drill", "db", "--for"], "Missing value for '--for <duration>'"), (["status", "a", "b"], "b"),
            (["status", "--format", "yaml"], "'yaml'"), (["reload", "now"], "now"),
            (["--log-level", "loud"], "'loud'"),
            (["--log-format", "xml"], "'xml'"), (["--listen", "8642"], "'8642'"), (["--listen", "h:x"], "'h:x'"),
            (["--listen", "h:65536"], "'h:65536'"), (["check-config"], "Missing expected argument '<file>'"),
            (["check-config", "a", "--probe-period", "5"], "'5'"),
            (["check-config", "a", "--probe-period", "0s"], "'0s'"),
            (["check-config", "a", "--probe-failures", "0"], "--probe-failures must be at least 1"),
            (["check-config", "a", "--probe-failures", "x"], "'x'"), (["probe"], "Missing expected argument '<url>'"),
            (["--no-such-option"], "no-such-option"), (["once", "--format", "xml"], "'xml'"),
        ]
    )
    func aMisuseIsSaidWithWhatWasWrong(arguments: [String], part: String) {
        let message = Self.message(arguments)
        #expect(message.hasPrefix("Error: ") && message.contains(part), "\(message)")
    }

    @Test(
        arguments: [
            (["x", "once", "--nonsense"], ExitStatus.unknown), (["x", "probe"], .failure),
            (["x", "check-config"], .usage),
            (["x", "drill"], .usage), (["x", "--nonsense"], .usage), (["x"], .usage), ([], .usage),
        ]
    )
    func aMisuseEndsAsTheCallersOfTheCommandExpect(arguments: [String], status: ExitStatus) {
        #expect(Root.statusOfMisuse(arguments) == status)
    }

    @Test(
        arguments: [
            (HealthStatus.healthy, 0), (.degraded, 1), (.unhealthy, 2), (.unknown, 3),
        ] as [(HealthStatus, Int32)]
    )
    func onceEndsAsAPluginOfNagios(status: HealthStatus, code: Int32) {
        #expect(OnceCommand.status(status).rawValue == code)
    }

    @Test(arguments: ["--help", "help", "--version"])
    func helpAndVersionAreNoMisuse(argument: String) throws {
        do {
            var command = try Root.parseAsRoot([argument])
            try command.run()
            Issue.record("expected an exit")
        } catch {
            #expect(Root.exitCode(for: error) == .success)
            let message = Root.fullMessage(for: error)
            #expect(argument == "--version" ? message == Build.version : message.contains("SUBCOMMANDS:"))
        }
    }

    @Test func helpNamesEveryCommand() {
        let help = Root.helpMessage()
        for command in Root.configuration.subcommands {
            let name = command.configuration.commandName ?? ""
            #expect(help.contains("  \(name) "), "\(name)")
            #expect(!command.configuration.abstract.isEmpty, "\(name)")
        }
    }

    @Test(
        arguments: [
            ("250ms", .milliseconds(250)), ("5s", .seconds(5)), ("1m30s", .seconds(90)), ("1h", .seconds(3600)),
            ("0s", nil), ("5", nil), ("-1s", nil), ("", nil), ("1 s", nil), ("s", nil),
        ] as [(String, Duration?)]
    )
    func aDurationIsWrittenAsInTheFile(argument: String, duration: Duration?) {
        #expect(ProbeDuration(argument: argument)?.duration == duration)
    }

    @Test(
        arguments: [
            ("127.0.0.1:8642", "127.0.0.1:8642"), ("[::1]:0", "[::1]:0"), ("localhost:1", "localhost:1"),
            ("8642", nil), (":", nil), ("h:", nil), ("h:-1", nil), ("h:65536", nil), ("::1:80", nil), ("", nil),
        ] as [(String, String?)]
    )
    func anAddressHasAHostAndAPort(argument: String, shown: String?) {
        #expect(ListenAddress(argument: argument)?.description == shown)
    }

    @Test func optionsReplaceWhatTheFileSaysAndNothingElse() throws {
        let before = try #require(SystemSources.configuration(file: nil, SystemSources.timeline()))
        var after = before
        try Self.command("run", as: RunCommand.self).override(&after)
        #expect(after.settings == before.settings)
        let options = "--listen 127.0.0.1:1 --probe-listen [::1]:2 --log-level error --log-format text"
        try Self.command(options, as: RunCommand.self).override(&after)
        let (web, logs) = (after.settings.web, after.settings.logs)
        #expect(web.listen.description == "[127.0.0.1:1]" && web.probeListen.description == "[::1]:2")
        #expect("\(logs.level)" == "error" && logs.format == .text)
        #expect(after.identity.name == before.identity.name)
    }

    @Test func theSchemaIsPrintedAsOneDocument() async throws {
        let result = try await Self.command("schema", as: SchemaCommand.self).result()
        #expect(result.status == .success && result.errors.isEmpty)
        #expect(result.output == String(decoding: ConfigurationSchema.render(), as: UTF8.self) + "\n")
    }

    @Test func aFileThatIsNotThereIsAConfigurationError() {
        #expect(throws: ConfigurationError.self) {
            try ConfigurationOrigin(file: "/nowhere/health.yaml").load(
                from: SystemSources.sources(SystemSources.timeline())
            )
        }
    }

    @Test func variablesOfTheEnvironmentAreReadByName() {
        #expect(SystemSources.variable("PATH")?.isEmpty == false)
        #expect(SystemSources.variable("HEALTH_EXPORTER_NO_SUCH_VARIABLE") == nil)
    }
}
