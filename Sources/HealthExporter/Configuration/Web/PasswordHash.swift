import HealthChecks

/// A password as bcrypt hashes it: `$2y$`, the cost, and 53 characters of salt and hash (crypt(5)).
package struct PasswordHash: Hashable, Sendable {
    /// Higher costs take more than 5 s to compute, on a machine on which 10 takes 70 ms.
    package static let costs = 4...16

    /// The text that `htpasswd -nBC 10 ""` prints behind the colon.
    package let text: String
    /// The binary logarithm of the number of rounds.
    package let cost: Int

    /// Nil for what is no such hash.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 60, ["$2a$", "$2b$", "$2y$"].contains(text.prefix(4)), bytes[6] == UInt8(ascii: "$"),
            let cost = Int(text.dropFirst(4).prefix(2)), bytes.dropFirst(7).allSatisfy(Self.isDigit)
        else { return nil }
        (self.text, self.cost) = (text, cost)
    }

    /// Whether a byte is a digit of bcrypt's base 64.
    private static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
        default: false
        }
    }

    /// A hash of a cost that no password that anybody knows has: what unknown users are compared with.
    static func unknown(cost: Int) -> PasswordHash {
        let digits = cost < 10 ? "0\(cost)" : "\(cost)"
        let text = "$2b$\(digits)$" + String(repeating: "Z", count: 21) + "." + String(repeating: "Z", count: 31)
        guard let hash = PasswordHash(text) else { preconditionFailure("not a hash: \(text)") }
        return hash
    }
}

extension SettingType where Value == [SettingEntry<PasswordHash>] {
    /// Users by name, each with the hash of a password.
    static var users: SettingType {
        SettingType(.dictionary(.text(maximum: 60))) { place in
            guard case .map(let entries, _) = place.node else {
                if !place.node.isNull { place.problem("expected a map of users, found \(place.node.typeName)") }
                return []
            }
            return entries.compactMap { entry in
                checkName(entry, place)
                guard let hash = hash(entry, place) else { return nil }
                return SettingEntry(entry.key, hash)
            }
        }
    }

    /// RFC 7617 §2: a colon ends the name of a user, and control characters can't be in one.
    private static func checkName(_ entry: SettingNode.Entry, _ place: SettingPlace) {
        let shown = shown(entry)
        guard !entry.key.isEmpty, !entry.key.contains(":"), !entry.key.hasControlCharacters, entry.key.count <= 256
        else {
            let message = "`\(shown)` is no name of a user: 1 to 256 characters without `:` and control characters"
            return place.reader.problems.add(.init(position: entry.position, path: place.path, message))
        }
    }

    /// The name as errors quote it; what looks as if a password's hash had come into it is left out.
    private static func shown(_ entry: SettingNode.Entry) -> String {
        entry.key.utf8.contains(UInt8(ascii: "$")) ? "…" : entry.key.cutForDisplay
    }

    private static func hash(_ entry: SettingNode.Entry, _ place: SettingPlace) -> PasswordHash? {
        let path = "\(place.path).\(shown(entry))"
        let add = { (message: String) in
            place.reader.problems.add(SettingProblem(position: entry.value.position, path: path, message))
        }
        guard case .scalar(let scalar, _) = entry.value, let hash = PasswordHash(scalar.text) else {
            add("expected a password hashed by bcrypt, as `htpasswd -nBC 10 \"\"` prints it behind the colon: $2y$10$…")
            return nil
        }
        guard PasswordHash.costs.contains(hash.cost) else {
            let (least, most) = (PasswordHash.costs.lowerBound, PasswordHash.costs.upperBound)
            add(
                "the cost of the hash is \(hash.cost), expected \(least) to \(most): 10 takes about 70 ms, each more doubles it"
            )
            return nil
        }
        return hash
    }
}
