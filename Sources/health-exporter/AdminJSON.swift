#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The JSON of requests to the exporter and of its answers.
enum AdminJSON {
    /// The value that an answer holds; throws when it holds another one.
    static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        try JSONDecoder().decode(type, from: Data(bytes))
    }

    /// The body of a request, its keys in the order of the alphabet.
    ///
    /// - Precondition: the value consists of texts, Booleans and finite numbers, which JSON always holds.
    static func encode(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        do {
            return Array(try encoder.encode(value))
        } catch {
            preconditionFailure("no JSON: \(error)")
        }
    }

    /// A name as one segment of a path (RFC 3986 §3.3): all but unreserved characters are percent-encoded.
    static func segment(_ name: String) -> String {
        let unreserved = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~".utf8)
        return name.utf8.map { byte in
            unreserved.contains(byte)
                ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}
