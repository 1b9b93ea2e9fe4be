import Platform
import Testing

/// What the operating system offers, by plain names.
struct PlatformTests {
    private static func flags(_ descriptor: Int32) -> (isNonBlocking: Bool, closesOnExec: Bool) {
        (fcntl(descriptor, F_GETFL) & O_NONBLOCK != 0, fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
    }

    @Test func socketsDoNotBlockAndAreClosedOnExec() throws {
        let (stream, datagram) = (try #require(Socket.makeStreamPair()), try #require(Socket.makeDatagramPair()))
        let single = [Socket.makeDatagram(.udp, isV6: false), Socket.makeLocalDatagram()]
        let all = single + [stream.first, stream.second, datagram.first, datagram.second]
        for descriptor in all {
            try #require(descriptor >= 0)
            let flags = Self.flags(descriptor)
            #expect(flags.isNonBlocking && flags.closesOnExec)
            close(descriptor)
        }
    }

    @Test func bytesGoFromOneEndOfAPairToTheOther() throws {
        let pair = try #require(Socket.makeStreamPair())
        var buffer = [UInt8](repeating: 0, count: 3)
        #expect(Socket.receive(from: pair.first, into: &buffer) < 0 && errno == EAGAIN)
        #expect(Socket.send([1, 2, 3, 4], to: pair.second) == 4)
        #expect(Socket.receive(from: pair.first, into: &buffer) == 3 && buffer == [1, 2, 3])
        #expect(Socket.receive(from: pair.first, into: &buffer) == 1 && buffer[0] == 4)
        close(pair.second)
        // Commands that other tests start hold a copy of it until they are executed.
        var end = Socket.receive(from: pair.first, into: &buffer)
        while end < 0, errno == EAGAIN { end = Socket.receive(from: pair.first, into: &buffer) }
        #expect(end == 0)
        // Without SIGPIPE, which would end the process.
        #expect(Socket.send([1], to: pair.first) < 0 && errno == EPIPE)
        close(pair.first)
    }

    @Test func datagramsKeepTheirBounds() throws {
        let pair = try #require(Socket.makeDatagramPair())
        defer { for descriptor in [pair.first, pair.second] { close(descriptor) } }
        for bytes: [UInt8] in [[1, 2], [], [3]] { #expect(Socket.send(bytes, to: pair.first) == bytes.count) }
        var buffer = [UInt8](repeating: 0, count: 10)
        #expect((0..<3).map { _ in Socket.receive(from: pair.second, into: &buffer) } == [2, 0, 1])
    }

    @Test func aFullSocketTakesNothingMore() throws {
        let pair = try #require(Socket.makeStreamPair())
        defer { for descriptor in [pair.first, pair.second] { close(descriptor) } }
        let chunk = [UInt8](repeating: 0, count: 100_000)
        var isFull = false
        for _ in 0..<100 where !isFull { isFull = Socket.send(chunk, to: pair.first) < 0 }
        #expect(isFull && errno == EAGAIN)
    }

    @Test func aSocketWithoutAnErrorHasNonePending() throws {
        let pair = try #require(Socket.makeStreamPair())
        defer { for descriptor in [pair.first, pair.second] { close(descriptor) } }
        #expect(Socket.pendingError(of: pair.first) == 0)
        #expect(Socket.pendingError(of: -1) == nil)
        #expect(RouterMessage.next(from: pair.first) == nil)
    }

    @Test(
        arguments: [
            ("32768\t60999\n", 28_232), ("1024 1024", 1), ("60999 32768", nil), ("32768", nil), ("", nil), ("a b", nil),
            ("1 2 3", nil),
        ] as [(String, Int?)]
    )
    func aRangeOfPortsHasASize(text: String, count: Int?) {
        #expect(EphemeralPorts.count(inRange: text) == count)
    }

    @Test func theSystemHasEphemeralPorts() {
        #expect((1...65_535).contains(EphemeralPorts.count))
    }

    @Test(arguments: [(0, 0), (1, 1), (20_000, 20_000), (50_000, 40_000)])
    func aSmallFileIsReadUpToItsLimit(limit: Int, count: Int) throws {
        let path = "/tmp/small-\(UInt64.random(in: 0...UInt64.max))"
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        defer {
            close(descriptor)
            unsafe unlink(path)
        }
        let bytes = (0..<40_000).map { UInt8(truncatingIfNeeded: $0) }
        let written = unsafe write(descriptor, bytes, bytes.count)
        try #require(written == bytes.count)
        #expect(SmallFile.read(path, limit: limit) == Array(bytes.prefix(count)))
        // From a descriptor, on from where it stands.
        lseek(descriptor, 39_999, SEEK_SET)
        #expect(SmallFile.read(descriptor, limit: 10) == [bytes[39_999]])
    }

    @Test(arguments: ["/nowhere", "/", "/etc/passwd/x"])
    func whatIsNoFileIsNotRead(path: String) {
        #expect(SmallFile.read(path, limit: 10) == nil)
    }

    @Test func openDescriptorsAreCounted() throws {
        let limit = try #require(ProcessFiles.limit())
        // Far more than other tests close meanwhile.
        let opened = (0..<300).map { _ in unsafe open("/dev/null", O_RDONLY | O_CLOEXEC) }.filter { $0 >= 0 }
        let count = try #require(ProcessFiles.openCount())
        #expect(count > opened.count && count <= limit && !ProcessFiles.areUsedUp)
        let ratio = try #require(ProcessFiles.openRatio())
        #expect(ratio > 0 && ratio < 1)
        for descriptor in opened { close(descriptor) }
    }

    @Test(arguments: [[], ["one"], ["a", "", "ü", "two words"]] as [[String]])
    func textsAreHandedToCInOrderWithANullAtTheEnd(texts: [String]) {
        let strings = CStrings(texts)
        let copies = (0..<texts.count).map { unsafe strings.pointers[$0].map { unsafe String(cString: $0) } }
        #expect(copies == texts)
        let isTerminated = unsafe strings.pointers[texts.count] == nil
        #expect(isTerminated)
    }
}
