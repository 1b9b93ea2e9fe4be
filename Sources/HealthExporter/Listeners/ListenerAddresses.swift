import HealthCore
import Logging
import NIOCore
import Synchronization

/// Records where the listeners are bound: start-up waits for them, and a log line names both addresses.
final class ListenerAddresses: Sendable {
    private struct State {
        var main: [String] = []
        var probe: String?
    }

    private static let mainTask = "main-listener"
    private static let probeTask = "probe-listener"

    /// What start-up waits for.
    static func startupTasks(servesMain: Bool) -> [String] {
        servesMain ? [mainTask, probeTask] : [probeTask]
    }

    private let state = Mutex(State())
    /// How many addresses the main listener is to have.
    private let mainCount: Int
    private let store: StatusStore
    private let logger: Logger

    /// - Parameter mainCount: how many addresses of the main listener to wait for; 0 for none.
    init(store: StatusStore, logger: Logger, mainCount: Int) {
        self.mainCount = mainCount
        self.store = store
        self.logger = logger
    }

    /// The main listener is bound to one of its addresses.
    func setMain(_ address: SocketAddress?) {
        let isLast = state.withLock { state in
            state.main.append(Self.text(address))
            return state.main.count == mainCount
        }
        if isLast { finish(Self.mainTask) }
    }

    /// The probe listener is bound.
    func setProbe(_ address: SocketAddress?) {
        state.withLock { $0.probe = Self.text(address) }
        finish(Self.probeTask)
    }

    private func finish(_ task: String) {
        let both = state.withLock { state -> (String, String)? in
            guard let probe = state.probe, state.main.count == mainCount else { return nil }
            return (mainCount == 0 ? "none" : state.main.joined(separator: ","), probe)
        }
        if let (main, probe) = both {
            logger.info(
                "The exporter has started.",
                metadata: [
                    "event": "exporter.started", "listen": .string(main), "probe_listen": .string(probe),
                ]
            )
        }
        store.finishStartup(task: task)
    }

    private static func text(_ address: SocketAddress?) -> String {
        guard let address, let host = address.ipAddress, let port = address.port else { return "unknown" }
        return ListenAddress(host: host, port: port).description
    }
}
