/// Sends datagrams to a Unix socket, without waiting (unix(7)).
package struct UnixDatagrams: ~Copyable {
    private let address: [UInt8]
    private var descriptor: Int32 = -1

    /// - Parameter path: at most 107 bytes; one that begins with `@` is in the abstract name space.
    package init(path: String) {
        // A name in the abstract name space begins with a NUL.
        address = path.hasPrefix("@") ? [0] + Array(path.utf8.dropFirst()) : Array(path.utf8)
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Sends a text; returns the code of the error, as in `errno`, when that fails.
    package mutating func send(_ text: String) -> Int32? {
        if descriptor < 0 { descriptor = Socket.makeLocalDatagram() }
        guard descriptor >= 0 else { return errno }
        var target = sockaddr_un()
        target.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &target.sun_path) { unsafe $0.copyBytes(from: address) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + address.count)
        let (bytes, descriptor) = (Array(text.utf8), descriptor)
        let count = unsafe withUnsafePointer(to: &target) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, length)
            }
        }
        return count == bytes.count ? nil : errno
    }
}
