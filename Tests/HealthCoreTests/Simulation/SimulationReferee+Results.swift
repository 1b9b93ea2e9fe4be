import HealthCore
import HealthTesting

extension SimulationReferee {
    /// A run has a result.
    mutating func published(_ handle: CheckHandle, _ result: RunResult, disagrees: Bool, at now: Moment) {
        guard let file = files[handle], let run = file.run else {
            return require(false, "\(handle): published without a run", at: now)
        }
        let id = file.registration.id
        require(run.published == nil, "\(id): published twice", at: now)
        files[handle]?.run?.published = result.kind
        files[handle]?.run?.publishedAt = now
        if isEnding { return }
        files[handle]?.run?.isOverdue = now >= run.start.advanced(by: file.timeout)
        guard let run = files[handle]?.run else { return }
        let (expected, problem) = file.expected(run, seen: seen)
        require(problem == nil, "\(id): \(problem ?? "")", at: now)
        require(
            result.kind == expected.kind,
            "\(id): \(result.kind), not \(expected.kind?.rawValue ?? "pending")",
            at: now
        )
        require(expected.at == now, "\(id): published at the wrong time", at: now)
        require(result.duration == expected.duration, "\(id): wrong duration", at: now)
        // One that begins after the deadline was seen late may not be counted.
        let isPunctual = now < run.start.advanced(by: file.timeout)
        require(!isPunctual || result.retries == run.tries.count - 1, "\(id): \(result.retries) retries", at: now)
        coverage.record(.retry, if: run.tries.count > 1)
        coverage.record(.retryThatHelped, if: run.tries.count > 1 && result.kind == .success)
        coverage.record(.starved, if: result.kind == .internal && !isPunctual)
        coverage.record(.thrownError, if: result.reason == .error)
        coverage.record(.reportedInternal, if: result.kind == .internal)
        coverage.record(.degradedByLatency, if: result.reason == .tooSlow)
        require(result.moment == now, "\(id): carries another moment", at: now)
        if file.isRemoved { return require(!disagrees, "\(id): removed, and yet to be confirmed", at: now) }
        files[handle]?.kinds[result.kind, default: 0] += 1
        let wasTrial = files[handle]?.circuit?.state == .halfOpen
        files[handle]?.circuit?.record(result.kind, at: now, jitter: result.traceID.share(0) * 2 - 1)
        let isOpen = files[handle]?.circuit?.trialAt != nil
        coverage.record(.circuitOpened, if: isOpen && !wasTrial)
        coverage.record(.halfOpenFailure, if: isOpen && wasTrial)
        coverage.record(.circuitClosed, if: wasTrial && files[handle]?.circuit?.state == .closed)
        read(handle, result.kind.status, disagrees: disagrees, at: now)
    }

    /// A run ended with nothing to report.
    mutating func pending(_ handle: CheckHandle, _ report: PendingReport, at now: Moment) {
        guard var file = files[handle], var run = file.run else {
            return require(false, "\(handle): nothing to report, and no run", at: now)
        }
        let id = file.registration.id
        require(!run.isPublished, "\(id): nothing to report after a result", at: now)
        (run.wasPending, run.publishedAt) = (true, now)
        file.run = run
        files[handle] = file
        if isEnding { return }
        let (expected, problem) = file.expected(run, seen: seen)
        require(problem == nil, "\(id): \(problem ?? "")", at: now)
        require(expected.kind == nil && expected.at == now, "\(id): it had something to report", at: now)
        coverage.record(file.reference.isPending ? .pendingBeforeTheFirstResult : .pendingAfterAResult)
        guard !file.isRemoved else { return }
        file.pendings += 1
        file.reference.waitForAReport(at: now)
        file.reschedule(disagrees: false, at: now)
        files[handle] = file
    }

    /// A slot passed without a run.
    mutating func skipped(
        _ handle: CheckHandle,
        _ reason: SkipReason,
        isOverdue: Bool,
        disagrees: Bool,
        at now: Moment
    ) {
        guard let file = files[handle], !file.isRemoved else {
            return require(false, "\(handle) was skipped though it is not registered", at: now)
        }
        let id = file.registration.id
        let slot = skipSlot(handle, at: now)
        files[handle]?.skips[reason, default: 0] += 1
        switch reason {
        case .overlap:
            let goesOn = file.run.map { !$0.isOver || $0.leftAt == now } ?? false
            require(goesOn, "\(id): skipped for a run that was over", at: now)
            require(file.run?.isOverdue == isOverdue, "\(id): skipped with the wrong word about its deadline", at: now)
            coverage.record(isOverdue ? .overlapSkipOfAnOverdueRun : .overlapSkipWithinDeadline)
            guard isOverdue else { return }
            let before = file.status(at: now)
            read(handle, file.blamesTheTarget(at: now) ? .unhealthy : nil, disagrees: disagrees, at: now)
            coverage.record(.overdueSlotChangedStatus, if: files[handle]?.status(at: now) != before)
        case .saturated:
            coverage.record(.saturatedSkip)
            require(file.waiting != nil, "\(id): saturated, but no slot was waiting", at: now)
            files[handle]?.waiting = slot
        case .circuitOpen:
            require(file.isBlockedByCircuit, "\(id): left out though its circuit is closed", at: now)
            files[handle]?.reference.refresh(at: now)
            coverage.record(.slotLeftOut)
        }
    }

    private mutating func skipSlot(_ handle: CheckHandle, at now: Moment) -> Moment {
        guard var file = files[handle] else { return now }
        require(file.due <= now, "\(file.registration.id): skipped a slot that was not due", at: now)
        require(now <= seen(file.due.advanced(by: tick)), "\(file.registration.id): skipped later than a tick", at: now)
        let slot = file.passSlot(at: now, isSkipped: true)
        files[handle] = file
        return slot
    }

    /// Records a result in the list that the status follows from.
    private mutating func read(_ handle: CheckHandle, _ reading: HealthStatus?, disagrees: Bool, at now: Moment) {
        guard var file = files[handle] else { return }
        let (before, wasStale) = (file.status(at: now), file.status(at: now) == .unknown && !file.readings.isEmpty)
        coverage.record(.joinedWithAResult, if: file.joinsBy.map { now <= $0 } ?? false && file.reference.isPending)
        if let reading { file.reference.record(reading, at: now) }
        let after = file.status(at: now)
        let isToBeConfirmed = reading != nil || after != .unknown
        let expected = isToBeConfirmed && file.readings.last.map { $0.status != after } ?? false
        require(disagrees == expected, "\(file.registration.id): disagrees is \(disagrees), status \(after)", at: now)
        file.reschedule(disagrees: expected, at: now)
        files[handle] = file
        coverage.record(.leftStale, if: wasStale && after != .unknown)
        let isBetter = after < before && !wasStale && before != .unknown
        coverage.record(.recoveryByMoreThanOneSuccess, if: isBetter && file.thresholds.success > 1)
        let beforeLast = file.readings.dropLast().suffix(file.thresholds.failure - 1)
        let isReset =
            reading == .healthy && before == .healthy && beforeLast.count == file.thresholds.failure - 1
            && beforeLast.allSatisfy { $0.status == .unhealthy }
        coverage.record(.resetOneShortOfTheThreshold, if: isReset && file.thresholds.failure > 1)
    }
}
