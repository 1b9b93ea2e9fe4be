import HealthCore
import HealthTesting
import Testing

/// The latency bounds that all checks of a component share.
@Suite struct BucketsTests {
    private func component(
        _ buckets: [Duration]?,
        _ checks: [(timeout: Duration, limit: Duration?)]
    )
        -> ComponentRegistration
    {
        let registrations = checks.enumerated().map { number, check in
            Registration.make(
                "db/c\(number)",
                schedule: Schedule(interval: .seconds(60), timeout: check.timeout),
                degradedAbove: check.limit
            )
        }
        return ComponentRegistration(name: "db", buckets: buckets, checks: registrations)
    }

    @Test func theListIsCutAboveTheLargestTimeoutAndHasEachLimit() {
        let bounds = Buckets.bounds(
            for: component(nil, [(.seconds(2), .milliseconds(500)), (.milliseconds(300), .milliseconds(70))])
        )
        #expect(bounds == [1, 5, 10, 25, 50, 70, 100, 250, 300, 500, 1000, 2000].map { .milliseconds($0) })
    }

    @Test func aListOfItsOwnReplacesTheStandardOne() {
        let own = [Duration.seconds(1), .milliseconds(5), .seconds(9)]
        #expect(
            Buckets.bounds(for: component(own, [(.seconds(2), nil)])) == [.milliseconds(5), .seconds(1), .seconds(2)]
        )
    }

    @Test func aTimeoutInTheListIsThereOnce() {
        #expect(Buckets.bounds(for: component([.seconds(1)], [(.seconds(1), .seconds(1))])) == [.seconds(1)])
    }

    @Test func theStandardListIsThatOfTheContract() {
        let seconds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0]
        #expect(Buckets.standard.map(\.seconds) == seconds)
    }
}
