import HealthCore

/// The `proxy` key of a check: none, or one that carries its connections.
package enum ProxyChoice: Hashable, Sendable {
    /// Connects directly, whatever `defaults` says.
    case off
    /// Connects through a proxy, unless the settings exempt the target.
    case on(ProxySettings)
}

/// The keys of `proxy`: which HTTP proxy connections go through, as tunnels (RFC 9110 §9.3.6, CONNECT).
package struct ProxySettings: Settings {
    /// Where the proxy listens; nil when the environment says.
    package var server: HTTPTarget?
    /// For a proxy that wants to know who comes (RFC 7617); nil for none.
    package var username: String?
    /// Of the user.
    package var password: String?
    /// Targets that are connected to directly.
    package var exemptions: [ProxyExemption] = []
    /// Whether the environment says which proxy it is.
    package var isFromEnvironment = false
    /// TLS to an `https` proxy; nil for the defaults.
    package var tls: TLSOptions?
    /// What the environment said when the configuration was read.
    package var environment = ProxyEnvironment()

    /// No proxy.
    package init() {}

    /// The keys, in the order of the documentation.
    package static let keys: [SettingKey<ProxySettings>] = [
        SettingKey(
            "url",
            in: \.server,
            as: .proxyURL,
            "The proxy; port 80, or 443 for https, unless it says another one."
        ),
        SettingKey("username", in: \.username, as: .basicUser, "The user that the proxy wants; without a colon."),
        SettingKey("password", in: \.password, as: .secretText, "The user's password.", traits: .secret),
        SettingKey(
            "no_proxy",
            in: \.exemptions,
            as: .oneOrMore(.proxyExemption),
            "Targets to connect to directly: a domain with all below it, an address, a network, or * for all."
        ),
        SettingKey(
            "from_environment",
            in: \.isFromEnvironment,
            as: .boolean,
            "true: HTTPS_PROXY, HTTP_PROXY and NO_PROXY, in small letters or capitals, say which proxy and for what."
        ),
        SettingKey("tls", in: \.tls, as: .object(TLSOptions.self), "TLS to an https proxy."),
    ]

    package func validate(_ reader: SettingsReader) {
        if reader.has("url"), isFromEnvironment {
            reader.problem("from_environment", "either url or from_environment, not both")
        }
        if !reader.has("url"), !isFromEnvironment {
            reader.problem("expected `url` or `from_environment: true`; `proxy: off` is none")
        }
        if reader.has("username") != reader.has("password") {
            reader.problem("`username` and `password` only work together")
        }
        if reader.has("tls"), server?.isEncrypted == false {
            reader.problem("tls", "has no effect: the url is http")
        }
        if tls?.expiresWithin != nil {
            reader.problem("tls", "expires_within has no effect here: the proxy's certificates are not measured")
        }
    }

    /// The value of `Proxy-Authorization`; nil without credentials.
    var authorization: String? {
        guard let username, let password else { return nil }
        var credentials = BasicCredentials()
        (credentials.username, credentials.password) = (username, password)
        return credentials.authorization
    }

    /// The proxy of a target; nil when it is connected to directly.
    ///
    /// - Parameter isPlainHTTP: whether the target is an `http` URL; everything else follows what is said of `https`.
    package func server(for host: String, isPlainHTTP: Bool) -> HTTPTarget? {
        if (exemptions + environment.exemptions).contains(where: { $0.covers(host) }) { return nil }
        return server ?? (isPlainHTTP ? environment.plain : environment.encrypted)
    }
}

/// Settings of a kind whose connections can go through a proxy; `defaults` has the key, too.
package protocol ProxiedSettings: CheckSettings {
    /// Nil when the check says nothing of proxies.
    var proxy: ProxyChoice? { get set }
}

extension SettingType where Value == HTTPTarget {
    /// The URL of a proxy, without credentials and path.
    fileprivate static var proxyURL: SettingType {
        let target = SettingType<HTTPTarget>.httpTarget(credentials: "use `username` and `password`")
        return SettingType(target.shape) { place in
            guard let server = target.read(place, nil) else { return nil }
            guard server.pathAndQuery == "/" else {
                place.problem("expected the URL of a proxy without a path, such as http://proxy.example:3128")
                return nil
            }
            return server
        }
    }
}

extension SettingType where Value == ProxyChoice {
    /// `off`, or the keys of a proxy.
    package static var proxy: SettingType {
        let settings = SettingType<ProxySettings>.object(ProxySettings.self)
        return SettingType(.either(.choice(["off"]), settings.shape)) { place in
            guard case .map = place.node else {
                return place.scalar("off, or a map with url or from_environment") { $0 == "off" ? .off : nil }
            }
            guard var proxy = settings.read(place, nil) else { return nil }
            if proxy.isFromEnvironment {
                do throws(ProxyEnvironment.Problem) {
                    proxy.environment = try ProxyEnvironment(variable: place.reader.inputs.environment)
                } catch {
                    place.problem(error.text)
                    return nil
                }
            }
            return .on(proxy)
        }
    }
}

extension SettingKey where Root: ProxiedSettings {
    /// The `proxy` key of a kind that connects over TCP.
    static var proxy: SettingKey {
        SettingKey("proxy", in: \.proxy, as: .proxy, ProxySettings.about, default: "that of `defaults`, else off")
    }
}

extension ProxySettings {
    /// What the key is for, wherever it stands.
    package static let about = "The HTTP proxy to connect through: off, or a map."
}
