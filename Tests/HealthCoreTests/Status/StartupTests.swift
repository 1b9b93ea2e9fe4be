import HealthCore
import Testing

/// What start-up waits for.
@Suite struct StartupTests {
    @Test func completesOnceNeitherTaskNorComponentIsLeft() {
        var startup = Startup(tasks: ["listeners", "warm-up"])
        var completions: [Bool] = []
        completions.append(startup.update(waitingComponents: 0))
        startup.finish(task: "listeners")
        startup.finish(task: "listeners")
        completions.append(startup.update(waitingComponents: 0))
        startup.finish(task: "warm-up")
        completions.append(startup.update(waitingComponents: 1))
        #expect(!startup.isComplete)
        completions.append(startup.update(waitingComponents: 0))
        completions.append(startup.update(waitingComponents: 0))
        #expect(completions == [false, false, false, true, false])
        #expect(startup.isComplete)
    }

    @Test func staysCompleteWhateverComesLater() {
        var startup = Startup()
        _ = startup.update(waitingComponents: 0)
        startup.add(task: "late")
        _ = startup.update(waitingComponents: 5)
        #expect(startup.isComplete)
        #expect(startup.tasks.isEmpty)
    }

    @Test func aTaskIsWaitedForOnce() {
        var startup = Startup(tasks: ["a"])
        startup.add(task: "b")
        startup.add(task: "a")
        #expect(startup.tasks == ["a", "b"])
    }
}
