import Foundation
import Testing

/// The documentation against the program: names, the README's example, its length.
@Suite(.startsProcesses)
struct DocumentationTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static func file(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    private static func page(_ name: String) throws -> String {
        try file("Sources/HealthExporter/Documentation.docc/\(name).md")
    }

    @Test func theReadmesExampleIsValidAndBecomesReady() async throws {
        let readme = try Self.file("README.md")
        #expect(readme.split(separator: "\n", omittingEmptySubsequences: false).count <= 151)
        let blocks = readme.components(separatedBy: "```yaml\n").dropFirst().compactMap {
            $0.components(separatedBy: "```").first
        }
        let example = try #require(blocks.first { $0.contains("components:") })
        let folder = try TemporaryFolder()
        let result = try await Command.run(
            try Product.exporter.path,
            "check-config",
            try folder.write("health.yaml", example)
        )
        #expect(result.status == 0, "\(result.errors)")
        // The example checks the exporter's own ports: give it those it really has.
        let (port, probePort) = (try FreePort.next(), try FreePort.next())
        let local = example.replacingOccurrences(of: "8642", with: "\(port)").replacingOccurrences(
            of: "8643",
            with: "\(probePort)"
        )
        let exporter = try RunningExporter(
            configuration: local,
            arguments: ["--listen", "127.0.0.1:\(port)", "--probe-listen", "127.0.0.1:\(probePort)"]
        )
        try await exporter.waitUntilStarted()
        try await eventually("ready") { try exporter.probe("/readyz").json["status"] as? String == "ready" }
    }

    @Test func theExamplesOfWholeConfigurationsAreValid() async throws {
        let blocks = try Self.page("Configuration").components(separatedBy: "```yaml\n").dropFirst()
        let examples = blocks.compactMap { $0.components(separatedBy: "```").first }.filter {
            $0.hasPrefix("components:")
        }
        #expect(examples.contains { $0.contains("groups:") } && examples.contains { $0.contains("queue") })
        let folder = try TemporaryFolder()
        for example in examples {
            let arguments = ["check-config", "--quiet", try folder.write("health.yaml", example)]
            let result = try await Command.run(try Product.exporter.path, arguments)
            #expect(result.status == 0 && result.output.isEmpty, "\(result.errors)\(result.output)")
        }
    }

    @Test func everyCommandAndOptionIsDocumented() async throws {
        let page = try Self.page("Configuration")
        let commands = ["run", "check-config", "once", "probe", "schema", "slo", "status", "reload", "drill"]
        for command in commands { #expect(page.contains("`\(command)"), "\(command)") }
        let help = try await Command.run(try Product.exporter.path, "check-config", "--help").output
        for option in help.matches(of: /--(?!help|version)[a-z-]+/).map({ String($0.output) }) {
            #expect(page.contains("`\(option)`"), "\(option)")
        }
    }

    /// Other systems' names of the probes, with the name that they stand beside.
    @Test(arguments: [
        ("/livez", ["/healthz", "/-/healthy"]), ("/readyz", ["/ready", "/health", "/-/ready"]),
        ("/startupz", ["/startup"]),
    ])
    func theAliasesOfAProbeStandBesideIt(path: String, aliases: [String]) throws {
        let row = try #require(try Self.file("README.md").split(separator: "\n").first { $0.hasPrefix("| `\(path)`") })
        for alias in aliases { #expect(row.contains("`\(alias)`"), "\(alias)") }
    }

    @Test func theKindThatThePageShowsIsTheOneThatTheTestsRun() throws {
        let code = try Self.file("Tests/HealthChecksTests/MemcachedCheck.swift")
            .replacingOccurrences(of: "\n@testable import HealthChecks\n", with: "")
        #expect(try Self.page("WritingACheck").contains("```swift\n\(code)```"))
    }

    @Test func theTestsThatThePageShowsAreThoseThatRun() throws {
        let code = try Self.file("Tests/EmbeddedExampleTests/QueueCheckTests.swift")
        #expect(try Self.page("WritingACheck").contains("```swift\n\(code)```"))
    }

    @Test func theFilesThatArchitectureNamesAreThere() throws {
        let targets = ["HealthCore", "HealthChecks", "HealthExporter"].map { "Sources/\($0)/" }
        let words = try Self.page("Architecture").components(separatedBy: "`")
        let files = words.filter { $0.hasSuffix(".swift") && $0.contains("/") && !$0.contains("\n") }
        #expect(files.count > 20)
        for file in files {
            let isThere = targets.contains {
                FileManager.default.fileExists(atPath: Self.root.appending(path: $0 + file).path)
            }
            #expect(isThere, "\(file)")
        }
    }

    @Test func theProgramThatThePageShowsIsTheOneThatTheTestsRun() throws {
        #expect(
            try Self.page("Embedding").contains("```swift\n\(try Self.file("Tests/EmbeddedExample/Shop.swift"))```")
        )
    }

    @Test func everyMetricIsDocumented() async throws {
        let reference = try Self.page("Reference/MetricReference")
        let exporter = try RunningExporter(configuration: nil)
        try await exporter.waitUntilStarted()
        let families = try exporter.get("/metrics").text.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }
            .compactMap { $0.split(separator: " ").dropFirst(2).first }
        #expect(families.count > 45)
        for family in families { #expect(reference.contains("`\(family)`"), "\(family)") }
    }

    /// A name that the page mentions is one of a family, or the beginning of several.
    @Test(arguments: ["Metrics", "Configuration", "Embedding"])
    func everyMetricThatThePagesNameExists(page: String) throws {
        let reference = try Self.page("Reference/MetricReference")
        for name in try Self.page(page).matches(of: /`((health|process)_[a-z_]+)/).map(\.output.1) {
            #expect(reference.contains("`\(name)"), "\(name)")
        }
    }

    @Test func everyKeyIsDocumented() async throws {
        let reference = try Self.page("Reference/KeyReference")
        let result = try await Command.run(try Product.exporter.path, "schema")
        let schema = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        func allKeys(_ value: Any) -> [String] {
            guard let object = value as? [String: Any] else { return (value as? [Any])?.flatMap(allKeys) ?? [] }
            let own = (object["properties"] as? [String: Any])?.keys.map { $0 } ?? []
            return own + object.values.flatMap(allKeys)
        }
        let names = Set(allKeys(schema))
        #expect(names.count > 50)
        // A pair of thresholds is a form of values; `defaults.component` has the keys of a component.
        for name in names.subtracting(["degraded", "unhealthy", "component"]) {
            let places = ["`\(name)`", "`\(name).", ".\(name)`", ".\(name).", ".\(name)["]
            #expect(places.contains { reference.contains($0) }, "\(name)")
        }
    }
}
