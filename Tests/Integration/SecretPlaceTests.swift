import Foundation
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A canary in every place that a configuration has for a secret, by the schema, and in every way to write one; all of them are sent to
/// a target that repeats what it gets.
@Suite(.startsProcesses, .enabled(if: Tool.python.isAvailable, "python3 is not installed"))
struct SecretPlaceTests {
    private static let canary = "canary51ce7"
    private static let certificates = Faults.folder.appending(path: "certificates").path

    /// A check for each secret key of a kind: CANARY is the secret, ECHO the target.
    private static let checks = [
        "http.headers": #"kind: http, url: "http://ECHO/", headers: {x-key: CANARY}, expect_body: nothing"#,
        "http.body": #"kind: http, url: "http://ECHO/", method: POST, body: CANARY, expect_body: nothing"#,
        "http.basic_auth.password":
            #"kind: http, url: "http://ECHO/", basic_auth: {username: u, password: CANARY}, expect_body: nothing"#,
        "http.bearer_token": #"kind: http, url: "http://ECHO/", bearer_token: CANARY, expect_body: nothing"#,
        "postgres.password": #"kind: postgres, url: "postgres://u@ECHO/d", password: CANARY"#,
        "redis.password": #"kind: redis, url: "redis://ECHO", password: CANARY"#,
        "exec.environment":
            #"kind: exec, command: [/bin/sh, -c, "echo $SECRET; exit 2"], environment: {SECRET: CANARY}"#,
        "heartbeat.token": "kind: heartbeat, within: 1h, token: CANARY",
        "http.oauth2.client_secret":
            #"kind: http, url: "http://ECHO/", oauth2: {token_url: "http://ECHO/", client_id: c, client_secret: CANARY}"#,
        "http.oauth2.endpoint_params":
            #"kind: http, url: "http://ECHO/", oauth2: {token_url: "http://ECHO/", client_id: c, client_secret: xxxx, endpoint_params: {p: CANARY}}"#,
        "http.oauth2.proxy.password":
            #"kind: http, url: "http://ECHO/", oauth2: {token_url: "http://ECHO/", client_id: c, client_secret: xxxx, PROXY}"#,
        "http.proxy.password": #"kind: http, url: "http://127.0.0.1:1/", PROXY"#,
        "tcp.proxy.password": #"kind: tcp, address: "127.0.0.1:1", PROXY"#,
        "tls.proxy.password": #"kind: tls, address: "127.0.0.1:1", PROXY"#,
        "grpc.proxy.password": #"kind: grpc, address: "127.0.0.1:1", PROXY"#,
        "redis.proxy.password": #"kind: redis, url: "redis://127.0.0.1:1", PROXY"#,
    ]
    private static let proxy = #"proxy: {url: "http://ECHO", username: u, password: CANARY}"#

    /// The paths of all keys of the schema whose values are never shown, such as `http.basic_auth.password`.
    private static func secretPaths() async throws -> Set<String> {
        let text = try await Command.run(try Product.exporter.path, "schema").output
        func paths(_ value: Any, _ prefix: String) -> [String] {
            guard let object = value as? [String: Any] else {
                return (value as? [Any] ?? []).flatMap { paths($0, prefix) }
            }
            let properties = object["properties"] as? [String: Any] ?? [:]
            // Each kind of check has a title.
            let place = object["oneOf"] == nil ? prefix : ""
            let title = properties["kind"] == nil ? nil : object["title"] as? String
            let own = properties.flatMap { name, key -> [String] in
                let path = [title ?? place, name].filter { !$0.isEmpty }.joined(separator: ".")
                let isSecret = (key as? [String: Any])?["writeOnly"] as? Bool == true
                return isSecret ? [path] : paths(key, path)
            }
            let further = object.filter { $0.key != "properties" }.sorted { $0.key < $1.key }
            return own + further.flatMap { paths($0.value, place) }
        }
        return Set(paths(try JSONSerialization.jsonObject(with: Data(text.utf8)), ""))
    }

    @Test func everySecretKeyOfTheSchemaIsTriedHere() async throws {
        // Keys of certificates are files, whose content is looked for in what a core dump would hold.
        // What `defaults` says is said by the checks.
        let tried = try await Self.secretPaths().filter { !$0.hasSuffix("tls.key") && !$0.hasPrefix("defaults.") }
        #expect(tried == Set(Self.checks.keys), "a key that is secret needs a check with a canary above")
    }

