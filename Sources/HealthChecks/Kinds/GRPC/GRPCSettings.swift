import HealthCore

/// The settings of a `grpc` check.
struct GRPCSettings: ProxiedSettings {
    /// Where the server listens.
    var address = HostPort()
    /// Empty for the server as a whole.
    var service = ""
    /// Nil for a connection without TLS.
    var tls: TLSOptions?
    /// Which addresses of the host are used.
    var version = IPVersion.auto
    /// The proxy to connect through.
    var proxy: ProxyChoice?

    static let keys: [SettingKey<GRPCSettings>] = [
        SettingKey("address", in: \.address, as: .hostPort, "host:port.", traits: .required),
        SettingKey(
            "service",
            in: \.service,
            as: .text(),
            "The service to ask for.",
            default: "the server as a whole"
        ),
        .tls(\.tls, "TLS; without it the connection is plain."),
        .ipVersion(\.version),
        .proxy,
    ]

    /// The server as a request names it.
    var server: Connector.Target { address.target(version) }

    func makeCheck(_ resources: CheckResources, seen: SeenText) -> any HealthCheck {
        GRPCCheck(
            settings: self,
            server: resources.routed(address.target(version), proxy),
            connector: resources.connector,
            tls: tls.map { resources.tlsClient($0, protocols: ["h2"]) },
            seen: seen
        )
    }
}
