@testable import HealthChecks

/// What a name server answers.
enum FuzzDNS {
    private static let name = "www.example.org"
    private static let id: UInt16 = 0x1234

    /// The first byte chooses the type that was asked for; the rest is the message.
    static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let type = input.one(of: DNSRecordType.allCases)
        let message = input.remaining()
        guard let name = DNSName(name) else { fail("\(name) is no name") }
        do throws(DNSAnswer.Problem) {
            let answer = try DNSAnswer(reading: message, to: DNSQuestion(name: name, type: type), id: id)
            inspect(answer, message)
        } catch {
            if case .malformed(let what) = error { require(!what.isEmpty, "malformed, and nobody says how") }
        }
        readName(message)
    }

    private static func inspect(_ answer: DNSAnswer, _ message: [UInt8]) {
        require(answer.values.count <= DNSAnswer.maximumRecords, "\(answer.values.count) records")
        // A record takes at least a pointer and its fixed fields.
        require(answer.values.count * 11 <= message.count, "\(answer.values.count) records of \(message.count) bytes")
        for value in answer.values {
            require(value.utf8.allSatisfy { (0x20...0x7e).contains($0) }, "\(value) is no text")
        }
        require(!answer.codeName.isEmpty, "no name for \(answer.responseCode)")
    }

    /// A name is never longer than 255 bytes, whatever its pointers do.
    private static func readName(_ message: [UInt8]) {
        var reader = DNSMessageReader(message)
        guard let name = reader.name() else { return }
        require(name.wire.count <= 255, "a name of \(name.wire.count) bytes")
        var again = DNSMessageReader(name.wire)
        require(again.name() == name, "\(name.text) is another name when it is written and read")
    }
}
