import HealthChecks
import HealthCore
import HealthTesting
import Testing

@testable import HealthExporter

/// Broken texts through the first half of a load: always settings, or problems with a place, and nothing is opened.
struct SettingsFuzzTests {
    private static let seeds = [
        EmbeddedConfiguration.text,
        """
        service: {name: orders, environment: "${env:HEALTH:-test}"}
        web: {listen: "127.0.0.1:1", admin_socket: /run/x.sock, host_names: [h]}
        limits: {stall: 10s, checks: 30}
        defaults: {interval: 20s, retries: {attempts: 2}, component: {impact: optional, buckets: [0.1, 1]}}
        components:
          db:
            depends_on: [net]
            checks:
              a: {kind: tcp, address: "db:1", circuit_breaker: {failures: 7}, dialogue: [{expect: "^a"}, {send: "\\x00"}]}
              b: {kind: tls, address: "db:2", tls: {ca: ca.pem, certificate: c.pem, key: k.pem, expires_within: {degraded: 9d}}}
              c: {kind: heartbeat, within: {unhealthy: 1h}, token: "${file:token}"}
          net: {checks: {f: {kind: file, path: /x, contains: "a(b)", min_bytes: 1KiB}, e: {kind: environment, required: [A]}}}
        groups: {all: {members: [db, net], require: any}}
        flags: {on: {requires: [all], default: false}}
        maintenance:
          - {components: [all], from: 2026-12-01T22:00:00Z, until: 2026-12-01T23:00:00Z}
          - {components: [db], weekly: {days: [sun], at: "02:00", for: 1h, time_zone: UTC}}

        """,
    ]

    /// Pieces that mean something to YAML or to the grammars of values.
    private static let pieces = [
        ":", "{", "}", "[", "]", ",", "\n", "  ", "- ", "#", "&a ", "*a", "<<: ", "'", "\"", "${", "${env:X}",
        "${file:y}",
        "null", "~", "-1", "0", "99999999999999999999", "1e309", "80%", "1s", "\u{0}", "ä", "true", "kind", "checks",
        "\\xff",
    ]

    private static func mutated(_ text: String, _ generator: inout SeededGenerator) -> [UInt8] {
        var bytes = Array(text.utf8)
        for _ in 0..<Int.random(in: 0...6, using: &generator) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
            case 1:
                let end = min(bytes.count, place + Int.random(in: 1...40, using: &generator))
                bytes.removeSubrange(place..<end)
            case 2:
                let end = min(bytes.count, place + Int.random(in: 1...60, using: &generator))
                bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &generator))
            default: bytes.insert(contentsOf: (pieces.randomElement(using: &generator) ?? "").utf8, at: place)
            }
        }
        return bytes
    }

    private static func decode(_ bytes: [UInt8]) throws(ConfigurationError) {
        let files = SettingFiles { (_: String) throws(GuardedFile.Problem) -> GuardedFile.Contents in
            GuardedFile.Contents(bytes: Array("no PEM".utf8), isReadableByOthers: false)
        }
        let facts = MachineFacts(reportsMemoryPressure: { true }, maySendPings: { true })
        let inputs = SettingInputs(baseDirectory: "/x", files: files, machine: facts)
        let text = SettingsText(file: "fuzz.yaml", inputs: inputs) { $0 == "X" ? "value" : nil }
        _ = try text.decode(bytes)
    }

    @Test(arguments: 0..<8)
    func aBrokenTextGivesSettingsOrProblemsWithAPlace(seed: Int) async {
        var generator = SeededGenerator(seed: UInt64(seed))
        var (accepted, refused) = (0, 0)
        for _ in 0..<150 {
            await Task.yield()
            let bytes = Self.mutated(Self.seeds.randomElement(using: &generator) ?? "", &generator)
            do throws(ConfigurationError) {
                try Self.decode(bytes)
                accepted += 1
            } catch {
                refused += 1
                #expect(!error.problems.isEmpty)
                #expect(
                    error.problems.allSatisfy {
                        $0.position.line >= 1 && $0.position.column >= 1 && !$0.message.isEmpty
                    }
                )
            }
        }
        #expect(accepted > 0 && refused > 50, "seed \(seed): \(accepted) accepted, \(refused) refused")
    }

    @Test func theSeedsAreRightButForTheirFiles() {
        do throws(ConfigurationError) {
            for seed in Self.seeds { try Self.decode(Array(seed.utf8)) }
        } catch {
            #expect(error.problems.allSatisfy { $0.message.contains("PEM") }, "\(error)")
        }
    }
}
