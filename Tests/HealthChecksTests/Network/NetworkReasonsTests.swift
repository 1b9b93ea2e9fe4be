import HealthCore
import NIOCore
import NIOHTTP1
import NIOSSL
import Platform
import Testing

@testable import HealthChecks

/// Errors of the network as failures with a reason.
struct NetworkReasonsTests {
    private static func failure(_ error: any Error) -> CheckFailure? {
        NetworkReasons.failure(error) as? CheckFailure
    }

    @Test(
        arguments: [
            (ECONNREFUSED, .connectRefused), (ETIMEDOUT, .connectTimeout), (ECONNRESET, .connectionReset),
            (ECONNABORTED, .connectionReset), (EPIPE, .closedEarly), (EHOSTUNREACH, .unreachable),
            (ENETUNREACH, .unreachable), (EHOSTDOWN, .unreachable), (ENETDOWN, .unreachable), (EACCES, .unreachable),
            (EPERM, .unreachable), (EINVAL, .unreachable), (EAFNOSUPPORT, .unreachable), (EMFILE, .internal),
            (ENFILE, .internal), (ENOMEM, .internal), (ENOBUFS, .internal), (EADDRNOTAVAIL, .internal),
            (EAGAIN, .internal), (EXDEV, .error),
        ] as [(Int32, FailureReason)]
    )
    func anErrorNumberOfTheNetworkHasAReason(code: Int32, reason: FailureReason) {
        let failure = Self.failure(IOError(errnoCode: code, reason: "connect"))
        #expect(failure?.reason == reason)
        // What operators can do is said of shortages, and only of them.
        let text = NetworkReasons.text(errno: code)
        #expect(reason == .closedEarly || failure?.message.hasPrefix(text) == true)
        #expect((reason == .internal) == (failure?.message.contains("; ") == true))
    }

    @Test(
        arguments: [
            (EMFILE, "ulimit -n"), (ENFILE, "fs.file-max"), (ENOMEM, "memory limit"),
            (EADDRNOTAVAIL, "net.ipv4.ip_local_port_range"), (EAGAIN, "processes and threads"),
        ]
    )
    func aShortageOfTheExporterSaysWhatHelps(code: Int32, words: String) {
        let failure = NetworkReasons.failure(errno: code, "connecting")
        #expect(failure.reason == .internal && failure.message.contains(words))
    }

    @Test(
        arguments: [
            (EMFILE, .internal), (ENFILE, .internal), (ENOMEM, .internal), (EAGAIN, .internal), (ENOENT, .error),
            (EACCES, .error), (EPIPE, .error),
        ] as [(Int32, FailureReason)]
    )
    func anErrorNumberOfAFileHasAReason(code: Int32, reason: FailureReason) {
        let failure = NetworkReasons.failure(localErrno: code, "opening x")
        #expect(failure.reason == reason && failure.message.hasPrefix("opening x"))
    }

    @Test(
        arguments: [
            (.eof, .closedEarly), (.inputClosed, .closedEarly), (.outputClosed, .closedEarly),
            (.ioOnClosedChannel, .closedEarly), (.alreadyClosed, .closedEarly),
            (.connectTimeout(.seconds(1)), .connectTimeout), (.writeHostUnreachable, .unreachable),
        ] as [(ChannelError, FailureReason)]
    )
    func anErrorOfAChannelHasAReason(error: ChannelError, reason: FailureReason) {
        #expect(Self.failure(error)?.reason == reason)
    }

    @Test func otherErrorsStayWhatTheyAre() {
        #expect(NetworkReasons.failure(ChannelError.operationUnsupported) is ChannelError)
        #expect(NetworkReasons.failure(CancellationError()) is CancellationError)
        let failure = Self.failure(CheckFailure(.assertion, "x"))
        #expect(failure?.reason == .assertion && failure?.message == "x")
    }

