// swift-tools-version: 6.2
import PackageDescription

// CORE_ONLY=1 leaves everything but the core out: it builds and tests in seconds (use a scratch path of its own).
let coreOnly = Context.environment["CORE_ONLY"] == "1"

// Each feature is proven to be on by Sources/HealthCore/Features.swift: a misspelt name would be ignored in silence.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .treatWarning("DeprecatedDeclaration", as: .warning),
]

let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let bits = Target.Dependency.product(name: "BitCollections", package: "swift-collections")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioTLS = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")
let nioHTTP2 = Target.Dependency.product(name: "NIOHTTP2", package: "swift-nio-http2")
let nioHPACK = Target.Dependency.product(name: "NIOHPACK", package: "swift-nio-http2")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioHTTPTypesHTTP1 = Target.Dependency.product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let nioHTTPTypesHTTP2 = Target.Dependency.product(name: "NIOHTTPTypesHTTP2", package: "swift-nio-extras")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
// Requests to a router without a socket, for tests.
let hummingbirdTesting = Target.Dependency.product(name: "HummingbirdTesting", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "health-exporter",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "HealthCore", targets: ["HealthCore"]),
        // For the tests of programs that have checks of their own.
        .library(name: "HealthTesting", targets: ["HealthTesting"]),
    ],
    dependencies: [
        // The heap of due times, the queue of waiting runs, the sets of checks that are not healthy.
        .package(url: "https://github.com/apple/swift-collections", .upToNextMinor(from: "1.6.0"))
    ],
    targets: [
        // The whole of the thinking: schedule, status, metrics, exposition. No I/O, no clock of its own.
        .target(name: "HealthCore", dependencies: [heap, deque, bits], swiftSettings: strict),
        // A manual clock, a simulated executor, scripted checks and recorders, for tests.
        .target(name: "HealthTesting", dependencies: ["HealthCore", heap, deque], swiftSettings: strict),
        .testTarget(
            name: "HealthCoreTests",
            dependencies: ["HealthCore", "HealthTesting"],
            exclude: ["Golden"],
            swiftSettings: strict
        ),
        // What single steps of the core cost.
        .executableTarget(
            name: "core-benchmarks",
            dependencies: ["HealthCore", "HealthTesting"],
            path: "Tests/CoreBenchmarks",
            swiftSettings: strict
        ),
        // The tests of a program that has a check of its own, with public declarations only; the documentation shows this very code.
        .testTarget(
            name: "EmbeddedExampleTests",
            dependencies: ["HealthCore", "HealthTesting"],
            packageAccess: false,
            swiftSettings: strict
        ),
    ]
)

