import HTTPTypes

/// Who may change something: load the configuration anew, and begin and end drills.
struct LifecycleAccess: Sendable {
    /// `web.lifecycle`.
    let audience: Audience
    /// `web.host_names`.
    let hostNames: [String]

    /// Why somebody may not; nil when they may.
    func refusal(of request: EndpointRequest) -> HTTPReply? {
        let refusal = CrossSiteGuard.refusal(of: request.head, from: request.requester, hostNames: hostNames)
        if let refusal { return refusal }
        if request.requester.isAllowed(audience, request.head) { return nil }
        switch audience {
        case .never: return .error(403, "nobody may do this", hint: "web.lifecycle is never")
        case .loopback:
            return .error(
                403,
                "only a request from this machine, without a proxy in between, may do this",
                hint: "web.lifecycle is loopback; the commands `reload` and `drill` on the host use the admin socket"
            )
        case .admin, .always:
            return .error(
                403,
                "only an administrator may do this",
                hint:
                    "web.lifecycle is admin: users of web.config_file, and on the host the commands `reload` and `drill`"
            )
        }
    }
}
