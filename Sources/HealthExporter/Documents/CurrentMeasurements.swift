import HealthCore

/// What a check measured within `max_age`, as in the metrics; the numbers of its last run's details come after that.
struct CurrentMeasurements {
    /// A measured value.
    struct Value: Equatable {
        /// The name of the measurement, or of the detail that has a number.
        let name: String
        /// In the unit that the name ends with.
        let value: Double
        /// When it was measured.
        let timestamp: Timestamp
    }

    /// In the order in which they are shown.
    let values: [Value]

    /// What is current of a check at a moment, which is `timestamp` in civil time.
    init(of check: HealthSnapshot.Check, _ metrics: CheckMetrics?, now: Moment, timestamp: Timestamp) {
        let maximumAge = check.registration.schedule.maximumAge
        let observations = metrics?.currentObservations(at: now, maximumAge: maximumAge) ?? []
        let observed = observations.map { observation in
            let measuredAt = timestamp.advanced(by: now.duration(to: observation.moment))
            return Value(name: observation.measurement.name, value: observation.value, timestamp: measuredAt)
        }
        guard let run = check.lastRun, run.moment.duration(to: now) <= maximumAge else {
            values = observed
            return
        }
        // A plugin names its numbers as it likes; a declared measurement of the same name wins.
        let names = Set(observed.map(\.name))
        values =
            observed
            + run.details.uniquelyNamed.filter { !names.contains($0.name) }.compactMap { name, detail in
                detail.number.map { Value(name: name, value: $0, timestamp: run.timestamp) }
            }
    }
}

extension [CheckReport.Detail] {
    /// Each detail under a name of its own: `certificate`, `certificate 2`.
    var uniquelyNamed: [(name: String, detail: CheckReport.Detail)] {
        var seen: [String: Int] = [:]
        return map { detail in
            let count = seen[detail.name, default: 0] + 1
            seen[detail.name] = count
            return (count == 1 ? detail.name : "\(detail.name) \(count)", detail)
        }
    }
}
