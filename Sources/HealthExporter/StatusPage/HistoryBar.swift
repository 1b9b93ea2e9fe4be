import HealthCore

/// The bars of a component, oldest first.
struct HistoryBar: Hashable, Sendable {
    /// What one bar stands for.
    let step: HistoryStep
    /// As many as the step has; the first ones are empty where less is known.
    let slots: [HistorySlot]
    /// When the first bar begins; nil for runs.
    let start: Timestamp?

    /// The bars of a component at a time.
    init(_ step: HistoryStep, of component: HistoryStore.Component, objective: Double, at now: Timestamp) {
        self.step = step
        switch step {
        case .runs:
            let runs = component.lastRuns.suffix(step.count).map { HistorySlot($0.run) }
            slots = Array(repeating: .none, count: step.count - runs.count) + runs
            start = nil
        case .hours, .days:
            let series = step == .hours ? component.success.byHour : component.success.byDay
            let last = series.last(step.count, at: now)
            slots = last.map { HistorySlot($0.count, objective: objective) }
            start = last.first.map { Timestamp(nanosecondsSinceEpoch: $0.step * step.seconds * 1_000_000_000) }
        }
    }

    /// Bars of one kind that stand side by side.
    var spans: [(slot: HistorySlot, range: Range<Int>)] {
        var spans: [(slot: HistorySlot, range: Range<Int>)] = []
        for (index, slot) in slots.enumerated() {
            if let last = spans.last, last.slot == slot {
                spans[spans.count - 1].range = last.range.lowerBound..<index + 1
            } else {
                spans.append((slot, index..<index + 1))
            }
        }
        return spans
    }
}

extension HistoryStore.Component {
    /// The last runs of all checks, oldest first.
    var lastRuns: [(check: String, run: RunHistory.Run)] {
        let all = runs.flatMap { check, history in history.runs.map { (check: check, run: $0) } }
        return runs.count == 1 ? all : all.sorted { $0.run.timestamp < $1.run.timestamp }
    }
}
