import HealthCore

/// Makes things beat that have no loop of their own: asks again only once the last question was answered.
final class Pinger: Sendable {
    private struct Target {
        let watermark: Watermark
        let ask: @Sendable (Watermark) -> Void
        let askedAt = Beats()
    }

    private final class Beats: Sendable {
        private let count = Watermark(name: "")

        /// Whether as many answers came as there were questions.
        func isAnswered(_ beats: UInt64) -> Bool { beats >= count.beats }

        func note() { count.beat() }
    }

    private let targets: [Target]

    init(_ targets: [(Watermark, @Sendable (Watermark) -> Void)]) {
        self.targets = targets.map { Target(watermark: $0, ask: $1) }
    }

    func ping() {
        for target in targets where target.askedAt.isAnswered(target.watermark.beats) {
            target.askedAt.note()
            target.ask(target.watermark)
        }
    }
}
