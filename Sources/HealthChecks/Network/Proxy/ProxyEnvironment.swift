/// What the environment says of proxies, in the variables that curl documents (curl(1), ENVIRONMENT).
///
/// A name in small letters goes before the one in capitals, and an empty variable is none. Unlike curl, `HTTP_PROXY` counts in
/// capitals, too: requests from outside set it only for CGI programs.
package struct ProxyEnvironment: Hashable, Sendable {
    /// The proxy of `http` URLs; nil for none.
    var plain: HTTPTarget?
    /// The proxy of everything else; nil for none.
    var encrypted: HTTPTarget?
    /// What is connected to directly.
    var exemptions: [ProxyExemption] = []

    /// Why a variable can't be used.
    struct Problem: Error {
        /// A sentence that names the variable and not its value.
        let text: String
    }

    /// Nothing is said.
    init() {}

    /// Reads the variables.
    init(variable: (String) -> String?) throws(Problem) {
        plain = try Self.server("http_proxy", variable)
        encrypted = try Self.server("https_proxy", variable)
        let list = Self.value("no_proxy", variable)?.value ?? ""
        exemptions = list.split { $0 == "," || $0.isWhitespace }.compactMap { ProxyExemption(String($0)) }
    }

    private static func value(_ name: String, _ variable: (String) -> String?) -> (name: String, value: String)? {
        for name in [name, name.uppercased()] {
            if let value = variable(name), !value.isEmpty { return (name, value) }
        }
        return nil
    }

    /// Without a scheme it is an `http` proxy.
    private static func server(_ name: String, _ variable: (String) -> String?) throws(Problem) -> HTTPTarget? {
        guard let (name, value) = value(name, variable) else { return nil }
        do throws(HTTPTarget.Problem) {
            let server = try HTTPTarget(value.contains("://") ? value : "http://\(value)")
            if server.pathAndQuery == "/" { return server }
        } catch {
            if error == .hasCredentials {
                throw Problem(text: "the variable \(name) holds a user or password; use `username` and `password`")
            }
        }
        // Its text is not quoted: it may hold a password, however odd the rest is.
        throw Problem(text: "the variable \(name) holds no http or https URL such as http://proxy.example:3128")
    }
}
