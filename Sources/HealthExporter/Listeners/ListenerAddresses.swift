import HealthCore
import Logging
import NIOCore
import Synchronization

/// Records where the listeners are bound: start-up waits for them, and a log line names both addresses.
final class ListenerAddresses: Sendable {
    private struct State {
        var main: String?
        var probe: String?
    }

    private static let mainTask = "main-listener"
    private static let probeTask = "probe-listener"

    /// What start-up waits for.
    static func startupTasks(servesMain: Bool) -> [String] {
        servesMain ? [mainTask, probeTask] : [probeTask]
    }

    private let state = Mutex(State())
    private let store: StatusStore
    private let logger: Logger

    /// - Parameter servesMain: whether there is a main listener to wait for.
    init(store: StatusStore, logger: Logger, servesMain: Bool) {
        if !servesMain { state.withLock { $0.main = "none" } }
        self.store = store
        self.logger = logger
    }

    /// The main listener is bound.
    func setMain(_ address: SocketAddress?) {
        recordBound(address, in: \.main, task: Self.mainTask)
    }

    /// The probe listener is bound.
    func setProbe(_ address: SocketAddress?) {
        recordBound(address, in: \.probe, task: Self.probeTask)
    }

    private func recordBound(
        _ address: SocketAddress?,
        in place: any WritableKeyPath<State, String?> & Sendable,
        task: String
    ) {
        let both = state.withLock { state -> (String, String)? in
            state[keyPath: place] = Self.text(address)
            guard let main = state.main, let probe = state.probe else { return nil }
            return (main, probe)
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
