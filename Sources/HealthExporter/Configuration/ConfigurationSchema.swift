import HealthChecks

/// The JSON Schema (2020-12) of the configuration file, for editors; made from the same keys that the decoder reads.
package enum ConfigurationSchema {
    /// The schema as one JSON document in UTF-8; keys that are not supported yet are left out.
    package static func render() -> [UInt8] {
        JSONWriter.document { json in
            json.field("$schema", "https://json-schema.org/draft/2020-12/schema")
            json.field("title", "health-exporter configuration")
            writeObject(ExporterSettings.descriptions, into: &json, replacing: "components", by: components)
        }
    }

    private typealias Write = (inout JSONWriter) -> Void
    private static let namePattern = "^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$"

    private static func writeObject(
        _ keys: [KeyDescription],
        into json: inout JSONWriter,
        replacing replaced: String? = nil,
        by write: Write? = nil
    ) {
        let supported = keys.filter(\.isSupported)
        json.field("type", "object")
        json.field("additionalProperties", false)
        let required = supported.filter(\.isRequired).map(\.name)
        if !required.isEmpty { json.field("required", texts: required) }
        json.key("properties")
        json.object { (json: inout JSONWriter) in
            for key in supported {
                json.key(key.name)
                json.object { (json: inout JSONWriter) in
                    json.field("description", key.summary)
                    if key.isSecret { json.field("writeOnly", true) }
                    if key.name == replaced, let write { write(&json) } else { Self.write(key.shape, into: &json) }
                }
            }
        }
    }

    private static func components(_ json: inout JSONWriter) {
        dictionary(names: true, into: &json) { json in
            writeObject(ComponentSettings.descriptions, into: &json, replacing: "checks", by: checks)
        }
    }

    private static func checks(_ json: inout JSONWriter) {
        dictionary(names: true, into: &json) { json in
            json.key("oneOf")
            json.array(CheckCatalog.kinds) { json, kind in
                json.object { json in
                    json.field("title", kind.name)
                    json.field("description", kind.summary)
                    let keys = CheckDecoder.keys(of: kind)
                    writeObject(keys, into: &json, replacing: "kind") { $0.field("const", kind.name) }
                }
            }
        }
    }

    private static func dictionary(names: Bool, into json: inout JSONWriter, _ value: Write) {
        json.field("type", "object")
        if names {
            json.field("minProperties", 1)
            json.key("propertyNames")
            json.object { $0.field("pattern", namePattern) }
        }
        json.key("additionalProperties")
        json.object(value)
    }

    private static func write(_ shape: SettingShape, into json: inout JSONWriter) {
        switch shape {
        case .text(let maximum):
            scalarTypes(["string", "number", "boolean"], into: &json)
            json.field("maxLength", maximum)
        case .freeText: scalarTypes(["string", "number", "boolean"], into: &json)
        case .name: pattern(namePattern, into: &json)
        case .duration: pattern(#"^(\$\{.*\}|([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?)$"#, into: &json)
        case .ratio: scalarTypes(["string", "number"], into: &json)
        case .bytes: scalarTypes(["string", "integer"], into: &json)
        case .integer(let range): integer(range, into: &json)
        case .boolean: scalarTypes(["boolean", "string"], into: &json)
        case .choice(let words): choice(words, into: &json)
        case .url, .address, .network, .pattern, .path: json.field("type", "string")
        case .statusRange:
            scalarTypes(["string", "integer", "array"], into: &json)
        case .list(let element): list(element, into: &json)
        case .oneOrMore(let element): either([.list(element), element], into: &json)
        case .dictionary(let value): dictionary(names: false, into: &json) { write(value, into: &$0) }
        case .map(let keys): writeObject(keys, into: &json)
        case .thresholds(let value): thresholds(value, into: &json)
        case .either(let first, let second): either([first, second], into: &json)
        }
    }

    private static func scalarTypes(_ types: [String], into json: inout JSONWriter) {
        json.field("type", texts: types)
    }

    private static func pattern(_ pattern: String, into json: inout JSONWriter) {
        json.field("type", "string")
        json.field("pattern", pattern)
    }

    private static func integer(_ range: ClosedRange<Int>, into json: inout JSONWriter) {
        scalarTypes(["integer", "string"], into: &json)
        json.field("minimum", range.lowerBound)
        json.field("maximum", range.upperBound)
    }

    /// `startup: false` is a boolean to YAML, and text to us.
    private static func choice(_ words: [String], into json: inout JSONWriter) {
        json.key("enum")
        json.array(words + (words.contains("false") ? [""] : [])) { json, word in
            if word.isEmpty { json.value(false) } else { json.value(word) }
        }
    }

    private static func list(_ element: SettingShape, into json: inout JSONWriter) {
        json.field("type", "array")
        json.key("items")
        json.object { write(element, into: &$0) }
    }

    private static func either(_ types: [SettingShape], into json: inout JSONWriter) {
        json.key("anyOf")
        json.array(types) { json, type in
            json.object { write(type, into: &$0) }
        }
    }

    private static func thresholds(_ value: SettingShape, into json: inout JSONWriter) {
        json.field("type", "object")
        json.field("additionalProperties", false)
        json.field("minProperties", 1)
        json.key("properties")
        json.object { json in
            for name in ["degraded", "unhealthy"] {
                json.key(name)
                json.object { write(value, into: &$0) }
            }
        }
    }
}
