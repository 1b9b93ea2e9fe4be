import HealthCore
import HealthTesting
import Logging
import Synchronization
import Testing

@testable import HealthExporter

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Contract §4, row by row: what the three probes answer in every phase.
@Suite struct ProbePhaseTests {
    /// A phase: what has happened, and what the probes then say.
    struct Phase: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let happened: @Sendable (Stage) -> Void
        let live: Int
        let ready: Int
        let started: Int
        /// `status`, then `reason`, of `/readyz`.
        let says: String

        init(
            _ name: String,
            live: Int = 200,
            ready: Int,
            started: Int,
            _ says: String,
            _ happened: @escaping @Sendable (Stage) -> Void
        ) {
            testDescription = name
            (self.live, self.ready, self.started, self.says, self.happened) = (live, ready, started, says, happened)
        }
    }

    /// A store with two critical components, an optional, an informational and a shared one.
    final class Stage: Sendable {
        let time = ManualTime()
        let store: StatusStore
        let stalls: StallMonitor
        let scheduler = ProgressCounter(name: "scheduler")
        private let registry: CheckRegistry

        init(policy: UnknownPolicy = .notReady) {
            store = StatusStore(time: time, unknownPolicy: policy, startupTasks: ["main-listener"]) { _ in }
            stalls = StallMonitor(
                progressCounters: [scheduler],
                bound: .seconds(30),
                now: .zero,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            var registry = CheckRegistry()
            for (name, impact, scope) in Self.components {
                let check = Registration.make("\(name)/primary", thresholds: Thresholds(failure: 1))
                let component = ComponentRegistration(name: name, impact: impact, scope: scope, checks: [check])
                // The names differ, so nothing is refused.
                try? registry.add(component)
            }
            self.registry = registry
        }

        private static let components: [(String, Impact, Scope)] = [
            ("db", .critical, .local), ("queue", .critical, .local), ("mail", .optional, .local),
            ("fun", .informational, .local), ("dns", .critical, .shared),
        ]

        func load() { store.apply(registry) }

        func bind() { store.finishStartup(task: "main-listener") }

        func publish(_ kind: ResultKind, _ names: String...) {
            for (handle, registration, _) in registry.checks where names.contains(registration.id.component) {
                _ = store.publish(.make(kind, at: time.moment), of: handle)
            }
        }

        func everythingIsWell() {
            load()
            bind()
            publish(.success, "db", "queue", "mail", "fun", "dns")
            // Seen ready once.
            _ = store.verdict()
        }

        func drill(affectsReadiness: Bool) {
            _ = store.startDrill(
                of: "db",
                as: .unhealthy,
                for: .seconds(900),
                affectsReadiness: affectsReadiness,
                reason: "",
                by: ""
            )
        }

        func answer(_ path: String) -> (status: Int, says: String) {
            let responder = ProbeResponder(store: store, stalls: stalls, time: time)
            let target = RequestTarget(path)
            guard case .probe(let probe) = EndpointMatch(path: target.path)?.endpoint.handler else {
                return (0, "no probe")
            }
            let reply = responder.reply(to: probe, target)
            guard let body = try? JSONDecoder().decode(Body.self, from: Data(reply.body))
            else { return (0, "no answer") }
            return (reply.status, [body.status, body.reason].compactMap(\.self).joined(separator: " "))
        }

        private struct Body: Decodable {
            var status: String
            var reason: String?
        }
    }

    static let phases: [Phase] = [
        Phase("nothing is loaded", ready: 503, started: 503, "not_ready starting") { _ in },
        Phase("loaded, no listener", ready: 503, started: 503, "not_ready starting") { stage in
            stage.load()
            stage.publish(.success, "db", "queue", "dns")
        },
        Phase("listening, no result", ready: 503, started: 503, "not_ready starting") { stage in
            stage.load()
            stage.bind()
        },
        Phase("one result is missing", ready: 503, started: 503, "not_ready starting") { stage in
            stage.load()
            stage.bind()
            stage.publish(.success, "db", "dns")
        },
        Phase("optional ones are pending", ready: 200, started: 200, "degraded") { stage in
            stage.load()
            stage.bind()
            stage.publish(.success, "db", "queue", "dns")
        },
        Phase("the first result is a failure", ready: 503, started: 200, "not_ready unhealthy") { stage in
            stage.load()
            stage.bind()
            stage.publish(.success, "queue", "mail", "dns")
            stage.publish(.failure, "db")
        },
        Phase("a shared one fails from the start", ready: 503, started: 200, "not_ready unhealthy") { stage in
            stage.load()
            stage.bind()
            stage.publish(.success, "db", "queue", "mail")
            stage.publish(.failure, "dns")
        },
        Phase("all is well", ready: 200, started: 200, "ready") { $0.everythingIsWell() },
        Phase("a critical one is degraded", ready: 200, started: 200, "degraded") { stage in
            stage.everythingIsWell()
            stage.publish(.degraded, "db")
        },
        Phase("a critical one fails", ready: 503, started: 200, "not_ready unhealthy") { stage in
            stage.everythingIsWell()
            stage.publish(.failure, "db")
        },
        Phase("an optional one fails", ready: 200, started: 200, "degraded") { stage in
            stage.everythingIsWell()
            stage.publish(.failure, "mail")
        },
        Phase("an informational one fails", ready: 200, started: 200, "ready") { stage in
            stage.everythingIsWell()
            stage.publish(.failure, "fun")
        },
        Phase("a shared one fails later", ready: 200, started: 200, "degraded") { stage in
            stage.everythingIsWell()
            stage.publish(.failure, "dns")
        },
        Phase("results grow old", ready: 503, started: 200, "not_ready unknown") { stage in
            stage.everythingIsWell()
            stage.time.advance(by: .seconds(23))
        },
        Phase("it recovers", ready: 200, started: 200, "ready") { stage in
            stage.everythingIsWell()
            stage.publish(.failure, "db")
            stage.publish(.success, "db")
        },
        Phase("a drill", ready: 200, started: 200, "ready") { stage in
            stage.everythingIsWell()
            stage.drill(affectsReadiness: false)
        },
        Phase("a drill for readiness", ready: 503, started: 200, "not_ready unhealthy") { stage in
            stage.everythingIsWell()
            stage.drill(affectsReadiness: true)
        },
        Phase("draining", ready: 503, started: 200, "not_ready shutting_down") { stage in
            stage.everythingIsWell()
            stage.store.shutDown()
        },
        Phase("draining, and it recovers", ready: 503, started: 200, "not_ready shutting_down") { stage in
            stage.everythingIsWell()
            stage.publish(.failure, "db")
            stage.store.shutDown()
            stage.publish(.success, "db")
        },
        Phase("told to stop while starting", ready: 503, started: 503, "not_ready shutting_down") { stage in
            stage.load()
            stage.store.shutDown()
        },
        Phase("the scheduler stands still", live: 503, ready: 200, started: 200, "ready") { stage in
            stage.everythingIsWell()
            for second in 1...130 { stage.stalls.inspect(at: .milliseconds(second * 250)) }
        },
    ]

    @Test(arguments: phases)
    func answers(phase: Phase) {
        let stage = Stage()
        phase.happened(stage)
        #expect(stage.answer("/livez").status == phase.live)
        let readiness = stage.answer("/readyz")
        #expect(readiness.status == phase.ready)
        #expect(readiness.says == phase.says)
        #expect(stage.answer("/startupz").status == phase.started)
    }

    @Test func unknownMayDegradeOnly() {
        let stage = Stage(policy: .degraded)
        stage.everythingIsWell()
        stage.time.advance(by: .seconds(23))
        #expect(stage.answer("/readyz") == (200, "degraded"))
    }

    @Test func aStallNamesWhatIsStuck() {
        let stage = Stage()
        stage.everythingIsWell()
        for quarter in 1...130 { stage.stalls.inspect(at: .milliseconds(quarter * 250)) }
        let responder = ProbeResponder(store: stage.store, stalls: stage.stalls, time: stage.time)
        let reply = responder.reply(to: .liveness, RequestTarget("/livez"))
        #expect(String(decoding: reply.body, as: UTF8.self).contains(#""stalled":["scheduler"]"#))
    }
}
