import CLibYAML
import HealthChecks

/// What libyaml tells, as far as a configuration needs it.
enum YAMLEvent {
    case documentStart, documentEnd, streamEnd, other
    case alias(String)
    case scalar(String, isPlain: Bool, anchor: String?)
    case listStart(anchor: String?), listEnd
    case mapStart(anchor: String?), mapEnd
}

/// The only file that touches libyaml: bytes in, events with positions out.
@safe struct YAMLEvents: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>
    /// Where the last event starts.
    private(set) var position = SettingPosition(line: 1, column: 1)

    /// Copies the text and reads nothing of it yet; throws only when there is no memory for the parser.
    init(_ bytes: [UInt8]) throws(SettingProblem) {
        unsafe parser = .allocate(capacity: 1)
        unsafe input = .allocate(capacity: bytes.count)
        _ = unsafe input.initialize(from: bytes)
        guard unsafe yaml_parser_initialize(parser) == 1 else {
            throw SettingProblem(position: position, "out of memory")
        }
        unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        unsafe yaml_parser_set_input_string(parser, UnsafePointer(input.baseAddress), input.count)
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
        unsafe input.deallocate()
    }

    /// The next event.
    mutating func next() throws(SettingProblem) -> YAMLEvent {
        var event = unsafe yaml_event_t()
        guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw problem() }
        defer { unsafe yaml_event_delete(&event) }
        unsafe position = Self.position(event.start_mark)
        switch unsafe event.type {
        case YAML_STREAM_END_EVENT: return .streamEnd
        case YAML_DOCUMENT_START_EVENT: return .documentStart
        case YAML_DOCUMENT_END_EVENT: return .documentEnd
        case YAML_ALIAS_EVENT: return .alias(unsafe Self.string(event.data.alias.anchor) ?? "")
        case YAML_SCALAR_EVENT:
            let scalar = unsafe event.data.scalar
            let text = unsafe String(
                decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length),
                as: UTF8.self
            )
            let isPlain = unsafe scalar.style == YAML_PLAIN_SCALAR_STYLE
            return .scalar(text, isPlain: isPlain, anchor: unsafe Self.string(scalar.anchor))
        case YAML_SEQUENCE_START_EVENT: return .listStart(anchor: unsafe Self.string(event.data.sequence_start.anchor))
        case YAML_SEQUENCE_END_EVENT: return .listEnd
        case YAML_MAPPING_START_EVENT: return .mapStart(anchor: unsafe Self.string(event.data.mapping_start.anchor))
        case YAML_MAPPING_END_EVENT: return .mapEnd
        default: return .other
        }
    }

    private func problem() -> SettingProblem {
        let what = unsafe Self.string(parser.pointee.problem) ?? "unknown problem"
        if unsafe parser.pointee.error == YAML_READER_ERROR {
            let offset = unsafe Int(parser.pointee.problem_offset)
            let message = "this is no text in UTF-8: \(what)"
            return SettingProblem(position: position(ofByte: offset), message)
        }
        let context = unsafe Self.string(parser.pointee.context).map { "\($0): " } ?? ""
        let mark = unsafe parser.pointee.problem_mark
        let isStray = what.contains("cannot start any token")
        let hint = isStray ? "; indent with spaces, not tabs, and quote special characters" : ""
        return unsafe SettingProblem(position: Self.position(mark), "this is not YAML: \(context)\(what)\(hint)")
    }

    /// The place of a byte in the input.
    private func position(ofByte offset: Int) -> SettingPosition {
        let before = unsafe input.prefix(offset)
        let line = unsafe before.count { $0 == UInt8(ascii: "\n") } + 1
        let column = unsafe before.reversed().prefix { $0 != UInt8(ascii: "\n") }.count + 1
        return SettingPosition(line: line, column: column)
    }

    @unsafe private static func position(_ mark: yaml_mark_t) -> SettingPosition {
        SettingPosition(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }

    @unsafe private static func string(_ text: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        unsafe text.map { unsafe String(cString: $0) }
    }

    @unsafe private static func string(_ text: UnsafePointer<CChar>?) -> String? {
        unsafe text.map { unsafe String(cString: $0) }
    }
}
