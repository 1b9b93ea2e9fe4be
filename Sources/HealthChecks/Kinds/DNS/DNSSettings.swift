import HealthCore

/// The settings of a `dns` check.
struct DNSSettings: CheckSettings {
    /// The name to query.
    var name = DNSQueryName()
    /// The record type to query.
    var record = DNSRecordType.a
    /// Nil for the system's name server, which is read from resolv.conf for every run.
    var server: HostPort?
    /// A pattern that one of the records must match.
    var expected: Pattern?
    /// The response code that the answer must have.
    var responseCode: UInt16 = 0
    /// Which addresses of the name server are used.
    var version = IPVersion.auto

    static let keys: [SettingKey<DNSSettings>] = [
        SettingKey(
            "name",
            in: \.name,
            as: .queryName,
            "The name to ask for; for PTR also an address.",
            traits: .required
        ),
        SettingKey("record", in: \.record, as: .choice(), "The record type."),
        SettingKey("server", in: \.server, as: .nameServer, "host[:port].", default: "the system's name server"),
        SettingKey("expect", in: \.expected, as: .pattern, "An RE2 pattern that one of the records must match."),
        SettingKey("rcode", in: \.responseCode, as: .responseCode, "The response code expected."),
        .ipVersion(\.version),
        .refused("proxy", because: "can't be used here: name servers are asked directly"),
    ]

    /// The question of each run.
    var question: DNSQuestion { name.question(record) }

    func validate(_ reader: SettingsReader) {
        if reader.has("ip"), !reader.has("server") { reader.problem("ip", "has no effect without `server`") }
        if reader.has("expect"), responseCode != 0 {
            reader.problem("expect", "has no effect: an answer with another rcode than NOERROR has no records")
        }
    }

    func makeCheck(_ resources: CheckResources, seen: SeenText) -> any HealthCheck {
        DNSCheck(settings: self, resources: resources, seen: seen)
    }
}

extension SettingType where Value == DNSQueryName {
    /// A domain name or an address.
    fileprivate static var queryName: SettingType {
        SettingType(.text(maximum: 254), expected: "a domain name of at most 253 characters") { DNSQueryName($0) }
    }
}

extension SettingType where Value == HostPort {
    /// A name server, with port 53 unless it has another.
    fileprivate static var nameServer: SettingType {
        let expected = "host or host:port, such as 10.0.0.53 or [::1]:5353"
        let parse: @Sendable (String) -> HostPort? = { text in
            var server = HostPort()
            if let (host, port) = SettingText.address(text) {
                (server.host, server.port) = (host, port)
            } else if IPAddress(text) != nil {
                (server.host, server.port) = (text, 53)
            } else if let (host, port) = SettingText.address("\(text):53") {
                (server.host, server.port) = (host, port)
            }
            return server.port > 0 ? server : nil
        }
        return SettingType(.text(maximum: 260), expected: expected, parse: parse)
    }
}

extension SettingType where Value == UInt16 {
    /// The name of a response code.
    fileprivate static var responseCode: SettingType {
        let names = DNSAnswer.codes.map(\.name)
        return SettingType(
            .choice(names),
            expected: "one of \(names.joined(separator: ", "))",
            text: { DNSAnswer.codeName($0) },
            parse: { text in DNSAnswer.codes.first { $0.name == text }?.code }
        )
    }
}
