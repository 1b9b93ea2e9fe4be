import HTTPTypes
import HealthChecks
import HealthCore
import HummingbirdTesting
import Testing

@testable import HealthExporter

/// `POST /api/v1/heartbeats/{component}/{check}`.
struct HeartbeatRouteTests {
    private func send(
        _ stage: EndpointStage,
        _ name: String,
        headers: [String: String] = [:],
        body: String? = nil,
        peer: String? = "127.0.0.1"
    ) async throws -> TestResponse {
        try await stage.send(
            .init(method: .post, path: "/api/v1/heartbeats/\(name)", peer: peer, headers: headers, body: body)
        )
    }

    @Test(
        arguments: [
            (nil, 204), ("", 204), ("{}", 204), (#"{"status":"degraded","message":"half done"}"#, 204),
            (#"{"status":"unhealthy"}"#, 204), (#"{"message":"fine"}"#, 204), (#"{"more":1}"#, 204),
            (#"{"status":"fine"}"#, 400), (#"{"status":1}"#, 400), ("nonsense", 400), ("[]", 400),
        ] as [(String?, Int)]
    )
    func theBodyIsOptionalAndHasAKnownStatus(body: String?, status: Int) async throws {
        let answer = try await send(EndpointStage(), "worker/open", body: body)
        #expect(answer.status.code == status)
        if status == 204 {
            #expect(answer.text.isEmpty && answer["Content-Type"] == nil)
            #expect(answer["Cache-Control"] == "no-store")
        } else {
            #expect(answer.text.hasPrefix(#"{"error":"the body is no heartbeat","hint":"{\"status\": one of "#))
        }
    }

    @Test(arguments: ["worker/none", "db/primary", "worker", "worker/open/x", "", "/", "none/open", "worker%2Fopen"])
    func onlyACheckOfKindHeartbeatHasOne(name: String) async throws {
        let answer = try await send(EndpointStage(), name)
        #expect(answer.status == .notFound)
        let hint = "POST to /api/v1/heartbeats/{component}/{check} of kind heartbeat"
        #expect(answer.text == #"{"error":"no such heartbeat","hint":"\#(hint)"}"#)
    }

    @Test(
        arguments: [
            ([:], "127.0.0.1", 204), (["Origin": "http://127.0.0.1:8642"], "127.0.0.1", 204),
            (["Origin": "http://evil.example"], "127.0.0.1", 403), (["X-Forwarded-For": "1.2.3.4"], "127.0.0.1", 403),
            ([:], "192.0.2.1", 403), ([:], nil, 403), (["Authorization": "Bearer sesame"], "192.0.2.1", 403),
        ] as [([String: String], String?, Int)]
    )
    func withoutATokenOnlyLoopbackMaySend(headers: [String: String], peer: String?, status: Int) async throws {
        let answer = try await send(EndpointStage(), "worker/open", headers: headers, peer: peer)
        #expect(answer.status.code == status, "\(answer.text)")
        if status == 403, headers["Origin"] == nil {
            #expect(answer.text.contains("only a request from this machine, without a proxy in between"))
            #expect(answer.text.contains("a `token` in its check lets others in"))
        }
    }

    @Test(
        arguments: [
            ("Bearer sesame", 204), ("bearer sesame", 204), ("BEARER  sesame", 204), ("Bearer Sesame", 403),
            ("Bearer sesam", 403), ("Bearer sesamee", 403), ("Basic sesame", 403), ("sesame", 403), ("Bearer", 403),
            ("Bearer ", 403), ("", 403), ("Bearersesame", 403),
        ]
    )
    func theTokenIsTheOnlyThingThatCountsWhereThereIsOne(authorization: String, status: Int) async throws {
        let stage = try EndpointStage()
        // From anywhere, through a proxy, from a page: the token alone decides.
        let headers = [
            "Authorization": authorization, "X-Forwarded-For": "1.2.3.4", "Origin": "http://any.example",
        ]
        let answer = try await send(stage, "worker/closed", headers: headers, peer: "192.0.2.1")
        #expect(answer.status.code == status)
        if status == 403 {
            let hint = "send Authorization: Bearer TOKEN"
            #expect(answer.text == #"{"error":"the token is missing or wrong","hint":"\#(hint)"}"#)
            #expect(try await send(stage, "worker/closed").status == .forbidden, "loopback needs it too")
        }
    }

    @Test func aRefusedHeartbeatReceivesNoBody() async throws {
        let body = String(repeating: "x", count: EndpointResponder.maximumBody + 1)
        #expect(try await send(EndpointStage(), "worker/none", body: body).status == .notFound)
        #expect(try await send(EndpointStage(), "worker/closed", body: body).status == .forbidden)
    }

    @Test func aHeartbeatReachesItsCheck() async throws {
        let stage = try EndpointStage()
        let check = try #require(stage.configuration.registry.heartbeats[CheckID(component: "worker", check: "open")])
        #expect(check.heartbeat.lastBeat == nil)
        _ = try await send(stage, "worker/open", body: #"{"status":"degraded","message":"half done"}"#)
        let last = try #require(check.heartbeat.lastBeat)
        #expect(last.status == .degraded && last.message == "half done")
    }

    @Test func afterAReloadOnlyTheHeartbeatsOfTheNewConfigurationAreAccepted() async throws {
        let stage = try EndpointStage()
        let head = EndpointStage.Sent(method: .post, path: "/api/v1/heartbeats/worker/open")
        #expect(try await stage.send(head).status == .noContent)
        stage.exporter.responder.services.heartbeats.apply(
            try ConfigurationText.load(ConfigurationText.check("")).registry
        )
        #expect(try await stage.send(head).status == .notFound)
    }
}