    @Test(
        arguments: [
            (.headerOverflow, .headersTooLarge), (.invalidEOFState, .closedEarly), (.closedConnection, .closedEarly),
            (.invalidChunkSize, .protocolError), (.invalidVersion, .protocolError), (.unknown, .protocolError),
        ] as [(HTTPParserError, FailureReason)]
    )
    func anErrorOfTheHTTPParserHasAReason(error: HTTPParserError, reason: FailureReason) {
        #expect(Self.failure(error)?.reason == reason)
    }

    @Test(
        arguments: [
            (.uncleanShutdown, .closedEarly), (.noCertificateToValidate, .tlsUntrusted),
            (.unableToAllocateBoringSSLObject, .tlsProtocol),
            (.handshakeFailed(.sslError([])), .tlsProtocol),
        ] as [(NIOSSLError, FailureReason)]
    )
    func anErrorOfTheTLSLibraryHasAReason(error: NIOSSLError, reason: FailureReason) {
        #expect(Self.failure(error)?.reason == reason)
        #expect(!NetworkReasons.isHandshakeRefusal(error))
    }

    @Test(
        arguments: [
            ("refused", "shop:80: refused"), ("shop:80: refused", "shop:80: refused"),
            ("a server at shop:80 is no server", "a server at shop:80 is no server"), ("", "shop:80: "),
        ]
    )
    func aMessageNamesItsAddressOnce(message: String, named: String) {
        let value = MeasuredValue(CertificateRecord.notAfter, 1)
        let failure = CheckFailure(.error, message, measured: [value]).naming("shop:80")
        #expect(failure.message == named && failure.reason == .error && failure.measured == [value])
    }
}

/// When checks leave the last file descriptors alone.
struct DescriptorReserveTests {
    /// A reserve of 128, or of an eighth where that is less.
    @Test(
        arguments: [
            (0, 1024, 0, true), (896, 1024, 0, true), (897, 1024, 0, false), (888, 1024, 8, true),
            (889, 1024, 8, false),
            (99_872, 100_000, 0, true), (99_873, 100_000, 0, false), (56, 64, 0, true), (57, 64, 0, false),
            (nil, 1024, 0, false), (5, .max, 8, true),
        ] as [(Int?, Int, Int, Bool)]
    )
    func aReserveOfDescriptorsIsKeptFree(open: Int?, limit: Int, needed: Int, isFree: Bool) {
        let failure = DescriptorReserve.failure(open: open, limit: limit, needed: needed)
        #expect((failure == nil) == isFree)
        guard let failure else { return }
        #expect(failure.reason == .internal)
        #expect(failure.message.hasPrefix("\(open ?? limit) of \(limit) file descriptors are open"))
    }

    /// 80 of 128 are open and 16 are kept free: another 32 may be opened, of which a command needs 8.
    @Test func whatACommandWillOpenIsNotFreeForConnections() {
        let now = NIODeadline.uptimeNanoseconds(1_000_000_000)
        var estimate = DescriptorReserve.Estimate()
        func opens(at moment: NIODeadline) -> Bool { estimate.leavesRoom(limit: 128, now: moment) }
        #expect(!opens(at: now))
        let before = estimate.counted(80, at: now)
        #expect(before == 0 && opens(at: now))
        estimate.needed += 8
        let connections = (0..<10).count { _ in opens(at: now) }
        #expect(connections == 7)
        // Once its descriptors are open they are counted until the next count, which sees them.
        let during = estimate.counted(88, at: now)
        estimate.opened(8)
        #expect(during == 8 && !opens(at: now))
        let after = estimate.counted(88, at: now)
        #expect(after == 0 && opens(at: now) && !opens(at: now + .milliseconds(100)))
    }
}

