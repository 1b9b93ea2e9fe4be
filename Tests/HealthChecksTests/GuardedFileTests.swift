import Foundation
import HealthCore
import Synchronization
import Testing

@testable import HealthChecks

/// Files of a configuration that are not what they should be.
@Suite(.timeLimit(.minutes(5)))
struct GuardedFileTests {
    private static func path() -> String {
        FileManager.default.temporaryDirectory.appending(path: "guarded-\(UUID().uuidString)").path
    }

    @Test func readsNoMoreThanAsked() throws {
        let path = Self.path()
        defer { unsafe unlink(path) }
        try Data("0123456789".utf8).write(to: URL(filePath: path))
        unsafe chmod(path, 0o640)
        let contents = try GuardedFile.read(path, limit: 4)
        #expect(contents.bytes == Array("0123".utf8) && !contents.isReadableByOthers)
        unsafe chmod(path, 0o644)
        #expect(try GuardedFile.read(path, limit: 100).isReadableByOthers)
    }

    @Test func aPipeAFolderAndADeviceAreNoRegularFiles() throws {
        let path = Self.path()
        let made = unsafe mkfifo(path, 0o600)
        try #require(made == 0)
        defer { unsafe unlink(path) }
        for path in [path, "/tmp", "/dev/zero"] {
            #expect(throws: GuardedFile.Problem.notRegular) { try GuardedFile.read(path, limit: 10) }
        }
        let problem = #expect(throws: GuardedFile.Problem.self) { try GuardedFile.read("/no/such/file", limit: 1) }
        #expect(problem?.text.contains("No such file") == true)
    }

    @Test func aFileSystemThatDoesNotAnswerIsGivenUpOnAndCostsOneThread() throws {
        let (path, release) = (Self.path(), Box(false))
        let hangs: @Sendable () throws(GuardedFile.Problem) -> GuardedFile.Contents = {
            while !release.value { usleep(1000) }
            return GuardedFile.Contents(bytes: [], isReadableByOthers: false)
        }
        #expect(throws: GuardedFile.Problem.hangs) { try GuardedFile.read(path, within: 0, hangs) }
        // Not read again, nor waited for, before the first one has returned.
        #expect(throws: GuardedFile.Problem.hangs) { try GuardedFile.read(path, limit: 1) }
        release.set(true)
    }

    @Test func aKeyThatEverybodyMayReadIsAnError() throws {
        let path = Self.path()
        defer { unsafe unlink(path) }
        try Data("no key".utf8).write(to: URL(filePath: path))
        func problems(_ mode: mode_t) -> [String] {
            unsafe chmod(path, mode)
            let entries = [("certificate", Self.certificate), ("key", path)].map { key, value in
                SettingNode.Entry(key: key, position: .start, value: .text(value))
            }
            let problems = SettingProblems()
            let node = SettingNode.map(entries, .start)
            let reader = SettingsReader(node, path: "", keys: TLSOptions.descriptions, problems: problems)
            _ = reader.decoded(TLSOptions.self)
            return problems.all.map { "\($0.path): \($0.message)" }
        }
        #expect(problems(0o644).first?.contains("key: the key is readable by everybody") == true)
        #expect(problems(0o640) == ["key: expected a readable PEM file with a private key"])
    }

    private static var certificate: String {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Faults/certificates/client.pem").path
    }

    @Test func atMostTwoHundredErrorsAreListedAndTheRestIsCounted() {
        let problems = SettingProblems()
        #expect(problems.isEmpty)
        for line in (1...5000).reversed() {
            for _ in 0..<2 { problems.add(.init(position: .init(line: line, column: 1), "wrong")) }
        }
        #expect(problems.all.count == 201 && !problems.isEmpty)
        #expect(problems.all.last?.message == "and 4800 more errors, which are not listed")
        #expect(problems.all.map(\.position) == problems.all.map(\.position).sorted())
    }
}
