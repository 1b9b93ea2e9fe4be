import Foundation
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The exporter inside a Swift program: the example of the documentation.
@Suite(.startsProcesses) struct EmbeddingTests {
    private static let configuration = """
        service: {name: shop, environment: test, version: "1", instance: shop-1}
        web: {probe_listen: "127.0.0.1:0"}
        shutdown: {drain: 1s, grace: 5s}
        limits: {stall: 10s}
        components:
          self:
            impact: optional
            depends_on: [orders]
            checks:
              queues: {kind: runtime, interval: 1s, timeout: 500ms, queues: {orders: {degraded: 3}}, failure_threshold: 1}
        flags: {recommend: {requires: [orders]}}
        """

    @Test func aProgramRegistersItsOwn() async throws {
        let port = try FreePort.next()
        let shop = try RunningExporter(shopWith: Self.configuration, port: port)
        try await shop.waitUntilStarted()
        try await eventually("its routes") { (try? shop.get("/startupz")) != nil }
        let starting = try shop.probe("/startupz")
        #expect(starting.status == 503)
        #expect((starting.json["waiting_for"] as? [String])?.contains("catalogue") == true)
        #expect(try HTTP.get(port, "/catalogue", method: "PUT").status == 204)
        try await eventually("started") { try shop.probe("/startupz").status == 200 }
        try await eventually("ready") { try shop.get("/readyz").json["status"] as? String == "ready" }
        #expect(try shop.metric("shop_orders_waiting", #"component="orders""#) == 0)
        #expect(try shop.metric("health_exporter_stall_seconds", #"loop="worker""#) != nil)
        for _ in 0..<5 { #expect(try HTTP.get(port, "/orders", method: "POST").status == 202) }
        try await eventually("the queue is seen") {
            try shop.metric("health_component_status", #"component="self""#, #"status="degraded""#) == 1
        }
        #expect(try HTTP.get(port, "/-/reload", method: "POST").status == 403)
        let flags = try HTTP.get(port, "/ofrep/v1/evaluate/flags/recommend", method: "POST", body: #"{"context": {}}"#)
        #expect(flags.json["value"] as? Bool == true)
        shop.signal(SIGTERM)
        try await eventually("not ready") { try shop.probe("/readyz").json["reason"] as? String == "shutting_down" }
        #expect(try HTTP.get(port, "/orders", method: "POST").status == 202)
        #expect(try await shop.waitForEnd() == 0)
    }
}
