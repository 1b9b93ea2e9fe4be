import HealthCore
import NIOCore
import Platform

/// One question to one name server: over UDP, and over TCP when the answer is truncated (RFC 7766).
struct DNSExchange: Sendable {
    /// Sends and receives the datagrams.
    let loop: DatagramLoop
    /// Opens the connection when an answer is truncated.
    let connector: Connector
    /// Sent by each call of `query`.
    let question: DNSQuestion

    /// The answer of a server; throws for an answer that is malformed.
    func query(_ server: SocketAddress, _ context: RunContext) async throws -> DNSAnswer {
        let id = UInt16.random(in: .min ... .max)
        let answer = try await queryOverUDP(server, id: id)
        return answer.isTruncated ? try await queryOverTCP(server, id: id, context) : answer
    }

    private func queryOverUDP(_ server: SocketAddress, id: UInt16) async throws -> DNSAnswer {
        /// Sent by each call of `query`.
        let question = question
        let exchange = DatagramExchange<DNSAnswer>(
            loop: loop,
            request: { _ in question.message(id: id) },
            read: { bytes, _ in
                do throws(DNSAnswer.Problem) {
                    return .success(try DNSAnswer(reading: bytes, to: question, id: id))
                } catch {
                    // Anybody can send a packet with another id: it is ignored. A malformed one with this id is an answer.
                    return error == .notOurs ? nil : .failure(error.failure)
                }
            }
        )
        do {
            return try await exchange.send(to: server, over: .udp)
        } catch let failure as CheckFailure {
            throw failure.naming(Self.target(server).address)
        }
    }

    /// The message behind its length in two bytes (RFC 1035 §4.2.2).
    private func queryOverTCP(_ server: SocketAddress, id: UInt16, _ context: RunContext) async throws -> DNSAnswer {
        let message = question.message(id: id)
        let length = UInt16(truncatingIfNeeded: message.count)
        return try await connector.withStream(to: Self.target(server), context) { stream in
            try await stream.write([UInt8(length >> 8), UInt8(truncatingIfNeeded: length)] + message)
            // A timeout while the server is silent has the reason dns_timeout, which is that of this phase.
            context.phases.enter(.resolve)
            while true {
                let buffer = stream.buffer
                if buffer.count >= 2, buffer.count - 2 >= Int(buffer[0]) << 8 | Int(buffer[1]) { break }
                try await stream.more()
                context.phases.enter(.resolve)
            }
            do throws(DNSAnswer.Problem) {
                return try DNSAnswer(reading: Array(stream.buffer.dropFirst(2)), to: question, id: id)
            } catch {
                throw error.failure
            }
        }
    }

    private static func target(_ server: SocketAddress) -> Connector.Target {
        Connector.Target(host: server.ipAddress ?? "", port: server.port ?? 53)
    }
}

extension DNSAnswer.Problem {
    fileprivate var failure: CheckFailure {
        switch self {
        case .notOurs: CheckFailure(.protocolError, "the answer is to another question")
        case .malformed(let what): CheckFailure(.protocolError, "no DNS answer: \(what)")
        }
    }
}
