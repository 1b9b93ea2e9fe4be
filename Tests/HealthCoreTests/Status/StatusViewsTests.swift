import HealthTesting
import Testing

@testable import HealthCore

/// The views with and without drills, and what an update changes in them.
@Suite struct StatusViewsTests {
    private static let only = ComponentIndex(position: 0)

    private func state(
        _ kind: ResultKind?,
        drill: HealthStatus? = nil,
        affectsReadiness: Bool = false
    ) -> ComponentState {
        var check = CheckState(thresholds: Thresholds(), maximumAge: .seconds(30))
        if let kind { _ = check.publish(kind, reason: nil, at: .zero, timestamp: .newYear2026) }
        var state = ComponentState(checks: kind == nil ? [] : [check], startup: .none)
        if let drill {
            state.setDrill(
                Drill(
                    status: drill,
                    affectsReadiness: affectsReadiness,
                    reason: "",
                    by: "",
                    start: .newYear2026,
                    end: .newYear2026,
                    until: .seconds(900)
                )
            )
        }
        return state
    }

    private func views(_ state: ComponentState, scope: Scope = .local, capsShared: Bool = false) -> StatusViews {
        let unit = Hierarchy.Unit(impact: .critical, scope: scope)
        var views = StatusViews(
            Hierarchy(units: [unit], unitOfComponent: [UnitIndex(position: 0)]),
            capsShared: capsShared
        )
        views.add(state, of: Self.only)
        return views
    }

    private func services(_ views: StatusViews) -> [HealthStatus] {
        [views.real.service, views.gating.service, views.shown.service]
    }

    @Test(
        arguments: [
            (ResultKind.success, nil, false, [HealthStatus.healthy, .healthy, .healthy]),
            (.success, .unhealthy, false, [.healthy, .healthy, .unhealthy]),
            (.success, .unhealthy, true, [.healthy, .unhealthy, .unhealthy]),
            (.failure, .degraded, true, [.unhealthy, .unhealthy, .unhealthy]),
            // What has not joined counts with its drill alone.
            (nil, nil, false, [.healthy, .healthy, .healthy]),
            (nil, .degraded, true, [.healthy, .degraded, .degraded]),
            (nil, .degraded, false, [.healthy, .healthy, .degraded]),
        ] as [(ResultKind?, HealthStatus?, Bool, [HealthStatus])]
    )
    func aDrillIsSeenInItsViews(
        kind: ResultKind?,
        drill: HealthStatus?,
        affectsReadiness: Bool,
        expected: [HealthStatus]
    ) {
        #expect(services(views(state(kind, drill: drill, affectsReadiness: affectsReadiness))) == expected)
    }

    @Test func anUpdateTellsWhatItChanged() {
        let (healthy, failing) = (state(.success), state(.failure))
        let drilled = state(.success, drill: .unhealthy)
        var views = views(healthy)
        let failure = views.update(Self.only, from: healthy, to: failing)
        #expect(failure == .init(previousService: .healthy, changesPassedUp: true, changesRealUnit: true))
        let again = views.update(Self.only, from: failing, to: failing)
        #expect(again == .init(previousService: nil, changesPassedUp: false, changesRealUnit: false))
        _ = views.update(Self.only, from: failing, to: healthy)
        let drill = views.update(Self.only, from: healthy, to: drilled)
        #expect(drill == .init(previousService: .healthy, changesPassedUp: false, changesRealUnit: false))
        #expect(views.counts[.healthy] == 1 && views.counts[.unhealthy] == 0)
    }

    @Test func sharedUnitsAreCappedInEveryView() {
        var views = views(state(.failure), scope: .shared)
        #expect(services(views) == [.unhealthy, .unhealthy, .unhealthy] && !views.capsShared)
        views.capShared()
        #expect(services(views) == [.degraded, .degraded, .degraded] && views.capsShared)
        #expect(services(self.views(state(.failure), scope: .shared, capsShared: true)) == services(views))
    }
}
