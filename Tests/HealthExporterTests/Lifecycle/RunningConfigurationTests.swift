import Foundation
import HealthChecks
import HealthCore
import HealthTesting
import Logging
import Synchronization
import Testing

@testable import HealthExporter

/// How a configuration replaces the one in effect.
struct RunningConfigurationTests {
    /// A configuration in effect, whose file is a text of the test.
    final class Stage: Sendable {
        let time = ManualTime()
        let logs = LogRecorder()
        private let text: Mutex<String>
        private let applied = Mutex<[ExporterConfiguration]>([])
        private let replaced = Mutex<[Int]>([])
        private let files: @Sendable () -> [HealthExporter.SourceFile]

        init(_ text: String, files: @escaping @Sendable () -> [HealthExporter.SourceFile] = { [] }) {
            self.text = Mutex(text)
            self.files = files
        }

        /// What the file says from now on.
        func write(_ text: String) { self.text.withLock { $0 = text } }

        /// What was put into effect, in order.
        var effects: [ExporterConfiguration] { applied.withLock { $0 } }

        /// How many checks the configuration had that each load replaced.
        var checksReplaced: [Int] { replaced.withLock { $0 } }

        func load(replacing old: ExporterConfiguration? = nil) throws(ConfigurationError) -> ExporterConfiguration {
            let text = text.withLock { $0 }
            do throws(ConfigurationError) {
                var configuration = try ConfigurationText.load(text, replacing: old)
                configuration.files = files()
                return configuration
            } catch {
                throw ConfigurationError(file: error.file, problems: error.problems, files: files())
            }
        }

        func running() throws -> RunningConfiguration {
            RunningConfiguration(try load(), time: time, logger: logs.logger()) { old throws(ConfigurationError) in
                self.replaced.withLock { $0.append(old.registry.checkCount) }
                return try self.load(replacing: old)
            } apply: { configuration in
                self.applied.withLock { $0.append(configuration) }
            }
        }
    }

    private static let one = "components: {a: {checks: {x: {kind: memory}}}}\n"
    private static let two = "components: {a: {checks: {x: {kind: memory}}}, b: {checks: {y: {kind: memory}}}}\n"

    private static func plan(_ result: ReloadResult) throws -> ReloadPlan {
        guard case .reloaded(let plan) = result else { throw NotReloaded(result: "\(result)") }
        return plan
    }

    private struct NotReloaded: Error {
        let result: String
    }

    @Test func aNewConfigurationIsPutIntoEffectAndItsChangesAreNamed() throws {
        let stage = Stage(Self.one)
        let running = try stage.running()
        stage.write(Self.two)
        stage.time.advance(by: .seconds(60))
        let plan = try Self.plan(running.reload())
        #expect(plan.added == ["b/y"] && plan.removed.isEmpty && plan.changed.isEmpty && plan.unchanged == 1)
        #expect(stage.effects.map(\.registry.checkCount) == [2])
        let facts = running.facts
        #expect(facts.lastWasSuccessful && facts.successes == 1 && facts.failures == 0 && !facts.needsRestart)
        #expect(facts.lastSuccess == stage.time.timestamp)
        let line = try #require(stage.logs.lines(of: "config.loaded").first)
        #expect(line.level == .info && line["added"] == "b/y" && line["unchanged"] == "1")
    }

    @Test func theSameConfigurationIsLoadedAndChangesNothing() throws {
        let stage = Stage(Self.one)
        let running = try stage.running()
        let plan = try Self.plan(running.reload())
        #expect(plan.added.isEmpty && plan.removed.isEmpty && plan.changed.isEmpty && plan.unchanged == 1)
        #expect(running.facts.successes == 1 && stage.effects.count == 1)
    }

