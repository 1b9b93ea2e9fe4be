import Testing

/// What the code of `Sources` looks like: sizes, names, words, rooms.
@Suite struct HouseTests {
    @Test(arguments: HouseRule.all) func isKept(rule: HouseRule) throws {
        let violations = rule.find(try SourceFile.all.get())
        let list = violations.map(\.description).joined(separator: "\n")
        #expect(violations.isEmpty, "\(rule.name)\n\(list)")
    }

    @Test func allFilesAreRead() throws {
        #expect(try SourceFile.all.get().count > 150)
    }

    private static func find(_ rule: HouseRule, in text: String, path: String = "Sources/A.swift") -> [String] {
        rule.find([SourceFile(path: path, text: text)]).map { "\($0.line): \($0.what)" }
    }

    @Test func longFilesAndFunctionsAreFound() {
        let lines = String(repeating: "    step()\n", count: 49)
        let function = "func long() {\n\(lines)}\n"
        #expect(Self.find(.shortFunctions, in: function) == ["1: func long has 51"])
        #expect(Self.find(.shortFunctions, in: function.replacing("func long()", with: "var long: Int")).count == 1)
        #expect(Self.find(.shortFunctions, in: function.replacing("    step()\n}", with: "}")) == [])
        #expect(Self.find(.shortFiles, in: String(repeating: "\n", count: 250)) == [])
        #expect(Self.find(.shortFiles, in: String(repeating: "\n", count: 251)) == ["251: 251 lines"])
    }

    @Test(arguments: [
        ("func f(_ a: Int, _ b: [Int: Int], _ c: Int) {}", 1),
        (
            "struct A {\n    init(\n        _ a: Int,\n        _ b: (Int, Int),\n        _ c: @escaping (Int, Int) -> Int\n    ) {}\n}",
            1
        ),
        ("func f<A, B>(_ a: A, _ b: B, c: Int = max(1, 2)) {}", 0),
        ("struct A { subscript(a: Int, b: Int, c: Int) -> Int { 1 } }", 0),
        ("// func f(_ a: Int, _ b: Int, _ c: Int)\nlet a = \"func f(_ a: Int, _ b: Int, _ c: Int)\"", 0),
    ])
    func threeUnlabelledParametersAreFound(text: String, count: Int) {
        #expect(Self.find(.labelledParameters, in: text).count == count)
    }

    @Test func nineVariablesOfStateAreFound() {
        let variables = (0..<9).map { "    private var a\($0) = [1].map { $0 }\n" }.joined()
        let computed = "    var b: Int { 1 }\n    static var c = 1\n    let d = 1\n"
        #expect(Self.find(.littleState, in: "final class A {\n\(variables)\(computed)}\n") == ["1: A has 9"])
        #expect(Self.find(.littleState, in: "struct A {\n\(variables)}\n") == [])
        let changing = "struct A {\n\(variables)}\nextension A {\n    mutating func f() {}\n}\n"
        #expect(Self.find(.littleState, in: changing) == ["1: A has 9"])
        #expect(Self.find(.littleState, in: changing.replacing("private var a8", with: "let a8")) == [])
    }

    @Test(arguments: [
        ("let isAwaitedHere = 1", 1), ("let taskMask = 1", 0), ("store.note(result)", 1), ("// It is held back.", 1),
        ("// Kubernetes asks, tasks mask.", 0), (#"let a = "Trouble of our own \(judge)""#, 2),
        (#"let a = "a \(b ? "outcome" : "task") \u{2028}""#, 1), ("let a = #\"\\(judge) \\\"outcome\"#", 2),
        ("let a = \"\"\"\n    the way out \"of\" it\n    \"\"\"\nlet take = 1", 2), ("let notation = 1", 0),
    ])
    func wordsOfTheTableAreFound(text: String, count: Int) {
        #expect(Self.find(.words, in: text).count == count)
    }

    @Test func whatBelongsIntoAnotherRoomIsFound() {
        let text =
            "#if canImport(Darwin)\nimport Darwin\n#elseif os(Linux)\n#endif\n#if canImport(FoundationEssentials)\n#endif\n"
        #expect(Self.find(.platformInItsRoom, in: text).count == 2)
        #expect(Self.find(.platformInItsRoom, in: text, path: "Sources/Platform/A.swift") == [])
        #expect(
            Self.find(.structuredTasks, in: "group.addTask { }\nTask { }\nTask.detached { }\nlet a: RepeatedTask").count
                == 2
        )
        #expect(Self.find(.checkedConcurrency, in: "final class A: @unchecked Sendable {}") == ["1: unchecked"])
        #expect(Self.find(.noContinuations, in: "", path: "Sources/Store+Reload.swift").count == 1)
        #expect(Self.find(.plainTypeNames, in: "struct Cause {}\nenum A { struct Problem {} }") == ["1: Cause"])
    }

    @Test(arguments: [
        ("/// One.\nstruct A {\n    /// Two.\n    @inlinable\n    func f() { func g() {} }\n}", 0),
        ("/// One.\nenum A {\n    func f(b: B) {\n        switch b { case .c(let d): 1 }\n    }\n}", 1),
        ("struct A {\n    let b: Int\n    func f() {}\n    private func g() {}\n}", 3),
        ("/// One.\n@Option(\n    help: f(1)\n)\nvar a = 1\nlet b = c(\n    1\n)\nlet d = 1", 2),
        ("/// One.\nextension A: B {\n    func f() {}\n}", 0), ("private struct A {\n    var b = 1\n}", 0),
        ("/// One.\nstruct A {\n    private(set) var b = 1\n    // Two.\n    init(a: Int) { self.init() }\n}", 2),
    ])
    func missingDocumentationIsFound(text: String, count: Int) {
        let found = Self.find(.documentedFunctions, in: text) + Self.find(.documentedVariables, in: text)
        #expect(found.count == count, "\(found)")
    }
}