if !coreOnly {
    package.products += [
        .executable(name: "health-exporter", targets: ["health-exporter"]),
        .library(name: "HealthChecks", targets: ["HealthChecks"]),
        .library(name: "HealthExporter", targets: ["HealthExporter"]),
    ]
    package.dependencies += [
        // Channels and event loops: the way to a target, and the probe listener.
        .package(url: "https://github.com/apple/swift-nio", .upToNextMinor(from: "2.101.0")),
        // TLS to targets, and of our own listeners.
        .package(url: "https://github.com/apple/swift-nio-ssl", .upToNextMinor(from: "2.37.0")),
        // HTTP/2 for gRPC's health service, where one unary call needs no gRPC library, and for those who read our pages with TLS.
        .package(url: "https://github.com/apple/swift-nio-http2", .upToNextMinor(from: "1.46.0")),
        // Commands with their own process group, clean masks and a limit on output. No traits: they pull full Foundation.
        .package(url: "https://github.com/swiftlang/swift-subprocess", .upToNextMinor(from: "1.0.0"), traits: []),
        // The paths and descriptors that swift-subprocess speaks of.
        .package(url: "https://github.com/apple/swift-system", .upToNextMinor(from: "1.8.0")),
        // The HTTP part types that the main listener's channels carry.
        .package(url: "https://github.com/apple/swift-nio-extras", .upToNextMinor(from: "1.35.0")),
        // Header names and status codes, as Hummingbird uses them.
        .package(url: "https://github.com/apple/swift-http-types", .upToNextMinor(from: "1.8.0"), traits: []),
        // The main listener: HTTP/1.1 server. No traits: they pull full Foundation.
        .package(url: "https://github.com/hummingbird-project/hummingbird", .upToNextMinor(from: "2.28.0"), traits: []),
        // Start and stop of listeners, scheduler and log writer, in order.
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", .upToNextMinor(from: "2.13.0")),
        // The logging API; the handler that writes JSON lines is ours.
        .package(url: "https://github.com/apple/swift-log", .upToNextMinor(from: "1.16.0")),
        // Protocol buffers, the one format in which native histograms are scraped.
        .package(url: "https://github.com/apple/swift-protobuf", .upToNextMinor(from: "1.39.0"), traits: []),
        // The command line.
        .package(url: "https://github.com/apple/swift-argument-parser", .upToNextMinor(from: "1.8.0")),
    ]
    package.targets += [
        // YAML events with positions; duplicates, depth and aliases are ours to judge while parsing.
        .systemLibrary(name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        // Regular expressions on foreign bytes, in time that grows no faster than they do.
        // RE2 (libre2-dev) is C++; this is what we need of it, as C. Not by pkg-config, whose `-pthread` SwiftPM prohibits.
        .target(name: "CRE2", linkerSettings: [.linkedLibrary("re2")]),
        // PostgreSQL's own client: every way of authentication, every version of the protocol.
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        // What exactly is wrong with a certificate; libpq brings it along.
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        // gzip of a scrape, in one shot.
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        // What happened, kept over a restart. Not through GRDB, which brings all of Foundation: 55 MB of a stripped program, 8 MB of memory.
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        // The state file: history, incidents, drills and heartbeats in SQLite.
        .target(name: "StateFile", dependencies: ["HealthCore", "Platform", "CSQLite"], swiftSettings: strict),
        // bcrypt of passwords: libxcrypt, which glibc's systems have as libcrypt.
        .systemLibrary(name: "CCrypt", pkgConfig: "libcrypt", providers: [.apt(["libcrypt-dev"])]),
        // What differs between operating systems. Linux is what is built and tested.
        .target(name: "Platform", dependencies: ["HealthCore", "CHeap", "CPrivileges"], swiftSettings: strict),
        // The C library's heap: its size for tests that look for leaks, and what it gives back to the system.
        .systemLibrary(name: "CHeap"),
        // Capabilities and other rights of the process: the kernel's calls for them have a variable number of arguments.
        .systemLibrary(name: "CPrivileges"),
        // The kinds of checks, and the network that they reach their targets by.
        .target(
            name: "HealthChecks",
            dependencies: [
                "HealthCore", "Platform", "CRE2", "CLibPQ", "COpenSSL", deque, nioCore, nioPosix, nioHTTP1, nioHTTP2,
                nioHPACK,
                nioTLS,
                nioSSL,
                subprocess,
                systemPackage,
            ],
            swiftSettings: strict
        ),
        // Prometheus' messages: metrics.proto of github.com/prometheus/client_model at 10dc9df, by protoc with protoc-gen-swift 1.39.0
        // (--swift_opt=Visibility=Package). Generated code: no rules of ours.
        .target(name: "PrometheusModel", dependencies: [protobuf]),
        // Configuration, listeners, logs, composition.
        .target(
            name: "HealthExporter",
            dependencies: [
                "HealthCore", "Platform", "HealthChecks", "PrometheusModel", "StateFile", "CLibYAML", "CZlib", "CCrypt",
                "COpenSSL",
                nioCore, nioPosix, nioHTTP1, nioHTTP2, nioHTTPTypes, nioHTTPTypesHTTP1, nioHTTPTypesHTTP2, nioSSL,
                nioTLS,
                protobuf,
                httpTypes,
                hummingbird, hummingbirdCore, serviceLifecycle, logging, deque,
            ],
            resources: [.embedInCode("StatusPage/Assets")],
            swiftSettings: strict
        ),
        // The command line, thin.
        .executableTarget(
            name: "health-exporter",
            dependencies: [
                "HealthExporter", "HealthChecks", "HealthCore", "Platform", "StateFile", argumentParser, logging,
                nioCore,
                nioPosix, nioHTTP1,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "HealthChecksTests",
            dependencies: [
                "CHeap", "HealthChecks", "HealthCore", "Platform", "HealthTesting", nioCore, nioPosix, nioHTTP1, nioSSL,
                nioHTTP2, nioHPACK, nioEmbedded,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "HealthExporterTests",
            dependencies: [
                "HealthExporter", "HealthChecks", "HealthCore", "HealthTesting", "Platform", "PrometheusModel",
                "StateFile",
                "CZlib",
                logging, protobuf,
                httpTypes, nioCore, nioPosix, nioHTTP1, nioHTTPTypes, nioEmbedded,
                hummingbird, hummingbirdTesting, serviceLifecycle,
            ],
            exclude: ["Golden"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "StateFileTests",
            dependencies: ["StateFile", "HealthCore", "HealthTesting", "Platform"],
            swiftSettings: strict
        ),
        // The commands in this process, against a socket that answers what the test says.
        .testTarget(
            name: "CommandLineTests",
            dependencies: [
                "health-exporter", "HealthExporter", "HealthChecks", "HealthCore", argumentParser, nioCore, nioPosix,
                nioHTTP1,
            ],
            swiftSettings: strict
        ),
        // An exporter whose checks misbehave on purpose, for the integration tests.
        .executableTarget(
            name: "stuck-exporter",
            dependencies: ["HealthExporter", "HealthCore", "Platform", nioCore, nioPosix],
            path: "Tests/StuckExporter",
            swiftSettings: strict
        ),
        // A program that embeds the exporter; the documentation shows this very code.
        .executableTarget(
            name: "shop",
            dependencies: ["HealthExporter", "HealthCore", hummingbird, serviceLifecycle, logging],
            path: "Tests/EmbeddedExample"
        ),
        // Real processes and real servers.
        .testTarget(
            name: "IntegrationTests",
            dependencies: ["health-exporter", "stuck-exporter", "shop", "HealthCore"],
            path: "Tests/Integration",
            swiftSettings: strict
        ),
    ]
}

// FUZZING=1 adds the fuzz targets with their sanitizers, and leaves the tests out (Tests/Fuzz/fuzz.py).
if Context.environment["FUZZING"] == "1" {
    let sanitizers = ["-sanitize=address,fuzzer"]
    package.targets.removeAll { $0.type == .test }
    package.targets += [
        // What the core's tests have besides tests: the simulation with its reference model, and a reader of pages.
        .target(
            name: "HealthCoreParts",
            dependencies: ["HealthCore", "HealthTesting"],
            path: "Tests/HealthCoreTests",
            exclude: ["Golden", "Simulation/SchedulerSimulationTests.swift", "Simulation/SeededGeneratorTests.swift"],
            sources: ["Simulation", "Support", "Exposition/MetricsPage.swift"],
            swiftSettings: strict
        ),
        // All fuzz targets in one program.
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "HealthCoreParts", "HealthExporter", "HealthChecks", "HealthCore", "HealthTesting", "Platform",
                "PrometheusModel", "CLibPQ", "CZlib",
                logging, protobuf, hummingbird, httpTypes, nioCore, nioPosix, nioEmbedded, nioHTTP1, nioHTTP2,
                nioHTTPTypes, nioSSL, subprocess,
            ],
            path: "Tests/Fuzz",
            exclude: ["Corpus", "Words", "fuzz.py"],
            swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])],
            linkerSettings: [.unsafeFlags(sanitizers)]
        ),
    ]
    for target in package.targets where target.swiftSettings != nil {
        target.swiftSettings? += [.unsafeFlags(sanitizers + ["-enable-testing"])]
    }
}
