import HealthCore
import NIOCore

/// The proxy that a connection goes through.
package struct ProxyRoute: Sendable {
    /// Where the proxy listens, and whether it speaks TLS.
    let server: HTTPTarget
    /// The value of `Proxy-Authorization`; nil without credentials.
    let authorization: String?
    /// TLS to the proxy, when it speaks TLS.
    let tls: TLSClient

    /// How messages call the proxy.
    var name: String { "proxy \(Connector.Target(host: server.host, port: server.port).address)" }

    /// Where to connect to.
    func target(_ version: IPVersion) -> Connector.Target {
        Connector.Target(host: server.host, port: server.port, version: version)
    }
}

extension ProxyRoute {
    /// Has the proxy connect to a target; from then on the channel carries the target's bytes.
    ///
    /// All of it, the handshake with an `https` proxy included, belongs to the phase `connect`.
    ///
    /// - Parameter channel: connected to the proxy; keeps early bytes.
    func openTunnel(to target: Connector.Target, on channel: any Channel, _ phases: PhaseTimer) async throws {
        let opened = channel.eventLoop.makePromise(of: Void.self)
        let authorization = authorization
        let addTunnel: @Sendable (any Channel) throws -> Void = { channel in
            let tunnel = ProxyTunnel(to: target, authorization: authorization, opened: opened)
            try channel.pipeline.syncOperations.addHandler(tunnel)
            try EarlyReadBuffer.start(on: channel)
        }
        do {
            if server.isEncrypted {
                let connection = TLSConnection(client: tls, record: CertificateRecord())
                try await connection.handshake(on: channel, host: server.host, phases, phase: .connect) { channel in
                    try addTunnel(channel)
                } begin: { channel in
                    try EarlyReadBuffer.stop(on: channel)
                }
            } else {
                try await channel.eventLoop.run {
                    guard channel.isActive else { throw ChannelError.ioOnClosedChannel }
                    try addTunnel(channel)
                    // The one before the tunnel, which is the first.
                    try EarlyReadBuffer.stop(on: channel)
                }
            }
        } catch {
            opened.fail(error)
        }
        try await opened.futureResult.get()
    }
}

/// Which connections of a check go through a proxy.
package struct ProxyRules: Sendable {
    private let settings: ProxySettings
    private let tls: TLSClient

    /// - Parameter tls: to an `https` proxy.
    init(settings: ProxySettings, tls: TLSClient) {
        self.settings = settings
        self.tls = tls
    }

    /// The proxy for a target; nil when it is connected to directly.
    ///
    /// - Parameter isPlainHTTP: whether the target is an `http` URL.
    func route(to host: String, isPlainHTTP: Bool = false) -> ProxyRoute? {
        settings.server(for: host, isPlainHTTP: isPlainHTTP).map { server in
            ProxyRoute(server: server, authorization: settings.authorization, tls: tls)
        }
    }
}

extension CheckResources {
    /// The rules that a `proxy` key gives; nil when nothing goes through a proxy.
    func proxyRules(_ choice: ProxyChoice?) -> ProxyRules? {
        guard case .on(let settings) = choice else { return nil }
        return ProxyRules(settings: settings, tls: tlsClient(settings.tls, protocols: ["http/1.1"]))
    }

    /// The target with the proxy that a `proxy` key gives for it.
    func routed(_ target: Connector.Target, _ choice: ProxyChoice?) -> Connector.Target {
        var target = target
        target.proxy = proxyRules(choice)?.route(to: target.host)
        return target
    }
}
