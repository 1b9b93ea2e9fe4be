import HealthChecks

/// A web configuration that was read, and what was made of it.
package struct WebConfigurationFile: Sendable, Equatable {
    /// The file.
    package let path: String
    /// What it says.
    package let settings: WebConfiguration
    /// The certificate and the rules for clients; nil for plain HTTP.
    let tls: ServerTLS?

    /// What makes two files act alike; certificates count by their content.
    package static func == (left: WebConfigurationFile, right: WebConfigurationFile) -> Bool {
        left.path == right.path && left.settings == right.settings
    }
}
