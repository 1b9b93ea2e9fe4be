import HTTPTypes
import HealthChecks
import HealthCore
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `POST /api/v1/heartbeats/{component}/{check}`: heartbeats of workers in other processes.
final class HeartbeatRoute: Sendable {
    /// The body of a heartbeat; it is optional.
    private struct Body: Decodable {
        var status: String?
        var message: String?
    }

    private let checks = Mutex<[CheckID: HeartbeatCheck]>([:])
    private let hostNames: [String]

    /// - Parameter hostNames: `web.host_names`.
    init(hostNames: [String] = []) {
        self.hostNames = hostNames
    }

    /// Accepts the heartbeats of a registry's checks from now on, and no others.
    func apply(_ registry: CheckRegistry) {
        let known = registry.heartbeats
        checks.withLock { $0 = known }
    }

    /// Records a heartbeat; receives the body only from those who may send one.
    func reply(to request: EndpointRequest) async throws -> HTTPReply {
        let names = request.parameter.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let check = names.count == 2 ? checks.withLock { $0[CheckID(component: names[0], check: names[1])] } : nil
        guard let check else {
            return .error(
                404,
                "no such heartbeat",
                hint: "POST to /api/v1/heartbeats/{component}/{check} of kind heartbeat"
            )
        }
        if let refusal = refusal(of: request.head, to: check, from: request.requester) { return refusal }
        let body = try await request.body()
        guard !body.isEmpty else {
            check.heartbeat.beat()
            return .noContent
        }
        guard let beat = try? JSONDecoder().decode(Body.self, from: Data(body)),
            let status = Heartbeat.Status(rawValue: beat.status ?? Heartbeat.Status.healthy.rawValue)
        else {
            let statuses = Heartbeat.Status.allCases.map(\.rawValue).joined(separator: ", ")
            return .error(
                400,
                "the body is no heartbeat",
                hint: #"{"status": one of \#(statuses), "message": text}, or none"#
            )
        }
        check.heartbeat.beat(status, message: beat.message ?? "")
        return .noContent
    }

    private func refusal(of request: HTTPRequest, to check: HeartbeatCheck, from requester: Requester) -> HTTPReply? {
        if let token = check.token {
            let given = Self.bearerToken(request.headerFields[.authorization] ?? "")
            if SecretComparison.isEqual(token.utf8, given.utf8) { return nil }
            return .error(403, "the token is missing or wrong", hint: "send Authorization: Bearer TOKEN")
        }
        if let refusal = CrossSiteGuard.refusal(of: request, from: requester, hostNames: hostNames) { return refusal }
        if requester.isLoopback(request) { return nil }
        return .error(
            403,
            "only a request from this machine, without a proxy in between, may send this heartbeat",
            hint: "a `token` in its check lets others in"
        )
    }

    /// What follows the scheme `Bearer`, whose case doesn't count (RFC 9110 §11.1); empty for another scheme.
    private static func bearerToken(_ credentials: String) -> String {
        let scheme = credentials.prefix { $0 != " " }
        guard scheme.lowercased() == "bearer" else { return "" }
        return String(credentials.dropFirst(scheme.count).drop { $0 == " " })
    }
}

extension CheckRegistry {
    /// The checks of kind `heartbeat`, by their names.
    var heartbeats: [CheckID: HeartbeatCheck] {
        let known = checks.compactMap { _, registration, _ in registration.heartbeat.map { (registration.id, $0) } }
        return Dictionary(known) { first, _ in first }
    }
}

extension Registration {
    /// The check, when it is of kind `heartbeat`.
    var heartbeat: HeartbeatCheck? {
        ((check as? RedactedCheck)?.check ?? check) as? HeartbeatCheck
    }
}
