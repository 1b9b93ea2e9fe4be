/// Which endpoints a program mounts on its own router; see <doc:EndpointReference>.
public struct EndpointGroups: OptionSet, Sendable {
    /// One bit for each group; not meant to be stored, since groups may be added.
    public let rawValue: UInt32

    /// The groups of some bits.
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// `/livez`, `/readyz`, `/startupz` and their aliases.
    public static let probes = EndpointGroups(rawValue: 1 << 0)
    /// `/metrics`.
    public static let metrics = EndpointGroups(rawValue: 1 << 1)
    /// The status page at `/` and what belongs to it: components, incidents, badges, the feed and live updates.
    public static let statusPage = EndpointGroups(rawValue: 1 << 2)
    /// `/health/detailed`, and the components and incidents of `/api/v1`.
    public static let documents = EndpointGroups(rawValue: 1 << 3)
    /// Heartbeats of workers in other processes.
    public static let heartbeats = EndpointGroups(rawValue: 1 << 4)
    /// Beginning and ending drills, and running a check now.
    public static let drills = EndpointGroups(rawValue: 1 << 5)
    /// Feature flags, in the exporter's own form and in OpenFeature's.
    public static let flags = EndpointGroups(rawValue: 1 << 6)
    /// `/-/reload`.
    public static let reload = EndpointGroups(rawValue: 1 << 7)

    /// Every group.
    public static let all: EndpointGroups = [
        .probes, .metrics, .statusPage, .documents, .heartbeats, .drills, .flags, .reload,
    ]

    /// Every group but the status page: a program has a page of its own at `/`.
    public static let `default` = all.subtracting(.statusPage)
}
