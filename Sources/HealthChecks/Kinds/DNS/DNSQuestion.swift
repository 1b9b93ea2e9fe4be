/// A question to a name server (RFC 1035 §4.1).
struct DNSQuestion: Sendable, Hashable {
    /// The name that the records belong to.
    let name: DNSName
    /// The type of the records.
    let type: DNSRecordType

    /// The whole message, recursion desired.
    func message(id: UInt16) -> [UInt8] {
        let header: [UInt16] = [id, 0x0100, 1, 0, 0, 0]
        return header.flatMap(\.bigEndianBytes) + name.wire + type.code.bigEndianBytes + UInt16(1).bigEndianBytes
    }
}

extension UInt16 {
    fileprivate var bigEndianBytes: [UInt8] {
        [UInt8(truncatingIfNeeded: self >> 8), UInt8(truncatingIfNeeded: self)]
    }
}
