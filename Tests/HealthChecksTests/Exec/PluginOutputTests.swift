import HealthCore
import Testing

@testable import HealthChecks

/// The text and the performance data of monitoring plugins.
struct PluginOutputTests {
    @Test(
        arguments: [
            ("DISK OK - fine | /=12B;1;2;3;4 'a b'=5%", "DISK OK - fine ", ["/ 12B", "a b 5%"]),
            ("OK\r\nlong text\r\nmore | x=1\r\n", "OK", ["x 1"]), ("OK\n|a=1", "OK", ["a 1"]),
            ("OK | a=1\nlong text\nmore | b=2\nc=3", "OK ", ["a 1", "b 2", "c 3"]),
            ("no data |", "no data ", []),
            ("bad | =1 a b=x c=U 'd''e'=2", "bad ", ["c U", "d'e 2"]), ("", "", []), ("|", "", []),
            // A mark of the format before a combining mark is one nonetheless.
            ("OK|\u{301}=1", "OK", ["\u{301} 1"]), ("OK|a=1;\u{301}2", "OK", ["a 1"]),
            ("OK|'\u{301}'=2", "OK", ["\u{301} 2"]),
            ("\u{7}\u{1b}[31mred\u{7f}", "[31mred", []), ("\nsecond", "", []), ("|a=1\r", "", ["a 1"]),
        ] as [(String, String, [String])]
    )
    func readsTheTextAndTheValues(text: String, message: String, values: [String]) {
        let output = PluginOutput(Array(text.utf8))
        #expect(output.message == message)
        #expect(output.details.map { "\($0.name) \($0.value)" } == values)
    }

    @Test(
        arguments: [
            ("a=1", 1), ("a=-1.5s", -1.5), ("a=+2", 2), ("a=1e3B", 1000), ("a=.5", 0.5), ("a=5%;1;2", 5), ("a=1c", 1),
            ("a=U", nil), ("a=U;1;2", nil),
        ] as [(String, Double?)]
    )
    func aValueIsANumberWithAUnitOrUnknown(text: String, number: Double?) throws {
        let details = PluginOutput(Array("|\(text)".utf8)).details
        #expect(details.count == 1 && details.first?.number == number)
    }

    @Test(arguments: [
        "a=", "a=;1", "a=x", "a=1e999", "a=nan", "a", "'a=1", "'a'1", "'a' =1", "=1", "''=1", "a=u", "a=-",
    ])
    func whatIsNoValueIsLeftOut(text: String) {
        #expect(PluginOutput(Array("OK |\(text)".utf8)).details.isEmpty)
    }

    @Test func onlyTheFirstFiftyValuesAreKept() {
        let text = "OK | " + (1...60).map { "v\($0)=\($0)" }.joined(separator: " ")
        let details = PluginOutput(Array(text.utf8)).details
        #expect(details.count == 50 && details.last?.name == "v50")
    }

    @Test func bytesThatAreNoTextAreReplaced() {
        #expect(PluginOutput([0x4f, 0x4b, 0xff, 0x0a, 0x41]).message == "OK\u{fffd}")
    }

    @Test(arguments: ["hunt\u{7}er22", "\u{1b}hunter\0\02\t2\u{7f}"])
    func aSecretIsFoundWithControlCharactersInItToo(text: String) {
        let output = PluginOutput(Array("pw \(text).".utf8), SeenText(redaction: Redaction(["hunter22"])))
        #expect(output.message == "pw <secret>.")
    }

    @Test func longLabelsAndSecretsAreCut() {
        let label = String(repeating: "l", count: 500)
        let seen = SeenText(redaction: Redaction(["hunter22"]))
        let output = PluginOutput(Array("pw hunter22 | \(label)=1 hunter22=2".utf8), seen)
        #expect(output.message == "pw <secret> ")
        #expect(output.details.map(\.name) == [String(repeating: "l", count: SeenText.longest) + "…", "<secret>"])
    }
}
