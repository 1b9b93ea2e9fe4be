import HealthChecks
import HealthCore
import Testing

/// The small grammars of the configuration.
struct SettingTextTests {
    @Test(
        arguments: [
            ("250ms", .milliseconds(250)), ("10s", .seconds(10)), ("1m30s", .seconds(90)), ("1h", .seconds(3600)),
            ("7d", .seconds(604_800)), ("1d2h3m4s5ms", .milliseconds(93_784_005)), ("0s", .zero),
            ("366d", .seconds(31_622_400)),
            ("", nil), ("10", nil), ("s", nil), ("10 s", nil), ("1.5s", nil), ("-1s", nil), ("1s1m", nil),
            ("1s1s", nil),
            ("1S", nil), ("367d", nil), ("99999999999999999999s", nil), ("1µs", nil), ("１s", nil),
        ] as [(String, Duration?)]
    )
    func readsDurations(text: String, expected: Duration?) {
        #expect(SettingText.duration(text) == expected)
    }

    @Test(
        arguments: [
            ("80%", 0.8), ("0.8", 0.8), ("99.5%", 0.995), ("0", 0), ("1", 1), ("100%", 1), ("101%", nil), ("1.1", nil),
            ("-1%", nil),
            ("%", nil), ("", nil), ("1e-1", nil), (".5", nil), ("5.", nil), ("0x1", nil), ("nan", nil),
        ] as [(String, Double?)]
    )
    func readsRatios(text: String, expected: Double?) {
        #expect(SettingText.ratio(text).map { abs($0 - (expected ?? 2)) < 1e-12 } ?? (expected == nil))
    }

    @Test(
        arguments: [
            ("512", 512), ("64KiB", 65_536), ("10MiB", 10_485_760), ("1GB", 1_000_000_000), ("1.5kB", 1500), ("0B", 0),
            ("1 GB", nil), ("1gb", nil), ("-1B", nil), ("", nil), ("MB", nil), ("9999999PB", nil),
        ] as [(String, Int?)]
    )
    func readsSizes(text: String, expected: Int?) {
        #expect(SettingText.bytes(text) == expected)
    }

    @Test(arguments: [
        ("a", true), ("orders-db", true), ("a.b_c-9", true), (String(repeating: "x", count: 63), true),
        (String(repeating: "x", count: 64), false), ("", false), ("-a", false), ("a-", false), ("A", false),
        ("a b", false),
        ("ä", false), ("a/b", false), (".", false),
    ])
    func knowsNames(text: String, isName: Bool) {
        #expect(SettingText.isName(text) == isName)
    }

    @Test(
        arguments: [
            ("200", 200...200), ("[200-299]", 200...299), ("200-299", 200...299), ("299-200", nil), ("99", nil),
            ("600", nil),
            ("", nil), ("a-b", nil), ("200-", nil), ("1-2-3", nil),
        ] as [(String, ClosedRange<Int>?)]
    )
    func readsStatusRanges(text: String, expected: ClosedRange<Int>?) {
        #expect(SettingText.statusRange(text) == expected)
    }

    @Test(
        arguments: [
            ("db:5432", "db", 5432), ("[::1]:0", "::1", 0), ("127.0.0.1:65535", "127.0.0.1", 65_535), ("db", nil, nil),
            ("db:", nil, nil), (":1", nil, nil), ("db:65536", nil, nil), ("::1:1", nil, nil), ("[::1:1", nil, nil),
            ("a b:1", nil, nil), ("u@h:1", nil, nil), ("h/x:1", nil, nil),
            // A mark before a combining mark is one nonetheless.
            ("a:\u{301}b:1", nil, nil), ("h/\u{301}:1", nil, nil), ("[:1", nil, nil),
        ] as [(String, String?, Int?)]
    )
    func readsAddresses(text: String, host: String?, port: Int?) {
        let address = SettingText.address(text)
        #expect(address?.host == host && address?.port == port)
    }

    @Test(arguments: ["1d2h3m4s5ms", "10s", "250ms", "1h30m", "0s"])
    func writesDurationsAsTheyAreRead(text: String) throws {
        #expect(SettingText.text(of: try #require(SettingText.duration(text))) == text)
    }

    @Test(
        arguments: [
            ("expect_statu", "expect_status"), ("htpp", "http"), ("intervall", "interval"), ("tiemout", "timeout"),
            ("zzz", nil),
            ("", nil),
        ] as [(String, String?)]
    )
    func findsTheNameThatWasMeant(name: String, expected: String?) {
        #expect(NearestName.of(name, among: ["expect_status", "http", "interval", "timeout"]) == expected)
    }

    @Test(
        arguments: [
            (0.5, false, .success), (0.8, false, .degraded(.threshold)), (0.95, false, .failure(.threshold)),
            (0.99, false, .failure(.threshold)),
        ] as [(Double, Bool, CheckReport.Verdict)]
    )
    func aThresholdIsMetWhenReached(value: Double, lowIsBad: Bool, expected: CheckReport.Verdict) {
        #expect(ThresholdPair(degraded: 0.8, unhealthy: 0.95).evaluate(value) == expected)
    }

    @Test func lowCanBeBad() {
        let pair = ThresholdPair(degraded: 100, unhealthy: 10, lowIsBad: true)
        #expect(
            [101, 100, 11, 10, 0].map(pair.evaluate) == [
                .success, .degraded(.threshold), .degraded(.threshold), .failure(.threshold), .failure(.threshold),
            ]
        )
        #expect(ThresholdPair<Int>(degraded: nil, unhealthy: 5).evaluate(4) == .success)
    }

    @Test(arguments: [("99.9%", "0.999"), ("99.95%", "0.9995"), ("57%", "0.57"), ("0.1%", "0.001"), ("100%", "1.0")])
    func aPercentageIsTheNearestRatio(text: String, printed: String) {
        #expect(SettingText.ratio(text)?.description == printed)
    }
}
