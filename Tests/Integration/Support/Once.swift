import Foundation
import Testing

/// What one run of a check saw.
struct Seen {
    var result: String
    var reason: String?
    var message: String
    var duration: Double
    var phases: [String: Double]
    var measurements: [String: Double]
    var details: [String: String]

    /// `success`, or the reason.
    var said: String { reason ?? result }
}

/// Runs checks once, as a person would who tries a configuration.
enum Once {
    /// - Parameter checks: the keys of each check, `kind` included, by its name.
    static func run(
        _ checks: [String: String],
        timeout: String = "5s",
        environment: [String: String] = [:]
    ) async throws -> [String: Seen] {
        var text = "defaults: {interval: 10m, timeout: \(timeout)}\ncomponents:\n  t:\n    checks:\n"
        for (name, keys) in checks { text += "      \(name): {\(keys)}\n" }
        let folder = try TemporaryFolder()
        let result = try await Command.run(
            try Product.exporter.path,
            ["once", "--config", try folder.write("c.yaml", text), "--format", "json"],
            environment: environment
        )
        let document = try #require(
            try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any],
            "\(result.errors)"
        )
        let component = try #require((document["components"] as? [[String: Any]])?.first)
        var seen: [String: Seen] = [:]
        for check in component["checks"] as? [[String: Any]] ?? [] {
            let run = try #require(check["last_run"] as? [String: Any])
            seen[try #require(check["name"] as? String)] = Seen(
                result: run["result"] as? String ?? "",
                reason: run["reason"] as? String,
                message: check["message"] as? String ?? "",
                duration: run["duration_seconds"] as? Double ?? 0,
                phases: run["phases"] as? [String: Double] ?? [:],
                measurements: check["measurements"] as? [String: Double] ?? [:],
                details: check["details"] as? [String: String] ?? [:]
            )
        }
        return seen
    }

    /// Runs one check once.
    static func run(_ keys: String, timeout: String = "5s") async throws -> Seen {
        try #require(try await run(["only": keys], timeout: timeout)["only"])
    }
}
