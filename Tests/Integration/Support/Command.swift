import Foundation
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A program that runs to its end.
enum Command {
    /// What it left.
    struct Ending {
        var status: Int32
        var output: String
        var errors: String
    }

    /// A program that did not end.
    struct Overdue: Error {
        var command: [String]
        var errors: String
    }

    @discardableResult
    static func run(
        _ path: String,
        _ arguments: String...,
        input: Data? = nil,
        environment: [String: String] = [:]
    ) async throws -> Ending {
        try await run(path, arguments, input: input, environment: environment)
    }

    @discardableResult
    static func run(
        _ path: String,
        _ arguments: [String],
        input: Data? = nil,
        environment: [String: String] = [:],
        within seconds: Double = 240
    ) async throws -> Ending {
        let folder = try TemporaryFolder()
        let (output, errors) = (try folder.write("out", ""), try folder.write("err", ""))
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        // Closed by hand: a process that ended keeps them, and hundreds of them add up.
        let handles = [
            try FileHandle(forWritingTo: URL(filePath: output)), try FileHandle(forWritingTo: URL(filePath: errors)),
            try FileHandle(forReadingFrom: URL(filePath: try folder.write("in", input ?? Data()))),
        ]
        defer { for handle in handles { try? handle.close() } }
        process.standardOutput = handles[0]
        process.standardError = handles[1]
        process.standardInput = handles[2]
        // Waiting blocks a thread, and there are few for tests: the end comes as a call instead, or never.
        let (ends, end) = AsyncStream.makeStream(of: Bool.self)
        process.terminationHandler = { _ in end.yield(true) }
        DispatchQueue.global().asyncAfter(deadline: .now() + seconds) { end.yield(false) }
        try process.run()
        guard await ends.first(where: { _ in true }) == true else {
            process.killAtOnce()
            let said = try String(contentsOfFile: errors, encoding: .utf8).suffix(2000)
            throw Overdue(command: [path] + arguments, errors: String(said))
        }
        return Ending(
            status: process.terminationStatus,
            output: try String(contentsOfFile: output, encoding: .utf8),
            errors: try String(contentsOfFile: errors, encoding: .utf8)
        )
    }
}

extension Process {
    /// Ends it without a word; waits a little, so that what it held is free, but never for long.
    func killAtOnce() {
        guard isRunning else { return }
        kill(processIdentifier, SIGKILL)
        for _ in 0..<200 where isRunning { usleep(10_000) }
    }
}

/// The programs of this package, beside the tests that were built with them.
enum Product: String {
    case exporter = "health-exporter"
    case stuck = "stuck-exporter"
    case shop

    var path: String {
        get throws {
            let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            let beside = URL(filePath: tests).deletingLastPathComponent().appending(path: rawValue).path
            if FileManager.default.isExecutableFile(atPath: beside) { return beside }
            let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().deletingLastPathComponent()
            return root.appending(path: ".build/debug/\(rawValue)").path
        }
    }
}

/// Asks again until it holds.
func eventually(_ what: String, within seconds: Double = 60, _ condition: () async throws -> Bool) async throws {
    let end = Date().addingTimeInterval(seconds)
    while Date() < end {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(20))
    }
    Issue.record("not within \(seconds) s: \(what)")
    throw CancellationError()
}