    /// A target that sends back what it receives; to HTTP, what may be secret in it, as the beginning of a body.
    private static func startEcho() async throws -> (RunningServer, Int) {
        let port = try FreePort.next()
        let program = """
            import asyncio, re
            async def echo(reader, writer):
                while data := await reader.read(65536):
                    if data.startswith((b"GET ", b"POST ")):
                        head, _, body = data.partition(b"\\r\\n\\r\\n")
                        values = re.findall(rb"(?im)^(?:x-key|authorization): *(.*)\\r?$", head)
                        data = b" ".join(values) + body
                        data = b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n%s" % (len(data), data)
                    writer.write(data)
                    await writer.drain()
            async def main():
                server = await asyncio.start_server(echo, "127.0.0.1", \(port))
                await server.serve_forever()
            asyncio.run(main())
            """
        let server = try RunningServer(.python, ["-c", program])
        try await eventually("the target listens") { (try? OpenConnection(port)) != nil }
        return (server, port)
    }

    /// A configuration with every secret in each way: written, from a file, from a variable.
    private static func configuration(_ folder: TemporaryFolder, echo port: Int) throws -> (text: String, count: Int) {
        let file = try folder.write("secret", "\(canary)-file\n")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
        var lines: [String] = []
        for (path, check) in checks.sorted(by: { $0.key < $1.key }) {
            for secret in ["\(canary)-\(path)", "\"${file:\(file)}\"", "\"${env:CANARY}\""] {
                let text = check.replacing("PROXY", with: proxy).replacing("CANARY", with: secret).replacing(
                    "ECHO",
                    with: "127.0.0.1:\(port)"
                )
                lines.append("      c\(lines.count): {\(text)}\n")
            }
        }
        try Faults.protectKeys()
        let authorities = "ca: \(certificates)/root.pem"
        let client = "certificate: \(certificates)/client.pem, key: \(certificates)/client.key"
        lines.append(
            "      c\(lines.count): {kind: tls, address: \"127.0.0.1:\(port)\", tls: {\(authorities), \(client)}}\n"
        )
        let head = "logs: {level: trace}\ndefaults: {interval: 300d, timeout: 2s}\ncomponents:\n  c:\n    checks:\n"
        return (head + lines.joined(), lines.count)
    }

