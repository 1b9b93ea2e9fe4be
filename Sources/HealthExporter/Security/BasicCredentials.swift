import HTTPTypes

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The user and the password of a request (RFC 7617).
struct BasicCredentials: Sendable {
    /// The name of the user.
    let user: String
    /// The bytes of the password, in UTF-8 as nearly everybody sends it.
    let password: [UInt8]

    /// Longer ones are nobody's: a request's header field has at most 16 KiB anyway.
    private static let maximumLength = 4096

    /// Those of the header `Authorization`; nil when it is missing or of another form.
    init?(_ request: HTTPRequest) {
        guard let field = request.headerFields[.authorization] else { return nil }
        let scheme = field.prefix { $0 != " " }
        guard scheme.lowercased() == "basic" else { return nil }
        let encoded = String(field.dropFirst(scheme.count).drop { $0 == " " })
        guard encoded.utf8.count <= Self.maximumLength, let data = Data(base64Encoded: encoded) else { return nil }
        let bytes = [UInt8](data)
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
            let user = String(validating: bytes[..<colon], as: UTF8.self)
        else { return nil }
        self.user = user
        password = Array(bytes[bytes.index(after: colon)...])
    }
}
