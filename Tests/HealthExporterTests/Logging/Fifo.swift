import Foundation
import Platform
import Testing

/// A named pipe whose reader goes and comes back.
final class Fifo {
    private let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    private var reader: Int32 = -1
    private(set) var writer: Int32 = -1

    /// So much fits into a pipe (pipe(7)).
    static let capacity = 65_536

    init() throws {
        let made = unsafe mkfifo(path, 0o600)
        try #require(made == 0)
        reader = unsafe open(path, O_RDONLY | O_NONBLOCK)
        writer = unsafe open(path, O_WRONLY | O_NONBLOCK)
        try #require(reader >= 0 && writer >= 0)
    }

    deinit {
        close(reader)
        close(writer)
        unsafe unlink(path)
    }

    /// From now on nobody reads.
    func closeReader() {
        close(reader)
        reader = -1
    }

    /// Somebody reads again.
    func openReader() throws {
        reader = unsafe open(path, O_RDONLY | O_NONBLOCK)
        try #require(reader >= 0)
    }

    /// Waits until so many bytes are there to be read.
    func waitFor(_ count: Int) {
        var waiting: Int32 = 0
        while waiting < count { _ = unsafe ioctl(reader, UInt(FIONREAD), &waiting) }
    }

    /// What is there to be read.
    func text() -> String {
        var bytes = [UInt8](repeating: 0, count: 2 * Self.capacity)
        let count = unsafe read(reader, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}
