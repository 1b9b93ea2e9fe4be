import HealthCore

extension SettingType where Value == Duration {
    /// A duration of at least a minimum.
    package static func duration(atLeast minimum: Duration = .milliseconds(1)) -> SettingType {
        let examples = ["250ms", "10s", "1m30s"].filter { SettingText.duration($0).map { $0 >= minimum } ?? false }
        let shortest = SettingText.text(of: minimum)
        return SettingType(
            .duration,
            expected: "a duration of at least \(shortest), such as \(examples.joined(separator: ", ")) or 7d",
            text: { SettingText.text(of: $0) },
            parse: { text in SettingText.duration(text).flatMap { $0 >= minimum ? $0 : nil } }
        )
    }

    /// A duration longer than zero.
    package static var duration: SettingType { .duration() }

    /// A duration that may be zero, such as a bound.
    package static func duration(like example: String) -> SettingType {
        SettingType(
            .duration,
            expected: "a duration, such as \(example)",
            text: { SettingText.text(of: $0) },
            parse: { SettingText.duration($0) }
        )
    }
}

extension SettingType where Value == ThresholdPair<Duration> {
    /// Thresholds of a duration of which more is worse.
    package static var durationThresholds: SettingType { .thresholds(.duration(like: "250ms or 10s")) }

    /// A duration, which is the unhealthy bound, or a pair of thresholds.
    package static var durationOrThresholds: SettingType {
        let (bound, pair) = (SettingType<Duration>.duration, durationThresholds)
        return SettingType(
            .either(bound.shape, pair.shape),
            expected: bound.expected,
            text: pair.text,
            read: { place in
                if case .map = place.node { return pair.read(place, nil) }
                return bound.read(place, nil).map { ThresholdPair(degraded: nil, unhealthy: $0) }
            }
        )
    }
}

extension SettingType where Value == Double {
    /// A ratio from 0 to 1.
    package static var ratio: SettingType {
        SettingType(
            .ratio,
            expected: "a ratio from 0 to 1, such as 80% or 0.8",
            text: { SettingText.text(ofRatio: $0) },
            parse: { SettingText.ratio($0) }
        )
    }
}

extension SettingType where Value == Int {
    /// A size in bytes.
    package static var bytes: SettingType {
        SettingType(
            .bytes,
            expected: "a size, such as 64KiB, 10MiB or 1GB",
            text: { SettingText.text(ofBytes: $0) },
            parse: { SettingText.bytes($0) }
        )
    }

    /// A size within bounds.
    package static func bytes(_ range: ClosedRange<Int>) -> SettingType {
        SettingType(
            .bytes,
            expected: "a size from \(range.lowerBound) to \(range.upperBound) bytes, such as 64KiB",
            text: { SettingText.text(ofBytes: $0) },
            parse: { text in SettingText.bytes(text).flatMap { range.contains($0) ? $0 : nil } }
        )
    }

    /// A whole number within bounds.
    package static func integer(_ range: ClosedRange<Int>) -> SettingType {
        SettingType(
            .integer(range),
            expected: "a whole number from \(range.lowerBound) to \(range.upperBound)",
            text: { String($0) },
            parse: { text in Int(text).flatMap { range.contains($0) ? $0 : nil } }
        )
    }
}

extension SettingType where Value == Bool {
    /// `true` or `false`.
    package static var boolean: SettingType {
        SettingType(
            .boolean,
            expected: "true or false",
            text: { String($0) },
            parse: { SettingText.boolean($0) }
        )
    }
}

extension SettingType where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of a closed set of words.
    ///
    /// - Parameter remark: what an error adds behind the words.
    package static func choice(_ type: Value.Type = Value.self, remark: String = "") -> SettingType {
        let words = Value.allCases.map(\.rawValue)
        return SettingType(
            .choice(words),
            expected: "one of \(words.joined(separator: ", "))\(remark)",
            text: { $0.rawValue },
            parse: { Value(rawValue: $0) }
        )
    }
}

extension SettingType where Value == String {
    /// Text without control characters.
    package static func text(maximum: Int = 256) -> SettingType {
        SettingType(
            .text(maximum: maximum),
            expected: "text of 1 to \(maximum) characters without control characters",
            text: { $0.isEmpty ? nil : $0 },
            parse: { $0.count <= maximum && !$0.isEmpty && !$0.hasControlCharacters ? $0 : nil }
        )
    }

    /// A password or token.
    package static var secretText: SettingType {
        SettingType(
            .text(maximum: 8192),
            expected: "text of 1 to 8192 bytes without control characters",
            parse: { $0.isEmpty || $0.utf8.count > 8192 || $0.hasControlCharacters ? nil : $0 }
        )
    }

    /// A path, made absolute; a NUL would end it early for the system.
    package static var path: SettingType {
        let expected = "a path without control characters"
        return SettingType(
            .path,
            expected: expected,
            text: { $0.isEmpty ? nil : $0 },
            read: { place in
                place.scalar(expected) { $0.isEmpty || $0.hasControlCharacters ? nil : $0 }
                    .map { place.reader.inputs.resolve(path: $0) }
            }
        )
    }
}

extension SettingType where Value == Pattern {
    /// An RE2 pattern.
    package static var pattern: SettingType {
        SettingType(
            .pattern,
            expected: "an RE2 pattern",
            text: { $0.source },
            read: { place in
                guard let text = place.scalar("an RE2 pattern", { $0 }) else { return nil }
                do throws(Pattern.Problem) {
                    return try Pattern(text)
                } catch {
                    let offset = error.offset.map { ", at character \($0 + 1)" } ?? ""
                    let message = "expected an RE2 pattern: \(error.message)\(offset)"
                    place.reader.problem(place.key, message)
                    return nil
                }
            }
        )
    }
}

/// A host name or address with a port.
package struct HostPort: Hashable, Sendable {
    /// A host name or an address; an IPv6 address without brackets.
    package var host = ""
    /// 1 to 65,535 once it is read.
    package var port = 0

    /// An empty host and port 0, which stand until a required key is read.
    package init() {}

    /// The target of a connection.
    func target(_ version: IPVersion) -> Connector.Target {
        Connector.Target(host: host, port: port, version: version)
    }
}

extension SettingType where Value == HostPort {
    /// `host:port` of something to connect to.
    package static var hostPort: SettingType {
        SettingType(.address, expected: "host:port, such as db:5432 or [::1]:5432") { text in
            guard let (host, port) = SettingText.address(text), port > 0 else { return nil }
            var address = HostPort()
            (address.host, address.port) = (host, port)
            return address
        }
    }
}
