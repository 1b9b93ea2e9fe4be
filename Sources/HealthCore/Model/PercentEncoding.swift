extension String {
    /// As a part of an address: every byte that may not stand there is encoded (RFC 3986 §2.1).
    package func percentEncoded(keeping isAllowed: (UInt8) -> Bool) -> String {
        utf8.map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return isAllowed(byte) ? String(UnicodeScalar(byte)) : "%" + (digits.utf8.count < 2 ? "0" : "") + digits
        }.joined()
    }
}

extension String {
    /// As one part of a path, or as one value of a query.
    package var urlEncoded: String { percentEncoded(keeping: \.isUnreservedInURL) }
}

extension UInt8 {
    /// Whether it stands for itself everywhere in an address (RFC 3986 §2.3).
    package var isUnreservedInURL: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "-._~".utf8.contains(self)
        }
    }
}
