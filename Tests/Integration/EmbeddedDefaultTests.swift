import Foundation
import Testing

/// What a new user sees who types nothing but the program's name.
@Suite(.startsProcesses)
struct EmbeddedDefaultTests {
    @Test func servesEveryPathAndSaysSoFirst() async throws {
        let exporter = try RunningExporter(configuration: nil)
        try await exporter.waitUntilStarted()
        let first = try #require(try exporter.log.split(separator: "\n").first)
        #expect(first.contains("embedded default"))
        try await eventually("results of all checks") {
            try exporter.get("/readyz").json["status"] as? String == "ready"
        }
        for path in ["/", "/metrics", "/health/detailed", "/api/v1/components", "/api/v1/components/host"] {
            #expect(try exporter.get(path).status == 200, "\(path)")
        }
        for path in ["/livez", "/healthz", "/health", "/readyz", "/ready", "/startupz", "/startup", "/readyz?verbose"] {
            let (main, probe) = (try exporter.get(path), try exporter.probe(path))
            #expect(main.status == 200 && probe.status == 200, "\(path)")
            for answer in [main, probe] {
                #expect(answer.headers["cache-control"] == "no-store")
                #expect(answer.headers["x-content-type-options"] == "nosniff")
                #expect(answer.headers["content-length"] == String(answer.body.count))
            }
        }
        #expect(try exporter.probe("/metrics").status == 404)
        #expect(try HTTP.get(exporter.port, "/metrics", method: "POST").headers["allow"] == "GET, HEAD")
        #expect(try HTTP.get(exporter.probePort, "/livez", method: "DELETE").status == 405)
        #expect(try HTTP.get(exporter.port, "/metrics", method: "HEAD").body.isEmpty)
    }

    @Test(
        .measuresRealTime,
        arguments: [
            (["--version"], Int32(0), "0."), (["--help"], 0, "USAGE"), (["schema"], 0, "json-schema.org"),
            (["--no-such-option"], 2, ""), (["run", "--listen", "nonsense"], 2, ""),
            (["check-config", "/nowhere.yaml"], 2, ""),
            (["once", "--config", "/nowhere.yaml"], 3, ""), (["once", "--no-such-option"], 3, ""),
            (["probe", "ftp://x"], 1, ""), (["probe"], 1, ""), (["check-config"], 2, ""),
            (["probe", "http://127.0.0.1:1/"], 1, ""), (["once"], 0, "service: healthy"),
            (["once", "--format", "json"], 0, "\"components\""),
        ] as [([String], Int32, String)]
    )
    func commandsEndWithTheirExitCodes(arguments: [String], status: Int32, output: String) async throws {
        let result = try await Command.run(try Product.exporter.path, arguments)
        #expect(result.status == status, "\(result.errors)")
        #expect(output.isEmpty ? result.output.isEmpty : result.output.contains(output))
        if status != 0 { #expect(!result.errors.isEmpty) }
    }

    @Test func probeCommandTellsGoodFromBad() async throws {
        let exporter = try RunningExporter(configuration: nil)
        try await exporter.waitUntilStarted()
        let good = try await Command.run(
            try Product.exporter.path,
            "probe",
            "http://127.0.0.1:\(exporter.probePort)/livez"
        )
        #expect(good.status == 0)
        let bad = try await Command.run(
            try Product.exporter.path,
            "probe",
            "http://127.0.0.1:\(exporter.probePort)/nothing"
        )
        #expect(bad.status == 1)
        let silent = try ListeningSocket(acceptsConnections: true)
        let hung = try await Command.run(try Product.exporter.path, "probe", "http://127.0.0.1:\(silent.port)/")
        #expect(hung.status == 1)
    }

    @Test func aTakenPortIsAFailureAtRunTime() async throws {
        let taken = try ListeningSocket(acceptsConnections: true)
        let result = try await Command.run(
            try Product.exporter.path,
            "run",
            "--listen",
            "127.0.0.1:\(taken.port)",
            "--probe-listen",
            "127.0.0.1:0"
        )
        #expect(result.status == 1)
        #expect(result.output.contains("The exporter failed."))
    }
}
