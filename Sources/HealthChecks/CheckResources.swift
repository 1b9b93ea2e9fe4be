package import HealthCore
package import NIOCore

/// What checks share: threads, event loops, and the way out.
package struct CheckResources: Sendable {
    /// What the resources are built from.
    package struct Configuration: Sendable {
        package var blockingThreads: Int
        package var allowedNetworks: [IPNetwork]
        /// Environment variables, by name.
        package var environment: @Sendable (String) -> String?
        /// The folder that relative paths count from.
        package var baseDirectory: String
        /// The queues that the program's code has registered.
        package var queues = RuntimeQueues()

        package init(
            blockingThreads: Int = 32,
            allowedNetworks: [IPNetwork] = [],
            baseDirectory: String = ".",
            environment: @escaping @Sendable (String) -> String?
        ) {
            self.blockingThreads = blockingThreads
            self.allowedNetworks = allowedNetworks
            self.baseDirectory = baseDirectory
            self.environment = environment
        }
    }

    package let group: any EventLoopGroup
    package let blockingPool: BlockingPool
    /// For patterns on texts that are not small: work that always ends, and waits behind no hung call.
    package let matchingPool = BlockingPool(threads: 2, for: .patterns)
    /// For questions that go as datagrams.
    let datagrams = DatagramLoop()
    package let connector: Connector
    package let httpClient: HTTPClient
    package let time: any TimeSource
    package let environment: @Sendable (String) -> String?
    package let queues: RuntimeQueues
    private let baseDirectory: String

    /// TLS for every check that has no wishes of its own, by the protocols it offers: each context holds all authorities.
    private let sharedTLS: [String: TLSClient]
    private(set) var verifiers: CertificateVerifiers

    /// Names whose server is silent take a thread each for half a minute; more than these wait.
    private static let resolverThreads = 64

    package init(configuration: Configuration, group: any EventLoopGroup, time: any TimeSource) {
        self.group = group
        self.time = time
        environment = configuration.environment
        baseDirectory = configuration.baseDirectory
        queues = configuration.queues
        let (verifiers, pool) = (CertificateVerifiers(), BlockingPool(threads: configuration.blockingThreads))
        self.verifiers = verifiers
        blockingPool = pool
        sharedTLS = Dictionary(
            uniqueKeysWithValues: [[], ["http/1.1"], ["h2"]].map { protocols in
                (protocols.joined(), TLSClient(protocols: protocols, time: time, verifiers: verifiers, pool: pool))
            }
        )
        connector = Connector(
            group: group,
            resolver: Resolver(pool: BlockingPool(threads: Self.resolverThreads, for: .names)),
            policy: AddressPolicy(allowed: configuration.allowedNetworks)
        )
        httpClient = HTTPClient(connector: connector)
    }

    /// The same threads and connections, with files of authorities read anew.
    package func renewed() -> CheckResources {
        var copy = self
        copy.verifiers = CertificateVerifiers()
        return copy
    }

    /// TLS as the `tls` key of a check wants it.
    func tlsClient(_ reader: SettingsReader, protocols: [String] = []) -> TLSClient {
        if !reader.has("tls"), let shared = sharedTLS[protocols.joined()] { return shared }
        return TLSClient(
            options: reader.tlsOptions(self),
            protocols: protocols,
            time: time,
            verifiers: verifiers,
            pool: blockingPool
        )
    }

    /// A path of the configuration as the file system knows it.
    package func resolve(path: String) -> String {
        path.hasPrefix("/") ? path : "\(baseDirectory)/\(path)"
    }
}
