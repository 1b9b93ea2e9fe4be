import HealthCore
import Testing

@testable import HealthChecks

extension KindRun {
    /// The result of one run against a server that answers the first bytes of a client with the first answer, and so on.
    ///
    /// - Parameter url: `PORT` in it stands for the server's port.
    static func result(
        of kind: String,
        url: String,
        keys: [(String, SettingNode)] = [],
        answers: [[UInt8]]
    ) async throws -> RunResult {
        let whole = TurnServer.Mutant(turn: 0, change: .whole, end: .nextAnswers)
        let server = try await TurnServer(answers, whole)
        let made = make(kind, [("url", .text(url.replacing("PORT", with: "\(server.port)")))] + keys)
        let check = try #require(made.check, "\(made.problems)")
        let result = try #require(await run(check))
        try await server.stop()
        return result
    }
}

extension SettingNode {
    /// A map of plain scalars.
    static func map(_ pairs: [(String, String)]) -> SettingNode {
        .map(pairs.map { .init(key: $0.0, position: .start, value: .text($0.1)) }, .start)
    }
}
