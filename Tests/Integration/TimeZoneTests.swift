import Foundation
import HealthCore
import Testing

/// The rules of time zones against Python's zoneinfo, which reads the same database by other code.
@Suite(.startsProcesses) struct TimeZoneTests {
    private static let zones = [
        "Africa/Abidjan", "Africa/Cairo", "Africa/Casablanca", "Africa/Johannesburg", "Africa/Lagos", "Africa/Nairobi",
        "America/Anchorage", "America/Argentina/Buenos_Aires", "America/Asuncion", "America/Bogota", "America/Caracas",
        "America/Chicago", "America/Denver", "America/Godthab", "America/Halifax", "America/Havana",
        "America/Los_Angeles",
        "America/Mexico_City", "America/New_York", "America/Phoenix", "America/Santiago", "America/Sao_Paulo",
        "America/St_Johns", "Antarctica/Troll", "Asia/Dhaka", "Asia/Dubai", "Asia/Hong_Kong", "Asia/Jerusalem",
        "Asia/Kathmandu", "Asia/Kolkata", "Asia/Pyongyang", "Asia/Shanghai", "Asia/Singapore", "Asia/Tehran",
        "Asia/Tokyo",
        "Asia/Yangon", "Atlantic/Azores", "Australia/Adelaide", "Australia/Brisbane", "Australia/Lord_Howe",
        "Australia/Sydney", "Europe/Berlin", "Europe/Dublin", "Europe/Istanbul", "Europe/London", "Europe/Moscow",
        "Pacific/Apia", "Pacific/Auckland", "Pacific/Chatham", "Pacific/Kiritimati", "UTC",
    ]

    /// For each zone offsets all over two centuries and around every change of 2026, and when clocks show times of the days around it.
    private static let script = """
        import sys
        from datetime import datetime, timedelta, timezone
        from zoneinfo import ZoneInfo
        epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)
        for name in sys.argv[1:]:
            zone = ZoneInfo(name)
            hours = [1_767_225_600 + n * 3600 for n in range(8760)]
            offsets = [zone.utcoffset(datetime.fromtimestamp(hour, zone)) for hour in hours]
            changes = [hour for hour, before, after in zip(hours[1:], offsets, offsets[1:]) if before != after]
            seconds = [n * 7_654_321 - 2_000_000_000 for n in range(700)] + hours[::24]
            seconds += [change + n * 1800 + near for change in changes for n in range(-48, 48) for near in (-1, 0)]
            for second in seconds:
                moment = (epoch + timedelta(seconds=second)).astimezone(zone)
                print(name, "offset", second, int(moment.utcoffset().total_seconds()))
            days = set(range(20454, 20454 + 366, 10))
            days |= {change // 86400 + n for change in changes for n in range(-2, 3)}
            for day in sorted(days):
                for clock in (0, 1800, 3600, 5400, 7200, 9000, 10800, 86399):
                    local = datetime(1970, 1, 1) + timedelta(days=day, seconds=clock)
                    utc = local.replace(tzinfo=zone).astimezone(timezone.utc)
                    print(name, "clock", day, clock, int((utc - epoch).total_seconds()))
        """

    @Test(
        .enabled(
            if: Tool.python.isAvailable && FileManager.default.fileExists(atPath: "/usr/share/zoneinfo/UTC")
                || Tool.mayNotSkip
        )
    )
    func areThoseOfZoneinfo() async throws {
        var rules: [String: TimeZoneRules] = [:]
        for zone in Self.zones {
            let bytes = try Data(contentsOf: URL(filePath: "/usr/share/zoneinfo/\(zone)"))
            let read: TimeZoneRules = try #require(TimeZoneRules(name: zone, tzif: Array(bytes)), "\(zone)")
            rules[zone] = read
        }
        let result = try await Command.run("/usr/bin/python3", ["-c", Self.script] + Self.zones)
        var (lines, wrong) = (0, [String]())
        for line in result.output.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard let zone = rules[String(words[0])], let last = words.last.flatMap({ Int($0) }) else { continue }
            lines += 1
            let numbers = words.dropFirst(2).compactMap { Int64($0) }
            let isRight =
                words[1] == "offset"
                ? zone.offset(at: Timestamp(nanosecondsSinceEpoch: numbers[0] * 1_000_000_000)) == last
                : zone.timestamp(day: numbers[0], secondOfDay: Int(numbers[1])).nanosecondsSinceEpoch == Int64(last)
                    * 1_000_000_000
            if !isRight { wrong.append(String(line)) }
        }
        #expect(lines > 50_000)
        #expect(wrong.isEmpty, "\(wrong.count): \(wrong.prefix(10))")
    }
}