    /// What nobody may see: the canary, also as basic authentication has it, and the secret part of the client's key.
    private static func secrets() throws -> [String] {
        let key = try String(contentsOfFile: "\(certificates)/client.key", encoding: .utf8)
        let middle = key.split(separator: "\n").dropFirst().first.map(String.init)
        let credentials = ["http.basic_auth.password", "file", "env"].map { way in
            Data("u:\(canary)-\(way)".utf8).base64EncodedString()
        }
        return [canary, try #require(middle)] + credentials
    }

    /// Passwords of proxies, as basic authentication has them.
    private static let proxyCredentials = checks.keys.filter { $0.hasSuffix("proxy.password") }.sorted().map { path in
        Data("u:\(canary)-\(path)".utf8).base64EncodedString()
    }

    private static func start(
        _ text: String,
        _ count: Int,
        arguments: [String] = [],
        prefix: [String] = []
    ) async throws -> RunningExporter {
        let exporter = try RunningExporter(
            configuration: text,
            arguments: arguments,
            // A backtrace would take longer than the whole test.
            environment: ["CANARY": "\(canary)-env", "SWIFT_BACKTRACE": "enable=no"],
            prefix: prefix
        )
        try await exporter.waitUntilStarted()
        try await eventually("a result of every check") {
            let known = try exporter.get("/api/v1/components/c").json["checks"] as? [[String: Any]] ?? []
            return known.count == count
                && known.allSatisfy { $0["last_run"] is [String: Any] || $0["kind"] as? String == "heartbeat" }
        }
        return exporter
    }

    @Test func noPlaceLeaksToATargetThatRepeatsWhatItGets() async throws {
        let folder = try TemporaryFolder()
        let (server, port) = try await Self.startEcho()
        defer { server.stop() }
        let state = folder.url.appending(path: "state.db").path
        let (checks, count) = try Self.configuration(folder, echo: port)
        let text = "web: {lifecycle: loopback}\nstate: {path: \(state)}\n" + checks
        let exporter = try await Self.start(text, count)
        var pages = [("log", try exporter.log)]
        let sequence = try exporter.get("/updates").json["sequence"] as? String ?? ""
        #expect(try exporter.post("/api/v1/components/c/drill", body: #"{"for": "1m"}"#).status == 200)
        for path in [
            "/", "/metrics", "/health/detailed", "/api/v1/components", "/readyz", "/readyz?verbose", "/-/x",
            "/components/c",
            "/components/c?fragment", "/incidents", "/incidents.atom", "/incidents.csv", "/api/v1/incidents",
            "/api/v1/components/c/history", "/badge/c.svg", "/updates?since=\(sequence)",
        ] {
            pages.append((path, try exporter.get(path).text))
        }
        pages.append(("reload", try exporter.post("/-/reload").text))
        try exporter.rewrite(text.replacing("kind: exec", with: "kind: exce"))
        pages.append(("refused", try exporter.post("/-/reload").text))
        let status = try await Command.run(try Product.exporter.path, "status", "c", "--socket", exporter.adminSocket)
        pages += [("status", status.output + status.errors), ("log at the end", try exporter.log)]
        #expect(try await exporter.end(by: SIGTERM) == 0)
        let export = try await Command.run(try Product.exporter.path, "state", "export", state)
        #expect(export.status == 0 && export.output.contains(#""c""#), "\(export.errors)")
        pages.append(("state", export.output))
        for (place, page) in pages {
            for secret in try Self.secrets() + Self.proxyCredentials {
                #expect(!page.contains(secret), "\(place): \(secret)")
            }
        }
        // The target and the commands did repeat them: four keys of `http` and one of `exec`, in three ways.
        #expect(pages[3].1.components(separatedBy: "<secret>").count > 15, "\(pages[3].1)")
    }

    /// Ends an exporter as a crash does, and returns what it left in its folder.
    private static func coreDump(_ text: String, _ count: Int, _ arguments: [String]) async throws -> Data? {
        let folder = try TemporaryFolder()
        // Whoever starts it from a thread of Dispatch has it inherit blocked signals.
        let program = """
            import os, resource, signal, sys
            signal.pthread_sigmask(signal.SIG_SETMASK, [])
            resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            os.chdir("\(folder.url.path)")
            os.execv(sys.argv[1], sys.argv[1:])
            """
        let prefix = [Tool.python.rawValue, "-c", program]
        let exporter = try await start(text, count, arguments: arguments, prefix: prefix)
        exporter.signal(SIGABRT)
        #expect(try await exporter.waitForEnd() == SIGABRT)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
        return try files.first.map { try Data(contentsOf: folder.url.appending(path: $0)) }
    }

    @Test(.enabled(if: getuid() == 0, "only root can raise the limit of core dumps"))
    func noPlaceLeaksIntoACoreDump() async throws {
        let folder = try TemporaryFolder()
        let (server, port) = try await Self.startEcho()
        defer { server.stop() }
        let (text, count) = try Self.configuration(folder, echo: port)
        #expect(try await Self.coreDump(text, count, []) == nil)
        // Where the kernel writes them to the folder: with the option there is one, and it does hold the secrets.
        let pattern = try String(contentsOfFile: "/proc/sys/kernel/core_pattern", encoding: .utf8)
        guard !pattern.contains("/") else { return }
        let dump = try #require(try await Self.coreDump(text, count, ["--core-dumps"]), "core_pattern: \(pattern)")
        for secret in try Self.secrets() {
            #expect(dump.range(of: Data(secret.utf8)) != nil, "\(secret)")
        }
    }

    /// A command of a check, or another program of the same user, can't read the memory or the variables either.
    @Test(.enabled(if: getuid() == 0, "only root can start processes of another user"), arguments: [true, false])
    func theSameUserReadsNothingUnlessAskedFor(isAllowed: Bool) async throws {
        let exporter = try RunningExporter(
            configuration: "components: {c: {checks: {t: {kind: memory}}}}",
            arguments: isAllowed ? ["--core-dumps"] : [],
            environment: ["CANARY": "\(Self.canary)-env"],
            prefix: PrivilegeTests.asNobody
        )
        try await exporter.waitUntilStarted()
        let reader = Array(PrivilegeTests.asNobody.dropFirst())
        for file in ["environ", "mem", "maps"] {
            let path = "/proc/\(exporter.processIdentifier)/\(file)"
            let command = reader + ["/bin/sh", "-c", "exec 3< \(path)"]
            let result = try await Command.run(PrivilegeTests.asNobody[0], command)
            #expect((result.status == 0) == isAllowed, "\(file): \(result.errors)")
        }
    }
}
