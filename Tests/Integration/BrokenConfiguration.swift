import Foundation
import Testing

/// A configuration file that is wrong, the line where it is, and what the error has to say.
struct BrokenConfiguration: CustomTestStringConvertible {
    let name: String
    let bytes: Data
    let line: Int
    let fragment: String

    init(_ name: String, _ text: String, line: Int, _ fragment: String) {
        self.init(name, Data(text.utf8), line: line, fragment)
    }

    init(_ name: String, _ bytes: Data, line: Int, _ fragment: String) {
        self.name = name
        self.bytes = bytes
        self.line = line
        self.fragment = fragment
    }

    var testDescription: String { name }

    /// A right file of four lines, with more keys for its one check.
    private static func page(_ keys: String, kind: String = "http", url: String = "'http://h/'") -> String {
        let own = kind == "disk" ? "" : ", url: \(url)"
        return "components:\n  web:\n    checks:\n      page: {kind: \(kind)\(own)\(keys)}\n"
    }

    private static let bomb = """
        a: &a [x, x, x, x, x, x, x, x, x, x]
        b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]
        c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]
        d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]
        e: [*d, *d]
        """

    static let all: [BrokenConfiguration] = [
        .init("typo in a key", page(", expect_statu: 200"), line: 4, "did you mean `expect_status`?"),
        .init("typo in a section", "componets: {}\n", line: 1, "did you mean `components`?"),
        .init("unknown key", page("") + "zzz: 1\n", line: 5, "allowed here: service, web"),
        .init("list for a map", page("") + "logs: [1]\n", line: 5, "expected a map of keys, found a list"),
        .init(
            "duplicate key",
            page("") + "logs: {level: info}\nlogs: {level: debug}\n",
            line: 6,
            "first in line 5; remove one"
        ),
        .init(
            "admin socket beyond the system's limit",
            page("") + "web: {admin_socket: /\(String(repeating: "x", count: 150))}\n",
            line: 5,
            "its path has 151 bytes, and that of a Unix socket has at most 107"
        ),
        .init("timeout beyond interval", page(", timeout: 20s"), line: 4, "must be shorter than interval (10s)"),
        .init("interval below the default timeout", page(", interval: 1s"), line: 4, "timeout (2s) must be shorter"),
        .init(
            "confirm_interval beyond interval",
            page(", confirm_interval: 20s"),
            line: 4,
            "must be at most interval (10s)"
        ),
        .init("max_age too short", page(", max_age: 11s"), line: 4, "must be at least interval + timeout (12s)"),
        .init(
            "degraded_above beyond timeout",
            page(", degraded_above: 2s"),
            line: 4,
            "must be shorter than timeout (2s)"
        ),
        .init("unknown kind", page("", kind: "htpp"), line: 4, "did you mean `http`?"),
        .init(
            "kind of another sort",
            page("", kind: "mysql"),
            line: 4,
            "unknown kind `mysql`; allowed: http, tcp, tls"
        ),
        .init(
            "retries that fill the timeout",
            page(", retries: {attempts: 5, backoff: 1s}"),
            line: 4,
            "the waits between tries alone (up to 5s) fill the timeout (2s)"
        ),
        .init(
            "breaker below the threshold",
            page(", circuit_breaker: {failures: 2}"),
            line: 4,
            "failures (2) must be at least failure_threshold (3)"
        ),
        .init(
            "breaker that opens for longer than it may",
            page(", circuit_breaker: {open_for: 1m}"),
            line: 4,
            "open_for (1m) must be at most max_open_for (30s)"
        ),
        .init("group without members", page("") + "groups: {a: {}}\n", line: 5, "the key `members` is missing"),
        .init(
            "unknown member",
            page("") + "groups: {a: {members: [wep]}}\n",
            line: 5,
            "there is no component named `wep`, did you mean `web`?"
        ),
        .init(
            "more members required than there are",
            page("") + "groups: {a: {members: [web], require: 2}}\n",
            line: 5,
            "2 is more than the 1 members"
        ),
        .init(
            "group named as a component",
            page("") + "groups: {web: {members: [web]}}\n",
            line: 5,
            "components and groups share one name space"
        ),
        .init(
            "member of two groups",
            page("") + "groups: {a: {members: [web]}, b: {members: [web]}}\n",
            line: 5,
            "`web` is a member of `a` already"
        ),
        .init("flag for nothing", page("") + "flags: {a: {requires: []}}\n", line: 5, "expected at least one name"),
        .init(
            "window that ends before it begins",
            page("") + "maintenance: [{components: [web], from: 2026-12-01T23:00:00Z, until: 2026-12-01T22:00:00Z}]\n",
            line: 5,
            "must be later than `from`"
        ),
        .init(
            "window without a time",
            page("") + "maintenance: [{components: [all]}]\n",
            line: 5,
            "a window has `from` and `until`, or `weekly`"
        ),
        .init(
            "unknown time zone",
            page("")
                + "maintenance: [{components: [all], weekly: {days: sun, at: '02:00', for: 1h, time_zone: Europe/Berlinn}}]\n",
            line: 5,
            "found `Europe/Berlinn`"
        ),
        .init(
            "dependency on itself",
            "components:\n  web:\n    depends_on: [web]\n    checks: {a: {kind: tcp, address: 'a:1'}}\n",
            line: 3,
            "a ring of dependencies: web → web"
        ),
        .init(
            "impact of a member",
            "components:\n  web:\n    impact: optional\n    checks: {a: {kind: tcp, address: 'a:1'}}\n"
                + "groups: {g: {members: [web]}}\n",
            line: 3,
            "without effect on a member of a group; write it at groups.g"
        ),
        .init("bad duration", page(", interval: 10 sec"), line: 4, "such as 250ms, 10s, 1m30s or 7d, found `10 sec`"),
        .init("interval too short", page(", interval: 50ms"), line: 4, "a duration of at least 100ms"),
        .init(
            "missing file",
            page("", url: "'${file:/nowhere}'"),
            line: 4,
            "`${file:/nowhere}`: the file can't be read"
        ),
        .init(
            "missing variable",
            page("", url: "'${env:NOT_SET_ANYWHERE}'"),
            line: 4,
            "`${env:NOT_SET_ANYWHERE:-default}`"
        ),
        .init("unknown placeholder", page("", url: "'${secret}'"), line: 4, "a literal `${` is written `$${`"),
        .init("alias bomb", bomb, line: 4, "aliases expand to more than 10000 values"),
        .init("unknown anchor", "components: *x\n", line: 1, "no anchor before this place is named `x`"),
        .init("2 MiB", Data(repeating: UInt8(ascii: "#"), count: 2 << 20), line: 1, "larger than 1 MiB"),
        .init("binary", Data([0, 1, 0xff, 0xfe, 0x80]), line: 1, "no text in UTF-8"),
        .init("Latin-1", Data("# first\ncomponents: caf".utf8) + Data([0xe9, 0x0a]), line: 2, "no text in UTF-8"),
        .init("empty", "", line: 1, "the key `components` is missing"),
        .init("only a comment", "# nothing\n", line: 1, "the key `components` is missing"),
        .init("tab", "components:\n\tweb: 1\n", line: 2, "indent with spaces, not tabs"),
        .init("open quote", "components: \"abc\n", line: 2, "this is not YAML"),
        .init(
            "merge key",
            "components:\n  web:\n    <<: {impact: optional}\n    checks: {}\n",
            line: 3,
            "unknown key `<<`"
        ),
        .init("too deep", String(repeating: "[", count: 40), line: 1, "nested deeper than 32 levels"),
        .init("two documents", page("") + "---\n" + page(""), line: 5, "expected one document"),
        .init("a password in what is no URL", page("", url: "'htps://u:s3cret@h/'"), line: 4, "with an @"),
        .init("credentials in a URL", page("", url: "'http://u:s3cret@h/'"), line: 4, "send it in `headers`"),
        .init(
            "user in a runbook",
            page("") + "  more: {runbook: 'https://u:s3cret@h/', checks: {m: {kind: memory}}}\n",
            line: 5,
            "a user or password does not belong here"
        ),
        .init(
            "secret as a label",
            page("") + "  more: {owner: '${file:/etc/passwd}', checks: {m: {kind: memory}}}\n",
            line: 5,
            "`${file:/etc/passwd}` is a secret, and everybody may read this value"
        ),
        .init(
            "no kind",
            "components:\n  web: {checks: {a: {interval: 1}}}\n",
            line: 2,
            "`kind` is missing: one of http"
        ),
        .init("bad key beside an unknown kind", page(", interval: 1", kind: "mysql"), line: 4, "found `1`"),
        .init(
            "unknown dependency",
            "components:\n  web:\n    depends_on: [nett]\n    checks: {a: {kind: memory}}\n  net: {checks: {a: {kind: memory}}}\n",
            line: 3,
            "there is no component or group named `nett`, did you mean `net`?"
        ),
        .init(
            "secret as a name",
            page("") + "flags: {a: {requires: ['${env:PATH}']}}\n",
            line: 5,
            "there is no component or group named `${env:PATH}`"
        ),
        .init(
            "maintenance of all, not in a list",
            page("") + "maintenance: [{components: all, weekly: {days: sun, at: '02:00', for: 1h}}]\n",
            line: 5,
            "[all] covers every one; found a single value"
        ),
        .init("URL without scheme", page("", url: "h/path"), line: 4, "expected an absolute URL with http or https"),
        .init(
            "bad port",
            page("") + "web: {listen: '0.0.0.0:99999'}\n",
            line: 5,
            "expected an address such as 0.0.0.0:8642"
        ),
        .init(
            "same ports",
            page("") + "web: {listen: 'x:1', probe_listen: 'x:1'}\n",
            line: 5,
            "must differ from `listen`"
        ),
        .init("no component", "components: {}\n", line: 1, "expected at least one component"),
        .init("no check", "components:\n  web: {checks: {}}\n", line: 2, "expected at least one check"),
        .init(
            "bad name",
            "components:\n  'We b': {checks: {a: {kind: memory}}}\n",
            line: 2,
            "is no name of a component"
        ),
        .init("bad pattern", page(", expect_body: '(a'"), line: 4, "missing ), at character 1"),
        .init(
            "bad status",
            page(", expect_status: 99"),
            line: 4,
            "from 100 to 599, such as 200 or 200-299, found `99`"
        ),
        .init("bad header", page(", headers: {'a b': s3cret}"), line: 4, "`a b` is no header name"),
        .init(
            "thresholds in the wrong order",
            page(", used: {degraded: 95%, unhealthy: 80%}, path: /", kind: "disk"),
            line: 4,
            "make it smaller"
        ),
        .init("drain beyond grace", page("") + "shutdown: {drain: 30s}\n", line: 5, "must be shorter than grace (20s)"),
        .init("bad boolean", page(", trace_sampled: maybe"), line: 4, "expected true or false, found `maybe`"),
        .init(
            "unknown profile",
            page("") + "metrics: {profile: small}\n",
            line: 5,
            "expected one of lean, standard, full, found `small`"
        ),
        .init("limit out of range", page("") + "limits: {checks: 0}\n", line: 5, "from 1 to 100000, found `0`"),
        .init(
            "too many checks",
            page("") + "  more: {checks: {m: {kind: memory}}}\nlimits: {checks: 1}\n",
            line: 2,
            "2 checks are more than limits.checks (1) allows"
        ),
        .init("too many series", page("") + "limits: {series: 10}\n", line: 1, "more than limits.series (10) allows"),
        .init(
            "path with a NUL",
            page(", path: \"/tmp/\\0x\"", kind: "disk"),
            line: 4,
            "expected a path without control characters"
        ),
        .init("bad network", page("") + "network: {allow: [10.0.0.0/33]}\n", line: 5, "found `10.0.0.0/33`"),
    ]
}
