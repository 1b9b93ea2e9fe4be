/// Writes files of the time zone database (RFC 9636), as `zic` does.
struct TZifBuilder {
    /// 1, 2 or 3.
    var version = 2
    /// Seconds since the epoch, each with the index of the offset from then on.
    var changes: [(second: Int64, offset: Int)] = []
    /// Seconds east of Greenwich.
    var offsets = [0]
    /// The TZ string; only from version 2 on.
    var footer = ""
    /// How many leap seconds the file has; readers of offsets skip them.
    var leapSeconds = 0
    /// How many indicators of both kinds the file has; readers of offsets skip them.
    var indicators = 0

    var bytes: [UInt8] {
        guard version >= 2 else { return block(timeSize: 4) }
        // `zic -b slim` leaves the first block without data; a reader has to skip what is there.
        return block(timeSize: 4) + block(timeSize: 8) + Array("\n\(footer)\n".utf8)
    }

    private func block(timeSize: Int) -> [UInt8] {
        let abbreviations = Array("LMT\0".utf8)
        var bytes = Array("TZif".utf8) + [version == 1 ? 0 : UInt8(48 + version)] + [UInt8](repeating: 0, count: 15)
        for count in [indicators, indicators, leapSeconds, changes.count, offsets.count, abbreviations.count] {
            bytes += bigEndian(Int64(count), size: 4)
        }
        for change in changes { bytes += bigEndian(change.second, size: timeSize) }
        for change in changes { bytes.append(UInt8(change.offset)) }
        for offset in offsets { bytes += bigEndian(Int64(offset), size: 4) + [0, 0] }
        bytes += abbreviations
        for number in 0..<leapSeconds { bytes += bigEndian(Int64(number), size: timeSize) + bigEndian(1, size: 4) }
        return bytes + [UInt8](repeating: 1, count: indicators * 2)
    }

    private func bigEndian(_ value: Int64, size: Int) -> [UInt8] {
        (0..<size).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
}
