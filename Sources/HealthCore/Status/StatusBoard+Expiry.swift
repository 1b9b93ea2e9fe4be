import BitCollections
import HeapModule

/// What time alone does.
extension StatusBoard {
    /// What a timer is about; looked at when it comes up, and put back when there is news since.
    struct Timer: Comparable {
        enum Subject: Equatable {
            case check(CheckHandle)
            case component(Int)
        }

        let moment: Moment
        let subject: Subject

        static func < (left: Timer, right: Timer) -> Bool {
            left.moment < right.moment
        }
    }

    /// When something may change by time alone.
    package var nextExpiry: Moment? { timers.min?.moment }

    /// Lets time pass: makes what is too old unknown, and ends what was for a time.
    package mutating func expire(_ now: Now) {
        let mayChange = maintenance.isDue(at: now.timestamp) || timers.min.map { $0.moment < now.moment } ?? false
        guard mayChange else { return }
        // What becomes too old at the same time is looked at together: nobody is held back by what is gone as well.
        toBeJudged = []
        defer { judge(now) }
        if maintenance.isDue(at: now.timestamp) { updateMaintenance(now) }
        while let next = timers.min, next.moment < now.moment {
            timers.removeMin()
            switch next.subject {
            case .check(let handle): expire(handle, now)
            case .component(let index): expire(component: index, now)
            }
        }
    }

    /// No more results will come, by our own doing: what is known stays as it is, however old it gets.
    package mutating func stopAging() {
        isAging = false
        timers = Heap(timers.unordered.filter { if case .check = $0.subject { false } else { true } })
    }

    private mutating func expire(_ handle: CheckHandle, _ now: Now) {
        guard let place = places[handle] else { return }
        let isAwaited = checks[place.check].registration.check.holdsUpStartup
        if !checks[place.check].hasJoined {
            guard let joinsBy = checks[place.check].joinsBy, joinsBy < now.moment else {
                return watchJoining(place.check)
            }
            checks[place.check].hasJoined = true
            let status = checks[place.check].state.status
            mutate(place.component, now.dated(joinsBy), check: place.check, nil) {
                $0.checkJoined(status, isAwaited: isAwaited)
            }
        }
        if let limit = checks[place.check].state.expiresAt {
            // It went stale then, whoever asks now.
            let then = now.dated(limit)
            if let change = checks[place.check].state.expire(at: now.moment, timestamp: then.timestamp) {
                noteChange(place, change, run: nil)
                mutate(place.component, then, check: place.check, change) {
                    $0.checkChanged(from: change.from, to: change.to, isAwaited: isAwaited)
                }
            }
        }
        watchExpiry(handle, checks[place.check].state)
    }

    private mutating func expire(component index: Int, _ now: Now) {
        if let drill = components[index].state.drill, drill.until < now.moment {
            endDrill(of: components[index].registration.name, now.dated(drill.until))
        }
        updateDependencySuppression(of: index, now)
    }

    /// Looks at a check again when its status may become too old.
    mutating func watchExpiry(_ handle: CheckHandle, _ state: CheckState) {
        guard isAging, let moment = state.expiresAt else { return }
        timers.insert(Timer(moment: moment, subject: .check(handle)))
    }

    /// Looks at a check again when it joins at the latest.
    mutating func watchJoining(_ index: Int) {
        guard isAging, let moment = checks[index].joinsBy else { return }
        timers.insert(Timer(moment: moment, subject: .check(checks[index].handle)))
    }

    /// Looks at a component again behind a moment.
    mutating func watch(component index: Int, at moment: Moment) {
        timers.insert(Timer(moment: moment, subject: .component(index)))
    }

    /// Forgets every timer and cause, before a registry is taken.
    mutating func clear() {
        timers = Heap()
        for index in causeSets.indices { causeSets[index] = BitSet() }
    }
}
