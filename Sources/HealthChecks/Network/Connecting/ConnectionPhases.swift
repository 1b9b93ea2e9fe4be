import HealthCore

extension [RunPhase] {
    /// The phases that a run over a connection can enter.
    ///
    /// - Parameters:
    ///   - target: a name is resolved, its own or that of its proxy; an address is not.
    ///   - isAnswered: whether something is sent and read once connected.
    static func ofConnection(to target: Connector.Target, isEncrypted: Bool, isAnswered: Bool) -> [RunPhase] {
        let hosts = [target.host] + (target.proxy.map { [$0.server.host] } ?? [])
        let isResolved = hosts.contains { IPAddress($0) == nil }
        return (isResolved ? [.resolve] : []) + [.connect] + (isEncrypted ? [.tls] : [])
            + (isAnswered ? [.request, .processing, .transfer] : [])
    }
}
