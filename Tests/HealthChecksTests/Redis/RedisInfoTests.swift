import HealthTesting
import Testing

@testable import HealthChecks

/// The fields of INFO, and what follows from them.
struct RedisInfoTests {
    private static func info(_ text: String) -> RedisInfo { RedisInfo(Array(text.utf8)) }

    @Test(
        arguments: [
            ("a:1\r\nb:2\r\n", "b", 2), ("a:1\nb:2", "b", 2), ("# b:9\r\nb:2\r\n", "b", 2), ("b:1\r\nb:3\r\n", "b", 3),
            ("b:1:2\r\n", "b", nil), ("b:\r\n", "b", nil), ("b\r\n", "b", nil), ("b: 2\r\n", "b", nil),
            ("b:nan\r\n", "b", nil), ("b:inf\r\n", "b", nil), ("b:-1.5\r\n", "b", -1.5), (":5\r\n", "", 5),
            // A colon before a combining mark is one nonetheless.
            ("b:\u{301}\r\nb:2\r\n", "b", 2), ("b:2\r\nb:\u{301}3\r\n", "b", nil),
        ] as [(String, Substring, Double?)]
    )
    func readsNumbers(text: String, name: Substring, number: Double?) {
        #expect(Self.info(text).number(name) == number)
    }

    @Test func fieldsAreEmptyWithoutALineThatHasAColon() {
        #expect(Self.info("").isEmpty && Self.info("# Server\r\n\r\n").isEmpty && Self.info("x\r\ny").isEmpty)
        #expect(!Self.info("x:").isEmpty)
        #expect(RedisInfo([0xff, 0xfe, 0x3a, 0x31]).isEmpty == false)
    }

    @Test func namesTheFirstMissingField() {
        let info = Self.info("role:master\r\nused_memory:1\r\n")
        #expect(info.missing(of: []) == nil && info.missing(of: ["role", "used_memory"]) == nil)
        #expect(info.missing(of: ["role", "x", "y"]) == "x")
    }

    @Test(arguments: [
        ("redis_version:7.2.4\r\n", "7.2.4"), ("redis_version:7.2.4\r\nvalkey_version:8.0.1\r\n", "8.0.1"),
        ("server:x\r\n", "unknown"),
    ])
    func theVersionOfValkeyComesBeforeTheOneItImitates(text: String, version: String) {
        #expect(Self.info(text).version == version)
    }

    @Test(arguments: [
        ("role:master", "master"), ("role:slave", "replica"), ("role:replica", "unknown"), ("role:sentinel", "unknown"),
        ("x:y", "unknown"),
    ])
    func theRoleIsMasterReplicaOrUnknown(text: String, role: String) {
        #expect(Self.info(text).role == role)
    }

    @Test(
        arguments: [
            ("used_memory:50\r\nmaxmemory:200", 0.25), ("used_memory:50\r\nmaxmemory:0", nil),
            ("used_memory:50", nil), ("maxmemory:200", nil), ("used_memory:50\r\nmaxmemory:-1", nil),
        ] as [(String, Double?)]
    )
    func memoryHasARatioOnlyWithALimit(text: String, ratio: Double?) {
        #expect(Self.info(text).memoryRatio == ratio)
    }

    @Test(
        arguments: [
            ("role:slave\r\nmaster_link_status:up\r\nmaster_last_io_seconds_ago:13\r\n", "replica", 13),
            ("role:slave\r\nmaster_link_status:up\r\nmaster_last_io_seconds_ago:-1\r\n", "replica", nil),
            ("role:slave\r\nmaster_link_status:down\r\nmaster_link_down_since_seconds:70\r\n", "replica", 70),
            ("role:slave\r\nmaster_link_status:down\r\nmaster_link_down_since_seconds:-1\r\n", "replica", nil),
            (
                """
                # R\r\nrole:master\r\nconnected_slaves:2\r\nslave0:ip=1,state=online,lag=1\r\n\
                slave1:ip=2,state=online,lag=4\r\nslave2:ip=3,state=wait_bgsave,lag=0\r\n
                """,
                "master", 4
            ),
            ("role:master\r\nslave0:ip=1,state=online\r\nslave1:ip=2,state=online,lag=x\r\n", "master", nil),
            ("role:master\r\nslave0:ip=1,state=wait_bgsave,lag=0\r\n", "master", nil),
            ("role:master\r\nslave_expires:9\r\nslaves:lag=9\r\n", "master", nil), ("", "unknown", nil),
        ] as [(String, String, Double?)]
    )
    func readsReplication(text: String, role: String, lag: Double?) {
        let info = Self.info(text)
        #expect(info.role == role && info.replicationLag() == lag)
    }

    @Test(
        arguments: [
            (0, 10, 0), (9, 10, 0), (10, 10, 0), (11, 10, 0), (12, 10, 12), (60, 10, 60), (2, 1, 0), (3, 1, 3),
            (20, 30, 0), (33, 30, 33),
        ] as [(Double, Double, Double)]
    )
    func aReplicaIsBehindOnceAPingIsOverdue(silence: Double, period: Double, lag: Double) {
        let info = Self.info("role:slave\r\nmaster_link_status:up\r\nmaster_last_io_seconds_ago:\(Int(silence))\r\n")
        #expect(info.silence == silence && info.replicationLag(pingPeriod: period) == lag)
    }

    @Test func thePingPeriodIsQueriedAgainAfterFiveMinutes() {
        let time = ManualTime()
        let period = RedisPingPeriod(time: time)
        #expect(period.known == nil && period.record(3) == 3 && period.known == 3)
        time.advance(by: .seconds(299))
        #expect(period.known == 3)
        time.advance(by: .seconds(2))
        #expect(period.known == nil)
    }
}
