/// The two messages of the health service, framed (grpc/health/v1/health.proto, grpc/doc/PROTOCOL-HTTP2.md).
enum GRPCMessage {
    /// `HealthCheckRequest { string service = 1; }` behind its five bytes: not compressed, length.
    static func request(service: String) -> [UInt8] {
        var message: [UInt8] = []
        if !service.isEmpty { message = [0x0a] + varint(service.utf8.count) + Array(service.utf8) }
        let length = UInt32(truncatingIfNeeded: message.count)
        return [0] + stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: length >> UInt32($0)) }
            + message
    }

    private static func varint(_ number: Int) -> [UInt8] {
        var (rest, bytes) = (number, [UInt8]())
        while rest > 127 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(truncatingIfNeeded: rest)]
    }

    /// The status in `HealthCheckResponse { ServingStatus status = 1; }`, 0 in an empty message; nil for other bytes.
    static func servingStatus(framed bytes: [UInt8]) -> Int? {
        guard bytes.count >= 5, bytes[0] == 0 else { return nil }
        let length = bytes[1..<5].reduce(0) { $0 << 8 | Int($1) }
        guard bytes.count == 5 + length else { return nil }
        var (status, rest) = (0, bytes[5...])
        while !rest.isEmpty {
            guard let tag = readVarint(&rest) else { return nil }
            switch tag & 7 {
            case 0:
                guard let value = readVarint(&rest) else { return nil }
                if tag >> 3 == 1 { status = value }
            case 2:
                guard let count = readVarint(&rest), count <= rest.count else { return nil }
                rest = rest.dropFirst(count)
            default: return nil
            }
        }
        return status
    }

    /// A number of at most 28 bits; lengths and statuses are shorter.
    private static func readVarint(_ bytes: inout ArraySlice<UInt8>) -> Int? {
        var value = 0
        for shift in stride(from: 0, to: 28, by: 7) {
            guard let byte = bytes.first else { return nil }
            bytes = bytes.dropFirst()
            value |= Int(byte & 0x7f) << shift
            if byte & 0x80 == 0 { return value }
        }
        return nil
    }
}
