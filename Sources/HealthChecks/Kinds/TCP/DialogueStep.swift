/// One step of a TCP dialogue.
enum DialogueStep: Hashable, Sendable {
    /// Read until this is found.
    case expect(Pattern)
    case send([UInt8])
    /// Encrypt from here on.
    case startTLS

    /// More than this without a match is no answer.
    static let maximumUnmatched = 64 * 1024
    private static let maximumSteps = 64

    /// The bytes of a `send`: `\r`, `\n`, `\t`, `\\` and `\xHH` mean one byte each, all else is UTF-8; nil for another escape.
    static func bytes(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                bytes.append(byte)
                continue
            }
            switch rest.popFirst() {
            case UInt8(ascii: "r"): bytes.append(13)
            case UInt8(ascii: "n"): bytes.append(10)
            case UInt8(ascii: "t"): bytes.append(9)
            case UInt8(ascii: "\\"): bytes.append(UInt8(ascii: "\\"))
            case UInt8(ascii: "x"):
                guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
                else { return nil }
                bytes.append(value)
                rest = rest.dropFirst(2)
            default: return nil
            }
        }
        return bytes
    }

    fileprivate static func hasTooMany(_ count: Int) -> Bool { count > maximumSteps }
}

/// The keys of a step, of which exactly one is given.
private struct StepSettings: Settings {
    var expect: Pattern?
    var send: [UInt8]?
    var starttls: Bool?

    static let keys: [SettingKey<StepSettings>] = [
        SettingKey("expect", in: \.expect, as: .pattern, "An RE2 pattern to read up to."),
        SettingKey("send", in: \.send, as: .sent, "Text to send; \\r, \\n, \\t, \\\\ and \\xHH mean bytes."),
        SettingKey("starttls", in: \.starttls, as: .boolean, "true: encrypt from here on."),
    ]

    /// The step; nil after a problem was added.
    func step(_ reader: SettingsReader) -> DialogueStep? {
        if let expect { return .expect(expect) }
        if let send { return .send(send) }
        if starttls == false { reader.problem("starttls", "only true makes sense; leave the step out") }
        return reader.has("starttls") ? .startTLS : nil
    }
}

extension SettingType where Value == [DialogueStep] {
    /// The steps of a dialogue.
    static var dialogue: SettingType {
        SettingType(.list(.map(StepSettings.descriptions))) { place in
            guard case .list(let items, _) = place.node, !items.isEmpty, !DialogueStep.hasTooMany(items.count) else {
                place.problem("expected a list of 1 to 64 steps, such as [{expect: \"^220\"}, {send: \"QUIT\\r\\n\"}]")
                return nil
            }
            return items.enumerated().compactMap { index, item in
                step(place.element(item, path: "\(place.path)[\(index)]", keys: StepSettings.descriptions))
            }
        }
    }

    private static func step(_ reader: SettingsReader) -> DialogueStep? {
        guard StepSettings.keys.count(where: { reader.has($0.name) }) == 1 else {
            reader.problem("expected one of expect, send, starttls")
            return nil
        }
        return reader.decoded(StepSettings.self).step(reader)
    }
}

extension SettingType where Value == [UInt8] {
    /// The bytes of a `send`.
    fileprivate static var sent: SettingType {
        SettingType(
            .freeText(maximum: 65_536),
            expected: "text with no other escapes than \\r, \\n, \\t, \\\\ and \\xHH"
        ) { DialogueStep.bytes($0) }
    }
}
