import HealthChecks
import HealthCore
import NIOPosix
import Platform
import Synchronization

/// Reloads the configuration when it is requested, or when one of its files has changed.
///
/// Requests that come while the configuration is being loaded share the next load.
final class Reloader<C: Clock>: Sendable where C.Duration == Duration {
    private struct State {
        var waiters: [CheckedContinuation<ReloadResult, Never>] = []
        /// Whether a load was requested by somebody who does not wait for it.
        var isRequested = false
        var isStopped = false
    }

    /// How often files are inspected for changes.
    static var period: Duration { .seconds(10) }

    private let configuration: RunningConfiguration
    private let timeline: Timeline<C>
    private let alarm: Alarm<C>
    private let offload: @Sendable (@escaping @Sendable () -> Void) -> Void
    private let state = Mutex(State())

    /// - Parameter offload: runs what blocks, such as reading files, on a thread that runs no checks.
    init(
        _ configuration: RunningConfiguration,
        timeline: Timeline<C>,
        offload: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void = { work in
            NIOThreadPool.singleton.submit { _ in work() }
        }
    ) {
        self.configuration = configuration
        self.timeline = timeline
        self.offload = offload
        alarm = Alarm(timeline: timeline)
    }

    /// Requests a load, and waits for its result.
    func reload() async -> ReloadResult {
        await withCheckedContinuation { continuation in
            let isStopped = state.withLock { state in
                if !state.isStopped { state.waiters.append(continuation) }
                return state.isStopped
            }
            if isStopped { continuation.resume(returning: .stopped) } else { alarm.ring() }
        }
    }

    /// Loads when requested, until cancelled.
    ///
    /// - Parameter requests: each element requests a load.
    func run(requests: AsyncStream<Void>) async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.loop() }
            group.addTask {
                for await _ in requests {
                    self.state.withLock { $0.isRequested = true }
                    self.alarm.ring()
                }
            }
        }
        let waiters = state.withLock { state in
            state.isStopped = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume(returning: .stopped) }
    }

    private func loop() async {
        var nextInspection = timeline.moment.advanced(by: Self.period)
        while !Task.isCancelled {
            await alarm.sleep(until: nextInspection)
            if Task.isCancelled { return }
            let inspectsFiles = timeline.moment >= nextInspection
            if inspectsFiles { nextInspection = timeline.moment.advanced(by: Self.period) }
            let (waiters, isRequested) = state.withLock { state in
                defer { (state.waiters, state.isRequested) = ([], false) }
                return (state.waiters, state.isRequested || !state.waiters.isEmpty)
            }
            let result = await blocking { [configuration] () -> ReloadResult? in
                guard isRequested || (inspectsFiles && configuration.haveFilesChanged) else { return nil }
                // What was read takes several times the memory of what is made of it.
                defer { Heap.trim() }
                return configuration.reload()
            }
            for waiter in waiters { waiter.resume(returning: result ?? .stopped) }
        }
    }

    /// The result of work that blocks; nil when cancelled: a load that hangs is then abandoned.
    private func blocking(_ work: @escaping @Sendable () -> ReloadResult?) async -> ReloadResult? {
        let result = FirstResult<ReloadResult?>()
        offload { result.set(.success(work())) }
        return try? await withTaskCancellationHandler {
            try await result.value()
        } onCancel: {
            result.set(.success(nil))
        }
    }
}
