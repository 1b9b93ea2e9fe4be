import Foundation
import HealthCore
import HealthTesting
import Testing

@testable import HealthExporter

/// draft-inadarei-api-health-check-06: `pass`, `warn`, `fail`, and `output` for what is not well.
struct HealthJSONDocumentTests {
    private static func document(_ kind: ResultKind?, showsDetails: Bool) throws -> [String: Any] {
        let time = ManualTime()
        let check = Registration.make(thresholds: Thresholds(failure: 1))
        let registry = try CheckRegistry.make(.make(checks: [check]))
        let store = StatusStore(time: time) { _ in }
        store.apply(registry)
        if let kind {
            var result = RunResult.make(kind, duration: .milliseconds(250), at: time.moment)
            result.message = "it said so"
            _ = store.publish(result, of: registry.checks[0].handle)
        }
        let document = HealthJSONDocument(
            identity: HealthSample.identity,
            health: store.snapshot(),
            showsDetails: showsDetails
        )
        return try #require(try JSONSerialization.jsonObject(with: Data(document.render())) as? [String: Any])
    }

    private static func check(_ document: [String: Any]) throws -> [String: Any] {
        let checks = try #require(document["checks"] as? [String: [[String: Any]]])
        #expect(checks.keys.map(\.self) == ["db:primary"] && checks["db:primary"]?.count == 1)
        return try #require(checks["db:primary"]?.first)
    }

    @Test(
        arguments: [
            (nil, "fail", "warn"), (.success, "pass", "pass"), (.degraded, "warn", "warn"), (.failure, "fail", "fail"),
            (.timeout, "fail", "fail"), (.internal, "fail", "warn"),
        ] as [(ResultKind?, String, String)]
    )
    func aStatusHasTheWordOfTheDraft(kind: ResultKind?, service: String, check: String) throws {
        let document = try Self.document(kind, showsDetails: false)
        #expect(document["status"] as? String == service)
        #expect(try Self.check(document)["status"] as? String == check)
    }

    @Test(
        arguments: [
            (nil, true, "pending"), (nil, false, "pending"), (.success, true, nil), (.success, false, nil),
            (.degraded, true, "it said so"), (.degraded, false, "too_slow"), (.failure, true, "it said so"),
            (.failure, false, "connect_refused"), (.internal, false, "internal"),
        ] as [(ResultKind?, Bool, String?)]
    )
    func theOutputIsTheMessageForThoseWhoMayReadIt(kind: ResultKind?, showsDetails: Bool, output: String?) throws {
        let check = try Self.check(try Self.document(kind, showsDetails: showsDetails))
        #expect(check["output"] as? String == output)
        #expect(check.keys.contains("output") == (output != nil))
    }

    @Test func theObservedValueIsHowLongTheLastRunTook() throws {
        let before = try Self.check(try Self.document(nil, showsDetails: true))
        #expect(Set(before.keys) == ["componentId", "componentType", "status", "output"])
        let after = try Self.check(try Self.document(.success, showsDetails: true))
        #expect(after["observedValue"] as? Double == 0.25 && after["observedUnit"] as? String == "s")
        #expect(after["time"] as? String == "2026-01-01T00:00:00.000Z")
        #expect(after["componentId"] as? String == "db" && after["componentType"] as? String == "scripted")
    }

    @Test func theServiceIsNamedByItsIdentity() throws {
        let document = try Self.document(.success, showsDetails: false)
        #expect(document["releaseId"] as? String == "1.4.2" && document["serviceId"] as? String == "orders-7d9c")
        #expect(document["description"] as? String == "health of orders in prod")
    }
}
