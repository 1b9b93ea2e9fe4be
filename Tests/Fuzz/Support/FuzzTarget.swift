/// Code that reads foreign bytes, and the rules that hold whatever they are.
struct FuzzTarget: Sendable {
    /// The folder of its corpus, too.
    let name: String
    /// Feeds it an input; an error that it throws is a finding.
    let run: @Sendable ([UInt8]) throws -> Void

    /// Every target, by its name.
    static let all: [FuzzTarget] = [
        FuzzTarget(name: "addresses", run: FuzzAddresses.run),
        FuzzTarget(name: "certificates", run: FuzzCertificates.run),
        FuzzTarget(name: "chunked", run: FuzzChunked.run),
        FuzzTarget(name: "configuration", run: FuzzConfiguration.run),
        FuzzTarget(name: "web_configuration", run: FuzzWebConfiguration.run),
        FuzzTarget(name: "dns", run: FuzzDNS.run),
        FuzzTarget(name: "exposition", run: FuzzExposition.run),
        FuzzTarget(name: "grpc", run: FuzzGRPC.run),
        FuzzTarget(name: "http_response", run: FuzzHTTPResponse.run),
        FuzzTarget(name: "icmp", run: FuzzICMP.run),
        FuzzTarget(name: "json", run: FuzzJSON.run),
        FuzzTarget(name: "log", run: FuzzLog.run),
        FuzzTarget(name: "main_listener", run: FuzzMainListener.run),
        FuzzTarget(name: "plugin_output", run: FuzzPluginOutput.run),
        FuzzTarget(name: "postgres", run: FuzzPostgres.run),
        FuzzTarget(name: "probe_listener", run: FuzzProbeListener.run),
        FuzzTarget(name: "redaction", run: FuzzRedaction.run),
        FuzzTarget(name: "resp", run: FuzzRESP.run),
        FuzzTarget(name: "settings", run: FuzzSettings.run),
        FuzzTarget(name: "simulation", run: FuzzSimulation.run),
        FuzzTarget(name: "time_zone", run: FuzzTimeZone.run),
    ]

    /// The one that this process is for.
    static let chosen: FuzzTarget = {
        let name = variable("FUZZ_TARGET")
        guard let target = all.first(where: { $0.name == name }) else {
            fail("FUZZ_TARGET is one of \(all.map(\.name).joined(separator: ", "))")
        }
        return target
    }()
}
