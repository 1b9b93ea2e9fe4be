import HealthCore
import HealthTesting
import Testing

/// What holds for every page, whatever is on it.
@Suite struct ExpositionRuleTests {
    private typealias Sample = ExpositionSample

    @Test(arguments: TextEncoder.Syntax.allCases)
    func everySampleCarriesTheThreeLabels(format: TextEncoder.Syntax) throws {
        let page = try MetricsPage(Sample().page(format))
        #expect(page.samples.count > 150)
        for sample in page.samples {
            #expect(sample["environment"] == Sample.hostileEnvironment, "\(sample)")
            #expect(sample["version"] == Sample.hostileVersion, "\(sample)")
            #expect(sample["instance"] == Sample.hostileInstance, "\(sample)")
            #expect(Set(sample.labels.map(\.name)).count == sample.labels.count, "\(sample)")
        }
        let info = page.samples.first { $0.name == "health_component_info" }
        #expect(info?["owner"] == Sample.hostileOwner)
    }

    @Test(arguments: TextEncoder.Syntax.allCases)
    func theThreeLabelsMayBeLeftToTheInfo(format: TextEncoder.Syntax) throws {
        let page = try MetricsPage(Sample(labelsEverySample: false).page(format))
        let carriers = page.samples.filter { $0["environment"] != nil || $0["version"] != nil || $0["instance"] != nil }
        #expect(carriers.map(\.name) == ["target_info"])
        #expect(carriers.first?["instance"] == Sample.hostileInstance)
        #expect(carriers.first?["service_name"] == "orders")
    }

