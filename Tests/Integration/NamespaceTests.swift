import Foundation
import Testing

/// What needs a machine of its own: a silent name server, metadata addresses, and being process 1.
@Suite(.startsProcesses, .enabled("namespaces can't be made here") { await Namespaces.areAvailable })
struct NamespaceTests {
    @Test func aSilentNameServerBlocksNobodyElse() async throws {
        let seen = try await Namespaces.run("silent-name-server")
        let (seconds, fewest) = (seen["seconds"] as? Double ?? 0, seen["fewest"] as? Double ?? 0)
        // One run a second, of which the first or last may lie outside.
        #expect(seconds >= 10 && fewest >= seconds.rounded(.down) - 1, "\(seen)")
        #expect(seen["skips"] as? Double == 0 && seen["live"] as? Bool == true)
        let reasons = try #require(seen["reasons"] as? [String: Double])
        #expect(reasons["dns_timeout"] ?? 0 > 100)
        // Those that wait for a thread are internal; the C library gives up in the end.
        #expect(Set(reasons.keys).isSubset(of: ["dns_timeout", "dns_failure", "internal"]))
    }

    @Test func notOnePacketGoesToMetadataAddresses() async throws {
        let seen = try await Namespaces.run("metadata")
        let (urls, reasons) = (
            try #require(seen["urls"] as? [String]), try #require(seen["reasons"] as? [String: String])
        )
        #expect(urls.count >= 30 && reasons.count == urls.count * 2)
        for (number, url) in urls.enumerated() {
            #expect(reasons["d\(number)"] == "blocked", "\(url)")
            #expect(reasons["r\(number)"] == "blocked", "a redirect to \(url)")
        }
        // Of all that was asked for directly, the kernel saw no attempt to connect; and nobody came to the addresses themselves.
        #expect(seen["attempts"] as? Int == 0 && (seen["touched"] as? [Any])?.isEmpty == true)
        let rebinding = try #require(seen["rebinding"] as? [String: Double])
        #expect(rebinding["blocked"] ?? 0 > 5 && seen["good"] as? Double ?? 0 > 5, "\(rebinding)")
    }

    @Test func addressesThatSwallowPacketsAndPings() async throws {
        let seen = try await Namespaces.run("two-families")
        #expect(
            seen as? [String: String] == [
                "refused": "success", "swallowed": "success", "only6": "connect_timeout", "only4": "success",
                "none6": "dns_not_found", "ping4": "success", "ping6": "success", "ping-name": "success",
                "ping-lost": "timeout", "ping-metadata": "blocked", "ping-nowhere": "unreachable",
            ]
        )
    }

    private static let kinds = ["http", "tcp", "tls", "redis", "postgres", "grpc", "dns", "icmp"]

    @Test func everyKindTellsLostNamesFromLostPackets() async throws {
        let seen = try #require(await Namespaces.run("lost-names-and-packets") as? [String: String])
        for kind in Self.kinds {
            #expect(seen["fails-\(kind)"] == "dns_failure", "\(kind)")
            #expect(seen["silent-\(kind)"] == "dns_timeout", "\(kind)")
            let lost = ["dns": "dns_timeout", "icmp": "timeout"][kind] ?? "connect_timeout"
            #expect(seen["swallowed-\(kind)"] == lost, "\(kind)")
        }
    }

    @Test func whatARouterSaysIsSaidAtOnce() async throws {
        let seen = try #require(await Namespaces.run("routers") as? [String: [String]])
        for kind in Self.kinds {
            for fault in ["prohibited", "unreachable"] {
                #expect(seen["\(fault)-\(kind)"]?.first == "unreachable", "\(fault) \(kind): \(seen)")
            }
        }
        for kind in ["dns", "icmp"] {
            #expect(seen["prohibited-\(kind)"]?.last?.contains("administratively prohibited") == true, "\(seen)")
            #expect(seen["unreachable-\(kind)"]?.last?.contains("host unreachable") == true, "\(seen)")
        }
        #expect(seen["port-dns"] == ["connect_refused", "10.9.0.2:53: the target said: port unreachable"])
    }

    @Test func shortConnectionsDontUseUpPorts() async throws {
        let seen = try #require(await Namespaces.run("few-ports") as? [String: Double])
        // 200 ports; a quarter of them may wait, those of the exporter's own listeners too.
        #expect(seen["success"] ?? 0 >= 600 && seen["internal"] == 0, "\(seen)")
        #expect(1...100 ~= seen["waiting"] ?? 0, "\(seen)")
    }

    @Test func tooFewPortsOrDescriptorsAreInternal() async throws {
        let seen = try await Namespaces.run("shortages")
        for shortage in ["ports", "descriptors"] {
            let reasons = try #require(seen[shortage] as? [String: String])
            let connections = reasons.filter { $0.key != "exec" }.values
            // Those that found a place wait for the silent server; the others are nobody's failure.
            #expect(Set(connections) == ["timeout", "internal"], "\(shortage): \(reasons)")
            #expect(["success", "internal"].contains(reasons["exec"]), "\(shortage): \(reasons)")
        }
        // An eighth is kept free for what ends the process when nothing is left; each thread may open one at the same moment.
        #expect((60...67).contains(seen["most"] as? Int ?? 0), "\(seen)")
    }

    /// One after the other: what is left over is counted on the whole machine.
    @Test(.serialized, arguments: ["killed-commands", "killed-commands-of-process-1"])
    func killedCommandsLeaveNothingBehind(scenario: String) async throws {
        let seen = try await Namespaces.run(scenario)
        #expect(seen["runs"] as? Double ?? 0 >= 1000 && seen["status"] as? Int == 0, "\(seen)")
        #expect((seen["old"] as? [Any])?.isEmpty == true, "\(seen["old"] ?? "")")
        #expect(seen["left"] as? Int == 0)
        // At no time more than those just being reaped, and no growth: 25 checks have at most a few descriptors each under way.
        let zombies = try #require(seen["zombies"] as? [Int])
        #expect(zombies.suffix(5).max() ?? 0 <= 25)
        let (descriptors, threads) = (try #require(seen["fds"] as? [Int]), try #require(seen["threads"] as? [Int]))
        #expect(try #require(descriptors.last) <= (descriptors.first ?? 0) + 40, "\(descriptors)")
        #expect(try #require(threads.last) <= (threads.max() ?? 0), "\(threads)")
    }
}

/// Runs scenarios of `Tests/Faults/namespaces.py` where this process may make namespaces.
enum Namespaces {
    private static let own = (getuid() == 0 ? [] : ["--user", "--map-root-user"]) + ["--net", "--mount", "--"]

    static var areAvailable: Bool {
        get async {
            if Tool.mayNotSkip { return true }
            guard Tool.unshare.isAvailable, Tool.python.isAvailable else { return false }
            return (try? await Command.run(Tool.unshare.rawValue, own + ["ip", "link"]))?.status == 0
        }
    }

    static func run(_ scenario: String) async throws -> [String: Any] {
        let script = Faults.folder.appending(path: "namespaces.py").path
        let result = try await Command.run(
            Tool.unshare.rawValue,
            own + [Tool.python.rawValue, script, scenario, try Product.exporter.path]
        )
        let seen = try? JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
        return try #require(seen, "\(result.status): \(result.errors.suffix(2000))")
    }
}
