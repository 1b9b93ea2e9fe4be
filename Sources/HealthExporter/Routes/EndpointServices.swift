/// What the handlers of endpoints answer from.
struct EndpointServices: Sendable {
    /// The three probes.
    let probes: ProbeResponder
    /// The components that there are.
    let components: ComponentNames
    /// Heartbeats of workers.
    let heartbeats: HeartbeatRoute
    /// Drills.
    let drills: DrillRoute
    /// Runs of a component's checks at once.
    let run: RunRoute
    /// Reloads of the configuration.
    let reload: ReloadRoute
    /// Feature flags.
    let flags: FlagRoutes
    /// Who may reload, drill and run a check now.
    let access: LifecycleAccess
    /// `web.details`.
    let details: Audience

    /// Whether whoever sent a request may read messages, targets, details and measurements.
    func showsDetails(to request: EndpointRequest) -> Bool {
        request.requester.isAllowed(details, request.head)
    }
}
