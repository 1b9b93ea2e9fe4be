import HealthExporter

/// What `status` shows of the exporter's documents as a table.
struct StatusReport {
    private struct Document: Decodable {
        let status: String
        let reason: String?
        let components: [Component]
    }

    private struct Component: Decodable {
        let name: String
        let status: String
        let reason: String?
        let checks: [Check]
    }

    private struct Check: Decodable {
        let name: String
        let kind: String
        let status: String
        let reason: String?
        let target: String?
        let message: String?
        let measurements: [String: Measured]?
    }

    /// A measurement: a number, or one with the time of its measuring.
    private struct Measured: Decodable {
        let value: Double?

        private enum Key: String, CodingKey {
            case value
        }

        init(from decoder: any Decoder) throws {
            if let number = try? decoder.singleValueContainer().decode(Double.self) {
                value = number
            } else {
                value = try? decoder.container(keyedBy: Key.self).decode(Double.self, forKey: .value)
            }
        }
    }

    private static let heads = ["COMPONENT", "CHECK", "KIND", "STATUS", "REASON", "TARGET", "MESSAGE"]

    private let components: [Component]
    /// The status of what was asked for.
    private let summary: String

    /// The report of a whole document; throws when it is none.
    init(document bytes: [UInt8]) throws {
        let document = try AdminJSON.decode(Document.self, from: bytes)
        components = document.components
        summary = Self.summary(of: "service", status: document.status, reason: document.reason)
    }

    /// The report of one component; throws when it is none.
    init(component bytes: [UInt8]) throws {
        let component = try AdminJSON.decode(Component.self, from: bytes)
        components = [component]
        summary = Self.summary(of: component.name, status: component.status, reason: component.reason)
    }

    private static func summary(of name: String, status: String, reason: String?) -> String {
        "\(name): \(status)\(reason.map { " (\($0))" } ?? "")"
    }

    /// One line a check, and a last one with the status of the whole.
    var table: String {
        let rows = components.flatMap { component in component.checks.map { Self.row(of: $0, in: component.name) } }
        return TerminalTable.render([Self.heads] + rows) + "\n\(summary.cutForTerminal)\n"
    }

    private static func row(of check: Check, in component: String) -> [String] {
        let measured = (check.measurements ?? [:]).sorted { $0.key < $1.key }.compactMap { name, measured in
            measured.value.map { "\(name)=\(JSONWriter.text(of: $0))" }
        }
        let message = ([check.message ?? ""] + measured).filter { !$0.isEmpty }.joined(separator: "; ")
        return [
            component, check.name, check.kind, check.status, check.reason ?? "-", check.target ?? "-", message,
        ]
    }
}
