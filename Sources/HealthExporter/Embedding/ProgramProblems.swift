import HealthChecks
import HealthCore

/// What is wrong with the values that a program registers in code: they are checked like those of the file.
struct ProgramProblems {
    /// One sentence for each, in the order of registration.
    private(set) var messages: [String] = []

    /// Checks all that a program registered.
    init(_ program: ProgramRegistrations) {
        for component in program.components { check(component) }
        let listeners = ListenerAddresses.startupTasks(servesMain: true)
        checkNames(program.startupTasks.map(\.name), of: "start-up task", reserved: listeners)
        let loops = [
            "cooperative-pool", "scheduler", StallMonitor.logWriter, StallMonitor.blockingPool,
            StallMonitor.pageRenderer,
        ]
        checkNames(program.progressCounters.map(\.name), of: "progress counter", reserved: loops)
        checkQueues(program.queues.names)
    }

    private mutating func check(_ component: ComponentRegistration) {
        let place = "component `\(component.name.cutForDisplay)`"
        require(SettingText.isName(component.name), in: place, "is no name: 1 to 63 of a-z, 0-9, `.`, `_`, `-`")
        require(!component.checks.isEmpty, in: place, "has no checks")
        if let owner = component.owner { require(Self.isText(owner), in: place, "`owner` must be 1 to 256 characters") }
        if let runbook = component.runbook {
            require(
                (try? RunbookAddress(runbook)) != nil,
                in: place,
                "`runbook` must be an http or https URL of at most 256 characters, without user and password"
            )
        }
        require(
            component.objective > 0 && component.objective <= 1,
            in: place,
            "`objective` must be above 0 and at most 1"
        )
        let bounds = component.buckets ?? []
        require(
            bounds.allSatisfy { $0 > .zero } && zip(bounds, bounds.dropFirst()).allSatisfy(<),
            in: place,
            "`buckets` must be above 0 and rise"
        )
        for registration in component.checks { check(registration) }
    }

    private mutating func check(_ registration: Registration) {
        let place = "check `\("\(registration.id)".cutForDisplay)`"
        require(SettingText.isName(registration.id.check), in: place, "is no name: 1 to 63 of a-z, 0-9, `.`, `_`, `-`")
        require(Self.isText(registration.kind), in: place, "`kind` must be 1 to 256 characters")
        checkTiming(registration, in: place)
        var names: Set<String> = []
        for measurement in registration.check.measurements {
            let name = measurement.name
            let shown = "the measurement `\(name.cutForDisplay)`"
            require(names.insert(name).inserted, in: place, "\(shown) is declared twice")
            require(Self.isMetricName(name), in: place, "\(shown) is no metric name: [a-zA-Z_][a-zA-Z0-9_]*")
            require(!Self.isReserved(name), in: place, "\(shown) has a name that the exporter's own metrics have")
            let suffix = Self.suffixes.first { name.hasSuffix($0) } ?? ""
            require(suffix.isEmpty, in: place, "\(shown) is a gauge, whose name must not end in \(suffix)")
            require(Self.isText(measurement.help, maximum: 1024), in: place, "\(shown) needs a help text")
        }
    }

    private mutating func checkTiming(_ registration: Registration, in place: String) {
        let (schedule, text) = (registration.schedule, SettingText.text(of:))
        let (interval, timeout) = (schedule.interval, schedule.timeout)
        require(interval >= .milliseconds(100), in: place, "the interval (\(text(interval))) must be at least 100ms")
        require(timeout > .zero, in: place, "the timeout must be above 0")
        require(
            timeout < interval,
            in: place,
            "the timeout (\(text(timeout))) must be shorter than the interval (\(text(interval)))"
        )
        require(
            schedule.confirmInterval >= .milliseconds(100) && schedule.confirmInterval <= interval,
            in: place,
            "the confirm interval (\(text(schedule.confirmInterval))) must be from 100ms to the interval"
        )
        require(
            schedule.maximumAge >= interval + timeout,
            in: place,
            "the maximum age (\(text(schedule.maximumAge))) must be at least interval + timeout"
        )
        if let limit = registration.degradedAbove {
            require(limit < timeout, in: place, "degradedAbove (\(text(limit))) must be shorter than the timeout")
        }
        if let retries = registration.retries {
            require(retries.longestDelays < timeout, in: place, "the waits between tries alone fill the timeout")
        }
        if let breaker = registration.breaker {
            require(
                breaker.failures >= registration.thresholds.failure && breaker.openFor <= breaker.maximumOpenFor,
                in: place,
                "its circuit breaker needs failures of at least the failure threshold, and openFor of at most maximumOpenFor"
            )
        }
    }

    private mutating func checkNames(_ names: [String], of what: String, reserved: [String]) {
        var seen = Set(reserved)
        for name in names {
            let place = "\(what) `\(name.cutForDisplay)`"
            require(Self.isText(name, maximum: 63), in: place, "must have 1 to 63 characters, none of control")
            require(!name.hasPrefix("event-loop-"), in: place, "has a name that the exporter itself uses")
            require(
                seen.insert(name).inserted,
                in: place,
                "is registered twice, or has a name that the exporter itself uses"
            )
        }
    }

    private mutating func checkQueues(_ names: [String]) {
        var seen: [String: String] = [:]
        for name in names {
            let place = "queue `\(name.cutForDisplay)`"
            require(Self.isText(name, maximum: 63), in: place, "must have 1 to 63 characters, none of control")
            let metric = RuntimeQueues.metricName(of: name)
            if let other = seen[metric] {
                messages.append("\(place): its metric would have the name of that of `\(other.cutForDisplay)`")
            }
            seen[metric] = name
        }
    }

    private mutating func require(_ isRight: Bool, in place: String, _ message: String) {
        if !isRight { messages.append("\(place): \(message)") }
    }

    private static func isText(_ text: String, maximum: Int = 256) -> Bool {
        !text.isEmpty && text.count <= maximum && !text.hasControlCharacters
    }

    /// Suffixes that other types of metrics have (OpenMetrics 1.0, "Suffixes").
    private static let suffixes = ["_total", "_created", "_count", "_sum", "_bucket", "_info"]

    private static let reservedPrefixes = [
        "health_check_", "health_component_", "health_group_", "health_feature_flag_", "health_service_",
        "health_probe_", "health_exporter_", "process_", "scrape_",
    ]

    private static func isReserved(_ name: String) -> Bool {
        ["target_info", "up"].contains(name) || reservedPrefixes.contains { name.hasPrefix($0) }
    }

    /// Prometheus' data model; colons are for recording rules.
    private static func isMetricName(_ name: String) -> Bool {
        func isLetter(_ byte: UInt8) -> Bool { byte == 95 || (97...122).contains(byte | 32) }
        guard let first = name.utf8.first, isLetter(first), name.utf8.count <= 256 else { return false }
        return name.utf8.allSatisfy { isLetter($0) || (48...57).contains($0) }
    }
}

extension CheckRegistry {
    /// Measurements that two checks describe in different words: one metric family can have only one.
    var disputedMeasurements: [String] {
        var known: [String: Measurement] = [:]
        var disputed: [String] = []
        for (_, registration, _) in checks {
            for measurement in registration.check.measurements {
                if let other = known[measurement.name] {
                    if other != measurement, !disputed.contains(measurement.name) { disputed.append(measurement.name) }
                } else {
                    known[measurement.name] = measurement
                }
            }
        }
        return disputed
    }
}
