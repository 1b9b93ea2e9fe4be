import HealthChecks
import HealthCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The body of a request for a drill; all of it is optional.
struct DrillRequest: Sendable {
    /// What is wrong with a body, and what would be right.
    struct Problem: Error {
        /// What is wrong.
        let error: String
        /// What would be right.
        let hint: String
    }

    /// A drill lasts at most so long; the command line says the same.
    static let longest = Duration.seconds(4 * 3600)

    /// As what the component is shown: unhealthy or degraded.
    var status = HealthStatus.unhealthy
    /// How long it lasts, above 0 and at most ``longest``.
    var length = Duration.seconds(15 * 60)
    /// Whether readiness and flags follow it.
    var affectsReadiness = false
    /// Why, for people; at most 256 characters.
    var reason = ""
    /// Who began it, for people; at most 256 characters.
    var by = ""

    /// Reads a body; an empty one means the defaults.
    init(body: [UInt8]) throws(Problem) {
        if body.isEmpty { return }
        do {
            self = try JSONDecoder().decode(Fields.self, from: Data(body)).request
        } catch let problem as Problem {
            throw problem
        } catch {
            throw Problem(
                error: "the body is no JSON object",
                hint: #"{"status": "unhealthy", "for": "15m", "by": "you"}"#
            )
        }
    }

    fileprivate init() {}
}

/// Decodes the keys of a drill's request one by one, so that each problem names its key.
private struct Fields: Decodable {
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

    var request = DrillRequest()

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        if let unknown = container.allKeys.map(\.stringValue).sorted().first(where: { !Self.names.contains($0) }) {
            throw DrillRequest.Problem(
                error: "unknown key `\(unknown.cutForDisplay)`",
                hint: "allowed: \(Self.names.joined(separator: ", "))"
            )
        }
        if let status = try Self.text("status", in: container) { request.status = try Self.status(status) }
        if let length = try Self.text("for", in: container) { request.length = try Self.length(length) }
        do {
            let affects = try container.decodeIfPresent(Bool.self, forKey: Key(stringValue: "readiness"))
            request.affectsReadiness = affects ?? false
        } catch {
            throw DrillRequest.Problem(error: "`readiness` is no boolean", hint: "true or false")
        }
        request.reason = try Self.text("reason", in: container) ?? ""
        request.by = try Self.text("by", in: container) ?? ""
        for (name, value) in [("reason", request.reason), ("by", request.by)]
        where value.count > 256 || value.hasControlCharacters {
            throw DrillRequest.Problem(
                error: "`\(name)` is too long or has control characters",
                hint: "at most 256 characters"
            )
        }
    }

    private static func text(_ name: String, in container: KeyedDecodingContainer<Key>) throws -> String? {
        do {
            return try container.decodeIfPresent(String.self, forKey: Key(stringValue: name))
        } catch {
            throw DrillRequest.Problem(error: "`\(name)` is no text", hint: "write it in quotes")
        }
    }

    private static func status(_ text: String) throws -> HealthStatus {
        guard let status = HealthStatus(rawValue: text), status == .unhealthy || status == .degraded else {
            throw DrillRequest.Problem(error: "no such status", hint: "status is unhealthy or degraded")
        }
        return status
    }

    private static func length(_ text: String) throws -> Duration {
        guard let duration = SettingText.duration(text), duration > .zero, duration <= DrillRequest.longest else {
            throw DrillRequest.Problem(error: "`for` is no duration of at most 4h", hint: "such as 15m")
        }
        return duration
    }
}
