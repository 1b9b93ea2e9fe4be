import HealthCore

extension SimulationReferee {
    /// Every check, component and the service have the status that follows from what was published.
    mutating func compareStatus(with snapshot: HealthSnapshot, _ verdict: HealthVerdict, at now: Moment) {
        let picture = update(at: now)
        for (number, component) in snapshot.components.enumerated() {
            for check in snapshot.checks[component.checks] { compare(check, at: now) }
            let (name, state) = (component.registration.name, component.state)
            let expected = (picture.real[number], picture.gating[number], picture.shown[number])
            require(
                (state.realStatus, state.gatingStatus, state.status) == expected,
                "\(name): \(state.realStatus), \(state.gatingStatus), \(state.status), not \(expected)",
                at: now
            )
            if let drill = world.drills[name] {
                coverage.record(
                    .drillBesideWorseTruth,
                    if: picture.real[number] > drill.status && picture.isIn[number]
                )
            }
            require((state.drill != nil) == (world.drills[name] != nil), "\(name): drill", at: now)
            compare(snapshot.suppression(of: component), of: name, isPlanned: picture.maintenance[number], at: now)
            coverage.record(.maintenance, if: picture.maintenance[number])
        }
        require(snapshot.groups.map(\.status) == picture.groups, "groups: \(picture.groups)", at: now)
        require(snapshot.flags.map(\.isOn) == picture.flags, "flags: \(picture.flags)", at: now)
        coverage.record(.flagOff, if: picture.flags.contains(false))
        compare(verdict, picture, at: now)
        compareCauses(verdict, snapshot, at: now)
        coverage.record(.groupInsulated, if: picture.real.contains(.unhealthy) && picture.shownService == .healthy)
        let isShared = snapshot.components.contains {
            $0.registration.scope == .shared && $0.registration.impact == .critical && $0.group == nil
                && $0.state.realStatus == .unhealthy
        }
        coverage.record(.sharedCapped, if: isShared && picture.isReady)
    }

    /// The verdict that a probe reads.
    private mutating func compare(_ verdict: HealthVerdict, _ picture: ReferenceWorld.Picture, at now: Moment) {
        require(
            verdict.service == picture.shownService,
            "service: \(verdict.service), not \(picture.shownService)",
            at: now
        )
        require(verdict.hasStarted == world.hasStarted, "started: \(verdict.hasStarted)", at: now)
        require(verdict.readiness.isReady == picture.isReady, "readiness: \(verdict.readiness)", at: now)
        for status in HealthStatus.allCases {
            let count = picture.gating.count { $0 == status }
            require(
                verdict.components[status] == count,
                "\(verdict.components[status]) \(status), not \(count)",
                at: now
            )
        }
        let order = verdict.causes.map(\.status)
        require(order == order.sorted(by: >), "causes: \(order)", at: now)
        require(verdict.causes.isEmpty == (picture.gatingService == .healthy), "causes: \(verdict.causes)", at: now)
        require(verdict.isValid(at: now), "the verdict no longer holds", at: now)
    }

    /// The causes are patched with every result; they must tell what the checks themselves do.
    private mutating func compareCauses(_ verdict: HealthVerdict, _ snapshot: HealthSnapshot, at now: Moment) {
        for cause in verdict.causes {
            let check = snapshot.checks.first {
                $0.registration.id.component == cause.component && $0.registration.id.check == cause.check
            }
            guard let state = check?.state else {
                let drill = snapshot.components.first { $0.registration.name == cause.component }?.state.readinessDrill
                require(drill?.status == cause.status, "cause \(cause.component) without check or drill", at: now)
                continue
            }
            require(
                (state.status, state.reason, state.since, state.consecutiveFailures)
                    == (cause.status, cause.reason, cause.since, cause.failures),
                "cause \(cause), not \(state)",
                at: now
            )
        }
    }

    private mutating func compare(_ suppression: Suppression, of name: String, isPlanned: Bool, at now: Moment) {
        require(
            suppression.isInMaintenance == isPlanned,
            "\(name): maintenance \(suppression.isInMaintenance)",
            at: now
        )
        let expected = world.suppressed[name]
        // At that very moment either is right.
        if expected?.end == now { return }
        require(
            suppression.rootCauses.sorted() == expected?.roots ?? [],
            "\(name): suppressed by \(suppression.rootCauses), not \(expected?.roots ?? [])",
            at: now
        )
    }

    private mutating func compare(_ check: HealthSnapshot.Check, at now: Moment) {
        let id = check.registration.id
        guard let file = files[check.handle], !file.isRemoved else {
            return require(false, "\(id): in the snapshot though it is not registered", at: now)
        }
        let expected = file.status(at: now)
        coverage.record(.joinedWithout, if: file.joinsBy != nil && file.reference.isPending && file.counts(at: now))
        require(check.hasJoined == file.counts(at: now), "\(id): joined \(check.hasJoined)", at: now)
        require(check.state.status == expected, "\(id): \(check.state.status), not \(expected)", at: now)
        let reason: FailureReason? = file.kinds.isEmpty ? .pending : file.reference.isPending ? .internal : nil
        if let reason { require(check.state.reason == reason, "\(id): not \(reason)", at: now) }
        coverage.record(.internalBeforeAnythingElse, if: reason == .internal && world.hasStarted)
        if expected == .unknown, !file.readings.isEmpty {
            coverage.record(.wentStale)
            coverage.record(.wentStaleByInternalError, if: check.state.reason == .internal)
        }
    }

    /// The numbers of every check add up.
    mutating func compareCounts(with snapshot: MetricsRecorder.Snapshot, at now: Moment) {
        for (handle, file) in live {
            let id = file.registration.id
            guard let metrics = snapshot.checks[handle] else { return require(false, "\(id): no metrics", at: now) }
            for kind in ResultKind.allCases {
                let runs = file.kinds[kind] ?? 0
                require(metrics.counts.runs[kind.index] == runs, "\(id): wrong number of \(kind)", at: now)
                let failures = metrics.counts.failures.filter { $0.kind == kind }.reduce(0) { $0 + $1.count }
                let expected = kind == .success ? 0 : runs
                require(failures == expected, "\(id): failures of \(kind) don't add up", at: now)
            }
            for reason in SkipReason.allCases {
                require(
                    metrics.counts.skips[reason.index] == file.skips[reason] ?? 0,
                    "\(id): wrong skips \(reason)",
                    at: now
                )
            }
            let completed = file.kinds.values.reduce(0, +)
            let timed = completed - (file.kinds[.internal] ?? 0)
            // Another check of its component may have changed the bounds, and so begun a new histogram.
            require(metrics.latency.count <= timed, "\(id): the histogram counts too much", at: now)
            let goesOn = file.run.map { !$0.isPublished } ?? false
            require(
                file.starts == completed - file.inheritedRuns + file.pendings + (goesOn ? 1 : 0),
                "\(id): starts and results differ",
                at: now
            )
            let skipped = file.skips.values.reduce(0, +) - file.inheritedSkips
            let slots = file.starts + skipped + (file.waiting == nil ? 0 : 1)
            require(file.slotsPassed == slots, "\(id): \(file.slotsPassed) slots, \(slots) accounted for", at: now)
        }
    }
}
