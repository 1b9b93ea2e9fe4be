import HealthCore
import NIOCore
import Platform

/// Refuses what a proxy would connect to, as far as that can be known on this side of it.
///
/// An address is refused as it is without a proxy. The name of a target is resolved by the proxy: it is refused when it is one of a
/// metadata service, or when it resolves here to a refused address. A name that does not resolve here, or not soon, is left to the proxy.
struct ProxiedTargetPolicy: Sendable {
    /// Looks names up on this side of the proxy.
    let resolver: Resolver
    /// Which addresses may not be reached.
    let policy: AddressPolicy

    /// Names under which clouds serve metadata, with any name below them; the address behind one is link-local.
    private static let metadataNames = [
        "metadata", "metadata.google.internal", "metadata.goog", "instance-data", "instance-data.ec2.internal",
        "metadata.azure.internal", "metadata.tencentyun.com", "metadata.platformequinix.com",
    ].compactMap { ProxyExemption($0) }

    /// An address by which these names are known, and which `network.allow` names to permit them.
    private static let metadataAddress = IPAddress("169.254.169.254")

    /// At most so long, and at most a quarter of the run's time, is a name looked up.
    private static let patience = Duration.seconds(1)

    /// Throws `blocked` when a target is known to be refused.
    func check(_ target: Connector.Target, _ context: RunContext) async throws {
        // The dot that makes a name absolute makes no name of an address.
        let host = target.host.hasSuffix(".") ? String(target.host.dropLast()) : target.host
        if let address = IPAddress(host) ?? IPAddress(legacy: host) { return try refuse(address, of: target) }
        if Self.metadataNames.contains(where: { $0.covers(host) }), let address = Self.metadataAddress {
            try refuse(address, of: target)
        }
        context.phases.enter(.resolve)
        for address in await addresses(of: target, context).compactMap({ IPAddress($0) }) {
            try refuse(address, of: target)
        }
    }

    private func refuse(_ address: IPAddress, of target: Connector.Target) throws(CheckFailure) {
        guard let why = policy.refusal(of: address) else { return }
        throw CheckFailure(
            .blocked,
            "\(target.host) is \(address.text), which is refused, also by way of a proxy: \(why)"
        )
    }

    /// The addresses of a name as this side of the proxy knows them; none when it knows none in time.
    private func addresses(of target: Connector.Target, _ context: RunContext) async -> [SocketAddress] {
        let limit = min(Self.patience, context.timeout / 4)
        let (resolver, phases) = (resolver, context.phases)
        let addresses = await withTaskGroup(of: [SocketAddress].self) { group in
            group.addTask {
                // Why it is not found says nothing about the proxy, which may know it.
                (try? await resolver.addresses(of: target.host, port: target.port, version: .auto, phases: phases))
                    ?? []
            }
            group.addTask {
                try? await Task.sleep(for: limit)
                return []
            }
            defer { group.cancelAll() }
            return await group.next() ?? []
        }
        // Whoever goes on without the lookup waits for no thread.
        phases.setBlocked(false)
        return addresses
    }
}
