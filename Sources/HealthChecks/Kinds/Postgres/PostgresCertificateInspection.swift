import HealthCore

/// A TLS handshake with a PostgreSQL server on a connection of its own, closed afterwards.
///
/// libpq reports neither the dates of a certificate nor what exactly is wrong with it.
struct PostgresCertificateInspection {
    /// Opens the connection.
    let connector: Connector
    /// The server.
    let target: Connector.Target

    /// SSLRequest: 8 bytes with the code 80877103 (protocol-message-formats).
    private static let request: [UInt8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]

    /// Records the server's certificates in the connection's record.
    func run(_ tls: TLSConnection, _ context: RunContext) async throws {
        try await connector.withStream(to: target, context) { stream in
            try await stream.write(Self.request)
            try await stream.more()
            switch stream.buffer.first {
            case UInt8(ascii: "S"): break
            case UInt8(ascii: "N"): throw CheckFailure(.tlsProtocol, "the server does not offer TLS")
            case UInt8(ascii: "E"): throw PostgresReasons.failure(try await wholeError(stream))
            default: throw CheckFailure(.protocolError, "no PostgreSQL answer to a request for TLS")
            }
            stream.consume(1)
            do {
                try await stream.encrypt(with: tls, host: target.host)
            } catch let failure as CheckFailure where failure.reason == .protocolError {
                throw CheckFailure(.tlsProtocol, "the server agreed to TLS, and went on without it")
            }
        }
    }

    /// The error that a server sends instead of an answer to SSLRequest (protocol-flow, SSL Session Encryption).
    private func wholeError(_ stream: ByteStream) async throws -> PostgresError {
        while true {
            switch PostgresErrorResponse(reading: stream.buffer) {
            case .needsMore: try await stream.more()
            case .whole(let error): return error
            case .invalid: throw CheckFailure(.protocolError, "no PostgreSQL answer to a request for TLS")
            }
        }
    }
}
