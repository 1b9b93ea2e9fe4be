/// A request target taken apart: the path, and whether a query parameter is there.
struct RequestTarget: Sendable {
    /// Without the query.
    let path: Substring
    private let query: Substring

    /// - Parameter uri: in origin form, or in absolute form, which a server has to accept too (RFC 9112 §3.2.2).
    init(_ uri: some StringProtocol) {
        let uri = Self.originForm(of: Substring(uri))
        let end = uri.firstIndex(of: "?") ?? uri.endIndex
        path = uri[..<end]
        query = uri[end...].dropFirst()
    }

    private static func originForm(of uri: Substring) -> Substring {
        for scheme in ["http://", "https://"] where uri.prefix(scheme.count).lowercased() == scheme {
            let rest = uri.dropFirst(scheme.count).drop { $0 != "/" && $0 != "?" }
            return rest.first == "/" ? rest : "/" + rest
        }
        return uri
    }

    /// The value of a parameter as a form writes it, `+` for a space (HTML, §4.10.21.7); nil when it is not given or not UTF-8.
    func value(of parameter: String) -> String? {
        let pair = query.split(separator: "&").first { $0.hasPrefix("\(parameter)=") }
        return pair.flatMap { Self.decoded($0.dropFirst(parameter.utf8.count + 1)) }
    }

    private static func decoded(_ text: Substring) -> String? {
        var (bytes, rest) = ([UInt8](), text.utf8[...])
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = hexadecimalValue(rest.popFirst()), let low = hexadecimalValue(rest.popFirst()) else {
                    return nil
                }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func hexadecimalValue(_ digit: UInt8?) -> UInt8? {
        digit.flatMap { Character(Unicode.Scalar($0)).hexDigitValue }.map { UInt8($0) }
    }

    /// Whether a parameter is given, with or without a value.
    func has(_ parameter: String) -> Bool {
        query.split(separator: "&").contains { $0 == parameter || $0.hasPrefix("\(parameter)=") }
    }
}
