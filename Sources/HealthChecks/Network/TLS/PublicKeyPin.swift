#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The SHA-256 of a public key as certificates hold it (RFC 7469 §2.4: the DER of SubjectPublicKeyInfo).
package struct PublicKeyPin: Hashable, Sendable, CustomStringConvertible {
    /// 32 bytes.
    let digest: [UInt8]

    private static let prefix = "sha256//"
    private static let length = 32

    /// The pin of a digest; nil unless it has 32 bytes.
    init?(digest: [UInt8]) {
        guard digest.count == Self.length else { return nil }
        self.digest = digest
    }

    /// Reads `sha256//BASE64`, as curl's `--pinnedpubkey` takes it; nil for anything else.
    init?(_ text: String) {
        guard text.hasPrefix(Self.prefix), let data = Data(base64Encoded: String(text.dropFirst(Self.prefix.count)))
        else { return nil }
        self.init(digest: Array(data))
    }

    /// `sha256//BASE64`.
    package var description: String { Self.prefix + Data(digest).base64EncodedString() }
}

extension SettingType where Value == PublicKeyPin {
    /// A pin in curl's form.
    static var publicKeyPin: SettingType {
        SettingType(
            .text(maximum: 64),
            expected: "sha256// and the base64 of 32 bytes, as curl's --pinnedpubkey takes it",
            text: { "\($0)" },
            parse: { PublicKeyPin($0) }
        )
    }
}
