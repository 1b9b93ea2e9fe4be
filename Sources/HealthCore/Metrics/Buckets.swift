/// The upper bounds of a latency histogram.
package enum Buckets {
    /// 1 ms to 30 s: the duration of a check on this machine, and a long timeout.
    package static let standard: [Duration] = [
        .milliseconds(1), .milliseconds(5), .milliseconds(10), .milliseconds(25), .milliseconds(50), .milliseconds(100),
        .milliseconds(250), .milliseconds(500), .seconds(1), .milliseconds(2500), .seconds(5), .seconds(10),
        .seconds(30),
    ]

    /// The bounds that all checks of a component share, so that their histograms can be summed exactly.
    ///
    /// The list, cut above the largest timeout, with every timeout and `degraded_above` as a bound of its own: the share of
    /// runs beyond one of them is exact.
    package static func bounds(for component: ComponentRegistration) -> [Duration] {
        let timeouts = component.checks.map(\.schedule.timeout)
        let thresholds = component.checks.compactMap(\.degradedAbove)
        let largest = timeouts.max() ?? .zero
        let listed = (component.buckets ?? standard).filter { $0 <= largest }
        return Set(listed + timeouts + thresholds).sorted()
    }

    /// Whether counts in the bounds of a component can go on in those of the component that replaces it.
    package static func canGoOn(from old: ComponentRegistration, to new: ComponentRegistration) -> Bool {
        Set(bounds(for: new)).isSuperset(of: bounds(for: old))
    }
}
