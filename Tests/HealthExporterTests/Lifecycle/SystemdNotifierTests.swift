import Foundation
import HealthCore
import HealthTesting
import Platform
import Testing

@testable import HealthExporter

/// What systemd is told (sd_notify(3)).
struct SystemdNotifierTests {
    /// The socket that systemd listens on.
    private final class Inbox {
        let path: String
        private let descriptor: Int32

        init() throws {
            path = FileManager.default.temporaryDirectory.appending(path: "n-\(UUID().uuidString.prefix(8))").path
            // SOCK_DGRAM, whose type differs between systems.
            descriptor = socket(AF_UNIX, 2, 0)
            var address = [UInt8](repeating: 0, count: 110)
            unsafe address.withUnsafeMutableBytes { unsafe $0.storeBytes(of: UInt16(AF_UNIX), as: UInt16.self) }
            address.replaceSubrange(2..<(2 + path.utf8.count), with: path.utf8)
            let length = socklen_t(2 + path.utf8.count + 1)
            let result = unsafe address.withUnsafeBytes { bytes in
                unsafe bind(descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), length)
            }
            try #require(result == 0)
        }

        deinit {
            close(descriptor)
            try? FileManager.default.removeItem(atPath: path)
        }

        /// What has come since the last call.
        var messages: [String] {
            var (texts, buffer) = ([String](), [UInt8](repeating: 0, count: 256))
            while true {
                let count = unsafe recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
                guard count > 0 else { return texts }
                texts.append(String(decoding: buffer.prefix(count), as: UTF8.self))
            }
        }
    }

    private static func notifier(
        _ variables: [String: String],
        time: ManualTime = ManualTime(),
        logs: LogRecorder = LogRecorder()
    ) -> SystemdNotifier? {
        SystemdNotifier(variable: { variables[$0] }, time: time, logger: logs.logger())
    }

    @Test func readyAndStoppingAreSentOnceEach() throws {
        let inbox = try Inbox()
        let notifier = try #require(Self.notifier(["NOTIFY_SOCKET": inbox.path]))
        notifier.ready()
        #expect(inbox.messages == ["READY=1\nSTATUS=started"])
        notifier.stopping()
        notifier.alive()
        #expect(inbox.messages == ["STOPPING=1\nSTATUS=draining"], "without a watchdog nobody is told it lives")
    }

    @Test func theWatchdogIsFedTwiceInItsTime() throws {
        let (inbox, time) = (try Inbox(), ManualTime())
        let variables = ["NOTIFY_SOCKET": inbox.path, "WATCHDOG_USEC": "10000000", "WATCHDOG_PID": String(getpid())]
        let notifier = try #require(Self.notifier(variables, time: time))
        for _ in 0..<(20 * 4) {
            notifier.alive()
            time.advance(by: .milliseconds(250))
        }
        #expect(inbox.messages == Array(repeating: "WATCHDOG=1", count: 4))
    }

    @Test(arguments: [
        ["WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"], ["WATCHDOG_USEC": "0"], ["WATCHDOG_USEC": "-5"],
        ["WATCHDOG_USEC": "soon"], [:],
    ])
    func aWatchdogThatIsOffOrOfAnotherProcessIsNotFed(variables: [String: String]) throws {
        let inbox = try Inbox()
        let notifier = try #require(Self.notifier(variables.merging(["NOTIFY_SOCKET": inbox.path]) { $1 }))
        notifier.alive()
        #expect(inbox.messages.isEmpty)
    }

    @Test(arguments: [nil, "", "relative/path", "/" + String(repeating: "x", count: 107)])
    func withoutAUsableSocketNobodyIsTold(path: String?) {
        #expect(Self.notifier(path.map { ["NOTIFY_SOCKET": $0] } ?? [:]) == nil)
    }

    @Test func aFailureIsLoggedOnceAndTheNextMessageStillGoesOut() throws {
        let (inbox, logs) = (try Inbox(), LogRecorder())
        let notifier = try #require(Self.notifier(["NOTIFY_SOCKET": inbox.path], logs: logs))
        let moved = inbox.path + ".away"
        try FileManager.default.moveItem(atPath: inbox.path, toPath: moved)
        notifier.ready()
        notifier.ready()
        #expect(logs.events == ["exporter.notify_failed"] && logs.lines[0]["error"] == "error \(ENOENT)")
        try FileManager.default.moveItem(atPath: moved, toPath: inbox.path)
        notifier.stopping()
        #expect(inbox.messages == ["STOPPING=1\nSTATUS=draining"])
    }
}
