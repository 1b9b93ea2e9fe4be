import HealthCore
import HealthTesting
import NIOHPACK
import Testing

@testable import HealthChecks

/// The messages and headers of a health call.
struct GRPCMessageTests {
    @Test(
        arguments: [
            ([0, 0, 0, 0, 2, 8, 1], 1), ([0, 0, 0, 0, 0], 0), ([0, 0, 0, 0, 5, 0x12, 1, 97, 8, 2], 2),
            // The last value of a field counts; fields of other numbers are skipped (protobuf.dev, Encoding).
            ([0, 0, 0, 0, 4, 8, 2, 8, 1], 1), ([0, 0, 0, 0, 2, 16, 9], 0), ([0, 0, 0, 0, 3, 8, 0xac, 2], 300),
            ([1, 0, 0, 0, 2, 8, 1], nil), ([0, 0, 0, 0, 9, 8, 1], nil), ([0, 0x7f, 0xff, 0xff, 0xff], nil),
            ([0, 0, 0, 0, 2, 0x12, 0xff], nil), ([0, 0, 0, 0, 1, 8], nil), ([], nil),
            // A frame more, a number without end, a wire type that the message has not.
            ([0, 0, 0, 0, 2, 8, 1, 0], nil), ([0, 0, 0, 0, 6, 8, 0xff, 0xff, 0xff, 0xff, 1], nil),
            ([0, 0, 0, 0, 2, 9, 1], nil), ([0, 0, 0, 0, 3, 8, 1, 0xff], nil),
        ] as [([UInt8], Int?)]
    )
    func readsTheServingStatus(bytes: [UInt8], status: Int?) {
        #expect(GRPCMessage.servingStatus(framed: bytes) == status)
    }

    @Test func noPartOfAnAnswerHasAStatus() {
        let bytes: [UInt8] = [0, 0, 0, 0, 5, 0x12, 1, 97, 8, 1]
        for count in bytes.indices { #expect(GRPCMessage.servingStatus(framed: Array(bytes[..<count])) == nil) }
        #expect(GRPCMessage.servingStatus(framed: bytes) == 1)
    }

    @Test func writesRequestsWithTheLengthsOfMessageAndService() {
        #expect(GRPCMessage.request(service: "") == [0, 0, 0, 0, 0])
        #expect(GRPCMessage.request(service: "ab") == [0, 0, 0, 0, 4, 0x0a, 2, 97, 98])
        let long = GRPCMessage.request(service: String(repeating: "s", count: 200))
        #expect(Array(long.prefix(8)) == [0, 0, 0, 0, 203, 0x0a, 0xc8, 0x01] && long.count == 208)
    }

    static func request(
        _ host: String = "h",
        isEncrypted: Bool = false,
        timeout: Duration = .seconds(5)
    ) -> GRPCHealthRequest {
        var settings = GRPCSettings()
        (settings.address.host, settings.address.port, settings.service) = (host, 50051, "ab")
        let phases = PhaseTimer(time: ManualTime())
        let context = RunContext(traceID: TraceID(high: 1, low: 2), timeout: timeout, phases: phases)
        return GRPCHealthRequest(settings: settings, isEncrypted: isEncrypted, context)
    }

    @Test func callsTheHealthService() {
        let request = Self.request(isEncrypted: true)
        let expected: [(String, String)] = [
            (":method", "POST"), (":scheme", "https"), (":path", "/grpc.health.v1.Health/Check"),
            (":authority", "h:50051"), ("content-type", "application/grpc"), ("te", "trailers"),
            ("user-agent", "health-exporter"), ("grpc-timeout", "5000m"),
            ("traceparent", "00-00000000000000010000000000000002-0000000000000002-00"),
        ]
        #expect(request.headers.map { "\($0.name): \($0.value)" } == expected.map { "\($0.0): \($0.1)" })
        #expect(request.message == GRPCMessage.request(service: "ab"))
        #expect(Self.request().headers.first(name: ":scheme") == "http")
        #expect(Self.request("::1").headers.first(name: ":authority") == "[::1]:50051")
    }

    @Test(
        arguments: [
            (.microseconds(10), "1m"), (.milliseconds(99_999_999), "99999999m"), (.seconds(100_000), "100000S"),
        ] as [(Duration, String)]
    )
    func theTimeoutHasAtMostEightDigits(timeout: Duration, text: String) {
        #expect(Self.request(timeout: timeout).headers.first(name: "grpc-timeout") == text)
    }
}
