import NIOCore
import Platform

/// The name servers that the system is configured with (resolv.conf(5)).
enum SystemResolver {
    private static let path = "/etc/resolv.conf"

    /// The first name server, with port 53; 127.0.0.1 when the file names none, as in the C library.
    static func server() -> SocketAddress? {
        let text = SmallFile.read(path, limit: 64 * 1024).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return server(in: text)
    }

    /// The first name server that the text of a resolv.conf names.
    static func server(in text: String) -> SocketAddress? {
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard words.count >= 2, words[0] == "nameserver" else { continue }
            if let address = try? SocketAddress(ipAddress: String(words[1]), port: 53) { return address }
        }
        return try? SocketAddress(ipAddress: "127.0.0.1", port: 53)
    }
}
