import HealthCore
import HealthExporter
import HealthTesting
import Testing

/// Tables as a terminal shows them.
struct TerminalTableTests {
    @Test(
        arguments: [
            ([], ""), ([[]], "\n"), ([["A"]], "A\n"), ([["A", "B"], ["long", "x"]], "A     B\nlong  x\n"),
            // Nothing stands behind the last text of a line.
            ([["A", "B", "C"], ["1", "", ""]], "A  B  C\n1\n"), ([["A", "LONG"], ["1", "2"]], "A  LONG\n1  2\n"),
            ([["A"], ["x  "]], "A\nx\n"),
            // A character of several scalars is as wide as one of one.
            ([["A", "B"], ["e\u{301}e\u{301}", "x"]], "A   B\ne\u{301}e\u{301}  x\n"),
            ([["A", "B"], ["é", "x"]], "A  B\né  x\n"),
        ] as [([[String]], String)]
    )
    func columnsAreAsWideAsTheirWidestText(rows: [[String]], table: String) {
        #expect(TerminalTable.render(rows) == table)
    }

    @Test func aColumnIsAsWideAsItsLongestTextHoweverNarrowTheTerminal() {
        let long = String(repeating: "x", count: 500)
        let lines = TerminalTable.render([["A", "B"], [long, "1"], ["y", "2"]]).split(separator: "\n")
        #expect(lines.map(\.count) == [503, 503, 503])
    }

    @Test(
        arguments: [
            ("plain", "plain"), ("two\nlines", "two lines"), ("\u{1b}[31mred\u{1b}[0m", " [31mred [0m"),
            ("bell\u{7}", "bell "), ("del\u{7f}", "del "), ("\u{9b}31m", " 31m"), ("tab\tcr\r", "tab cr "),
            ("\u{0}", " "), ("ä€😀", "ä€😀"), ("\u{a0}\u{200b}", "\u{a0}\u{200b}"), ("", ""),
        ]
    )
    func aTerminalObeysNothingOfAText(text: String, shown: String) {
        #expect(text.cutForTerminal == shown)
    }

    @Test(
        arguments: [
            ("a\nb\tc", "a\nb\tc"), ("a\r\nb", "a \nb"), ("\u{1b}]0;title\u{7}", " ]0;title "), ("\u{85}\u{c}", "  "),
        ]
    )
    func severalLinesKeepTheirLineFeedsAndTabs(text: String, shown: String) {
        #expect(text.linesCutForTerminal == shown)
    }

    @Test func aCellWithALineFeedStaysInItsRow() {
        #expect(TerminalTable.render([["A", "B"], ["x\ny", "z"]]) == "A    B\nx y  z\n")
    }

    @Test(
        arguments: [
            (.zero, "0.0ms"), (.microseconds(49), "0.0ms"), (.microseconds(50), "0.1ms"),
            (.microseconds(1234), "1.2ms"),
            (.microseconds(1250), "1.3ms"), (.seconds(2), "2000.0ms"), (.seconds(60), "60000.0ms"),
        ] as [(Duration, String)]
    )
    func onceShowsDurationsInTenthsOfAMillisecond(duration: Duration, shown: String) throws {
        let registry = try CheckRegistry.make(.make())
        let store = StatusStore(time: ManualTime()) { _ in }
        store.apply(registry)
        _ = store.publish(.make(.success, duration: duration), of: registry.checks[0].handle)
        let row = StatusTable.render(store.snapshot()).split(separator: "\n")[1].split(separator: " ").map(String.init)
        #expect(row == ["db", "primary", "scripted", "-", "healthy", "-", shown])
    }

    @Test func withoutChecksOnceShowsTheTitlesAndTheService() {
        let table = StatusTable.render(StatusStore(time: ManualTime()) { _ in }.snapshot())
        #expect(
            table
                == "COMPONENT  CHECK  KIND  TARGET  STATUS  REASON  DURATION  MESSAGE\n\nservice: healthy\n"
        )
    }
}
