extension SettingType {
    /// A map of entries with names that somebody chose, each a map of keys.
    ///
    /// - Parameter what: how errors call an entry, such as `flag`.
    package static func named<Entry: Settings>(_ what: String, _ type: Entry.Type) -> SettingType
    where Value == [SettingEntry<Entry>] {
        SettingType(.dictionary(.map(Entry.descriptions))) { place in
            place.reader.entries(place.key).map { entry in
                let reader = place.reader.reader(of: entry, in: place.key, what: what, keys: Entry.descriptions)
                return SettingEntry(entry.key, reader.decoded(Entry.self))
            }
        }
    }

    /// A list of maps of keys; paths of problems have the number of the element.
    ///
    /// - Parameter what: how errors call the elements, such as `windows`.
    package static func objects<Element: Settings>(_ what: String, _ type: Element.Type = Element.self) -> SettingType
    where Value == [Element] {
        SettingType(.list(.map(Element.descriptions))) { place in
            if place.node.isNull { return [] }
            guard case .list(let items, _) = place.node else {
                place.problem("expected a list of \(what), found \(place.node.typeName)")
                return nil
            }
            return items.enumerated().map { number, item in
                place.element(item, path: "\(place.path)[\(number)]", keys: Element.descriptions).decoded()
            }
        }
    }
}

extension SettingsReader {
    /// The keys of one entry of a map with names; a name that is none is a problem.
    ///
    /// - Parameter what: how errors call the entry.
    package func reader(
        of entry: SettingNode.Entry,
        in key: String,
        what: String,
        keys: [KeyDescription]
    ) -> SettingsReader {
        checkName(of: entry, in: key, what: what)
        let path = "\(path(of: key)).\(entry.key.cutForDisplay)"
        return SettingsReader(entry.value, path: path, keys: keys, problems: problems, inputs: inputs)
    }

    /// Adds a problem for a name that is none.
    package func checkName(of entry: SettingNode.Entry, in key: String, what: String) {
        guard !SettingText.isName(entry.key) else { return }
        let message =
            "`\(entry.key.cutForDisplay)` is no name of a \(what): 1 to 63 of a-z, 0-9, `.`, `_`, `-`, "
            + "a letter or digit first and last"
        problems.add(SettingProblem(position: entry.position, path: path(of: key), message))
    }
}
