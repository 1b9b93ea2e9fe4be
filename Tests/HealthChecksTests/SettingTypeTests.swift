import HealthCore
import Testing

@testable import HealthChecks

/// Each type of a setting: which texts it reads, what an error expects, and how documentation prints a value.
struct SettingTypeTests {
    private static func read<Value>(_ type: SettingType<Value>, _ node: SettingNode) -> (Value?, [String]) {
        let problems = SettingProblems()
        let entry = SettingNode.Entry(key: "key", position: .start, value: node)
        let reader = SettingsReader(
            .map([entry], .start),
            path: "",
            keys: [KeyDescription("key", type.shape, about: "")],
            problems: problems,
            inputs: SettingInputs(baseDirectory: "/etc", names: KnownNames(components: ["db"], groups: ["all-dbs"]))
        )
        return (type.value(of: "key", in: reader, current: nil), problems.all.map(\.message))
    }

    private static func expect<Value: Equatable>(
        _ type: SettingType<Value>,
        reads right: [(text: String, value: Value, printed: String?)],
        refuses wrong: [String],
        _ location: SourceLocation = #_sourceLocation
    ) {
        for (text, value, printed) in right {
            let (read, problems) = read(type, .text(text))
            #expect(read == value && problems.isEmpty, "\(text): \(problems)", sourceLocation: location)
            #expect(type.text(value) == printed, "\(text)", sourceLocation: location)
        }
        for text in wrong {
            let (read, problems) = read(type, .text(text))
            let message = "expected \(type.expected), found \(text.isEmpty ? "nothing" : "`\(text)`")"
            #expect(read == nil && problems == [message], "\(text): \(problems)", sourceLocation: location)
        }
    }

