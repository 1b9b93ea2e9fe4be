import HealthChecks
import HealthCore
import Platform

/// The time zones that the system knows (tzdata).
enum TimeZones {
    /// What an error says was expected in place of an unknown name.
    static let form = "the name of a time zone such as Europe/Berlin, which the package tzdata of the system must have"

    private static let folders = ["/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo"]
    private static let maximumBytes = 256 * 1024

    /// The rules of a time zone; nil for a text that is no such name, and for a zone that the system does not know.
    static func rules(_ name: String) -> TimeZoneRules? {
        if name == "UTC" { return .utc }
        let isName =
            !name.isEmpty && name.utf8.count <= 64 && !name.contains("..") && !name.hasPrefix("/")
            && name.unicodeScalars.allSatisfy {
                ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
                    || "/_+-".unicodeScalars.contains($0)
            }
        guard isName else { return nil }
        for folder in folders {
            guard let bytes = SmallFile.read("\(folder)/\(name)", limit: maximumBytes) else { continue }
            return TimeZoneRules(name: name, tzif: bytes)
        }
        return nil
    }
}
