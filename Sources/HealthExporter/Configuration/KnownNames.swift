import HealthChecks

/// The names that a key may refer to.
struct KnownNames {
    /// A name, and how errors quote it.
    struct Reference {
        let name: String
        let shown: String
    }

    /// What they name, such as a component.
    private let what: String
    private let names: [String]
    private let set: Set<String>
    /// What may stand instead of names, told behind what is wrong.
    private let alternative: String

    init(_ what: String, _ names: [String], alternative: String = "") {
        self.what = what
        self.names = names
        self.alternative = alternative
        set = Set(names)
    }

    func contains(_ name: String) -> Bool { set.contains(name) }

    /// The known names in a list; what is wrong with it is noted.
    func references(_ reader: SettingsReader, _ key: String) -> [Reference] {
        var found: [Reference] = []
        if case .list(let items, _) = reader.node(key), items.isEmpty {
            reader.problem(key, "expected at least one name of a \(what)\(alternative)")
        }
        for (name, shown) in reader.names(key, "the name of a \(what)\(alternative)") {
            if !set.contains(name) {
                let nearest = NearestName.of(name, among: names).map { ", did you mean `\($0)`?" } ?? ""
                reader.problem(key, "there is no \(what) named `\(shown)`\(nearest)\(alternative)")
            } else if found.contains(where: { $0.name == name }) {
                reader.problem(key, "`\(shown)` is named twice")
            } else {
                found.append(Reference(name: name, shown: shown))
            }
        }
        return found
    }
}