    @Test func bothFormatsHaveTheSameSeriesAndValues() throws {
        let sample = try Sample()
        let (text, openMetrics) = (
            try MetricsPage(sample.page(.prometheus)), try MetricsPage(sample.page(.openMetrics))
        )
        #expect(
            text.samples.map { "\($0.identity) \($0.value)" }
                == openMetrics.samples.map { "\($0.identity) \($0.value)" }
        )
        #expect(Set(text.samples.map(\.identity)).count == text.samples.count)
    }

    @Test(arguments: TextEncoder.Syntax.allCases)
    func familiesAreContiguousAndComeOnce(format: TextEncoder.Syntax) throws {
        let page = try MetricsPage(Sample().page(format))
        let names = page.families.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(page.helpedFamilies == names)
        for sample in page.samples {
            let type = page.families.first { $0.name == sample.family }?.type ?? ""
            let suffixes: [String] =
                switch (type, format) {
                case ("histogram", _): ["_bucket", "_sum", "_count"]
                case ("counter", .openMetrics): ["_total"]
                case ("info", .openMetrics): ["_info"]
                default: [""]
                }
            #expect(
                suffixes.contains { sample.family + $0 == sample.name },
                "\(sample.name) below \(sample.family) (\(type))"
            )
        }
    }

    @Test func typesFollowTheFormat() throws {
        let sample = try Sample()
        let text = try MetricsPage(sample.page(.prometheus)).families
        let openMetrics = try MetricsPage(sample.page(.openMetrics)).families
        #expect(Set(text.map(\.type)) == ["gauge", "counter", "histogram"])
        #expect(Set(openMetrics.map(\.type)) == ["gauge", "counter", "histogram", "info"])
        #expect(text.first?.name == "target_info")
        #expect(openMetrics.first?.name == "target")
        #expect(text.filter { $0.type == "counter" }.allSatisfy { $0.name.hasSuffix("_total") })
        #expect(openMetrics.filter { $0.type == "counter" }.allSatisfy { !$0.name.hasSuffix("_total") })
    }

    @Test func onlyOpenMetricsEndsWithEOF() throws {
        #expect(try MetricsPage(Sample().page(.openMetrics)).endsWithEOF)
        #expect(try !MetricsPage(Sample().page(.prometheus)).endsWithEOF)
    }

    @Test(arguments: TextEncoder.Syntax.allCases)
    func aValueOfAMegabyteChangesNothingButItself(format: TextEncoder.Syntax) throws {
        let huge = String(repeating: "\"\\\n\u{0}\u{2028}x", count: 1_048_576 / 8)
        let page = try MetricsPage(Sample(environment: "e", version: "v", instance: "i", owner: huge).page(format))
        let plain = try MetricsPage(Sample(environment: "e", version: "v", instance: "i", owner: "team").page(format))
        #expect(huge.utf8.count >= 1_000_000)
        #expect(page.samples.first { $0.name == "health_component_info" }?["owner"] == huge)
        #expect(page.samples.map(\.name) == plain.samples.map(\.name))
        #expect(page.samples.map(\.value) == plain.samples.map(\.value))
    }

    @Test func histogramsAddUp() throws {
        let page = try MetricsPage(Sample().page(.prometheus))
        let buckets = page.samples.filter { $0.name == "health_check_duration_seconds_bucket" }
        for check in ["primary", "replica", "ping"] {
            let own = buckets.filter { $0["check"] == check }
            let counts = own.compactMap { UInt64($0.value) }
            #expect(own.count > 1 && counts.count == own.count)
            #expect(counts == counts.sorted())
            #expect(own.last?["le"] == "+Inf")
            let total = page.samples.first { $0.name == "health_check_duration_seconds_count" && $0["check"] == check }
            #expect(total?.value == own.last?.value)
            #expect(own.dropLast().allSatisfy { $0["le"].map { $0.contains(".") } == true })
        }
    }

    @Test(arguments: ["health_check_status", "health_component_status", "health_service_status"])
    func stateGaugesHaveExactlyOneSeriesAtOne(name: String) throws {
        let samples = try MetricsPage(Sample().page(.prometheus)).samples.filter { $0.name == name }
        let groups = Dictionary(grouping: samples) { [$0["component"] ?? "", $0["check"] ?? ""] }
        #expect(!groups.isEmpty)
        for group in groups.values {
            #expect(group.map { $0["status"] } == ["healthy", "degraded", "unknown", "unhealthy"])
            #expect(group.map(\.value).sorted() == ["0", "0", "0", "1"])
        }
    }

    @Test func whatWasNeverObservedIsAbsentAndWhatIsCountedIsZero() throws {
        let page = try MetricsPage(Sample().page(.prometheus))
        let replica = page.samples.filter { $0["check"] == "replica" }
        let absent = ["health_check_last_duration_seconds", "health_check_phase_duration_seconds"]
        #expect(!replica.contains { absent.contains($0.name) || $0.name.hasPrefix("health_postgres") })
        #expect(replica.filter { $0.name == "health_check_runs_total" }.map(\.value) == ["0", "0", "0", "0", "0"])
        #expect(replica.filter { $0.name == "health_check_last_run_timestamp_seconds" }.map(\.value) == ["0"])
        #expect(replica.filter { $0.name == "health_check_failures_total" }.isEmpty)
    }

    @Test func failuresByReasonSumToRuns() throws {
        let page = try MetricsPage(Sample().page(.prometheus))
        var sum = 0
        for check in ["primary", "ping"] {
            for kind in ResultKind.allCases where kind != .success {
                let own = page.samples.filter { $0["check"] == check && $0["result"] == kind.rawValue }
                let runs = own.filter { $0.name == "health_check_runs_total" }.compactMap { Int($0.value) }.reduce(0, +)
                let failures = own.filter { $0.name == "health_check_failures_total" }.compactMap { Int($0.value) }
                #expect(failures.reduce(0, +) == runs, "\(check) \(kind)")
                sum += runs
            }
        }
        #expect(sum > 0)
    }

    @Test(arguments: [(112, true), (113, false)])
    func aMeasurementGoesWhenItIsOlderThanItsMaximumAge(second: Int, isThere: Bool) throws {
        // Measured at 90 s; the maximum age is 22 s.
        var sample = try Sample()
        sample.now = .seconds(Double(second))
        let names = try MetricsPage(sample.page(.prometheus)).samples.map(\.name)
        #expect(names.contains("health_postgres_connections_used") == isThere)
        #expect(names.contains("health_postgres_replication_lag_seconds"))
    }

    @Test(arguments: MetricProfile.allCases)
    func aProfileHasAllOfTheSmallerOnes(profile: MetricProfile) throws {
        var sample = try Sample()
        let all = Set(String(decoding: sample.page(.prometheus), as: UTF8.self).split(separator: "\n"))
        sample.selection.profile = profile
        let page = try MetricsPage(sample.page(.prometheus))
        let lines = Set(String(decoding: sample.page(.prometheus), as: UTF8.self).split(separator: "\n"))
        #expect(lines.isSubset(of: all) && (lines == all) == (profile == .full))
        #expect(page.families.contains { $0.name.contains("phase") } == (profile > .lean))
        if profile > .lean {
            sample.selection.profile = .lean
            let smaller = String(decoding: sample.page(.prometheus), as: UTF8.self).split(separator: "\n")
            #expect(lines.isSuperset(of: smaller))
        }
    }

    @Test func histogramsCanBeLeftOut() throws {
        var sample = try Sample()
        sample.selection.histograms = .none
        let page = try MetricsPage(sample.page(.prometheus))
        #expect(!page.families.contains { $0.type == "histogram" })
        #expect(page.samples.count > 50)
    }

    /// As Prometheus' client libraries do: the text formats can't say native, but sum and count are there.
    @Test(arguments: TextEncoder.Syntax.allCases)
    func ofANativeHistogramTextHasSumAndCount(format: TextEncoder.Syntax) throws {
        var sample = try Sample()
        let classic = try MetricsPage(sample.page(format)).samples
        sample.selection.histograms = .both
        #expect(try MetricsPage(sample.page(format)).samples.map(\.identity) == classic.map(\.identity))
        sample.selection.histograms = .native
        let native = try MetricsPage(sample.page(format)).samples.map(\.identity)
        #expect(native == classic.filter { $0["le"] == nil || $0["le"] == "+Inf" }.map(\.identity))
        #expect(native.contains { $0.contains("le=") })
    }

    @Test(arguments: TextEncoder.Syntax.allCases)
    func countsItsSeries(format: TextEncoder.Syntax) throws {
        let page = try Sample().page(format)
        #expect(Exposition.seriesCount(page) == (try MetricsPage(page).samples.count))
    }
}
