import CLibPQ

extension PostgresConnection {
    /// A connection string in which every parameter stands, also the empty ones (libpq-connect, 34.1.1.1).
    ///
    /// In arrays of parameters libpq takes an empty value for none, and looks into the environment then.
    static func text(of parameters: [(name: String, value: String)]) -> String {
        parameters.filter { known.isEmpty || known.contains($0.name) }.map { name, value in
            let escaped = value.map { $0 == "'" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
            return "\(name)='\(escaped)'"
        }.joined(separator: " ")
    }

    /// The parameters that this version of libpq knows.
    private static let known = Set(defaults.map(\.name))

    /// All parameters of libpq, and the variable of the environment that each is taken from when nobody gives it.
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
