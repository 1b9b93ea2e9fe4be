import HealthCore

extension String {
    /// Without what looks like the hash of a password, `$ID$PARAMETERS…` (crypt(5)); each is replaced.
    func replacingPasswordHashes(with replacement: String) -> String {
        let scalars = Array(unicodeScalars)
        var (clean, index) = (String.UnicodeScalarView(), 0)
        while index < scalars.count {
            if let end = Self.endOfHash(in: scalars, from: index) {
                clean.append(contentsOf: replacement.unicodeScalars)
                index = end
            } else {
                clean.append(scalars[index])
                index += 1
            }
        }
        return String(clean)
    }

    private static func endOfHash(in scalars: [Unicode.Scalar], from start: Int) -> Int? {
        guard scalars[start] == "$" else { return nil }
        let method = scalars[(start + 1)...].prefix(12).prefix { isLetterOrDigit($0) || $0 == "-" }
        guard !method.isEmpty, method.endIndex < scalars.count, scalars[method.endIndex] == "$" else { return nil }
        let rest = scalars[(method.endIndex + 1)...].prefix {
            isLetterOrDigit($0) || "./$,=+-".unicodeScalars.contains($0)
        }
        return rest.count >= 10 ? rest.endIndex : nil
    }

    private static func isLetterOrDigit(_ scalar: Unicode.Scalar) -> Bool {
        ("0"..."9").contains(scalar) || ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
    }
}
