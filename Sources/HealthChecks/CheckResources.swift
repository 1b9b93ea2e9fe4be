package import HealthCore
package import NIOCore

/// What checks share: threads, event loops, and the connector.
package struct CheckResources: Sendable {
    /// What the resources are made from.
    package struct Configuration: Sendable {
        /// How many threads run blocking calls.
        package var blockingThreads: Int
        /// Networks that checks may connect to although they are refused by default.
        package var allowedNetworks: [IPNetwork]
        /// Environment variables, by name.
        package var environment: @Sendable (String) -> String?
        /// The folder that relative paths count from.
        package var baseDirectory: String
        /// The queues that the program's code has registered.
        package var queues = RuntimeQueues()

        /// The defaults, with 32 threads for blocking calls.
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

    /// The event loops of all connections.
    package let group: any EventLoopGroup
    /// For files and databases.
    package let blockingPool: BlockingPool
    /// For patterns on long texts: such a search always ends, and waits behind no call that hangs.
    package let matchingPool = BlockingPool(threads: 2, for: .patterns)
    /// For requests as datagrams.
    let datagrams = DatagramLoop()
    /// Where the runs of checks that only wait for sockets are executed.
    package let executors: RunExecutors
    /// Connects to targets.
    package let connector: Connector
    /// Sends HTTP requests.
    package let httpClient: HTTPClient
    /// Tokens of clients, which checks share.
    let tokens = AccessTokenSources()
    /// The clock of runs.
    package let time: any TimeSource
    /// Environment variables, by name.
    package let environment: @Sendable (String) -> String?
    /// The queues that the program's code has registered.
    package let queues: RuntimeQueues
    /// Facts of the machine that decide what a check can measure.
    package var machine = MachineFacts.system
    private let baseDirectory: String

    /// TLS for every check without a `tls` key, by the protocols offered.
    private let sharedTLS: [String: TLSClient]
    /// Verifiers of certificates, by their authorities.
    private(set) var verifiers: CertificateVerifiers

    /// A name whose server is silent takes a thread for half a minute; more lookups than these wait.
    private static let resolverThreads = 64
    /// The same for names that proxies look up themselves; what waits for these threads is left to the proxy.
    private static let policyResolverThreads = 8

    /// Resources whose threads start when they are first needed.
    package init(configuration: Configuration, group: any EventLoopGroup, time: any TimeSource) {
        self.group = group
        executors = RunExecutors(group: group)
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
            policyResolver: Resolver(pool: BlockingPool(threads: Self.policyResolverThreads, for: .names)),
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

    /// TLS with options of a check; checks without options share one.
    ///
    /// - Parameter protocols: the application protocols offered (RFC 7301).
    func tlsClient(_ options: TLSOptions?, protocols: [String] = []) -> TLSClient {
        if options == nil, let shared = sharedTLS[protocols.joined()] { return shared }
        return TLSClient(
            options: options ?? TLSOptions(),
            protocols: protocols,
            time: time,
            verifiers: verifiers,
            pool: blockingPool
        )
    }

    /// What decoding needs of these resources.
    package var inputs: SettingInputs {
        var inputs = SettingInputs(baseDirectory: baseDirectory, queueNames: queues.names)
        inputs.environment = environment
        return inputs
    }
}
