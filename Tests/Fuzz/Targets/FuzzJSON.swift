import HealthCore

@testable import HealthChecks

/// JSON documents of targets, and pointers into them (RFC 6901).
enum FuzzJSON {
    /// A pointer behind its length, then the document.
    static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let text = input.text()
        let document = JSONValue(parsing: input.remaining())
        if let document { followAll(document, at: "", in: document, depth: 0) }
        guard let pointer = JSONPointer(text) else {
            require(!text.isEmpty && (!text.hasPrefix("/") || text.contains("~")), "\(text) is refused")
            return
        }
        guard let document else { return }
        let seen = SeenText(redaction: Redaction(["hunter22"]))
        let thresholds = ThresholdPair(degraded: 1.0, unhealthy: 2.0)
        for expectation in [JSONAssertion.Expectation.value(text), .value("1"), .thresholds(thresholds)] {
            let assertion = JSONAssertion(pointer: pointer, expectation: expectation)
            let (verdict, message) = assertion.evaluate(document, seen: seen)
            require(verdict == .success || !message.isEmpty, "no message")
            // Secrets of fewer than four bytes in a row may be left.
            require(!message.contains("hunter22") || text.contains("hunter22"), "\(message) tells the secret")
            if pointer.value(in: document) == nil {
                require(verdict == .failure(.assertion), "what is not there is \(verdict)")
            }
        }
    }

    /// Every value of a document is where the pointer to it leads.
    private static func followAll(_ value: JSONValue, at path: String, in document: JSONValue, depth: Int) {
        guard let pointer = JSONPointer(path) else { fail("\(path) is no pointer") }
        let found = pointer.value(in: document)
        require(found == value, "\(path) leads to \(String(describing: found)), not \(value)")
        guard depth < 4 else { return }
        switch value {
        case .object(let members):
            for (name, member) in members.prefix(8) {
                let token = name.unicodeScalars.map { scalar in
                    scalar == "~" ? "~0" : scalar == "/" ? "~1" : String(scalar)
                }.joined()
                followAll(member, at: "\(path)/\(token)", in: document, depth: depth + 1)
            }
        case .array(let elements):
            for (index, element) in elements.prefix(8).enumerated() {
                followAll(element, at: "\(path)/\(index)", in: document, depth: depth + 1)
            }
        default: break
        }
    }

}
