/// A key of the configuration, declared once: its name, where its value is stored, its type, its documentation and its traits.
package struct SettingKey<Root>: Sendable {
    package let description: KeyDescription
    /// Reads the key, if it is given and right, into settings.
    let read: @Sendable (SettingsReader, inout Root) -> Void
    /// The paths that differ and need a restart.
    let restartPaths: @Sendable (Root, Root) -> [String]
    /// Copies what needs a restart from the first settings to the second.
    let keep: @Sendable (Root, inout Root) -> Void

    /// The key as it is written.
    package var name: String { description.name }
    /// False for a key that is refused as not supported yet.
    package var isSupported: Bool { description.isSupported }

    private init<Value: Hashable & Sendable>(
        _ description: KeyDescription,
        _ path: any WritableKeyPath<Root, Value> & Sendable,
        nested: SettingType<Value>.Nested?,
        read: @escaping @Sendable (SettingsReader, inout Root) -> Void
    ) {
        let (name, needsRestart) = (description.name, description.traits.contains(.restart))
        self.description = description
        self.read = read
        restartPaths = { old, new in
            if let nested { return nested.restartPaths(old[keyPath: path], new[keyPath: path]).map { "\(name).\($0)" } }
            return needsRestart && old[keyPath: path] != new[keyPath: path] ? [name] : []
        }
        keep = { running, kept in
            if let nested {
                nested.keep(running[keyPath: path], &kept[keyPath: path])
            } else if needsRestart {
                kept[keyPath: path] = running[keyPath: path]
            }
        }
    }

    /// Declares a key that always has a value: the one of a new `Root` unless it is given.
    ///
    /// - Parameters:
    ///   - about: what it is for, as a sentence without the default.
    ///   - default: the default's text, when the stored value does not show it.
    package init<Value: Hashable & Sendable>(
        _ name: String,
        in path: any WritableKeyPath<Root, Value> & Sendable,
        as type: SettingType<Value>,
        _ about: String,
        default text: String? = nil,
        traits: KeyTraits = []
    ) where Root: Settings {
        let defaultText = traits.contains(.required) ? nil : text ?? type.text(Root()[keyPath: path])
        let description = KeyDescription(name, type.shape, about: about, defaultText: defaultText, traits: traits)
        self.init(description, path, nested: type.nested) { reader, root in
            if let value = type.value(of: name, in: reader, current: root[keyPath: path]) {
                root[keyPath: path] = value
            }
        }
    }

    /// Declares a key that may have no value.
    package init<Value: Hashable & Sendable>(
        _ name: String,
        in path: any WritableKeyPath<Root, Value?> & Sendable,
        as type: SettingType<Value>,
        _ about: String,
        default text: String? = nil,
        traits: KeyTraits = []
    ) where Root: Settings {
        let stored = Root()[keyPath: path].flatMap { type.text($0) }
        let defaultText = traits.contains(.required) ? nil : text ?? stored
        let description = KeyDescription(name, type.shape, about: about, defaultText: defaultText, traits: traits)
        precondition(!type.shape.hasRestartKey, "what may be absent needs a restart as a whole, or not at all: \(name)")
        self.init(description, path, nested: nil) { reader, root in
            if let value = type.value(of: name, in: reader, current: root[keyPath: path]) {
                root[keyPath: path] = value
            }
        }
    }

    private init(
        description: KeyDescription,
        read: @escaping @Sendable (SettingsReader, inout Root) -> Void = { _, _ in },
        restartPaths: @escaping @Sendable (Root, Root) -> [String] = { _, _ in [] },
        keep: @escaping @Sendable (Root, inout Root) -> Void = { _, _ in }
    ) {
        self.description = description
        self.read = read
        self.restartPaths = restartPaths
        self.keep = keep
    }

    /// Declares a key that its section reads in its own way, because it needs more than its own value.
    package static func custom(
        _ name: String,
        as shape: SettingShape,
        _ about: String,
        default text: String? = nil,
        traits: KeyTraits = []
    ) -> SettingKey {
        SettingKey(description: KeyDescription(name, shape, about: about, defaultText: text, traits: traits))
    }

    /// Declares a key that is refused as not supported yet.
    package static func notYet(_ name: String) -> SettingKey {
        refused(name, because: "is not supported yet")
    }

    /// Declares a key that other sections have, and that can't have an effect in this one.
    ///
    /// - Parameter why: what an error says behind the name of the key.
    package static func refused(_ name: String, because why: String) -> SettingKey {
        SettingKey(description: KeyDescription(name, .text(maximum: 0), about: "", traits: .secret, refusal: why))
    }

    /// The same key for settings that contain these, so that several sections have it.
    package func within<Outer>(_ path: any WritableKeyPath<Outer, Root> & Sendable) -> SettingKey<Outer> {
        SettingKey<Outer>(
            description: description,
            read: { [read] reader, outer in read(reader, &outer[keyPath: path]) },
            restartPaths: { [restartPaths] old, new in restartPaths(old[keyPath: path], new[keyPath: path]) },
            keep: { [keep] running, kept in keep(running[keyPath: path], &kept[keyPath: path]) }
        )
    }
}
