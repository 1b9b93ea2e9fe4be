/// One step of a TCP dialogue.
enum DialogueStep: Sendable {
    /// Read until this is found.
    case expect(Pattern)
    case send([UInt8])
    /// Encrypt from here on.
    case startTLS

    /// More than this without a match is no answer.
    static let maximumUnmatched = 64 * 1024
    private static let maximumSteps = 64

    static let keys = [
        SettingKey("expect", .pattern, "An RE2 pattern to read up to."),
        SettingKey("send", .freeText(maximum: 65_536), "Text to send; \\r, \\n, \\t, \\\\ and \\xHH mean bytes."),
        SettingKey("starttls", .boolean, "true: encrypt from here on."),
    ]

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

extension SettingsReader {
    /// The steps of a dialogue.
    func dialogue(_ key: String) -> [DialogueStep] {
        guard let node = node(key) else { return [] }
        guard case .list(let items, _) = node, !items.isEmpty, !DialogueStep.hasTooMany(items.count) else {
            problem(key, "expected a list of 1 to 64 steps, such as [{expect: \"^220\"}, {send: \"QUIT\\r\\n\"}]")
            return []
        }
        return items.enumerated().compactMap { index, item in step(item, "\(path(of: key))[\(index)]") }
    }

    private func step(_ node: SettingNode, _ path: String) -> DialogueStep? {
        let reader = SettingsReader(node, path: path, keys: DialogueStep.keys, problems: problems)
        let given = DialogueStep.keys.map(\.name).filter { reader.has($0) }
        guard given.count == 1, let key = given.first else {
            problems.add(.init(position: node.position, path: path, "expected one of expect, send, starttls"))
            return nil
        }
        switch key {
        case "expect": return reader.pattern(key).map { .expect($0) }
        case "send":
            let form = "text with no other escapes than \\r, \\n, \\t, \\\\ and \\xHH"
            return reader.value(key, form, DialogueStep.bytes).map { .send($0) }
        default:
            if reader.boolean(key) == false { reader.problem(key, "only true makes sense; leave the step out") }
            return .startTLS
        }
    }
}
