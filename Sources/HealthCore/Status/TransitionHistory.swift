/// The last changes of a component's shown status, and those of an earlier process until there is one of this.
struct TransitionHistory: Sendable {
    /// Oldest first, at most ``ComponentState/historyLength``.
    private(set) var transitions: [Transition] = []
    /// Those of an earlier process, until there is one of this.
    private var remembered: [Transition] = []
    /// Whether the last of them may go on.
    private var mayGoOn = true

    /// No change yet.
    init() {}

    /// Remembers the transitions of an earlier process; they count once this process has a status of its own.
    mutating func remember(_ old: [Transition], mayGoOn: Bool) {
        remembered = old.suffix(ComponentState.historyLength)
        self.mayGoOn = mayGoOn
    }

    /// Records a transition; returns it, or the one with which the same status began in an earlier process.
    mutating func record(_ transition: Transition) -> Transition {
        if transitions.isEmpty, !remembered.isEmpty {
            // While the exporter was off, nobody saw that the status changed.
            transitions = remembered
            remembered = []
            if mayGoOn, let last = transitions.last, last.to == transition.to { return last }
        }
        transitions.append(transition)
        if transitions.count > ComponentState.historyLength { transitions.removeFirst() }
        return transition
    }
}
