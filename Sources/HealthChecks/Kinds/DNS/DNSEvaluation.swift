import HealthCore

/// Compares an answer with the settings of a check.
struct DNSEvaluation: Sendable {
    /// The expected code and pattern.
    let settings: DNSSettings
    /// Quotes records and the pattern.
    let seen: SeenText

    /// How many records the last answer had.
    static let answers = Measurement(
        name: "health_dns_answers",
        help: "Records of the type asked for in the last answer."
    )

    /// More records are not shown.
    private static let maximumShown = 20

    /// Whether the pattern can be matched without a thread of its own.
    func isQuick(_ answer: DNSAnswer) -> Bool {
        settings.expected?.isQuick(answer.values.reduce(0) { $0 + $1.utf8.count }) ?? true
    }

    /// The report on an answer; throws when the pattern can't be matched.
    func report(on answer: DNSAnswer) throws(CheckFailure) -> CheckReport {
        let (verdict, message) = try verdict(on: answer)
        return CheckReport(
            verdict,
            message,
            measured: [MeasuredValue(Self.answers, Double(answer.values.count))],
            details: answer.values.prefix(Self.maximumShown).map { CheckReport.Detail("record", $0) }
        )
    }

    private func verdict(on answer: DNSAnswer) throws(CheckFailure) -> (CheckReport.Verdict, String) {
        guard answer.responseCode == settings.responseCode else { return unexpectedCode(answer) }
        guard settings.responseCode == 0 else { return (.success, "the answer is \(answer.codeName), as expected") }
        let type = settings.question.type.rawValue
        if answer.values.isEmpty { return (.failure(.dnsNotFound), "the name has no \(type) record") }
        guard let expected = settings.expected else { return (.success, "\(answer.values.count) \(type) records") }
        for value in answer.values where try expected.isFound(in: Array(value.utf8)) {
            return (.success, "\(answer.values.count) \(type) records, one as expected")
        }
        let found = seen.cut(answer.values.prefix(Self.maximumShown).joined(separator: ", "))
        return (.failure(.assertion), "\(type) is \(found), expected a match of \(seen.quoted(expected))")
    }

    private func unexpectedCode(_ answer: DNSAnswer) -> (CheckReport.Verdict, String) {
        let reason: FailureReason =
            switch answer.responseCode {
            case 0: .assertion
            case 3: .dnsNotFound
            default: .dnsFailure
            }
        return (
            .failure(reason),
            "the answer is \(answer.codeName), expected \(DNSAnswer.codeName(settings.responseCode))"
        )
    }
}
