import HealthCore
import Platform

/// Relays bytes between a client library and its connected socket, and hands over no more than a limit of what the server sends.
///
/// Some libraries read whatever a server announces, gigabytes if it says so. The descriptor that the library knows becomes one
/// end of a pair of local sockets (`socketpair(2)`, `dup2(2)`); `wait` carries the bytes in both directions.
struct MeteredSocket: ~Copyable {
    /// The library's end of the pair, under the number that it knows.
    private let libraryEnd: Int32
    /// Tells whether that number is still the library's end of the pair.
    private let inode: UInt
    /// The connection to the server.
    private let connection: Int32
    /// The other end of the pair.
    private let relayEnd: Int32
    /// How many more bytes are accepted from the server.
    private var remaining: Int
    /// The first byte that the server sent.
    ///
    /// It is handed over alone: what comes right behind an answer to a request for TLS has to wait for the handshake, but libpq
    /// would read it before it begins one.
    private(set) var firstByte: UInt8?
    /// The error of the first write that failed; the kernel tells a reset only once (tcp(7), `SO_ERROR`), in whichever
    /// direction comes first.
    private var writeError: Int32?
    /// Bytes for the server that it has not accepted yet.
    private var outgoing: [UInt8] = []
    private var hasEnded = false

    private static let chunk = 32 * 1024

    /// Takes over a connected, non-blocking descriptor; the library goes on using its number.
    ///
    /// - Parameter limit: how many bytes are accepted from the server.
    init(_ descriptor: Int32, limit: Int) throws {
        try DescriptorReserve.guardAgainstUse()
        guard let pair = Socket.makeStreamPair() else {
            throw NetworkReasons.failure(errno: errno, "a pair of sockets")
        }
        let connection = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard connection >= 0, dup2(pair.first, descriptor) >= 0, fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0
        else {
            let code = errno
            for descriptor in [pair.first, pair.second, connection] where descriptor >= 0 { close(descriptor) }
            throw NetworkReasons.failure(errno: code, "a pair of sockets")
        }
        close(pair.first)
        (libraryEnd, relayEnd, remaining) = (descriptor, pair.second, limit)
        self.connection = connection
        inode = Self.inode(of: descriptor)
    }

    deinit {
        flush()
        close(connection)
        close(relayEnd)
    }

    private static func inode(of descriptor: Int32) -> UInt {
        var status = stat()
        return unsafe fstat(descriptor, &status) == 0 ? UInt(status.st_ino) : 0
    }

    /// Whether a descriptor is the one that was taken over, and not a new one of the same number.
    func owns(_ descriptor: Int32) -> Bool {
        descriptor == libraryEnd && inode == Self.inode(of: descriptor)
    }

    /// Carries bytes until the library's end is ready for these events of poll(2), or the time has passed.
    ///
    /// - Returns: whether it is ready.
    mutating func wait(for events: Int32, milliseconds: Int32) throws -> Bool {
        try carryOut()
        // Nothing more is read from the server while the library still has something to read.
        var own = pollfd(fd: libraryEnd, events: Int16(events), revents: 0)
        if unsafe poll(&own, 1, 0) > 0 { return true }
        let wanted = Int16(POLLIN | (outgoing.isEmpty ? 0 : POLLOUT))
        var descriptors = [
            pollfd(fd: libraryEnd, events: Int16(events), revents: 0),
            pollfd(fd: hasEnded ? -1 : connection, events: wanted, revents: 0),
        ]
        let ready = unsafe poll(&descriptors, 2, milliseconds)
        if ready < 0, errno != EINTR { throw NetworkReasons.failure(errno: errno, "waiting for the server") }
        guard ready > 0 else { return false }
        if descriptors[1].revents != 0 { try carryIn() }
        return descriptors[0].revents != 0
    }

    /// Sends what the library wrote last, such as the end of a session; never waits.
    private func flush() {
        var last = outgoing
        if let bytes = try? Self.receive(from: relayEnd) { last += bytes }
        if !last.isEmpty { _ = Socket.send(last, to: connection) }
    }

    private mutating func carryOut() throws {
        while outgoing.count < Self.chunk, let bytes = try Self.receive(from: relayEnd), !bytes.isEmpty {
            outgoing += bytes
        }
        while !outgoing.isEmpty {
            let count = Socket.send(outgoing, to: connection)
            if count < 0, errno == EAGAIN || errno == EINTR { return }
            // What the server sent before it closed is still to be read.
            guard count >= 0 else {
                writeError = writeError ?? errno
                return outgoing.removeAll()
            }
            outgoing.removeFirst(count)
        }
    }

    private mutating func carryIn() throws {
        guard let bytes = try Self.receive(from: connection, atMost: firstByte == nil ? 1 : Self.chunk) else { return }
        guard let first = bytes.first else {
            if writeError == ECONNRESET {
                throw NetworkReasons.failure(errno: ECONNRESET, NetworkReasons.text(errno: ECONNRESET))
            }
            hasEnded = true
            shutdown(relayEnd, Int32(SHUT_WR))
            return
        }
        firstByte = firstByte ?? first
        remaining -= bytes.count
        guard remaining >= 0 else { throw CheckFailure(.bodyTooLarge, "the server sends more than a check reads") }
        // The library has read all that came before, so that a chunk always fits into the pair.
        let count = Socket.send(bytes, to: relayEnd)
        guard count == bytes.count else { throw CheckFailure(.internal, "a local socket takes nothing") }
    }

    /// Nil when there is nothing now, empty at the end.
    private static func receive(from descriptor: Int32, atMost limit: Int = chunk) throws -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: limit)
        let count = Socket.receive(from: descriptor, into: &buffer)
        if count >= 0 { return Array(buffer.prefix(count)) }
        let code = errno
        if code == EAGAIN || code == EINTR { return nil }
        throw NetworkReasons.failure(errno: code, NetworkReasons.text(errno: code))
    }
}
