import Foundation
import Testing

/// What other health endpoints get wrong, and the tests that show that this one doesn't.
///
/// Where the right answer of a survey differs from this product's contract, the contract wins, and the row says so.
@Suite struct PitfallTests {
    /// A row: what is given, what is right, and which tests show it.
    struct Row: Sendable, CustomTestStringConvertible {
        let number: Int
        let given: String
        let answer: String
        let tests: [String]

        var testDescription: String { "\(number): \(given)" }

        init(_ number: Int, _ given: String, _ answer: String, _ tests: String...) {
            (self.number, self.given, self.answer, self.tests) = (number, given, answer, tests)
        }
    }

    static let rows = [
        Row(
            1,
            "a check blocks for ever",
            "timeout at its deadline, unhealthy by its overdue slots, one run outstanding",
            "checksThatNeverReturnDelayNobodyAndTurnUnhealthy"
        ),
        Row(
            2,
            "the scheduler dies",
            "stale at its age limit, /livez 503 by the scheduler's loop",
            "aReaderAloneSeesThatAStatusIsTooOld",
            "aStallNamesWhatIsStuck"
        ),
        Row(3, "a check fails from its very first run", "not ready from the first failure", "answers"),
        Row(4, "no result yet", "ready 503, live 200, startup 503", "answers"),
        Row(5, "a group of nothing", "an error of the configuration", "isRefusedWithItsPlaceAndWhatWouldBeRight"),
        Row(
            6,
            "an unknown status",
            "refused: the list is closed",
            "aBodyThatIsWrongIsRefusedWithWhatWouldBeRight",
            "theBodyIsOptionalAndHasAKnownStatus"
        ),
        Row(7, "unknown beside healthy", "by impact", "impactCapsWhatIsPassedUp"),
        Row(8, "a thousand /readyz at once", "no check is run for them", "aThousandProbesRunNoCheck"),
        Row(9, "a scrape during an outage", "200, and the series of the failure", "followsATargetThatDiesAndComesBack"),
        Row(10, "an error with credentials in it", "nowhere in bodies, metrics or logs", "noFailureShowsASecret"),
        Row(11, "SIGTERM while starting", "a clean end", "endsCleanlyDuringStartUp"),
        Row(12, "SIGTERM under load", "no failed request during the drain", "failsNoRequestDuringTheDrain"),
        Row(13, "an event loop is blocked", "/livez 503 with its name", "aBlockedEventLoopFailsLivenessByName"),
        Row(
            14,
            "the whole process is starved",
            "/livez 200, by the watchdog's own starvation",
            "stoppedBeyondTheStallLimitItGoesOnWhereItWas",
            "besideAHogOnEveryCoreNoStatusIsWrong",
            "theWatchdogsOwnStarvationDoesNotCount"
        ),
        Row(
            15,
            "every thread of the pool is blocked",
            "/livez answers all the same, on its own thread",
            "aBlockedCooperativePoolFailsLivenessAtTheStallLimit"
        ),
        Row(
            16,
            "a shared database is down, all replicas warm",
            "degraded; a new replica stays not ready",
            "whatIsSharedTakesTheServiceOutOnlyBeforeItWasReady"
        ),
        Row(17, "good and bad by turns", "no flip below the threshold", "goodAndBadByTurnsFlipNothing"),
        Row(18, "the clock jumps", "ages by the monotonic clock", "keepsEveryPromiseUnderRandomLoad"),
        Row(
            19,
            "whoever is told of events fails",
            "nobody waits for the log, and what is lost is counted",
            "aReaderThatStopsCostsTheOldestLinesAndNothingElse"
        ),
        Row(20, "a client opens and says nothing", "the others are answered", "idleConnectionsKeepNobodyFromTheProbes"),
        Row(21, "?exclude with a typo", "ignored, as the contract says", "aProbeAnswersUnderItsAliases"),
        Row(22, "a name twice", "refused at registration", "refusesAComponentTwice", "refusesACheckTwice"),
        Row(
            23,
            "one expected status is given",
            "it replaces the default as a whole, and a wrong one is refused",
            "isRefusedWithItsPlaceAndWhatWouldBeRight"
        ),
        Row(
            24,
            "details of a check, with and without static ones",
            "shown either way",
            "theHealthDocumentListsTheWorstFirstWithEveryField"
        ),
        Row(
            25,
            "stop during a run, twice",
            "it stops",
            "afterStopStartingRunsFinishAndNoneBegins",
            "aSecondSignalEndsAtOnce"
        ),
        Row(
            26,
            "a body that the kubelet would cut",
            "bounded at 8 KiB",
            "readinessHasTheFieldsOfTheContractAndFitsItsLimit"
        ),
        Row(27, "recovery during the drain", "not ready for good", "answers", "shuttingDownIsForGood"),
        Row(
            28,
            "a check slower than its interval",
            "the slot is skipped and counted, never bunched",
            "skipsSlotsMissedDuringALongRun"
        ),
    ]

    /// Every line of every test.
    private static let sources: String = {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let files = FileManager.default.enumerator(atPath: tests.path)?.compactMap { $0 as? String } ?? []
        return files.filter { $0.hasSuffix(".swift") && !$0.hasSuffix("PitfallTests.swift") }
            .compactMap { try? String(contentsOf: tests.appending(path: $0), encoding: .utf8) }.joined()
    }()

    @Test(arguments: rows)
    func isShownByATest(row: Row) {
        for test in row.tests {
            let isThere = Self.sources.contains("func \(test)(")
            #expect(isThere, "\(test)")
        }
    }

    @Test func noneIsMissing() {
        #expect(Self.rows.map(\.number) == Array(1...28))
    }
}
