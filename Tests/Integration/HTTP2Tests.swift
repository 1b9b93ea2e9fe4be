import Foundation
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Clients that speak HTTP/2 frame by frame, as no library would let them.
@Suite(.startsProcesses, .enabled(if: Tool.python.isAvailable, "python3 is not installed"))
struct HTTP2Tests {
    /// Asks for /metrics and takes only what fits into the first window for 3 s, then the rest; writes down how much it was, and stays.
    private static let slowReader = #"""
        import socket, ssl, sys, time

        def frame(kind, flags, stream, payload=b""):
            return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload

        def read(count):
            data = b""
            while len(data) < count:
                part = client.recv(count - len(data))
                if not part:
                    raise SystemExit(f"the connection was closed after {total} bytes")
                data += part
            return data

        context, total = ssl._create_unverified_context(), 0
        context.set_alpn_protocols(["h2"])
        client = context.wrap_socket(socket.create_connection(("127.0.0.1", int(sys.argv[1]))), server_hostname="localhost")
        fields = b"\x82\x87\x04\x08/metrics\x01\x09localhost"
        client.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0) + frame(1, 5, 1, fields))
        while True:
            head = read(9)
            payload = read(int.from_bytes(head[:3], "big"))
            kind, flags = head[3], head[4]
            if kind == 4 and not flags & 1:
                client.sendall(frame(4, 1, 0))
            if kind == 0:
                total += len(payload)
                if total == 65535:
                    time.sleep(3)
                    client.sendall(b"".join(frame(8, 0, stream, (1 << 24).to_bytes(4, "big")) for stream in (0, 1)))
                if flags & 1:
                    break
        with open(sys.argv[2], "w") as file:
            file.write(str(total))
        while client.recv(65536):
            pass
        print("closed")
        """#

    private static func exporter(_ folder: TemporaryFolder) async throws -> RunningExporter {
        try folder.writeServerCertificate()
        _ = try folder.write("web.yaml", "tls_server_config: {cert_file: server.pem, key_file: server.key}\n")
        let checks = (0..<200).map { "      m\($0): {kind: memory}\n" }.joined()
        let exporter = try RunningExporter(
            configuration: """
                web: {config_file: \(folder.url.path)/web.yaml}
                metrics: {profile: full}
                shutdown: {drain: 0s, grace: 30s}
                components:
                  host:
                    checks:
                \(checks)
                """
        )
        try await exporter.waitUntilStarted()
        return exporter
    }

    /// A stream can't be asked how much of a page is not written out yet: whoever asked ended the process.
    ///
    /// A connection without streams doesn't keep the exporter from ending.
    @Test func aSlowReaderGetsItsPageAndHoldsUpNoShutdown() async throws {
        let folder = try TemporaryFolder()
        let exporter = try await Self.exporter(folder)
        let (file, port) = ("\(folder.url.path)/total", exporter.port)
        async let reader = Command.run(Tool.python.rawValue, "-c", Self.slowReader, "\(port)", file)
        try await eventually("the whole page") { FileManager.default.fileExists(atPath: file) }
        let total = try #require(Int(try String(contentsOfFile: file, encoding: .utf8)))
        #expect(total > 100_000)
        #expect(try exporter.probe("/livez").status == 200)
        exporter.signal(SIGTERM)
        #expect(try await exporter.waitForEnd() == 0)
        let ending = try await reader
        #expect(ending.output == "closed\n" && ending.status == 0, "\(ending)")
    }
}
