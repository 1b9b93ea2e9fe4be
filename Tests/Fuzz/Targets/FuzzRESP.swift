import HealthCore

@testable import HealthChecks

/// What a Redis server answers: values of its protocol, and the fields of INFO in them.
enum FuzzRESP {
    /// The first byte says whether an array was asked for; the rest is the answer.
    static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let allowsArray = input.byte() & 1 == 1
        let answer = input.remaining()
        let reading = RESPReader.read(answer, allowsArray: allowsArray)
        if case .value(let value, let length) = reading {
            require((1...answer.count).contains(length), "a value of \(length) bytes in \(answer.count)")
            // Neither what follows a value nor how it arrived changes it.
            let alone = RESPReader.read(Array(answer.prefix(length)), allowsArray: allowsArray)
            require(alone == reading, "\(alone) without what follows, \(reading) with it")
            for end in [0, length / 2, length - 1] {
                let part = RESPReader.read(Array(answer.prefix(end)), allowsArray: allowsArray)
                require(part == .needsMore, "\(part) after \(end) of \(length) bytes")
            }
            try inspect(value)
        }
        // As INFO, whatever it is.
        try report(on: RedisInfo(answer))
    }

    private static func inspect(_ value: RESPValue) throws {
        switch value {
        case .bulk(let bytes?):
            require(bytes.count <= RESPReader.maximumBulk, "a bulk string of \(bytes.count) bytes")
            try report(on: RedisInfo(bytes))
        case .array(let elements):
            require(elements.count <= RESPReader.maximumElements, "an array of \(elements.count)")
        case .error(let text):
            let failure = RedisReasons.failure(of: text, answering: "INFO")
            require(!failure.message.isEmpty, "an error without a message")
        case .simple, .integer, .bulk(nil): break
        }
    }

    private static func report(on info: RedisInfo) throws {
        var settings = RedisSettings()
        settings.server = try RedisTarget("redis://h")
        settings.memoryUsed = ThresholdPair(degraded: 0.8, unhealthy: 0.9)
        settings.replicationLag = ThresholdPair(degraded: .seconds(30), unhealthy: .seconds(60))
        settings.role = .replica
        for period in [0.5, RedisInfo.defaultPingPeriod, 1e300] {
            let state = RedisState(info: info, pingPeriod: period)
            let report = RedisEvaluation(settings: settings, seen: SeenText()).report(on: state)
            require(report.measured.allSatisfy { $0.value.isFinite }, "\(report.measured)")
            require(!report.message.isEmpty, "no message")
        }
    }
}
