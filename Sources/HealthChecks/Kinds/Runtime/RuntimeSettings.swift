import HealthCore

/// The settings of a `runtime` check.
struct RuntimeSettings: CheckSettings {
    var eventLoopLag: ThresholdPair<Duration>?
    var cooperativePoolLag: ThresholdPair<Duration>?
    var blockingPoolBusy: ThresholdPair<Double>?
    var openFiles: ThresholdPair<Double>?
    var queues: [SettingEntry<ThresholdPair<Double>>] = []

    static let keys: [SettingKey<RuntimeSettings>] = [
        SettingKey(
            "event_loop_lag",
            in: \.eventLoopLag,
            as: .durationThresholds,
            "Time until an event loop begins a task."
        ),
        SettingKey(
            "cooperative_pool_lag",
            in: \.cooperativePoolLag,
            as: .durationThresholds,
            "Time until the cooperative pool begins a task."
        ),
        SettingKey(
            "blocking_pool_busy",
            in: \.blockingPoolBusy,
            as: .thresholds(.ratio),
            "Busy threads for blocking calls."
        ),
        SettingKey(
            "open_files",
            in: \.openFiles,
            as: .thresholds(.ratio),
            "Open file descriptors against their limit."
        ),
        SettingKey(
            "queues",
            in: \.queues,
            as: .queues,
            "Entries that wait in queues which the program's code has registered, by name."
        ),
    ]

    func makeCheck(_ resources: CheckResources, seen: SeenText) -> any HealthCheck {
        RuntimeCheck(settings: self, resources: resources)
    }
}

extension SettingType where Value == [SettingEntry<ThresholdPair<Double>>] {
    /// Thresholds of queues that are registered.
    fileprivate static var queues: SettingType {
        let depth = SettingType<Double>(.integer(0...Int(Int32.max)), expected: "a number of entries") { Double($0) }
        let pair = SettingType<ThresholdPair<Double>>.thresholds(depth)
        return SettingType(.dictionary(pair.shape)) { place in
            let known = place.reader.inputs.queueNames
            return place.reader.entries(place.key).compactMap { entry in
                guard known.contains(entry.key) else {
                    let names = known.isEmpty ? "none is" : "registered: \(known.joined(separator: ", "))"
                    let shown = entry.key.cutForDisplay
                    place.problem("no queue `\(shown)` is registered in this program; \(names)")
                    return nil
                }
                return pair.read(place.entry(entry, pair.shape), nil).map { SettingEntry(entry.key, $0) }
            }
        }
    }
}