/// Addresses and why they are refused.
struct IPAddressTests {
    @Test(
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("2001:DB8:0:0::1", "2001:db8::1"), ("fe80::1%eth0", "fe80::1"),
            ("::ffff:192.0.2.1", "::ffff:192.0.2.1"), ("::", "::"), ("0:0:0:0:0:0:0:1", "::1"),
        ]
    )
    func anAddressIsWrittenInItsShortForm(text: String, short: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.text == short && address.isV6 == text.contains(":"))
        #expect(IPAddress(short) == address)
    }

    @Test(
        arguments: [
            ("::ffff:192.0.2.1", "192.0.2.1"), ("::192.0.2.1", "192.0.2.1"), ("64:ff9b::c000:201", "192.0.2.1"),
            ("64:ff9b:1::c000:201", "192.0.2.1"), ("2002:c000:201::7", "192.0.2.1"), ("2001:db8::c000:201", nil),
            ("::1", nil), ("::", nil), ("64:ff9c::c000:201", nil), ("192.0.2.1", nil), ("::fffe:192.0.2.1", nil),
        ] as [(String, String?)]
    )
    func anIPv6AddressMayHoldAnIPv4Address(text: String, embedded: String?) throws {
        #expect(try #require(IPAddress(text)).embeddedV4?.text == embedded)
    }

    @Test(
        arguments: [
            ("169.254.169.254", "link-local, with cloud metadata (RFC 3927)"), ("0.0.0.0", "unspecified (RFC 1122)"),
            ("224.0.0.251", "multicast (RFC 5771)"), ("255.255.255.255", "broadcast (RFC 919)"),
            ("::", "unspecified (RFC 4291)"), ("fe80::1", "link-local (RFC 4291)"), ("ff02::1", "multicast (RFC 4291)"),
            ("100.100.100.200", "cloud metadata"), ("fd00:ec2::254", "cloud metadata"),
            ("64:ff9b::a9fe:a9fe", "link-local, with cloud metadata (RFC 3927)"), ("100.100.100.201", nil),
            ("fd00:ec3::254", nil), ("168.63.129.17", nil),
        ] as [(String, String?)]
    )
    func aRefusalNamesTheKindOfAddress(text: String, refusal: String?) throws {
        let address = try #require(IPAddress(text))
        #expect(AddressPolicy().refusal(of: address) == refusal)
        #expect(AddressPolicy.everything.refusal(of: address) == nil)
    }

    @Test func allowingAnEmbeddedAddressAllowsThoseThatHoldIt() throws {
        let policy = AddressPolicy(allowed: [try #require(IPNetwork("169.254.169.254"))])
        #expect(policy.refusal(of: try #require(IPAddress("64:ff9b::a9fe:a9fe"))) == nil)
        // Not the other way round.
        let mapped = AddressPolicy(allowed: [try #require(IPNetwork("::ffff:169.254.169.254"))])
        #expect(mapped.refusal(of: try #require(IPAddress("169.254.169.254"))) != nil)
    }

    @Test(
        arguments: [
            ("nameserver 192.0.2.53", "192.0.2.53"),
            ("# nameserver 192.0.2.1\nnameserver 2001:db8::53", "2001:db8::53"),
            ("search shop\n\tnameserver\t192.0.2.1  # first\nnameserver 192.0.2.2", "192.0.2.1"),
            ("nameserver dns.example\nnameserver 192.0.2.3", "192.0.2.3"), ("nameserver", "127.0.0.1"),
            ("", "127.0.0.1"),
        ]
    )
    func theFirstNameServerOfAFileIsUsed(text: String, address: String) {
        let server = SystemResolver.server(in: text)
        #expect(server?.ipAddress == address && server?.port == 53)
    }

    @Test func aPortBudgetCountsEachAddressAndForgetsAfterTwoMinutes() throws {
        let budget = PortBudget(ports: 8)
        func uses(_ path: String, minute: Int64, count: Int = 1) throws -> [Bool] {
            let address = try SocketAddress(unixDomainSocketPath: path)
            return (0..<count).map { _ in budget.use(address, now: .uptimeNanoseconds(0) + .minutes(minute)) }
        }
        #expect(try uses("a", minute: 1, count: 3) == [false, false, true])
        #expect(try uses("b", minute: 1) == [false])
        // Ports of the minute before still wait in TIME_WAIT.
        #expect(try uses("b", minute: 2, count: 2) == [false, true])
        #expect(try uses("a", minute: 3, count: 2) == [false, false])
        #expect(try uses("a", minute: 5, count: 2) == [false, false])
    }
}
