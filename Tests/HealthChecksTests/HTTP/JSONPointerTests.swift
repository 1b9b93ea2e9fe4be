import Testing

@testable import HealthChecks

/// Places in JSON documents (RFC 6901), and which values are what a configuration writes.
struct JSONPointerTests {
    private static func document(_ text: String) throws -> JSONValue {
        try #require(JSONValue(parsing: Array(text.utf8)))
    }

    /// The document of RFC 6901 §5.
    private static let example =
        #"{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}"#

    @Test(
        arguments: [
            ("/foo", .array([.string("bar"), .string("baz")])), ("/foo/0", .string("bar")), ("/", .number(0)),
            ("/a~1b", .number(1)), ("/c%d", .number(2)), ("/e^f", .number(3)), ("/g|h", .number(4)),
            ("/i\\j", .number(5)), ("/k\"l", .number(6)), ("/ ", .number(7)), ("/m~0n", .number(8)),
        ] as [(String, JSONValue)]
    )
    func theExamplesOfTheRFCHaveTheirValues(pointer: String, value: JSONValue) throws {
        #expect(try #require(JSONPointer(pointer)).value(in: Self.document(Self.example)) == value)
    }

    @Test func theEmptyPointerIsTheWholeDocument() throws {
        let document = try Self.document(Self.example)
        #expect(try #require(JSONPointer("")).value(in: document) == document)
    }

    @Test(arguments: ["a", "a/b", " /a", "~", "/~", "/~2", "/a~", "/~x", "/ok/~", "#/a"])
    func whatIsNoPointerIsRefused(text: String) {
        #expect(JSONPointer(text) == nil)
    }

    @Test(
        arguments: [
            // ~01 is ~1, and no slash.
            ("/~01", #"{"~1":1,"/":2}"#), ("/~1", #"{"/":1}"#), ("/~0~1", #"{"~/":1}"#), ("/~10", #"{"/0":1}"#),
            ("//", #"{"":{"":1}}"#), ("/a//b", #"{"a":{"":{"b":1}}}"#), ("/é", #"{"é":1}"#),
            ("/\u{1f600}/x", #"{"😀":{"x":1}}"#),
            // A slash or a tilde before a combining mark is one nonetheless.
            ("/\u{301}", "{\"\u{301}\":1}"), ("/a/\u{301}b", "{\"a\":{\"\u{301}b\":1}}"),
            ("/~0\u{301}", "{\"~\u{301}\":1}"),
            ("/a/b/0/c", #"{"a":{"b":[{"c":1}]}}"#), ("/0", #"{"0":1}"#), ("/0", "[1]"),
            ("/10", "[0,0,0,0,0,0,0,0,0,0,1]"),
            ("/a/1", #"{"a":[0,1,2]}"#),
        ]
    )
    func namesAndIndicesAreFollowed(pointer: String, text: String) throws {
        #expect(try #require(JSONPointer(pointer)).value(in: Self.document(text)) == .number(1))
    }

    @Test(
        arguments: [
            // No other spelling of an index, nothing behind the end, and nothing within a single value.
            ("/01", "[1,2]"), ("/00", "[1]"), ("/-", "[1]"), ("/-1", "[1]"), ("/+0", "[1]"), ("/1", "[1]"),
            ("/a", "[1]"),
            ("/ 0", "[1]"), ("/", "[1]"), ("/0x0", "[1]"), ("/1e0", "[1,2]"), ("/٠", "[1]"),
            ("/99999999999999999999", "[1]"),
            ("/0", "[]"), ("/a", "{}"), ("/A", #"{"a":1}"#), ("/a", "1"), ("/a", "true"), ("/a", "null"),
            ("/0", #""text""#),
            ("/a/b", #"{"a":1}"#), ("/a/0/b", #"{"a":[1]}"#),
        ]
    )
    func nothingIsFoundElsewhere(pointer: String, text: String) throws {
        #expect(try #require(JSONPointer(pointer)).value(in: Self.document(text)) == nil)
    }

    @Test(
        arguments: [
            ("null", .null), ("true", .boolean(true)), ("false", .boolean(false)), ("1", .number(1)),
            ("-0.5e2", .number(-50)),
            ("\"\"", .string("")), (#""\u00e9\n""#, .string("é\n")), ("[]", .array([])), ("{}", .object([:])),
            (" [ 1 , null ] ", .array([.number(1), .null])),
            (#"{"a":{"b":[true]}}"#, .object(["a": .object(["b": .array([.boolean(true)])])])),
        ] as [(String, JSONValue)]
    )
    func aDocumentIsReadAsItIs(text: String, value: JSONValue) throws {
        #expect(try Self.document(text) == value)
    }

    @Test(arguments: [
        "", " ", "{", "{1:2}", "{'a':1}", "nul", "tru", "1 2", "01", "\"a", "NaN", "<html>", "a: 1",
    ])
    func whatIsNoJSONIsNone(text: String) {
        #expect(JSONValue(parsing: Array(text.utf8)) == nil)
    }

    @Test func bytesThatAreNoUTF8AreNoJSON() {
        #expect(JSONValue(parsing: [0x22, 0xff, 0xfe, 0x22]) == nil)
    }

    @Test(
        arguments: [
            (.null, "null", true), (.null, "", false), (.boolean(true), "true", true), (.boolean(true), "True", false),
            (.boolean(false), "false", true), (.boolean(false), "0", false), (.number(1), "1", true),
            (.number(1), "1.0", true),
            (.number(0.5), ".5", true), (.number(1e3), "1000", true), (.number(1), "true", false),
            (.number(1), "one", false),
            (.string("up"), "up", true), (.string("up"), "UP", false), (.string("1"), "1", true),
            (.string(""), "", true),
            (.string("null"), "null", true), (.array([]), "[]", false), (.object([:]), "{}", false),
        ] as [(JSONValue, String, Bool)]
    )
    func aSingleValueEqualsItsTextInAConfiguration(value: JSONValue, text: String, isEqual: Bool) {
        #expect(value.equals(text) == isEqual)
    }
}
