import HealthCore

extension SimulationReferee {
    /// Every check, component and the service have the status that follows from what was published.
    mutating func compareStatus(with snapshot: HealthSnapshot, at now: Moment) {
        var passedUp: [HealthStatus] = []
        for component in snapshot.components {
            let checks = snapshot.checks[component.checks]
            for check in checks { compare(check, at: now) }
            let worst = checks.map(\.state.status).max() ?? .healthy
            let name = component.registration.name
            require(
                component.state.status == worst,
                "\(name): \(component.state.status), its worst is \(worst)",
                at: now
            )
            switch component.registration.impact {
            case .critical: passedUp.append(worst)
            case .optional: passedUp.append(min(worst, .degraded))
            case .informational: break
            }
        }
        let service = passedUp.max() ?? .healthy
        require(snapshot.verdict.service == service, "service: \(snapshot.verdict.service), not \(service)", at: now)
    }

    private mutating func compare(_ check: HealthSnapshot.Check, at now: Moment) {
        let id = check.registration.id
        guard let file = files[check.handle], !file.isRemoved else {
            return require(false, "\(id): in the snapshot though it is not registered", at: now)
        }
        let expected = file.status(at: now)
        require(check.state.status == expected, "\(id): \(check.state.status), not \(expected)", at: now)
        if expected == .unknown, !file.readings.isEmpty {
            coverage.note(.wentStale)
            coverage.note(.wentStaleByInternalTrouble, if: check.state.reason == .internal)
        }
    }

    /// The numbers of every check add up.
    mutating func compareCounts(with snapshot: MetricsRecorder.Snapshot, at now: Moment) {
        for (handle, file) in live {
            let id = file.registration.id
            guard let metrics = snapshot.checks[handle] else { return require(false, "\(id): no metrics", at: now) }
            for outcome in RunOutcome.allCases {
                let runs = file.outcomes[outcome] ?? 0
                require(metrics.runs[outcome.index] == runs, "\(id): wrong number of \(outcome)", at: now)
                let failures = metrics.failures.filter { $0.outcome == outcome }.reduce(0) { $0 + $1.count }
                let expected = outcome == .success ? 0 : runs
                require(failures == expected, "\(id): failures of \(outcome) don't add up", at: now)
            }
            for reason in SkipReason.allCases {
                require(metrics.skips[reason.index] == file.skips[reason] ?? 0, "\(id): wrong skips \(reason)", at: now)
            }
            let completed = file.outcomes.values.reduce(0, +)
            let timed = completed - (file.outcomes[.internal] ?? 0)
            require(metrics.latency.count == timed, "\(id): the histogram misses runs", at: now)
            let goesOn = file.run.map { $0.published == nil } ?? false
            require(file.starts == completed + (goesOn ? 1 : 0), "\(id): starts and results differ", at: now)
            let slots = file.starts + file.skips.values.reduce(0, +) + (file.waiting == nil ? 0 : 1)
            require(file.slotsPassed == slots, "\(id): \(file.slotsPassed) slots, \(slots) accounted for", at: now)
        }
    }
}
