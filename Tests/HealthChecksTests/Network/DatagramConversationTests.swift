import HealthCore
import NIOCore
import Platform
import Testing

@testable import HealthChecks

/// One conversation by datagrams, step by step, with a socket of the test as the server.
struct DatagramConversationTests {
    /// A conversation, the server's socket, and what was delivered.
    private final class Stage {
        let server: Int32
        let isCancelled = StopFlag()
        let delivered = Box<[String]>([])
        var conversation: DatagramConversation

        /// - Parameter read: whether a text is the answer after so many requests.
        init(_ isAnswer: @escaping @Sendable (String, Int) -> Bool = { text, _ in text == "answer" }) throws {
            let pair = try #require(Socket.makeDatagramPair())
            server = pair.second
            conversation = DatagramConversation(
                descriptor: pair.first,
                isCancelled: isCancelled,
                request: { Array("request \($0)".utf8) },
                read: { [delivered] bytes, sent in
                    let text = String(decoding: bytes, as: UTF8.self)
                    return isAnswer(text, sent) ? { delivered.update { $0 + ["answered"] } } : nil
                },
                fail: { [delivered] error in
                    let failure = error as? CheckFailure
                    delivered.update { $0 + [failure.map { "\($0.reason.rawValue): \($0.message)" } ?? "\(error)"] }
                }
            )
        }

        deinit {
            close(conversation.descriptor)
            close(server)
        }

        func send(_ text: String) { _ = Socket.send(Array(text.utf8), to: server) }

        /// What the server was sent.
        var requests: [String] {
            var texts: [String] = []
            var buffer = [UInt8](repeating: 0, count: 100)
            while case let count = Socket.receive(from: server, into: &buffer), count >= 0 {
                texts.append(String(decoding: buffer.prefix(count), as: UTF8.self))
            }
            return texts
        }

        /// Goes one step, and delivers the end when there is one; whether there was.
        func advance(isReady: Bool = true, now: NIODeadline) -> Bool {
            guard let end = conversation.advance(isReady: isReady, now: now) else { return false }
            end()
            return true
        }
    }

    private static let start = NIODeadline.now() + .seconds(10)

    @Test func theRequestIsSentAtOnceAndAgainEachSecond() throws {
        let stage = try Stage()
        #expect(!stage.advance(now: Self.start) && stage.requests == ["request 0"])
        #expect(!stage.advance(now: Self.start + .milliseconds(999)) && stage.requests == [])
        #expect(stage.conversation.nextSend == Self.start + .seconds(1))
        #expect(!stage.advance(now: Self.start + .seconds(1)) && stage.requests == ["request 1"])
        #expect(!stage.advance(now: Self.start + .seconds(5)) && stage.requests == ["request 2"])
    }

    @Test func datagramsThatAnswerSomethingElseAreIgnored() throws {
        let stage = try Stage()
        _ = stage.advance(now: Self.start)
        for text in ["garbage", "answers"] { stage.send(text) }
        #expect(!stage.advance(now: Self.start) && stage.delivered.value.isEmpty)
        stage.send("garbage")
        stage.send("answer")
        #expect(stage.advance(now: Self.start) && stage.delivered.value == ["answered"])
    }

    @Test func anAnswerIsReadOnlyWhenTheSocketIsReady() throws {
        let stage = try Stage()
        stage.send("answer")
        #expect(!stage.advance(isReady: false, now: Self.start))
        #expect(stage.advance(now: Self.start))
    }

    @Test func theReaderIsToldHowManyRequestsWereSent() throws {
        let stage = try Stage { text, sent in text == "\(sent)" }
        for second in 0..<Int64(3) { _ = stage.advance(now: Self.start + .seconds(second)) }
        stage.send("2")
        #expect(!stage.advance(now: Self.start + .seconds(2)))
        stage.send("3")
        #expect(stage.advance(now: Self.start + .seconds(2)))
    }

    @Test func aFloodOfGarbageIsReadInTurns() throws {
        let stage = try Stage()
        _ = stage.advance(now: Self.start)
        // A Unix socket queues few datagrams, so the flood comes in two parts.
        for _ in 0..<8 { stage.send("garbage") }
        _ = stage.advance(now: Self.start)
        for _ in 0..<9 { stage.send("garbage") }
        stage.send("answer")
        #expect(stage.advance(now: Self.start))
    }

    @Test func anEmptyDatagramBreaksTheProtocol() throws {
        let stage = try Stage()
        _ = stage.advance(now: Self.start)
        stage.send("")
        #expect(stage.advance(now: Self.start))
        #expect(stage.delivered.value == ["protocol_error: the answer is an empty datagram"])
    }

    @Test func aServerThatIsGoneFailsTheRequest() throws {
        let stage = try Stage()
        shutdown(stage.conversation.descriptor, Int32(SHUT_WR))
        #expect(stage.advance(isReady: false, now: Self.start))
        // EPIPE: its end came first.
        #expect(stage.delivered.value.first?.hasPrefix("closed_early: ") == true)
    }

    @Test func aCancelledConversationEndsWithoutSending() throws {
        let stage = try Stage()
        stage.send("answer")
        stage.isCancelled.set()
        #expect(stage.advance(now: Self.start))
        #expect(stage.delivered.value == ["\(CancellationError())"] && stage.requests.isEmpty)
    }
}
