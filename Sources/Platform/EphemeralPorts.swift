/// The ports that the system gives to outgoing connections.
package enum EphemeralPorts {
    /// How many there are (ip(7), `ip_local_port_range`); the default of Linux when the kernel does not tell.
    package static var count: Int {
        let bytes = SmallFile.read("/proc/sys/net/ipv4/ip_local_port_range", limit: 64) ?? []
        return count(inRange: String(decoding: bytes, as: UTF8.self)) ?? 28_232
    }

    /// The size of a range written as its first and last port; nil when the text is none.
    package static func count(inRange text: String) -> Int? {
        let ends = text.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        return ends.count == 2 && ends[0] <= ends[1] ? ends[1] - ends[0] + 1 : nil
    }
}
