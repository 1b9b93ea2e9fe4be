import Foundation
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A process of this package that serves, with its log in a file.
final class RunningExporter {
    private let process = Process()
    private let folder: TemporaryFolder
    private let logPath: String
    private(set) var port = 0
    private(set) var probePort = 0

    var processIdentifier: pid_t { process.processIdentifier }

    /// Starts `health-exporter` with a configuration, on free ports; `prefix` is a program with arguments that starts it.
    convenience init(
        configuration: String? = nil,
        arguments: [String] = [],
        environment: [String: String] = [:],
        prefix: [String] = []
    ) throws {
        let folder = try TemporaryFolder()
        let configuration = configuration.map(Self.lettingTestsIn)
        let listen = arguments.contains("--listen") ? [] : ["--listen", "127.0.0.1:0"]
        var all = ["run"] + listen + ["--probe-listen", "127.0.0.1:0"]
        if let configuration { all += ["--config", try folder.write("config.yaml", configuration)] }
        try self.init(.exporter, all + arguments, folder, environment, prefix: prefix)
    }

    /// Lets whoever connects from this machine reload and drill, unless a configuration says itself who may.
    private static func lettingTestsIn(_ configuration: String) -> String {
        configuration.contains("web:") ? configuration : configuration + "\nweb: {lifecycle: loopback}\n"
    }

    /// Starts the program of the documentation, which serves our routes on `port`.
    convenience init(shopWith configuration: String, port: Int) throws {
        let folder = try TemporaryFolder()
        try self.init(.shop, [try folder.write("config.yaml", configuration), String(port)], folder, [:])
        self.port = port
    }

    /// Starts `stuck-exporter` in a mode.
    convenience init(stuck mode: String) throws {
        try self.init(.stuck, [mode], TemporaryFolder(), [:])
    }

    private init(
        _ product: Product,
        _ arguments: [String],
        _ folder: TemporaryFolder,
        _ environment: [String: String],
        prefix: [String] = []
    ) throws {
        self.folder = folder
        logPath = try folder.write("log", "")
        let words = prefix + [try product.path] + arguments
        process.executableURL = URL(filePath: words[0])
        process.arguments = Array(words.dropFirst())
        // Its admin socket is its own, and not that of whatever else runs on this machine.
        let own = ["RUNTIME_DIRECTORY": folder.url.path].merging(environment) { $1 }
        process.environment = ProcessInfo.processInfo.environment.merging(own) { $1 }
        let log = try FileHandle(forWritingTo: URL(filePath: logPath))
        let errors = try FileHandle(forWritingTo: URL(filePath: try folder.write("errors", "")))
        defer {
            try? log.close()
            try? errors.close()
        }
        // None of this process's own: one that outlives it would block whoever reads them to their end.
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = log
        process.standardError = errors
        try process.run()
    }

    deinit {
        process.killAtOnce()
    }

    /// Waits for both listeners and remembers their ports.
    func waitUntilStarted() async throws {
        try await eventually("exporter.started") { try !events("exporter.started").isEmpty }
        let started = try #require(try events("exporter.started").first)
        if started["listen"] as? String != "none" { port = try Self.port(started["listen"]) }
        probePort = try Self.port(started["probe_listen"])
    }

    private static func port(_ value: Any?) throws -> Int {
        let text = try #require(value as? String)
        return try #require(text.split(separator: ":").last.flatMap { Int($0) })
    }

    var log: String {
        get throws { try String(contentsOfFile: logPath, encoding: .utf8) }
    }

    /// The log lines of an event, in order.
    func events(_ name: String) throws -> [[String: Any]] {
        try log.split(separator: "\n").compactMap { line in
            let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            return object?["event"] as? String == name ? object : nil
        }
    }

    func get(_ path: String, method: String = "GET", headers: [String: String] = [:]) throws -> Answer {
        try HTTP.get(port, path, method: method, headers: headers)
    }

    func post(_ path: String, headers: [String: String] = [:], body: String = "") throws -> Answer {
        try HTTP.get(port, path, method: "POST", headers: headers, body: body)
    }

    /// Where its admin socket is.
    var adminSocket: String { folder.url.appending(path: "health-exporter.sock").path }

    /// Where its configuration lies.
    var configurationPath: String { folder.url.appending(path: "config.yaml").path }

    /// Replaces its configuration file.
    func rewrite(_ configuration: String) throws {
        _ = try folder.write("config.yaml", Self.lettingTestsIn(configuration))
    }

    func probe(_ path: String) throws -> Answer {
        try HTTP.get(probePort, path)
    }

    /// The value of a sample whose line holds all of these texts; nil when there is none.
    func metric(_ name: String, _ labels: String...) throws -> Double? {
        let page = try get("/metrics").text
        let line = page.split(separator: "\n").first { line in
            line.hasPrefix("\(name){") && labels.allSatisfy { line.contains($0) }
        }
        return line.flatMap { $0.split(separator: " ").last }.flatMap { Double($0) }
    }

    /// The sum of the samples whose line holds all of these texts.
    func sum(_ name: String, _ labels: String...) throws -> Double {
        var total = 0.0
        for line in try get("/metrics").text.split(separator: "\n") where line.hasPrefix("\(name){") {
            guard labels.allSatisfy({ line.contains($0) }), let value = line.split(separator: " ").last else {
                continue
            }
            total += Double(value) ?? 0
        }
        return total
    }

    func signal(_ number: Int32) {
        kill(process.processIdentifier, number)
    }

    /// The memory that the process has, as the kernel counts it.
    var residentBytes: Int {
        get throws {
            let status = try String(contentsOfFile: "/proc/\(processIdentifier)/status", encoding: .utf8)
            let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
            return try #require(line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }) * 1024
        }
    }

    var isRunning: Bool { process.isRunning }

    /// Sends a signal, waits for the end and returns the exit code, or the signal that ended it.
    func end(by number: Int32) async throws -> Int32 {
        signal(number)
        return try await waitForEnd()
    }

    /// Waits for the end and returns the exit code.
    func waitForEnd(within seconds: Double = 20) async throws -> Int32 {
        try await eventually("the end of the process", within: seconds) { !process.isRunning }
        return process.terminationStatus
    }
}

/// A server of the system, killed with the test.
final class RunningServer {
    private let process = Process()

    convenience init(_ tool: Tool, _ arguments: [String]) throws {
        try self.init(path: tool.rawValue, arguments)
    }

    init(path: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    func signal(_ number: Int32) {
        if process.isRunning { kill(process.processIdentifier, number) }
    }

    func stop() {
        // A stopped process would never see the end coming.
        signal(SIGCONT)
        signal(SIGTERM)
        // Some programs are started with that signal blocked, as this process has it.
        for _ in 0..<200 where process.isRunning { usleep(10_000) }
        process.killAtOnce()
    }

    deinit {
        stop()
    }
}