    @Test func aConfigurationWithErrorsChangesNothingAndEachErrorIsLogged() throws {
        let stage = Stage(Self.one)
        let running = try stage.running()
        let start = stage.time.timestamp
        stage.time.advance(by: .seconds(60))
        stage.write("components: {a: {checks: {x: {kind: memry}, y: {kind: disk, path: 1, nonsense: 2}}}}\n")
        guard case .refused(let error) = running.reload() else { return #expect(Bool(false), "it was accepted") }
        #expect(error.problems.count >= 2 && stage.effects.isEmpty)
        let facts = running.facts
        #expect(!facts.lastWasSuccessful && facts.failures == 1 && facts.successes == 0)
        #expect(facts.lastSuccess == start, "the time of the last success stays")
        let lines = stage.logs.lines(of: "config.reload_failed")
        #expect(lines.map { $0["error"] } == error.problems.map { $0.description(file: error.file) })
        #expect(lines.allSatisfy { $0.level == .error })
        stage.write(Self.one)
        _ = try Self.plan(running.reload())
        #expect(running.facts.lastWasSuccessful)
    }

    @Test func eachLoadReplacesWhatIsInEffectNotWhatWasRefused() throws {
        let stage = Stage(Self.one)
        let running = try stage.running()
        for text in [Self.two, "nonsense: 1\n", Self.two, Self.one, Self.one] {
            stage.write(text)
            _ = running.reload()
        }
        #expect(stage.checksReplaced == [1, 2, 2, 2, 1])
    }

    @Test func whatNeedsARestartStaysAsItWasUntilThen() throws {
        let stage = Stage("shutdown: {drain: 2s}\n" + Self.one)
        let running = try stage.running()
        stage.write("shutdown: {drain: 3s}\nlogs: {level: debug}\n" + Self.two)
        let plan = try Self.plan(running.reload())
        #expect(plan.restartNeeded == ["shutdown.drain"] && plan.added == ["b/y"])
        let effect = try #require(stage.effects.last)
        #expect(effect.settings.shutdown.drain == .seconds(2) && effect.settings.logs.level == .debug)
        #expect(running.facts.needsRestart)
        #expect(stage.logs.lines(of: "config.loaded").last?["restart_needed"] == "shutdown.drain")
        // Still so at the next load, and no longer once the file says again what is in effect.
        #expect(try Self.plan(running.reload()).restartNeeded == ["shutdown.drain"])
        stage.write("shutdown: {drain: 2s}\n" + Self.two)
        #expect(try Self.plan(running.reload()).restartNeeded.isEmpty)
        #expect(!running.facts.needsRestart)
    }

    @Test func aRefusedConfigurationLeavesTheNeedForARestart() throws {
        let stage = Stage("shutdown: {drain: 2s}\n" + Self.one)
        let running = try stage.running()
        stage.write("shutdown: {drain: 3s}\n" + Self.one)
        _ = running.reload()
        stage.write("nonsense: 1\n")
        _ = running.reload()
        #expect(running.facts.needsRestart)
    }

    @Test func aLongListIsCutInTheLog() throws {
        let stage = Stage(Self.one)
        let running = try stage.running()
        let many = (10..<40).map { "c\($0): {kind: memory}" }.joined(separator: ", ")
        stage.write("components: {a: {checks: {x: {kind: memory}, \(many)}}}\n")
        #expect(try Self.plan(running.reload()).added.count == 30)
        let added = try #require(stage.logs.lines(of: "config.loaded").first?["added"])
        #expect(added.split(separator: ",").count == 21 && added.hasSuffix(",a/c29,…"), "\(added)")
    }

    @Test func aFileHasChangedOnceItHoldsSomethingElse() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (first, second) = (folder.appending(path: "a"), folder.appending(path: "b"))
        func write(_ text: String, to file: URL) throws { try Data(text.utf8).write(to: file) }
        try write("1", to: first)
        let stage = Stage(Self.one) { [first.path, second.path].map { HealthExporter.SourceFile(path: $0) } }
        let running = try stage.running()
        #expect(!running.haveFilesChanged)
        try write("1", to: first)
        #expect(!running.haveFilesChanged, "the content counts, not the time of the write")
        try write("2", to: first)
        #expect(running.haveFilesChanged)
        _ = running.reload()
        #expect(!running.haveFilesChanged)
        // A file that was missing has changed when it is there.
        try write("x", to: second)
        #expect(running.haveFilesChanged)
        stage.write("nonsense: 1\n")
        _ = running.reload()
        #expect(!running.haveFilesChanged, "a refused configuration is not loaded again and again")
        try FileManager.default.removeItem(at: second)
        #expect(running.haveFilesChanged)
    }
}
