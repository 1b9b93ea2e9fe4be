/// Reads the parts of a DNS message (RFC 1035 §4.1); nil where the message is shorter.
struct DNSMessageReader {
    private let bytes: [UInt8]
    private var index = 0

    /// Reads from the first byte on.
    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    private mutating func byte() -> UInt8? {
        guard bytes.indices.contains(index) else { return nil }
        defer { index += 1 }
        return bytes[index]
    }

    /// A number of two bytes, big-endian.
    mutating func integer() -> UInt16? {
        guard let high = byte(), let low = byte() else { return nil }
        return UInt16(high) << 8 | UInt16(low)
    }

    private mutating func long() -> UInt32? {
        guard let high = integer(), let low = integer() else { return nil }
        return UInt32(high) << 16 | UInt32(low)
    }

    /// Skips bytes; false when there are fewer.
    mutating func skip(_ count: Int) -> Bool {
        guard bytes.count - index >= count else { return false }
        index += count
        return true
    }

    /// The index at which something of this length ends; nil when the message ends before.
    func end(after length: Int) -> Int? {
        bytes.count - index >= length ? index + length : nil
    }

    /// Goes on reading at an index.
    mutating func jump(to end: Int) {
        index = end
    }

    /// A name with its compression (RFC 1035 §4.1.4), in lower case.
    ///
    /// Each pointer must lead before everything that was read so far, so that there are no loops.
    mutating func name() -> DNSName? {
        var labels: [[UInt8]] = []
        var (length, position, start, after) = (1, index, index, Optional<Int>.none)
        while bytes.indices.contains(position) {
            let head = Int(bytes[position])
            switch head {
            case 0:
                index = after ?? position + 1
                return DNSName(labels: labels)
            case 1...63:
                let end = position + 1 + head
                length += head + 1
                guard end <= bytes.count, length <= 255 else { return nil }
                labels.append(bytes[(position + 1)..<end].map { (65...90).contains($0) ? $0 | 32 : $0 })
                position = end
            case 192...255:
                guard bytes.indices.contains(position + 1) else { return nil }
                let target = (head & 0x3f) << 8 | Int(bytes[position + 1])
                guard target < start else { return nil }
                start = target
                after = after ?? position + 2
                position = target
            default: return nil
            }
        }
        return nil
    }

    /// A record's data as text, in the form of zone files (RFC 1035 §5, RFC 2782); nil unless it ends at `end`.
    mutating func value(of type: DNSRecordType, until end: Int) -> String? {
        guard let value = text(of: type, until: end), index == end else { return nil }
        return value
    }

    private mutating func text(of type: DNSRecordType, until end: Int) -> String? {
        switch type {
        case .a, .aaaa:
            let count = type == .a ? 4 : 16
            guard end - index == count else { return nil }
            defer { index = end }
            return IPAddress(bytes: Array(bytes[index..<end])).text
        case .cname, .ns, .ptr: return name()?.text
        case .mx:
            guard let preference = integer(), let exchange = name() else { return nil }
            return "\(preference) \(exchange.text)"
        case .srv:
            guard let priority = integer(), let weight = integer(), let port = integer(), let target = name() else {
                return nil
            }
            return "\(priority) \(weight) \(port) \(target.text)"
        case .soa:
            guard let primary = name(), let mailbox = name() else { return nil }
            var numbers: [String] = []
            for _ in 0..<5 {
                guard let number = long() else { return nil }
                numbers.append(String(number))
            }
            return ([primary.text, mailbox.text] + numbers).joined(separator: " ")
        case .txt: return strings(until: end)
        }
    }

    /// The strings of a TXT record, joined without anything between them (RFC 7208 §3.3).
    private mutating func strings(until end: Int) -> String? {
        var joined: [UInt8] = []
        while index < end {
            guard let length = byte(), end - index >= Int(length) else { return nil }
            joined += bytes[index..<(index + Int(length))]
            index += Int(length)
        }
        return DNSName.escaped(joined)
    }
}
