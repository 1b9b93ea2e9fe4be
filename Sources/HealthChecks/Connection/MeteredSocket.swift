import HealthCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Stands between a client library and its connected socket, and hands over no more than a limit of what the server sends.
///
/// Some libraries read whatever a server announces, gigabytes if it says so. The descriptor that the library knows becomes one
/// end of a pair of local sockets (`socketpair(2)`, `dup2(2)`); this thread carries the bytes, in both directions.
struct MeteredSocket: ~Copyable {
    private let library: Int32
    /// Tells whether that number still is our end of the pair.
    private let inode: UInt
    /// The real connection, and our end of the pair.
    private let remote: Int32
    private let local: Int32
    private var room: Int
    /// What the server said first.
    ///
    /// It is handed over alone: what comes right behind an answer to a request for TLS is to be seen by the handshake, which
    /// would else wait for it (libpq reads on before it begins one).
    private(set) var firstByte: UInt8?
    /// Why the server took no more; the kernel tells a reset only once (tcp(7), `SO_ERROR`), in whichever direction comes first.
    private var refusal: Int32?
    /// Bytes for the server that it did not take yet.
    private var outgoing: [UInt8] = []
    private var hasEnded = false

    private static let chunk = 32 * 1024

    /// Takes over a connected, non-blocking descriptor; the library goes on using its number.
    init(_ library: Int32, limit: Int) throws {
        try DescriptorReserve.guardAgainstUse()
        var pair: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, kind, 0, &pair) == 0 else {
            throw NetworkReasons.failure(errno: errno, "a pair of sockets")
        }
        let remote = fcntl(library, F_DUPFD_CLOEXEC, 0)
        guard remote >= 0, dup2(pair[0], library) >= 0, fcntl(library, F_SETFD, FD_CLOEXEC) == 0
        else {
            let code = errno
            for descriptor in pair + [remote] where descriptor >= 0 { close(descriptor) }
            throw NetworkReasons.failure(errno: code, "a pair of sockets")
        }
        close(pair[0])
        (self.library, self.remote, local, room) = (library, remote, pair[1], limit)
        inode = Self.inode(of: library)
    }

    deinit {
        farewell()
        close(remote)
        close(local)
    }

    private static func inode(of descriptor: Int32) -> UInt {
        var status = stat()
        return unsafe fstat(descriptor, &status) == 0 ? UInt(status.st_ino) : 0
    }

    /// Whether a descriptor is the one that was taken over, and not a new one of the same number.
    func owns(_ descriptor: Int32) -> Bool {
        descriptor == library && inode == Self.inode(of: descriptor)
    }

    /// Carries bytes until the library's end is ready for these events of poll(2), or `milliseconds` have passed.
    mutating func wait(for events: Int32, milliseconds: Int32) throws -> Bool {
        try carryOut()
        // Inwards nothing more is fetched while the library still has something to read.
        var own = pollfd(fd: library, events: Int16(events), revents: 0)
        if unsafe poll(&own, 1, 0) > 0 { return true }
        var descriptors = [
            pollfd(fd: library, events: Int16(events), revents: 0),
            pollfd(fd: hasEnded ? -1 : remote, events: Int16(POLLIN | (outgoing.isEmpty ? 0 : POLLOUT)), revents: 0),
        ]
        let ready = unsafe poll(&descriptors, 2, milliseconds)
        if ready < 0, errno != EINTR { throw NetworkReasons.failure(errno: errno, "waiting for the server") }
        guard ready > 0 else { return false }
        if descriptors[1].revents != 0 { try carryIn() }
        return descriptors[0].revents != 0
    }

    /// The library's last words, so that the server need not wonder where it went; never waits.
    private func farewell() {
        var last = outgoing
        if let bytes = try? Self.receive(local) { last += bytes }
        if !last.isEmpty { _ = unsafe send(remote, last, last.count, Int32(MSG_NOSIGNAL)) }
    }

    private mutating func carryOut() throws {
        while outgoing.count < Self.chunk, let bytes = try Self.receive(local), !bytes.isEmpty { outgoing += bytes }
        while !outgoing.isEmpty {
            let count = unsafe send(remote, outgoing, outgoing.count, Int32(MSG_NOSIGNAL))
            if count < 0, errno == EAGAIN || errno == EINTR { return }
            // What the server said before it hung up is still to be read.
            guard count >= 0 else {
                refusal = refusal ?? errno
                return outgoing.removeAll()
            }
            outgoing.removeFirst(count)
        }
    }

    private mutating func carryIn() throws {
        guard let bytes = try Self.receive(remote, atMost: firstByte == nil ? 1 : Self.chunk) else { return }
        guard let first = bytes.first else {
            if refusal == ECONNRESET {
                throw NetworkReasons.failure(errno: ECONNRESET, NetworkReasons.text(errno: ECONNRESET))
            }
            hasEnded = true
            shutdown(local, Int32(SHUT_WR))
            return
        }
        firstByte = firstByte ?? first
        room -= bytes.count
        guard room >= 0 else { throw CheckFailure(.bodyTooLarge, "the server sends more than a check reads") }
        // The library has read all that came before, so that a chunk always fits into the pair.
        let count = unsafe send(local, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        guard count == bytes.count else { throw CheckFailure(.internal, "a local socket takes nothing") }
    }

    /// Nil when there is nothing now, empty at the end.
    private static func receive(_ descriptor: Int32, atMost limit: Int = chunk) throws -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: limit)
        let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
        if count >= 0 { return Array(buffer.prefix(count)) }
        let code = errno
        if code == EAGAIN || code == EINTR { return nil }
        throw NetworkReasons.failure(errno: code, NetworkReasons.text(errno: code))
    }
}
