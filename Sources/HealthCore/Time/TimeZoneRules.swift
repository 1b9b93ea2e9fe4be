/// The rules of a time zone: what clocks there show at any time (RFC 9636, TZif).
public struct TimeZoneRules: Sendable, Equatable {
    /// A change of the offset.
    private struct Change: Sendable, Equatable {
        /// Seconds since the epoch.
        let at: Int64
        /// Seconds east of Greenwich from then on.
        let offset: Int64
    }

    /// The name in the time zone database, such as `Europe/Berlin`.
    public let name: String
    /// Before the first change.
    private let initialOffset: Int64
    private let changes: [Change]
    /// Behind the last change.
    private let rule: YearlyClockRule?

    /// Coordinated universal time.
    public static let utc = TimeZoneRules(name: "UTC", initialOffset: 0, changes: [], rule: nil)

    private init(name: String, initialOffset: Int64, changes: [Change], rule: YearlyClockRule?) {
        self.name = name
        self.initialOffset = initialOffset
        self.changes = changes
        self.rule = rule
    }

    /// The rules in a TZif file of the time zone database; nil when it is none.
    public init?(name: String, tzif bytes: [UInt8]) {
        var reader = BigEndianReader(bytes)
        guard let first = Header(&reader) else { return nil }
        var header = first
        if first.version >= 2 {
            // The first block has 32-bit times, for readers of long ago.
            reader.skip(first.blockSize(timeSize: 4))
            guard let second = Header(&reader) else { return nil }
            header = second
        }
        let timeSize = first.version >= 2 ? 8 : 4
        let times = (0..<header.timeCount).compactMap { _ in reader.integer(timeSize) }
        let types = (0..<header.timeCount).compactMap { _ in reader.integer(1) }
        var offsets: [Int64] = []
        var isDaylight: [Bool] = []
        for _ in 0..<header.typeCount {
            guard let offset = reader.integer(4), let daylight = reader.integer(1), reader.integer(1) != nil else {
                return nil
            }
            offsets.append(offset)
            isDaylight.append(daylight != 0)
        }
        guard times.count == header.timeCount, types.count == header.timeCount, !offsets.isEmpty,
            types.allSatisfy({ offsets.indices.contains(Int($0)) }), zip(times, times.dropFirst()).allSatisfy(<)
        else { return nil }
        reader.skip(header.charCount + header.leapCount * (timeSize + 4) + header.standardCount + header.utCount)
        var rule: YearlyClockRule?
        if first.version >= 2, let footer = reader.line(), !footer.isEmpty {
            guard let parsed = YearlyClockRule(footer) else { return nil }
            rule = parsed
        }
        self.init(
            name: name,
            initialOffset: offsets[0],
            changes: zip(times, types).map { Change(at: $0, offset: offsets[Int($1)]) },
            rule: rule
        )
    }

    /// Seconds east of Greenwich at a time.
    public func offset(at timestamp: Timestamp) -> Int {
        Int(offset(second: floorDivide(timestamp.nanosecondsSinceEpoch, 1_000_000_000).quotient))
    }

    private func offset(second: Int64) -> Int64 {
        guard let last = changes.last, second >= last.at else {
            var (low, high) = (0, changes.count)
            while low < high {
                let middle = (low + high) / 2
                if changes[middle].at <= second { low = middle + 1 } else { high = middle }
            }
            if changes.isEmpty, let rule { return rule.offset(second: second) }
            return low == 0 ? initialOffset : changes[low - 1].offset
        }
        return rule?.offset(second: second) ?? last.offset
    }

    /// The day that calendars there show, counted from 1970-01-01.
    package func localDay(at timestamp: Timestamp) -> Int64 {
        let second = floorDivide(timestamp.nanosecondsSinceEpoch, 1_000_000_000).quotient
        return floorDivide(second + offset(second: second), 86_400).quotient
    }

    /// When clocks there show a time of a day.
    ///
    /// The first time of two when they are set back; as far behind the change when they are set forward across it.
    public func timestamp(day: Int64, secondOfDay: Int) -> Timestamp {
        let local = day * 86_400 + Int64(secondOfDay)
        // Offsets within a day of it are the only candidates.
        let before = offset(second: local - 86_400)
        let after = offset(second: local + 86_400)
        var second = local - before
        if offset(second: second) != before, offset(second: local - after) == after { second = local - after }
        return Timestamp(nanosecondsSinceEpoch: second * 1_000_000_000)
    }
}

extension TimeZoneRules {
    /// The head of a block (RFC 9636 §3.1).
    private struct Header {
        let version: Int
        let utCount, standardCount, leapCount, timeCount, typeCount, charCount: Int

        init?(_ reader: inout BigEndianReader) {
            guard reader.bytes(4) == Array("TZif".utf8), let version = reader.bytes(1)?.first else { return nil }
            self.version = version == 0 ? 1 : Int(version) - 48
            reader.skip(15)
            let counts = (0..<6).compactMap { _ in reader.integer(4).map(Int.init) }
            guard counts.count == 6, counts.allSatisfy({ (0...100_000).contains($0) }), (1...9).contains(self.version)
            else {
                return nil
            }
            (utCount, standardCount, leapCount) = (counts[0], counts[1], counts[2])
            (timeCount, typeCount, charCount) = (counts[3], counts[4], counts[5])
        }

        func blockSize(timeSize: Int) -> Int {
            timeCount * (timeSize + 1) + typeCount * 6 + charCount + leapCount * (timeSize + 4) + standardCount
                + utCount
        }
    }
}

/// Takes numbers from the front of bytes, the most significant byte first.
private struct BigEndianReader {
    private let data: [UInt8]
    private var position = 0

    init(_ data: [UInt8]) {
        self.data = data
    }

    mutating func skip(_ count: Int) {
        position += count
    }

    mutating func bytes(_ count: Int) -> [UInt8]? {
        guard position >= 0, count <= data.count - position else { return nil }
        defer { position += count }
        return Array(data[position..<position + count])
    }

    /// A signed number of 1, 4 or 8 bytes.
    mutating func integer(_ size: Int) -> Int64? {
        guard let bytes = bytes(size) else { return nil }
        let value = bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        switch size {
        case 1: return Int64(value)
        case 4: return Int64(Int32(truncatingIfNeeded: value))
        default: return Int64(bitPattern: value)
        }
    }

    /// The text between two newlines.
    mutating func line() -> String? {
        guard bytes(1) == [10], position <= data.count else { return nil }
        return String(decoding: data[position...].prefix { $0 != 10 }, as: UTF8.self)
    }
}
