package import HealthChecks

/// The `web` section: the listeners, and who may read what.
package struct WebSettings: Settings {
    package var listen = [ListenAddress(host: "0.0.0.0", port: 8642)]
    package var probeListen = ListenAddress(host: "0.0.0.0", port: 8643)
    package var adminSocket = AdminSocketSetting.automatic
    package var details = Audience.loopback
    package var lifecycle = Audience.admin
    package var hostNames: [String] = []
    package var configurationFile: String?
    package var probeConfigurationFile: String?

    /// Both listeners on every IPv4 address; details on this machine only, reload and drill on the socket only.
    package init() {}

    package static let keys: [SettingKey<WebSettings>] = [
        SettingKey(
            "listen",
            in: \.listen,
            as: .oneOrMore(.listenAddress),
            "The main listener, at one address or several.",
            default: "0.0.0.0:8642",
            traits: .restart
        ),
        SettingKey("probe_listen", in: \.probeListen, as: .listenAddress, "The probe listener.", traits: .restart),
        SettingKey(
            "admin_socket",
            in: \.adminSocket,
            as: .adminSocket,
            "A Unix socket of mode 0600 that serves everything, for the commands status, reload and drill: auto, off or a path.",
            traits: .restart
        ),
        SettingKey(
            "details",
            in: \.details,
            as: .audience,
            "Who may read messages, details, targets and measurements.",
            traits: .restart
        ),
        SettingKey(
            "lifecycle",
            in: \.lifecycle,
            as: .audience,
            "Who may reload, drill and run a check now.",
            traits: .restart
        ),
        SettingKey(
            "host_names",
            in: \.hostNames,
            as: .list(.hostName),
            "Names under which browsers may reach the main listener.",
            traits: .restart
        ),
        SettingKey(
            "config_file",
            in: \.configurationFile,
            as: .path,
            "TLS and users of the main listener, in the format of Prometheus' exporters; probe paths stay open."
        ),
        SettingKey(
            "probe_config_file",
            in: \.probeConfigurationFile,
            as: .path,
            "TLS of the probe listener, in the same format: only its certificate and versions."
        ),
    ]

    package func validate(_ reader: SettingsReader) {
        if let problem = addressProblem(
            reader.shown(reader.has("probe_listen") ? "probe_listen" : "listen", "\(probeListen)")
        ) {
            reader.problem("probe_listen", problem)
        }
        for (index, address) in listen.enumerated() where address.port != 0 && listen[..<index].contains(address) {
            reader.problem("listen", "\(reader.shown("listen", "\(address)")) is given twice")
        }
        if listen.isEmpty { reader.problem("listen", "expected at least one address") }
    }

    /// What is wrong with the addresses of both listeners; nil when nothing is.
    ///
    /// - Parameter shown: how to quote the address of the probe listener.
    package func addressProblem(_ shown: String) -> String? {
        guard probeListen.port != 0, listen.contains(probeListen) else { return nil }
        return "must differ from `listen`, both are \(shown)"
    }
}

/// A listener's address.
package struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    /// A host name or an IP address, IPv6 without brackets.
    package var host: String
    /// The TCP port, from 0 to 65535; with 0 the system chooses one.
    package var port: Int

    /// An address of these parts, which are not validated.
    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// `host:port`, with brackets around IPv6; `:port` is that port of every IPv4 address.
    package init?(_ text: String) {
        guard let address = SettingText.address(text.hasPrefix(":") ? "0.0.0.0\(text)" : text) else { return nil }
        self.init(host: address.host, port: address.port)
    }

    /// `host:port`, with brackets around IPv6.
    package var description: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

/// Who may read what is not for everybody.
package enum Audience: String, CaseIterable, Sendable {
    /// Whoever may open the admin socket.
    case admin
    /// Those, and whoever connects from the same machine without a proxy.
    case loopback
    case always, never
}

/// Where the socket for administrators is.
package enum AdminSocketSetting: Hashable, Sendable {
    /// `health-exporter.sock` in the directory for such files.
    case automatic
    case off
    case path(String)
}

extension SettingType where Value == ListenAddress {
    fileprivate static var listenAddress: SettingType {
        SettingType(
            .address,
            expected: "an address such as 0.0.0.0:8642",
            text: { $0.description },
            parse: { ListenAddress($0) }
        )
    }
}

extension SettingType where Value == Audience {
    /// `local` is what one of them was called before.
    fileprivate static var audience: SettingType { .choice(remark: " (what was `local` is `loopback`)") }
}

extension SettingType where Value == AdminSocketSetting {
    fileprivate static var adminSocket: SettingType {
        let limit = AdminSocketPath.maximumLength
        let expected = "auto, off or a path of at most \(limit) bytes"
        return SettingType(
            .text(maximum: limit),
            expected: expected,
            text: text,
            read: { place in
                let setting = place.scalar(expected) { text -> AdminSocketSetting? in
                    switch text {
                    case "auto": .automatic
                    case "off": .off
                    case _ where text.isEmpty || text.hasControlCharacters: nil
                    default: .path(place.reader.inputs.resolve(path: text))
                    }
                }
                guard case .path(let path) = setting, let problem = AdminSocketPath.problem(ofLength: path.utf8.count)
                else {
                    return setting
                }
                place.problem(problem)
                return nil
            }
        )
    }

    private static func text(of setting: AdminSocketSetting) -> String {
        switch setting {
        case .automatic: "auto"
        case .off: "off"
        case .path(let path): path
        }
    }
}

extension SettingType where Value == String {
    fileprivate static var hostName: SettingType {
        SettingType(.text(maximum: 253), expected: "a host name without port, such as health.example") { text in
            text.isEmpty || text.contains(":") || text.contains("/") || text.hasControlCharacters
                ? nil : text.lowercased()
        }
    }
}
