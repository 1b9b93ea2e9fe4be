import HTTPTypes
import HealthChecks
import HealthCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What changes something: loading the configuration anew, and drills.
struct LifecycleRoutes: Sendable {
    let store: StatusStore
    let components: ComponentNames
    let reload: @Sendable () async -> ReloadAnswer
    let audience: ExporterConfiguration.Audience
    let hostNames: [String]

    /// What a load came to.
    enum ReloadAnswer: Sendable {
        case reloaded(ReloadPlan)
        case refused(ConfigurationError)
        /// The exporter stops.
        case stopped
    }

    static let longestDrill = Duration.seconds(4 * 3600)
    private static let usualDrill = Duration.seconds(15 * 60)

    /// Why somebody may not; nil when they may.
    private func refusal(of request: HTTPRequest, from requester: Requester) -> HTTPReply? {
        if let refusal = CrossSiteGuard.refusal(of: request, from: requester, hostNames: hostNames) { return refusal }
        if requester.isAllowed(audience, request) { return nil }
        switch audience {
        case .never: return .error(403, "nobody may do this", hint: "web.lifecycle is never")
        case .loopback:
            return .error(
                403,
                "only a request from this machine, without a proxy in between, may do this",
                hint: "web.lifecycle is loopback; the commands `reload` and `drill` on the host use the admin socket"
            )
        case .admin, .always:
            return .error(
                403,
                "only an administrator may do this",
                hint: "web.lifecycle is admin; the commands `reload` and `drill` on the host use the admin socket"
            )
        }
    }

    /// `POST /-/reload`.
    func reload(_ request: HTTPRequest, from requester: Requester) async -> HTTPReply {
        guard request.method == .post else { return .methodNotAllowed("POST") }
        if let refusal = refusal(of: request, from: requester) { return refusal }
        switch await reload() {
        case .stopped: return .error(503, "the exporter stops", hint: "ask again after the restart")
        case .refused(let error):
            return .json(
                400,
                JSONWriter.document { json in
                    json.field("error", "the new configuration was refused; the old one goes on")
                    json.field("hint", "health-exporter check-config FILE says the same")
                    json.field("errors", texts: error.problems.map { $0.description(file: error.file) })
                }
            )
        case .reloaded(let plan):
            return .json(
                200,
                JSONWriter.document { json in
                    json.field("status", "reloaded")
                    json.field("added", texts: plan.added)
                    json.field("removed", texts: plan.removed)
                    json.field("changed", texts: plan.changed)
                    json.field("unchanged", plan.unchanged)
                    json.field("restart_needed", texts: plan.restartNeeded)
                }
            )
        }
    }

    /// `POST` and `DELETE /api/v1/components/{name}/drill`.
    ///
    /// - Parameter body: receives the body; only when it is of use.
    func drill(
        _ request: HTTPRequest,
        of name: String,
        from requester: Requester,
        body: () async throws -> [UInt8]
    ) async throws -> HTTPReply {
        guard request.method == .post || request.method == .delete else { return .methodNotAllowed("POST, DELETE") }
        if let refusal = refusal(of: request, from: requester) ?? components.refusal(of: name) { return refusal }
        if request.method == .delete {
            switch store.endDrill(of: name) {
            case nil: return .noComponent
            case false?: return .error(404, "there is no drill", hint: "POST to the same path begins one")
            case true?: return Self.reply(name, nil)
            }
        }
        switch DrillRequest.read(try await body()) {
        case .failure(let problem): return .error(400, problem.error, hint: problem.hint)
        case .success(let wanted):
            let drill = store.startDrill(
                of: name,
                as: wanted.status,
                for: wanted.length ?? Self.usualDrill,
                affectsReadiness: wanted.affectsReadiness,
                reason: wanted.reason,
                by: wanted.by
            )
            return drill.map { Self.reply(name, $0) } ?? .noComponent
        }
    }

    private static func reply(_ component: String, _ drill: Drill?) -> HTTPReply {
        .json(
            200,
            JSONWriter.document { json in
                json.field("component", component)
                json.key("drill")
                if let drill { HealthDocument.write(drill, into: &json) } else { json.null() }
            }
        )
    }
}

/// The body of a drill's request; all of it is optional.
private struct DrillRequest: Decodable {
    /// What is wrong with one.
    struct Problem: Error {
        let error: String
        let hint: String
    }

    /// What is wanted.
    struct Wanted {
        var status = HealthStatus.unhealthy
        var length: Duration?
        var affectsReadiness = false
        var reason = ""
        var by = ""
    }

    private struct Key: CodingKey {
        let stringValue: String
        let intValue: Int? = nil

        init(stringValue: String) {
            self.stringValue = stringValue
        }

        init?(intValue: Int) {
            nil
        }
    }

    private static let names = ["status", "for", "readiness", "reason", "by"]

    var wanted = Wanted()

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        if let unknown = container.allKeys.map(\.stringValue).sorted().first(where: { !Self.names.contains($0) }) {
            throw Problem(
                error: "unknown key `\(unknown.cutForDisplay)`",
                hint: "allowed: \(Self.names.joined(separator: ", "))"
            )
        }
        func text(_ name: String) throws -> String? {
            do {
                return try container.decodeIfPresent(String.self, forKey: Key(stringValue: name))
            } catch {
                throw Problem(error: "`\(name)` is no text", hint: "write it in quotes")
            }
        }
        if let status = try text("status") {
            guard let known = HealthStatus(rawValue: status), known == .unhealthy || known == .degraded else {
                throw Problem(error: "no such status", hint: "status is unhealthy or degraded")
            }
            wanted.status = known
        }
        if let length = try text("for") {
            guard let duration = SettingText.duration(length), duration > .zero,
                duration <= LifecycleRoutes.longestDrill
            else {
                throw Problem(error: "`for` is no duration of at most 4h", hint: "such as 15m")
            }
            wanted.length = duration
        }
        do {
            wanted.affectsReadiness =
                try container.decodeIfPresent(Bool.self, forKey: Key(stringValue: "readiness")) ?? false
        } catch {
            throw Problem(error: "`readiness` is no boolean", hint: "true or false")
        }
        wanted.reason = try text("reason") ?? ""
        wanted.by = try text("by") ?? ""
        for (name, value) in [("reason", wanted.reason), ("by", wanted.by)]
        where value.count > 256 || value.hasControlCharacters {
            throw Problem(error: "`\(name)` is too long or has control characters", hint: "at most 256 characters")
        }
    }

    static func read(_ body: [UInt8]) -> Result<Wanted, Problem> {
        if body.isEmpty { return .success(Wanted()) }
        do {
            return .success(try JSONDecoder().decode(DrillRequest.self, from: Data(body)).wanted)
        } catch let problem as Problem {
            return .failure(problem)
        } catch {
            return .failure(
                Problem(
                    error: "the body is no JSON object",
                    hint: #"{"status": "unhealthy", "for": "15m", "by": "you"}"#
                )
            )
        }
    }
}
