import HealthCore
import Platform

/// Checks whether a file is there, fresh, large enough, and holds a text (`stat(2)`).
struct FileCheck: HealthCheck {
    /// The file, and what is expected of it.
    let settings: FileSettings
    /// Quotes the pattern in messages.
    let seen: SeenText
    /// Reads the file; its file system may hang.
    let pool: BlockingPool
    /// The wall clock that the file's age is measured with.
    let time: any TimeSource

    /// The size of the file in bytes.
    static let size = Measurement(name: "health_file_size_bytes", help: "Size of the file.")
    /// When the file was last modified, in seconds since 1970.
    static let modified = Measurement(
        name: "health_file_modified_timestamp_seconds",
        help: "When the file was last modified."
    )

    /// How much of a file is searched.
    static let maximumSearched = 1024 * 1024

    /// What was seen of a file.
    struct Sample: Sendable {
        /// The size of the file in bytes.
        var size: Int
        /// When its contents were last modified (`st_mtim`).
        var modified: Timestamp
        /// Whether the beginning holds the text; nil when none is configured.
        var isMatched: Bool?
    }

    /// The path of the file.
    var target: String? { settings.path }
    /// Size and time of modification.
    var measurements: [Measurement] { [Self.size, Self.modified] }

    func run(_ context: RunContext) async throws -> CheckReport {
        let (path, contains) = (settings.path, settings.contains)
        let sample = try await pool.run(context.phases, about: "file \(path)") {
            try Self.inspect(path, for: contains)
        }
        return report(sample, now: time.timestamp)
    }

    /// What a sample means.
    func report(_ sample: Sample, now: Timestamp) -> CheckReport {
        let measured = [
            MeasuredValue(Self.size, Double(sample.size)), MeasuredValue(Self.modified, sample.modified.seconds),
        ]
        let age = Duration.nanoseconds(now.nanosecondsSinceEpoch) - .nanoseconds(sample.modified.nanosecondsSinceEpoch)
        var findings: [(verdict: CheckReport.Verdict, message: String)] = []
        if let modifiedWithin = settings.modifiedWithin {
            let verdict = modifiedWithin.evaluate(age)
            let bound = modifiedWithin.bound(of: verdict).map { ", expected within \(SettingText.text(of: $0))" }
            findings.append((verdict, "last modified at \(sample.modified.rfc3339)\(bound ?? "")"))
        }
        if let minimumBytes = settings.minimumBytes, sample.size < minimumBytes {
            findings.append((.failure(.threshold), "\(sample.size) bytes, expected at least \(minimumBytes)"))
        }
        if let contains = settings.contains, sample.isMatched == false {
            let searched = min(sample.size, Self.maximumSearched)
            findings.append((.failure(.assertion), "\(searched) bytes hold no match of \(seen.quoted(contains))"))
        }
        let worst = CheckReport.Verdict.worst(findings.map(\.verdict))
        let message = findings.first { $0.verdict == worst && worst != .success }?.message ?? "\(sample.size) bytes"
        return CheckReport(worst, "\(settings.path): \(message)", measured: measured)
    }

    private static func inspect(_ path: String, for contains: Pattern?) throws -> Sample {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { throw failure(path, errno) }
        let modified = status.st_mtim
        var sample = Sample(
            size: Int(status.st_size),
            modified: Timestamp(
                nanosecondsSinceEpoch: Int64(modified.tv_sec) &* 1_000_000_000 &+ Int64(modified.tv_nsec)
            )
        )
        if let contains {
            guard status.st_mode & S_IFMT == S_IFREG else {
                throw CheckFailure(.error, "\(path): only a regular file can be searched")
            }
            guard let bytes = SmallFile.read(path, limit: maximumSearched) else { throw failure(path, errno) }
            sample.isMatched = try contains.isFound(in: bytes)
        }
        return sample
    }

    private static func failure(_ path: String, _ code: Int32) -> CheckFailure {
        let what = "\(path): \(NetworkReasons.text(errno: code))"
        return code == ENOENT || code == ENOTDIR
            ? CheckFailure(.missing, what) : NetworkReasons.failure(localErrno: code, what)
    }

    /// The kind `file`.
    static let kind = CheckKind(
        name: "file",
        summary: "Checks the age, size and text of a file.",
        measurements: [size, modified],
        settings: FileSettings.self
    )
}

/// The settings of a `file` check.
struct FileSettings: CheckSettings {
    var path = ""
    var modifiedWithin: ThresholdPair<Duration>?
    var minimumBytes: Int?
    var contains: Pattern?

    static let keys: [SettingKey<FileSettings>] = [
        SettingKey("path", in: \.path, as: .path, "The file.", traits: .required),
        SettingKey(
            "modified_within",
            in: \.modifiedWithin,
            as: .durationOrThresholds,
            "How old it may be; a duration is the unhealthy bound."
        ),
        SettingKey("min_bytes", in: \.minimumBytes, as: .bytes, "How large it must be at least."),
        SettingKey("contains", in: \.contains, as: .pattern, "An RE2 pattern that its first MiB must hold."),
    ]

    func makeCheck(_ resources: CheckResources, seen: SeenText) -> any HealthCheck {
        FileCheck(settings: self, seen: seen, pool: resources.blockingPool, time: resources.time)
    }
}
