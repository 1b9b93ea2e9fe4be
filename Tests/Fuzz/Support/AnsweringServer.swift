import NIOPosix
import Platform
import Synchronization

/// A server on this machine that says a list of answers, each when it is told something or nothing more is said, and closes.
final class AnsweringServer: Sendable {
    /// How long the other side has to say something, in milliseconds.
    private static let patience: Int32 = 20

    private let answers = Mutex<[[UInt8]]>([])
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let listener: Int32
    /// Where it listens.
    let port: Int

    /// Listens on a free port of the loopback address, on a thread of its own.
    init() {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(descriptor, address, size) == 0 && listen(descriptor, 16) == 0
                    && getsockname(descriptor, address, &size) == 0
            }
        }
        require(isListening, "no socket to listen on")
        (listener, port) = (descriptor, Int(UInt16(bigEndian: address.sin_port)))
        thread.start()
        thread.submit { [self] _ in serve() }
    }

    /// What the next connections are told.
    func prepare(_ answers: [[UInt8]]) {
        self.answers.withLock { $0 = answers }
    }

    private func serve() {
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { continue }
            answer(connection)
            close(connection)
        }
    }

    private func answer(_ connection: Int32) {
        for answer in answers.withLock({ $0 }) {
            guard isOpen(connection) else { return }
            var rest = answer[...]
            while !rest.isEmpty {
                let sent = unsafe Platform.send(connection, Array(rest), rest.count, Int32(MSG_NOSIGNAL))
                guard sent > 0 else { return }
                rest = rest.dropFirst(sent)
            }
        }
        _ = isOpen(connection)
        shutdown(connection, Int32(SHUT_WR))
        while isOpen(connection) {}
    }

    /// Reads what the other side says, if it says something in time; false once it has closed.
    private func isOpen(_ connection: Int32) -> Bool {
        var watched = pollfd(fd: connection, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&watched, 1, Self.patience) > 0 else { return true }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        return unsafe recv(connection, &buffer, buffer.count, 0) > 0
    }
}
