import HealthCore
import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Asks one name server one question: over UDP, and over TCP when the answer is cut off (RFC 7766).
struct DNSExchange: Sendable {
    let loop: DatagramLoop
    let connector: Connector
    let question: DNSQuestion

    func ask(_ server: SocketAddress, _ context: RunContext) async throws -> DNSAnswer {
        let id = UInt16.random(in: .min ... .max)
        let answer = try await askOverUDP(server, id: id)
        return answer.isTruncated ? try await askOverTCP(server, id: id, context) : answer
    }

    private func askOverUDP(_ server: SocketAddress, id: UInt16) async throws -> DNSAnswer {
        let question = question
        let talk = DatagramExchange.Talk<DNSAnswer>(
            message: { _ in question.message(id: id) },
            read: { bytes, _ in
                do throws(DNSAnswer.Problem) {
                    return .success(try DNSAnswer(reading: bytes, to: question, id: id))
                } catch {
                    // A stranger's packet is no answer; a broken one from the server is.
                    return error == .notOurs ? nil : .failure(error.failure)
                }
            }
        )
        let kind = (type: Int32(SOCK_DGRAM.rawValue), protocol: Int32(IPPROTO_UDP))
        do {
            return try await DatagramExchange(loop: loop).ask(server, kind: kind, talk)
        } catch let failure as CheckFailure {
            let target = Connector.Target(host: server.ipAddress ?? "", port: server.port ?? 53)
            throw failure.naming(target.address)
        }
    }

    private func askOverTCP(_ server: SocketAddress, id: UInt16, _ context: RunContext) async throws -> DNSAnswer {
        let message = question.message(id: id)
        let target = Connector.Target(host: server.ipAddress ?? "", port: server.port ?? 53)
        let length = UInt16(truncatingIfNeeded: message.count)
        return try await connector.withStream(to: target, context) { stream in
            try await stream.write([UInt8(length >> 8), UInt8(truncatingIfNeeded: length)] + message)
            // The silence of a name server is its own reason.
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
}

extension DNSAnswer.Problem {
    fileprivate var failure: CheckFailure {
        switch self {
        case .notOurs: CheckFailure(.protocolError, "the answer is to another question")
        case .malformed(let what): CheckFailure(.protocolError, "no DNS answer: \(what)")
        }
    }
}
