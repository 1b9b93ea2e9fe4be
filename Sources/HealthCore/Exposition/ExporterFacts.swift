/// What the exporter tells about itself at a scrape.
package struct ExporterFacts: Sendable {
    /// What it was built from.
    package struct Build: Sendable {
        package var exporterVersion: String
        package var swiftVersion: String
        package var revision: String

        package init(exporterVersion: String, swiftVersion: String, revision: String) {
            self.exporterVersion = exporterVersion
            self.swiftVersion = swiftVersion
            self.revision = revision
        }
    }

    /// How the configuration was loaded.
    package struct Reloads: Sendable {
        package var lastWasSuccessful = true
        package var lastSuccess: Timestamp?
        package var successes: UInt64 = 0
        package var failures: UInt64 = 0
        /// Whether the configuration holds what only a restart applies.
        package var needsRestart = false

        package init() {}
    }

    /// A probe's endpoint.
    package struct Probe: Sendable {
        package var name: String
        package var isPassing: Bool
        package var lastRequest: Timestamp?

        package init(name: String, isPassing: Bool, lastRequest: Timestamp?) {
            self.name = name
            self.isPassing = isPassing
            self.lastRequest = lastRequest
        }
    }

    /// Requests to one path; the counts are for 2xx, 3xx, 4xx and 5xx.
    package struct Requests: Sendable {
        package static let classes = ["2xx", "3xx", "4xx", "5xx"]
        package var handler: String
        package var counts: [UInt64]

        package init(handler: String, counts: [UInt64]) {
            self.handler = handler
            self.counts = counts
        }
    }

    /// The connections of one listener.
    package struct Connections: Sendable {
        package var listener: String
        package var open: Int
        package var refused: UInt64

        package init(listener: String, open: Int, refused: UInt64) {
            self.listener = listener
            self.open = open
            self.refused = refused
        }
    }

    /// What the operating system tells about the process; nil is not told.
    package struct Process: Sendable {
        package var cpuSeconds: Double?
        package var residentBytes: Double?
        package var virtualBytes: Double?
        package var openDescriptors: Double?
        package var maximumDescriptors: Double?
        package var startSeconds: Double?
        package var threads: Double?

        package init() {}
    }

    package var build: Build
    package var reloads = Reloads()
    package var probes: [Probe] = []
    package var runsInFlight = 0
    package var runsOverdue = 0
    package var stallAges: [(name: String, age: Duration)] = []
    package var stallLimit = Duration.zero
    package var connections: [Connections] = []
    /// How long the last page of metrics took; nil before the first.
    package var scrapeRender: Duration?
    package var logEvents: [(level: String, count: UInt64)] = []
    package var logEventsDropped: UInt64 = 0
    package var requests: [Requests] = []
    package var process = Process()

    package init(build: Build) {
        self.build = build
    }
}
