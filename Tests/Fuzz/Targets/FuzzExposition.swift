import HealthCore
import HealthTesting
import NIOCore

@testable import HealthCoreParts
@testable import HealthExporter

/// A page of metrics with any names and numbers, read by a parser of its own.
enum FuzzExposition {
    private static let measurement = "health_fuzz_value"

    /// Values and texts of a service, and runs of its check.
    struct Sample {
        var identity: ServiceIdentity
        var owner: String
        var runbook: String
        var help: String
        var value: Double
        var milliseconds: [UInt16]
        var buckets: [Duration]

        init(_ bytes: [UInt8]) {
            var input = FuzzInput(bytes)
            let isEverywhere = input.byte() & 1 == 1
            value = Double(bitPattern: input.word())
            identity = ServiceIdentity(
                name: input.text(),
                environment: input.text(),
                version: input.text(),
                instance: input.text(),
                labelsEverySample: isEverywhere
            )
            (owner, runbook, help) = (input.text(), input.text(), input.text())
            let bounds = Set((0..<input.number(below: 4)).map { _ in Int(input.byte()) + 1 })
            buckets = bounds.sorted().map { .milliseconds($0) }
            milliseconds = (0..<input.number(below: 32)).map { _ in UInt16(input.byte()) << 8 | UInt16(input.byte()) }
        }
    }

    /// Writes the page to the folder `FUZZ_PAGES`, too, so that others can read it.
    static func run(_ bytes: [UInt8]) throws {
        let sample = Sample(bytes)
        let exposition = try exposition(of: sample)
        let (plain, open) = (exposition.text(.prometheus), exposition.text(.openMetrics))
        if let folder = variable("FUZZ_PAGES") { try PageFolder(folder).write(plain) }
        let (text, metrics) = (try StrictPage(plain), try StrictPage(open))
        require(metrics.page.endsWithEOF && !text.page.endsWithEOF, "# EOF")
        require(text.series == metrics.series, "the formats have different series")
        try inspect(text.page, sample)
        try ProtobufPage(exposition).compare(with: text.page)
        try inspectZip(exposition, plain)
    }

    private static func exposition(of sample: Sample) throws -> Exposition {
        let time = ManualTime()
        let (store, recorder) = (StatusStore(time: time) { _ in }, MetricsRecorder(identity: sample.identity))
        let sink = StoreSink(store: store, recorder: recorder)
        let measured = Measurement(name: measurement, help: sample.help)
        let check = ScriptedCheck(measurements: [measured], connects: true)
        let registry = try CheckRegistry.make(
            ComponentRegistration(
                name: "db",
                owner: sample.owner,
                runbook: sample.runbook,
                buckets: sample.buckets.isEmpty ? nil : sample.buckets,
                checks: [.make("db/primary", check: check)]
            )
        )
        store.apply(registry)
        recorder.apply(registry)
        for (handle, _, _) in registry.checks {
            for length in sample.milliseconds + [1] {
                time.advance(by: .seconds(10))
                sink.started(handle, delay: .milliseconds(1))
                let value = MeasuredValue(measured, sample.value)
                let kind = ResultKind.allCases[Int(length) % ResultKind.allCases.count]
                let duration = Duration.milliseconds(Int(length))
                _ = sink.publish(.make(kind, duration: duration, at: time.moment, measured: [value]), of: handle)
            }
        }
        let scrape = Scrape(
            identity: sample.identity,
            health: store.snapshot(),
            metrics: recorder.snapshot(),
            now: time.moment,
            selection: MetricSelection()
        )
        return Exposition(scrape, sources: [.target, .checks, .measurements, .components, .service])
    }

    private static func inspect(_ page: MetricsPage, _ sample: Sample) throws {
        let expected = [
            "environment": sample.identity.environment, "version": sample.identity.version,
            "instance": sample.identity.instance,
        ]
        for line in page.samples where sample.identity.labelsEverySample || line.name == "target_info" {
            for (name, value) in expected {
                require((line[name] ?? "").unicodeScalars.elementsEqual(value.unicodeScalars), "\(line), not \(value)")
            }
        }
        let info = page.samples.first { $0.name == "health_component_info" }
        require((info?["owner"] ?? "").unicodeScalars.elementsEqual(sample.owner.unicodeScalars), "\(sample.owner)")
        guard let line = page.samples.first(where: { $0.name == measurement }) else { return }
        let (shown, value) = (StrictPage.number(line.value), sample.value)
        require(shown == value || (shown?.isNaN == true && value.isNaN), "\(line.value) for \(value)")
    }

    private static func inspectZip(_ exposition: Exposition, _ plain: [UInt8]) throws {
        guard let coder = GzipCoder() else { fail("zlib refuses") }
        let parts = exposition.render(with: TextEncoder(.prometheus)) { coder.part($0) }.parts
        let zipped = GzipCoder.page(parts).reduce(into: [UInt8]()) { $0 += $1.readableBytesView }
        require(try Unzipped(zipped).bytes == plain, "unzipped it is another page")
    }
}
