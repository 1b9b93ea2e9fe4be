import Testing

@testable import HealthChecks

/// The small parsers of dialogues, documents, redirects and patterns.
struct ProtocolTests {
    @Test(
        arguments: [
            (#"EHLO x\r\n"#, Array("EHLO x\r\n".utf8)), (#"\x00\xff\t\\"#, [0, 255, 9, 92]), ("ä", Array("ä".utf8)),
            (#"\q"#, nil), (#"\x0"#, nil), (#"\xzz"#, nil), (#"\"#, nil),
        ] as [(String, [UInt8]?)]
    )
    func readsBytesOfADialogue(text: String, expected: [UInt8]?) {
        #expect(DialogueStep.bytes(text) == expected)
    }

    @Test(arguments: [
        ("/x", "http://h:81/x"), ("x?y", "http://h:81/a/x?y"), ("//o/z", "http://o/z"),
        ("https://o:8443/", "https://o:8443/"),
        ("?q", "http://h:81/a/b?q"),
    ])
    func resolvesRedirects(location: String, expected: String) throws {
        let target = try HTTPTarget("http://h:81/a/b?c")
        let redirected = try target.redirected(to: location)
        #expect(try redirected == HTTPTarget(expected))
    }

    @Test(arguments: [
        "file:///etc/passwd", "gopher://h/", "http://", "http://u:p@h/", "http://h/\r\nX: y", "http://[::1", "http://[",
        "//[:/h:81/", "http://[]/", "http://[h]/", "http://[127.0.0.1]/",
        // Percent-encoded characters that no host has would come into the head.
        "http://h%0509/", "http://h%0d%0aX:1/", "http://h%20i/", "http://u%40h/", "http://h%2fa/", "http://h%C2%85/",
        "//h%00/",
    ])
    func refusesRedirectsToElsewhere(location: String) throws {
        let target = try HTTPTarget("http://h:81/a/b?c")
        #expect(throws: HTTPTarget.Problem.self) { try target.redirected(to: location) }
    }

    @Test(arguments: [
        ("http://H:80/x", true), ("http://h/", true), ("https://h/", false), ("http://h:81/", false),
        ("http://i/", false),
    ])
    func comparesOrigins(other: String, isSame: Bool) throws {
        #expect(try HTTPTarget("http://h/").hasSameOrigin(as: HTTPTarget(other)) == isSame)
    }

    @Test(.timeLimit(.minutes(5)), arguments: ["(a+)+$", "(a|a)*$", "^(([a-z])+.)+[A-Z]([a-z])+$", ".*ok", "(x+x+)+y"])
    func patternsThatExplodeEnd(pattern: String) throws {
        let compiled = try Pattern(pattern)
        for unit in ["a", "ax ", "x"] {
            // Whether it matches or not, it comes back: a matcher that tries all ways takes years for some of these.
            _ = try compiled.isFound(in: Array(String(repeating: unit, count: 65_536 / unit.count).utf8))
        }
    }
}
