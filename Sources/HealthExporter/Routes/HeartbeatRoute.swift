import HTTPTypes
import HealthChecks
import HealthCore
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Takes the heartbeats of workers that are no Swift code of this process.
final class HeartbeatRoute: Sendable {
    static let prefix = "/api/v1/heartbeats/"

    /// What a beat may bring along; the body is optional.
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

    /// Takes a registry, and with it the heartbeats that may come.
    func apply(_ registry: CheckRegistry) {
        let known = registry.heartbeats
        checks.withLock { $0 = known }
    }

    /// - Parameter path: what follows ``prefix``: component and check.
    func reply(to request: HTTPRequest, path: Substring, body: [UInt8], from requester: Requester) -> HTTPReply {
        let names = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let check = names.count == 2 ? checks.withLock { $0[CheckID(component: names[0], check: names[1])] } : nil
        guard let check else {
            return .error(
                404,
                "no such heartbeat",
                hint: "POST to /api/v1/heartbeats/{component}/{check} of kind heartbeat"
            )
        }
        if let refusal = refusal(of: request, to: check, from: requester) { return refusal }
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
            if Self.isEqual(token, given) { return nil }
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

    /// In a time that does not tell how much of it was right.
    private static func isEqual(_ left: String, _ right: String) -> Bool {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        var difference = left.count ^ right.count
        for index in left.indices {
            difference |= Int(left[index] ^ (right.indices.contains(index) ? right[index] : 0))
        }
        return difference == 0
    }
}

extension CheckRegistry {
    /// The checks that wait for somebody to say that it lives.
    var heartbeats: [CheckID: HeartbeatCheck] {
        let known = checks.compactMap { _, registration, _ in registration.heartbeat.map { (registration.id, $0) } }
        return Dictionary(known) { first, _ in first }
    }
}

extension Registration {
    /// The check, when it waits for somebody to say that it lives.
    var heartbeat: HeartbeatCheck? {
        ((check as? RedactedCheck)?.check ?? check) as? HeartbeatCheck
    }
}
