import Foundation
import Testing

/// The rows of `Tests/Faults/table.txt`: what each kind says of each fault.
struct FaultTable {
    /// One kind against one fault.
    struct Cell {
        var kind: String
        var fault: String
        /// `success`, or the reasons of which one is right.
        var expected: [String]
        var keys: String

        /// The cell's check as the configuration has it.
        func check(port: Int) throws -> String {
            let (plain, named, ca) = ("127.0.0.1:\(port)", "localhost:\(port)", "tls: {ca: \(Faults.authority)}")
            let dialogue = #"dialogue: [{send: "hello\r\n"}, {expect: "^hello"}]"#
            let base =
                switch kind {
                case "http": #"kind: http, url: "http://\#(plain)/""#
                case "https": #"kind: http, url: "https://\#(named)/""# + (keys.contains("tls:") ? "" : ", \(ca)")
                case "tcp": #"kind: tcp, address: "\#(named)""# + (keys.contains("dialogue:") ? "" : ", \(dialogue)")
                case "tcps": #"kind: tcp, address: "\#(named)", \#(ca)"#
                case "tls": #"kind: tls, address: "\#(named)""# + (keys.contains("tls:") ? "" : ", \(ca)")
                case "redis": #"kind: redis, url: "redis://\#(plain)""#
                case "rediss": #"kind: redis, url: "rediss://\#(named)", \#(ca)"#
                case "postgres": #"kind: postgres, url: "postgres://u@\#(plain)/d", password: x"#
                case "grpc": #"kind: grpc, address: "\#(plain)""#
                case "grpcs": #"kind: grpc, address: "\#(named)", \#(ca)"#
                case "dns": #"kind: dns, name: www.example.org, server: "\#(plain)""#
                default: throw Unknown(kind: kind)
                }
            let client = Faults.folder.appending(path: "certificates/client").path
            let stranger = Faults.folder.appending(path: "certificates/unknown-ca").path
            let own = keys.replacing("CLIENT", with: client).replacing("STRANGER", with: stranger)
            let further = own.replacing("ca: CA", with: "ca: \(Faults.authority)")
            return further.isEmpty ? base : "\(base), \(further)"
        }
    }

    struct Unknown: Error {
        var kind: String
    }

    let cells: [Cell]

    init() throws {
        let text = try String(contentsOf: Faults.folder.appending(path: "table.txt"), encoding: .utf8)
        cells = text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let columns = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: true).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            return Cell(
                kind: columns[0],
                fault: columns[1],
                expected: columns[2].split(separator: "|").map(String.init),
                keys: columns.count > 3 ? columns[3] : ""
            )
        }
    }
}
