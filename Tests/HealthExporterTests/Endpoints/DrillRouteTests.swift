import HTTPTypes
import HealthCore
import HummingbirdTesting
import Testing

@testable import HealthExporter

/// `POST` and `DELETE /api/v1/components/{name}/drill`.
struct DrillRouteTests {
    private static let path = "/api/v1/components/db/drill"

    @Test func anEmptyBodyBeginsADrillOfFifteenMinutes() async throws {
        let stage = try EndpointStage()
        stage.becomeReady()
        let answer = try await stage.post(Self.path)
        #expect(answer.status == .ok)
        #expect(
            answer.text.hasPrefix(#"{"component":"db","drill":{"#) && answer.text.contains(#""status":"unhealthy""#)
        )
        let drill = try #require(stage.store.snapshot().components.first { $0.registration.name == "db" }?.state.drill)
        #expect(drill.until == stage.exporter.moment.advanced(by: .seconds(900)), "\(drill)")
        #expect(stage.store.verdict().readiness.isReady, "readiness is left alone")
    }

    @Test func everyKeyOfTheBodyHasItsEffect() async throws {
        let stage = try EndpointStage()
        stage.becomeReady()
        let body = #"{"status":"unhealthy","for":"2h","readiness":true,"reason":"practice","by":"ada"}"#
        let answer = try await stage.post(Self.path, body: body)
        #expect(answer.status == .ok)
        #expect(answer.text.contains(#""reason":"practice""#) && answer.text.contains(#""by":"ada""#))
        let drill = try #require(stage.store.snapshot().components.first { $0.registration.name == "db" }?.state.drill)
        #expect(drill.until == stage.exporter.moment.advanced(by: .seconds(7200)) && drill.affectsReadiness)
        #expect(!stage.store.verdict().readiness.isReady)
        let shown = try await stage.get("/api/v1/components/db").text
        #expect(shown.contains(#""status":"unhealthy","reason":"drill""#), "\(shown)")
    }

    @Test(
        arguments: [
            (
                "nonsense", "the body is no JSON object",
                #"{\"status\": \"unhealthy\", \"for\": \"15m\", \"by\": \"you\"}"#
            ),
            ("[]", "the body is no JSON object", ""), ("\"x\"", "the body is no JSON object", ""),
            (#"{"status":"healthy"}"#, "no such status", "status is unhealthy or degraded"),
            (#"{"status":"unknown"}"#, "no such status", ""),
            (#"{"status":1}"#, "`status` is no text", "write it in quotes"),
            (#"{"for":"5h"}"#, "`for` is no duration of at most 4h", "such as 15m"),
            (#"{"for":"0s"}"#, "`for` is no duration of at most 4h", ""),
            (#"{"for":"soon"}"#, "`for` is no duration of at most 4h", ""), (#"{"for":15}"#, "`for` is no text", ""),
            (#"{"readiness":"yes"}"#, "`readiness` is no boolean", "true or false"),
            (#"{"length":"1m"}"#, "unknown key `length`", "allowed: status, for, readiness, reason, by"),
            (#"{"b":1,"a":1}"#, "unknown key `a`", ""),
            (#"{"by":"\u0007"}"#, "`by` is too long or has control characters", "at most 256 characters"),
            (
                #"{"reason":"\#(String(repeating: "x", count: 257))"}"#,
                "`reason` is too long or has control characters", ""
            ),
        ]
    )
    func aBodyThatIsWrongIsRefusedWithWhatWouldBeRight(body: String, error: String, hint: String) async throws {
        let stage = try EndpointStage()
        let answer = try await stage.post(Self.path, body: body)
        #expect(answer.status == .badRequest)
        #expect(
            answer.text.hasPrefix(#"{"error":"\#(error)","hint":""#) && answer.text.contains(hint),
            "\(answer.text)"
        )
        #expect(stage.store.snapshot().components.allSatisfy { $0.state.drill == nil })
    }

    @Test(arguments: [
        #"{"for":"4h"}"#, #"{"status":"degraded"}"#, #"{"reason":null}"#, "{}", #"{"for":"90s","by":"é"}"#,
    ])
    func aBodyWithinTheLimitsBeginsADrill(body: String) async throws {
        #expect(try await EndpointStage().post(Self.path, body: body).status == .ok)
    }

    @Test func aSecondDrillReplacesTheFirst() async throws {
        let stage = try EndpointStage()
        _ = try await stage.post(Self.path, body: #"{"by":"ada"}"#)
        _ = try await stage.post(Self.path, body: #"{"by":"bob","status":"degraded"}"#)
        let drill = try #require(stage.store.snapshot().components.first { $0.registration.name == "db" }?.state.drill)
        #expect(drill.by == "bob" && drill.status == .degraded)
    }

    @Test func aDrillIsEndedOnce() async throws {
        let stage = try EndpointStage()
        _ = try await stage.post(Self.path)
        let end = EndpointStage.Sent(method: .delete, path: Self.path, listener: .adminSocket)
        let first = try await stage.send(end)
        #expect(first.status == .ok && first.text == #"{"component":"db","drill":null}"#)
        let second = try await stage.send(end)
        #expect(second.status == .notFound)
        #expect(second.text == #"{"error":"there is no drill","hint":"POST to the same path begins one"}"#)
    }

    @Test func thereIsNoDrillOfAComponentThatIsNotThere() async throws {
        let stage = try EndpointStage()
        for method in [HTTPRequest.Method.post, .delete] {
            for name in ["none", "", "worker/open"] {
                let path = "/api/v1/components/\(name)/drill"
                let answer = try await stage.send(.init(method: method, path: path, listener: .adminSocket))
                #expect(answer.status == .notFound && answer.text.contains("no such component"), "\(method) \(path)")
            }
        }
    }

    @Test(arguments: [("none", RequestListener.adminSocket, 404), ("db", .main, 403), ("none", .main, 403)])
    func aDrillThatCannotBeReceivesNoBody(name: String, listener: RequestListener, status: Int) async throws {
        let stage = try EndpointStage()
        var sent = EndpointStage.Sent(method: .post, path: "/api/v1/components/\(name)/drill", listener: listener)
        // Larger than any body that is received.
        sent.body = String(repeating: "x", count: EndpointResponder.maximumBody + 1)
        #expect(try await stage.send(sent).status.code == status)
    }

    @Test func aBodyThatIsTooLargeIsNotReadToItsEnd() async throws {
        let stage = try EndpointStage()
        let body = String(repeating: " ", count: EndpointResponder.maximumBody + 1)
        let answer = try await stage.post(Self.path, body: body)
        #expect(answer.status == .internalServerError, "the test client's word for an error that is thrown")
        #expect(stage.store.snapshot().components.allSatisfy { $0.state.drill == nil })
    }
}
