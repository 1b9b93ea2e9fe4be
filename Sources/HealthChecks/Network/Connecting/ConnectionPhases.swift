import HealthCore

extension [RunPhase] {
    /// The phases that a run over a connection can enter.
    ///
    /// - Parameters:
    ///   - host: a name is resolved, an address is not.
    ///   - isAnswered: whether something is sent and read once connected.
    static func ofConnection(to host: String, isEncrypted: Bool, isAnswered: Bool) -> [RunPhase] {
        (IPAddress(host) == nil ? [.resolve] : []) + [.connect] + (isEncrypted ? [.tls] : [])
            + (isAnswered ? [.request, .processing, .transfer] : [])
    }
}
