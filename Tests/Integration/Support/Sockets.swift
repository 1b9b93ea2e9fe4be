import Foundation
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A socket of this process that listens on loopback: it accepts in the kernel and never says a word.
final class ListeningSocket {
    let port: Int
    private let descriptor: Int32

    init(acceptsConnections: Bool, port wanted: Int = 0) throws {
        let made = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        descriptor = made
        var yes: Int32 = 1
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(wanted).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe bind(made, pointer, length) == 0 && (!acceptsConnections || listen(made, 64) == 0)
                    && getsockname(made, pointer, &length) == 0
            }
        }
        guard bound else {
            close(made)
            throw POSIXError(.EADDRINUSE)
        }
        port = Int(in_port_t(bigEndian: address.sin_port))
    }

    deinit {
        close(descriptor)
    }
}

/// An answer over HTTP.
struct Answer {
    var status: Int
    var headers: [String: String]
    var body: Data

    var text: String { String(decoding: body, as: UTF8.self) }

    var json: [String: Any] {
        (try? JSONSerialization.jsonObject(with: body)) as? [String: Any] ?? [:]
    }
}

/// A plain HTTP/1.1 client on a blocking socket: no pool, no retries, so that what it sees is what was sent.
enum HTTP {
    static func get(
        _ port: Int,
        _ path: String,
        method: String = "GET",
        headers: [String: String] = [:],
        body: String = ""
    ) throws -> Answer {
        let host = headers["Host"] ?? "127.0.0.1:\(port)"
        var request = "\(method) \(path) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n"
        if !body.isEmpty { request += "Content-Length: \(body.utf8.count)\r\n" }
        for (name, value) in headers where name != "Host" { request += "\(name): \(value)\r\n" }
        let bytes = try exchange(port, Data("\(request)\r\n\(body)".utf8))
        let separator = try #require(
            bytes.range(of: Data("\r\n\r\n".utf8)),
            "a head: \(String(decoding: bytes, as: UTF8.self))"
        )
        let lines = String(decoding: bytes[..<separator.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let status = try #require(lines[0].split(separator: " ").dropFirst().first.flatMap { Int($0) })
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { fields[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces) }
        }
        let body = bytes[separator.upperBound...]
        let isChunked = fields["transfer-encoding"] == "chunked"
        return Answer(status: status, headers: fields, body: isChunked ? try joined(chunks: body) : body)
    }

    /// The body of a chunked answer (RFC 9112 §7.1).
    private static func joined(chunks: Data) throws -> Data {
        var (rest, body) = (chunks, Data())
        while true {
            let end = try #require(rest.range(of: Data("\r\n".utf8)), "the size of a chunk")
            let size = try #require(Int(String(decoding: rest[..<end.lowerBound], as: UTF8.self), radix: 16))
            if size == 0 { return body }
            body += rest[end.upperBound..<(end.upperBound + size)]
            rest = rest[(end.upperBound + size + 2)...]
        }
    }

    /// Sends bytes and reads until the other side closes.
    static func exchange(_ port: Int, _ request: Data, closesItsSide: Bool = false) throws -> Data {
        let descriptor = try Loopback.connect(port)
        defer { close(descriptor) }
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        _ = unsafe request.withUnsafeBytes { unsafe send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        if closesItsSide { shutdown(descriptor, Int32(SHUT_WR)) }
        var (bytes, chunk) = (Data(), [UInt8](repeating: 0, count: 65_536))
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
            // Else a connection that is kept by mistake would look like one that is closed.
            try #require(count >= 0 || errno != EAGAIN, "the other side closes")
            if count <= 0 { return bytes }
            bytes += chunk.prefix(count)
        }
    }
}

/// A connection that says nothing, or only something, and never reads.
final class OpenConnection {
    private let descriptor: Int32

    init(_ port: Int, sending text: String = "") throws {
        descriptor = try Loopback.connect(port)
        let bytes = Data(text.utf8)
        _ = unsafe bytes.withUnsafeBytes { unsafe send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }

    deinit {
        close(descriptor)
    }
}

/// Connects to a port of this machine.
enum Loopback {
    static func connect(_ port: Int) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let isConnected = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe Glibc.connect(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        if isConnected { return descriptor }
        close(descriptor)
        throw POSIXError(.ECONNREFUSED)
    }
}
