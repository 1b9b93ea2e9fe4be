import BitCollections

/// Which maintenance windows are active; evaluated again only when one may begin or end.
struct MaintenanceSchedule: Sendable {
    private struct Window: Sendable {
        let time: MaintenanceWindow.Time
        /// The positions of its components; nil covers every one.
        let components: BitSet?
        var isActive = false
    }

    private var windows: [Window] = []
    /// The answer stays the same in between.
    private var (since, until) = (Timestamp.distantPast, Timestamp.distantFuture)

    /// No window.
    init() {}

    /// Windows, none of them active until the first update.
    init(_ windows: [MaintenanceWindow], in hierarchy: Hierarchy) {
        self.windows = windows.map { window in
            let positions = window.components?.compactMap { name -> Int? in
                if case .component(let index) = hierarchy.node(named: name) { index.position } else { nil }
            }
            return Window(time: window.time, components: positions.map { BitSet($0) })
        }
    }

    /// Whether the civil time has left the span in which nothing changes; clocks are set back too.
    func isDue(at timestamp: Timestamp) -> Bool {
        timestamp < since || timestamp >= until
    }

    /// Evaluates every window.
    mutating func update(at timestamp: Timestamp) {
        (since, until) = (.distantPast, .distantFuture)
        for index in windows.indices {
            let state = windows[index].time.state(at: timestamp)
            windows[index].isActive = state.isActive
            (since, until) = (max(since, state.since), min(until, state.until))
        }
    }

    /// Whether there is a window that covers a component, active or not.
    func mayCover(_ component: ComponentIndex) -> Bool {
        windows.contains { $0.components?.contains(component.position) ?? true }
    }

    /// Whether an active window covers a component.
    func covers(_ component: ComponentIndex) -> Bool {
        windows.contains { $0.isActive && $0.components?.contains(component.position) ?? true }
    }
}
