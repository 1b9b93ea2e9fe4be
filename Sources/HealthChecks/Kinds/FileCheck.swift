import HealthCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Looks whether a file is there, fresh, large enough, and says what it should (`stat(2)`).
struct FileCheck: HealthCheck {
    let path: String
    let modifiedWithin: ThresholdPair<Duration>?
    let minimumBytes: Int?
    let contains: Pattern?
    let seen: SeenText
    let pool: BlockingPool
    let time: any TimeSource

    static let size = Measurement(name: "health_file_size_bytes", help: "Size of the file.")
    static let modified = Measurement(
        name: "health_file_modified_timestamp_seconds",
        help: "When the file was last modified."
    )

    /// How much of a file is searched.
    static let maximumSearched = 1024 * 1024

    /// What was seen of a file.
    struct Sample: Sendable {
        var size: Int
        var modified: Timestamp
        /// Whether the beginning says what it should; nil when nobody asked.
        var isMatched: Bool?
    }

    var target: String? { path }
    var measurements: [Measurement] { [Self.size, Self.modified] }

    func run(_ context: RunContext) async throws -> CheckReport {
        let (path, contains) = (path, contains)
        let sample = try await pool.run(context.phases, about: "file \(path)") {
            try Self.look(at: path, for: contains)
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
        if let modifiedWithin {
            let verdict = modifiedWithin.judge(age)
            let bound = modifiedWithin.bound(of: verdict).map { ", expected within \(SettingText.text(of: $0))" }
            findings.append((verdict, "last modified at \(sample.modified.rfc3339)\(bound ?? "")"))
        }
        if let minimumBytes, sample.size < minimumBytes {
            findings.append((.failure(.threshold), "\(sample.size) bytes, expected at least \(minimumBytes)"))
        }
        if let contains, sample.isMatched == false {
            let searched = min(sample.size, Self.maximumSearched)
            findings.append((.failure(.assertion), "\(searched) bytes hold no match of \(seen.quoted(contains))"))
        }
        let worst = CheckReport.Verdict.worst(findings.map(\.verdict))
        let message = findings.first { $0.verdict == worst && worst != .success }?.message ?? "\(sample.size) bytes"
        return CheckReport(worst, "\(path): \(message)", measured: measured)
    }

    private static func look(at path: String, for contains: Pattern?) throws -> Sample {
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
            sample.isMatched = try contains.search(in: bytes) == .matches
        }
        return sample
    }

    private static func failure(_ path: String, _ code: Int32) -> CheckFailure {
        let what = "\(path): \(NetworkReasons.text(errno: code))"
        return code == ENOENT || code == ENOTDIR
            ? CheckFailure(.missing, what) : NetworkReasons.failure(localErrno: code, what)
    }

    static let kind = CheckKind(
        name: "file",
        summary: "Looks at a file's age, size and text.",
        keys: [
            SettingKey("path", .path, "The file.", required: true),
            SettingKey(
                "modified_within",
                .either(.duration, .thresholds(.duration)),
                "How old it may be; a duration is the unhealthy bound."
            ),
            SettingKey("min_bytes", .bytes, "How large it must be at least."),
            SettingKey("contains", .pattern, "An RE2 pattern that its first MiB must hold."),
        ]
    ) { reader, resources in
        let modifiedWithin = reader.durationOrThresholds("modified_within")
        let (minimumBytes, contains) = (reader.bytes("min_bytes"), reader.pattern("contains"))
        return reader.path("path").map { path in
            FileCheck(
                path: resources.resolve(path: path),
                modifiedWithin: modifiedWithin,
                minimumBytes: minimumBytes,
                contains: contains,
                seen: reader.seen,
                pool: resources.blockingPool,
                time: resources.time
            )
        }
    }
}
