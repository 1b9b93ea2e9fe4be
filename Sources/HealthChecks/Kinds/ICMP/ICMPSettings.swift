import HealthCore

/// The settings of an `icmp` check.
struct ICMPSettings: CheckSettings {
    /// A host name or address.
    var host = ""
    /// Which addresses of the host are used.
    var version = IPVersion.auto

    static let keys: [SettingKey<ICMPSettings>] = [
        SettingKey("address", in: \.host, as: .host, "A host name or address, without port.", traits: .required),
        .ipVersion(\.version),
        .refused("proxy", because: "can't be used here: a proxy carries no echo requests"),
    ]

    /// The target of the echo requests; its port is 0, because they have none.
    var target: Connector.Target { Connector.Target(host: host, port: 0, version: version) }

    func validate(_ reader: SettingsReader) {
        if !reader.inputs.machine.maySendPings() {
            reader.problem("this process may not send pings: include its group in the sysctl net.ipv4.ping_group_range")
        }
    }

    func makeCheck(_ resources: CheckResources, seen: SeenText) -> any HealthCheck {
        ICMPCheck(
            settings: self,
            connector: resources.connector,
            exchange: EchoExchange(loop: resources.datagrams)
        )
    }
}

extension SettingType where Value == String {
    /// A host name or address.
    fileprivate static var host: SettingType {
        SettingType(.text(maximum: 253), expected: "a host name or address without port") { text in
            IPAddress(text) != nil || SettingText.address("\(text):1")?.host == text ? text : nil
        }
    }
}
