import HealthCore
import Logging
import NIOCore
import Synchronization

/// Waits for both listeners to be bound; then start-up goes on and a line says where they are.
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

    func setMain(_ address: SocketAddress?) {
        bound(Self.mainTask, address, \.main)
    }

    func setProbe(_ address: SocketAddress?) {
        bound(Self.probeTask, address, \.probe)
    }

    private func bound(
        _ task: String,
        _ address: SocketAddress?,
        _ place: any WritableKeyPath<State, String?> & Sendable
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
        return ExporterConfiguration.Address(host: host, port: port).description
    }
}
