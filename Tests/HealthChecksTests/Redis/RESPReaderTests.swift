import Testing

@testable import HealthChecks

/// RESP values from whole, split and hostile bytes.
struct RESPReaderTests {
    @Test(
        arguments: [
            ("+PONG\r\nrest", .value(.simple("PONG"), length: 7)), ("-ERR x\r\n", .value(.error("ERR x"), length: 8)),
            (":-12\r\n", .value(.integer(-12), length: 6)), ("$-1\r\n", .value(.bulk(nil), length: 5)),
            ("$3\r\na\rb\r\n", .value(.bulk(Array("a\rb".utf8)), length: 9)),
            ("$0\r\n\r\n", .value(.bulk([]), length: 6)), ("+\r\n", .value(.simple(""), length: 3)),
            ("", .needsMore), ("+PONG", .needsMore), ("+PONG\r", .needsMore), ("$3\r\nab", .needsMore),
        ] as [(String, RESPReader.Reading)]
    )
    func readsTheFirstValue(text: String, expected: RESPReader.Reading) {
        #expect(RESPReader.read(Array(text.utf8)) == expected)
    }

    @Test(arguments: [
        "+OK\r\n", "-ERR no\r\n", ":42\r\n", "$-1\r\n", "$5\r\na\r\nbc\r\n", "*2\r\n$1\r\na\r\n:7\r\n", "*0\r\n",
    ])
    func aValueIsWholeOnlyAtItsLastByte(text: String) throws {
        let bytes = Array(text.utf8)
        for count in bytes.indices {
            let reading = RESPReader.read(Array(bytes[..<count]), allowsArray: true)
            #expect(reading == .needsMore, "the first \(count) bytes")
        }
        let whole = RESPReader.read(bytes, allowsArray: true)
        guard case .value(let value, bytes.count) = whole else {
            Issue.record("\(whole)")
            return
        }
        // What follows is left for the next value.
        #expect(RESPReader.read(bytes + Array("+x".utf8), allowsArray: true) == .value(value, length: bytes.count))
    }

    @Test(
        arguments: [
            ("*1\r\n+a\r\n", "the answer is no RESP value that was asked for"),
            ("HTTP", "the answer is no RESP value that was asked for"),
            ("$262145\r\n", "a bulk string of 262145 bytes"), ("$2147483648\r\n", "a bulk string of 2147483648 bytes"),
            ("$99999999999999999999\r\n", "a length that is no number"), ("$-2\r\n", "a bulk string of -2 bytes"),
            ("$x\r\n", "a length that is no number"), (":x\r\n", "an integer that is none"),
            (":99999999999999999999\r\n", "an integer that is none"), ("+a\rb", "a line without its line feed"),
            ("$1\r\nabc", "a bulk string longer than it says"),
            ("+" + String(repeating: "x", count: 4097), "a line longer than 4096 bytes"),
        ] as [(String, String)]
    )
    func refusesOtherBytes(text: String, why: String) {
        #expect(RESPReader.read(Array(text.utf8)) == .invalid(why))
    }

    @Test func aLineMayBeAsLongAsItsLimit() {
        let line = "+" + String(repeating: "x", count: RESPReader.maximumLine - 1)
        #expect(RESPReader.read(Array(line.utf8)) == .needsMore)
        let length = RESPReader.maximumLine + 2
        let text = String(line.dropFirst())
        #expect(RESPReader.read(Array("\(line)\r\n".utf8)) == .value(.simple(text), length: length))
    }

    @Test(
        arguments: [
            ("*2\r\n$1\r\na\r\n$2\r\n10\r\n!", .value(.array([.bulk([97]), .bulk([49, 48])]), length: 19)),
            ("*0\r\n", .value(.array([]), length: 4)), ("*2\r\n$1\r\na\r\n", .needsMore), ("*1\r\n", .needsMore),
            ("*17\r\n", .invalid("an array of too many elements")),
            ("*-1\r\n", .invalid("an array of too many elements")),
            ("*1\r\n*1\r\n", .invalid("the answer is no RESP value that was asked for")),
            ("*2\r\n$1025\r\n", .invalid("a bulk string of 1025 bytes")),
            ("*1\r\n+" + String(repeating: "x", count: 1025), .invalid("a line longer than 1024 bytes")),
        ] as [(String, RESPReader.Reading)]
    )
    func readsArraysWhereTheCommandIsAnsweredWithOne(text: String, expected: RESPReader.Reading) {
        #expect(RESPReader.read(Array(text.utf8), allowsArray: true) == expected)
    }

    @Test(arguments: ["*16\r\n", "*2147483647\r\n"])
    func anArrayWithoutEndIsNoAnswer(head: String) {
        var bytes = Array(head.utf8)
        let longest = RESPReader.maximumElements * (RESPReader.maximumElement + 16) + 16
        while case .needsMore = RESPReader.read(bytes, allowsArray: true), bytes.count <= longest {
            bytes += Array("$1024\r\n\(String(repeating: "x", count: 1024))\r".utf8)
            guard case .needsMore = RESPReader.read(bytes, allowsArray: true) else { break }
            bytes += [10]
        }
        #expect(bytes.count <= longest && RESPReader.read(bytes, allowsArray: true) != .needsMore)
    }

    @Test func writesCommandsWithTheLengthOfEachWordInBytes() {
        #expect(RESPReader.command(["AUTH", "ä\r\n"]) == Array("*2\r\n$4\r\nAUTH\r\n$4\r\nä\r\n\r\n".utf8))
        #expect(RESPReader.command(["PING"]) == Array("*1\r\n$4\r\nPING\r\n".utf8))
    }
}
