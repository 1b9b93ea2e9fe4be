import Testing

@testable import HealthExporter

/// Where the admin socket may be, and whom the commands speak to.
struct AdminSocketPathTests {
    private static func automatic(_ variables: [String: String]) -> AdminSocketPath {
        AdminSocketPath(automatic: { variables[$0] }, user: 7)
    }

    @Test(arguments: [
        (["RUNTIME_DIRECTORY": "/run/a:/run/b", "XDG_RUNTIME_DIR": "/x"], "/run/a/health-exporter.sock"),
        (["XDG_RUNTIME_DIR": "/x"], "/x/health-exporter.sock"), ([:], "/tmp/health-exporter-7/health-exporter.sock"),
    ])
    func automaticIsWhereTheSystemKeepsSuchThings(variables: [String: String], path: String) {
        #expect(Self.automatic(variables).path == path)
    }

    @Test func aPathThatIsTooLongIsRefusedWithItsLengthAndTheLimit() throws {
        let limit = AdminSocketPath.maximumLength
        try AdminSocketPath("/" + String(repeating: "x", count: limit - 1)).checkLength()
        let problem = #expect(throws: AdminSocketPath.Problem.self) {
            try AdminSocketPath("/" + String(repeating: "x", count: limit)).checkLength()
        }
        let text = try #require(problem?.description)
        #expect(text.contains("\(limit + 1) bytes") && text.contains("at most \(limit)"))
        #expect(throws: AdminSocketPath.Problem.self) {
            try Self.automatic(["RUNTIME_DIRECTORY": "/" + String(repeating: "ä", count: 50)]).checkLength()
        }
    }

    @Test(
        arguments: [
            (5, 5, true, true), (0, 5, true, true), (6, 5, true, false), (6, 0, true, true), (6, 0, false, false),
            (0, 0, false, true), (6, 5, false, false),
        ] as [(UInt32, UInt32, Bool, Bool)]
    )
    func onlyTheUsersOwnAndRootsSocketsAreTrusted(owner: UInt32, user: UInt32, isChosen: Bool, isTrusted: Bool) {
        let socket = isChosen ? AdminSocketPath("/s") : Self.automatic([:])
        #expect(socket.isTrusted(owner: owner, by: user) == isTrusted)
    }
}