    @Test func durations() {
        Self.expect(
            .duration,
            reads: [("250ms", .milliseconds(250), "250ms"), ("1m30s", .seconds(90), "1m30s")],
            refuses: ["0s", "10", "1s1m", "-1s", ""]
        )
        Self.expect(.duration(atLeast: .seconds(2)), reads: [("2s", .seconds(2), "2s")], refuses: ["1s", "1999ms"])
        Self.expect(.duration(like: "14d"), reads: [("0s", .zero, "0s")], refuses: ["14"])
        #expect(
            SettingType<Duration>.duration.expected == "a duration of at least 1ms, such as 250ms, 10s, 1m30s or 7d"
        )
    }

    @Test func numbers() {
        Self.expect(
            .ratio,
            reads: [("80%", 0.8, "80%"), ("0.995", 0.995, "99.5%"), ("0", 0, "0%")],
            refuses: ["80", "-1%"]
        )
        Self.expect(
            .bytes,
            reads: [("64KiB", 65_536, "64KiB"), ("1000", 1000, "1000"), ("1GiB", 1_073_741_824, "1GiB")],
            refuses: ["1 KB", "x"]
        )
        Self.expect(.bytes(1...1024), reads: [("1KiB", 1024, "1KiB")], refuses: ["0", "2KiB"])
        Self.expect(.integer(1...100), reads: [("7", 7, "7")], refuses: ["0", "101", "7.0"])
    }

    @Test func words() {
        Self.expect(.boolean, reads: [("true", true, "true"), ("False", false, "false")], refuses: ["yes", "on"])
        Self.expect(.choice(Impact.self), reads: [("critical", .critical, "critical")], refuses: ["Critical", "big"])
        Self.expect(.text(maximum: 3), reads: [("abc", "abc", "abc")], refuses: ["abcd"])
        Self.expect(.secretText, reads: [("hunter2", "hunter2", nil)], refuses: [])
        Self.expect(
            .path,
            reads: [("a/b", "/etc/a/b", "/etc/a/b"), ("/a", "/a", "/a")].map { ($0.0, $0.1, $0.1) },
            refuses: []
        )
    }

    @Test func addresses() throws {
        let (address, _) = Self.read(.hostPort, .text("[::1]:5432"))
        #expect(address?.host == "::1" && address?.port == 5432)
        #expect(Self.read(.hostPort, .text("db:0")).1.count == 1 && Self.read(.hostPort, .text("db")).1.count == 1)
        let (pattern, none) = Self.read(.pattern, .text("^a+$"))
        #expect(pattern == (try Pattern("^a+$")) && none.isEmpty)
        #expect(Self.read(.pattern, .text("(?=a)")).1.first?.contains("look-around") == true)
    }

    @Test func lists() {
        let type = SettingType<[Int]>.list(.integer(1...9))
        let (values, problems) = Self.read(type, .list([.text("1"), .text("x"), .text("3")], .start))
        #expect(values == [1, 3] && problems == ["expected a whole number from 1 to 9, found `x`"])
        #expect(
            Self.read(type, .text("1")).1 == ["expected a list, each a whole number from 1 to 9; found a single value"]
        )
        #expect(type.text([1, 2]) == "[1, 2]" && type.text([]) == nil)
        #expect(Self.read(.oneOrMore(.integer(1...9)), .text("4")).0 == [4])
    }

    @Test func thresholds() {
        let type = SettingType<ThresholdPair<Double>>.thresholds(.ratio)
        func pair(_ entries: (String, String)...) -> SettingNode {
            .map(entries.map { .init(key: $0.0, position: .start, value: .text($0.1)) }, .start)
        }
        let (value, none) = Self.read(type, pair(("degraded", "80%"), ("unhealthy", "0.95")))
        #expect(value == ThresholdPair(degraded: 0.8, unhealthy: 0.95) && none.isEmpty)
        #expect(type.text(ThresholdPair(degraded: 0.8, unhealthy: 0.95)) == "{degraded: 80%, unhealthy: 95%}")
        #expect(type.text(ThresholdPair(degraded: nil, unhealthy: 0.95)) == "{unhealthy: 95%}")
        #expect(Self.read(type, pair()).1 == ["expected {degraded: …, unhealthy: …} with at least one of the two"])
        let wrong = Self.read(type, pair(("degraded", "95%"), ("unhealthy", "80%"))).1
        #expect(wrong == ["`degraded` must be met before `unhealthy`: make it smaller"])
        let low = SettingType<ThresholdPair<Int>>.thresholds(.bytes, lowIsBad: true)
        #expect(Self.read(low, pair(("degraded", "1MiB"), ("unhealthy", "1KiB"))).1.isEmpty)
    }

    @Test func references() {
        func names(_ texts: String...) -> SettingNode { .list(texts.map { .text($0) }, .start) }
        let type = SettingType<[String]>.references(.components)
        #expect(Self.read(type, names("db")).0 == ["db"])
        #expect(Self.read(type, names("dbb")).1 == ["there is no component named `dbb`, did you mean `db`?"])
        #expect(Self.read(type, names("all-dbs")).1.first?.hasPrefix("there is no component named") == true)
        #expect(Self.read(type, names("db", "db")).1 == ["`db` is named twice"])
        #expect(Self.read(type, names()).1 == ["expected at least one name of a component"])
        #expect(Self.read(.references(.componentsAndGroups), names("all-dbs")).0 == ["all-dbs"])
    }

    @Test func aKeyPrintsItsStoredDefaultAndARequiredOneNone() {
        let summaries = Dictionary(uniqueKeysWithValues: DiskSettings.descriptions.map { ($0.name, $0.summary) })
        #expect(summaries["used"] == "Used space; default {degraded: 80%, unhealthy: 95%}.")
        #expect(summaries["path"] == "Any path on the file system.")
        #expect(summaries["inodes_used"] == "Used inodes.")
    }

    @Test func aFileIsReadOnceAndKeptAsBytes() throws {
        let reads = Box(0)
        let files = SettingFiles { _ in
            reads.update { $0 + 1 }
            return GuardedFile.Contents(bytes: [1, 2], isReadableByOthers: false)
        }
        for _ in 0..<3 { #expect(try files.entry("/a").file.bytes == [1, 2]) }
        #expect(reads.value == 1 && files.all.map(\.path) == ["/a"])
        #expect(SettingFile(path: "/a", bytes: [1, 2]) == (try files.entry("/a").file))
        #expect(SettingFile(path: "/a", bytes: [1, 3]) != (try files.entry("/a").file))
    }
}
