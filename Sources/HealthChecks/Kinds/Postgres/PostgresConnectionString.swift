import CLibPQ

/// The connection strings of libpq (libpq-connect, 34.1.1.1).
enum PostgresConnectionString {
    /// A string with every parameter, also the empty ones.
    ///
    /// In arrays of parameters libpq takes an empty value for none, and then reads the environment.
    static func text(of parameters: [PostgresLogin.Parameter]) -> String {
        parameters.filter { known.isEmpty || known.contains($0.name) }.map { name, value in
            // Scalars, not characters: with a combining mark behind it a quote is another character.
            let escaped = value.unicodeScalars.map { $0 == "'" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
            return "\(name)='\(escaped)'"
        }.joined(separator: " ")
    }

    /// The parameters that this version of libpq knows.
    private static let known = Set(defaults.map(\.name))

    /// All parameters of libpq, and the environment variable from which libpq reads each that is not given.
    static var defaults: [(name: String, variable: String?)] {
        guard let first = unsafe PQconndefaults() else { return [] }
        defer { unsafe PQconninfoFree(first) }
        var found: [(name: String, variable: String?)] = []
        var next = unsafe first
        while let name = unsafe next.pointee.keyword {
            let variable = unsafe next.pointee.envvar.map { unsafe String(cString: $0) }
            found.append((unsafe String(cString: name), variable))
            unsafe next = unsafe next.successor()
        }
        return found
    }
}
