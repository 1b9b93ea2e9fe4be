/// A file of the time zone database (RFC 9636, TZif), as far as offsets go.
struct TZifFile {
    /// Seconds east of Greenwich before the first change.
    let initialOffset: Int64
    /// Ascending: the offset from a second since the epoch on.
    let changes: [(second: Int64, offset: Int64)]
    /// Behind the last change; nil when the last offset stays.
    let rule: YearlyClockRule?

    /// Reads a file; nil when it is none.
    init?(_ bytes: [UInt8]) {
        var reader = BigEndianReader(bytes)
        guard let first = Header(&reader) else { return nil }
        var header = first
        let timeSize = first.version >= 2 ? 8 : 4
        if first.version >= 2 {
            // The first block has 32-bit times, for readers of version 1 (RFC 9636 §4).
            reader.skip(first.blockSize(timeSize: 4))
            guard let second = Header(&reader) else { return nil }
            header = second
        }
        let times = (0..<header.timeCount).compactMap { _ in reader.integer(size: timeSize) }
        let types = (0..<header.timeCount).compactMap { _ in reader.integer(size: 1) }
        guard let offsets = Self.offsets(&reader, count: header.typeCount), let initialOffset = offsets.first,
            times.count == header.timeCount, types.count == header.timeCount,
            types.allSatisfy({ offsets.indices.contains(Int($0)) }), zip(times, times.dropFirst()).allSatisfy(<)
        else { return nil }
        reader.skip(header.charCount + header.leapCount * (timeSize + 4) + header.standardCount + header.utCount)
        guard reader.isWithinData else { return nil }
        self.initialOffset = initialOffset
        changes = zip(times, types).map { ($0, offsets[Int($1)]) }
        guard first.version >= 2, let footer = reader.line(), !footer.isEmpty else {
            rule = nil
            return
        }
        guard let rule = YearlyClockRule(footer) else { return nil }
        self.rule = rule
    }

    /// The offsets of the local time types (RFC 9636 §3.2); whether they are summer time does not matter here.
    private static func offsets(_ reader: inout BigEndianReader, count: Int) -> [Int64]? {
        var offsets: [Int64] = []
        for _ in 0..<count {
            guard let offset = reader.integer(size: 4), reader.integer(size: 1) != nil, reader.integer(size: 1) != nil
            else { return nil }
            offsets.append(offset)
        }
        return offsets
    }

    /// The head of a block (RFC 9636 §3.1).
    private struct Header {
        let version: Int
        let utCount, standardCount, leapCount, timeCount, typeCount, charCount: Int

        init?(_ reader: inout BigEndianReader) {
            guard reader.bytes(4) == Array("TZif".utf8), let version = reader.bytes(1)?.first else { return nil }
            // A NUL in version 1, a digit later.
            self.version = version == 0 ? 1 : Int(version) - Int(UInt8(ascii: "0"))
            reader.skip(15)
            let counts = (0..<6).compactMap { _ in reader.integer(size: 4).map(Int.init) }
            guard counts.count == 6, counts.allSatisfy({ (0...100_000).contains($0) }), (1...9).contains(self.version)
            else { return nil }
            (utCount, standardCount, leapCount) = (counts[0], counts[1], counts[2])
            (timeCount, typeCount, charCount) = (counts[3], counts[4], counts[5])
        }

        /// The bytes of the block behind the head.
        func blockSize(timeSize: Int) -> Int {
            timeCount * (timeSize + 1) + typeCount * 6 + charCount + leapCount * (timeSize + 4) + standardCount
                + utCount
        }
    }
}

/// Reads numbers from the front of bytes, the most significant byte first.
private struct BigEndianReader {
    private let data: [UInt8]
    private var position = 0

    init(_ data: [UInt8]) {
        self.data = data
    }

    /// Skips bytes, also such as are not there.
    mutating func skip(_ count: Int) {
        position += count
    }

    /// Whether everything that was skipped is there.
    var isWithinData: Bool { position <= data.count }

    /// The next bytes; nil when there are fewer.
    mutating func bytes(_ count: Int) -> [UInt8]? {
        guard count <= data.count - position else { return nil }
        defer { position += count }
        return Array(data[position..<position + count])
    }

    /// An unsigned number of 1 byte, or a signed one of 4 or 8 bytes.
    mutating func integer(size: Int) -> Int64? {
        guard let bytes = bytes(size) else { return nil }
        let value = bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return size == 4 ? Int64(Int32(truncatingIfNeeded: value)) : Int64(bitPattern: value)
    }

    /// The text between two line feeds.
    mutating func line() -> String? {
        guard bytes(1) == [UInt8(ascii: "\n")] else { return nil }
        return String(decoding: data[position...].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }
}
