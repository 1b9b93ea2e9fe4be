"""Random configurations of many checks, each with what is right to say about it."""

import random
from dataclasses import dataclass, field
from pathlib import Path

from targets import moods


CERTIFICATES = Path(__file__).resolve().parent.parent / "Faults" / "certificates"
TRUSTED = f"tls: {{{{ca: {CERTIFICATES}/root.pem}}}}"

#: Servers of Tests/Faults that are well, or ill in a way that costs more than it looks: what asks them, and the truth.
FAULTS = [
    ("tls-good", f'kind: tls, address: "localhost:{{port}}", {TRUSTED}', "healthy"),
    ("tls-12-only", f'kind: http, url: "https://localhost:{{port}}/", {TRUSTED}', "healthy"),
    ("tls-good", f'kind: tcp, address: "localhost:{{port}}", {TRUSTED}', "healthy"),
    ("tls-expired", f'kind: tls, address: "localhost:{{port}}", {TRUSTED}', "unhealthy"),
    ("tls-unknown-ca", f'kind: http, url: "https://localhost:{{port}}/", {TRUSTED}', "unhealthy"),
    ("tls-garbage", f'kind: redis, url: "rediss://localhost:{{port}}", {TRUSTED}', "unhealthy"),
    ("tls-alert", f'kind: grpc, address: "localhost:{{port}}", {TRUSTED}', "unhealthy"),
    ("dns-good", 'kind: dns, name: www.example.org, server: "127.0.0.1:{port}"', "healthy"),
    ("dns-many", 'kind: dns, name: www.example.org, server: "127.0.0.1:{port}"', "healthy"),
    ("dns-nxdomain", 'kind: dns, name: www.example.org, server: "127.0.0.1:{port}"', "unhealthy"),
    ("dns-silence", 'kind: dns, name: www.example.org, server: "127.0.0.1:{port}"', "unhealthy"),
    ("postgres-good", 'kind: postgres, url: "postgres://u@127.0.0.1:{port}/d", password: x', "healthy"),
    ("postgres-too-many", 'kind: postgres, url: "postgres://u@127.0.0.1:{port}/d", password: x', "unhealthy"),
    ("postgres-huge-row", 'kind: postgres, url: "postgres://u@127.0.0.1:{port}/d", password: x', "unhealthy"),
    ("redis-good", 'kind: redis, url: "redis://127.0.0.1:{port}"', "healthy"),
    ("redis-huge-bulk", 'kind: redis, url: "redis://127.0.0.1:{port}"', "unhealthy"),
    ("grpc-serving", 'kind: grpc, address: "127.0.0.1:{port}"', "healthy"),
    ("grpc-not-serving", 'kind: grpc, address: "127.0.0.1:{port}"', "unhealthy"),
    ("grpc-ping-flood", 'kind: grpc, address: "127.0.0.1:{port}"', "unhealthy"),
    ("http-drip", 'kind: http, url: "http://127.0.0.1:{port}/", expect_body: y', "unhealthy"),
    ("http-gzip-bomb", 'kind: http, url: "http://127.0.0.1:{port}/", expect_body: y', "unhealthy"),
    ("http-endless-headers", 'kind: http, url: "http://127.0.0.1:{port}/"', "unhealthy"),
    ("smtp", "kind: tcp, address: '127.0.0.1:{port}', dialogue: [{{expect: '^220 '}}]", "healthy"),
]


@dataclass
class Ports:
    http: int
    banner: int
    silence: int
    redis: int | None
    closed: int
    #: Those of the fault server, by fault.
    faults: dict[str, int]
    #: Whether this machine lets the exporter ping.
    may_ping: bool


@dataclass
class Check:
    """A check and the truth about it: always one status, or that of a target with moods."""

    keys: str
    truth: str | int
    interval: float
    timeout: float
    failures: int = 2
    bad: str = "unhealthy"
    never_beaten: bool = False

    @property
    def window(self) -> float:
        """How long a change of the target may go unnoticed: threshold, cadence, deadlines, and a busy machine."""
        return self.interval * 2 + (self.interval + self.timeout) * self.failures + 10

    def allowed(self, moment: float, extra: float = 0) -> set[str]:
        if isinstance(self.truth, str):
            return {self.truth}
        found = moods(self.truth, moment - self.window - extra, moment)
        return {"healthy" if up else self.bad for up in found}


@dataclass
class Component:
    impact: str
    checks: dict[str, Check] = field(default_factory=dict)
    needs: str | None = None
    extra: str = ""


class World:
    """All that may be in a configuration. Each one drawn from it leaves out some and changes some."""

    def __init__(self, seed: int, checks: int, ports: Ports, folder: Path, hung: Path | None) -> None:
        self.random = random.Random(seed)
        self.ports, self.folder, self.hung = ports, folder, hung
        self.components: dict[str, Component] = {}
        (folder / "small").write_text("all is well\n")
        count = 0
        while count < checks:
            number = len(self.components)
            component = self._component(number)
            self.components[f"c{number:04}"] = component
            count += len(component.checks)
        names = list(self.components)
        for name in self.random.sample(names[1:], len(names) // 10):
            self.components[name].needs = self.random.choice(names[: names.index(name)])
        for number in range(2):
            self.components[f"gate{number}"] = Component("critical", {"page": self._flip(1000 + number, "unhealthy")})
        for name in ("member-a", "member-b"):
            self.components[name] = Component("", {"page": self._http("/ok" if name == "member-a" else "/bad")})
        self.components["worker"] = Component(
            "informational",
            {
                "beats": Check("kind: heartbeat, within: 40s, token: soak", "healthy", 5, 1),
                "never": Check("kind: heartbeat, within: 30s, token: soak", "unhealthy", 5, 1, never_beaten=True),
            },
        )

    def _timing(self) -> tuple[float, float]:
        return self.random.choice([(5, 1), (8, 2), (10, 2), (15, 3), (20, 2)])

    def _check(self, keys: str, truth: str | int, **more: object) -> Check:
        interval, timeout = self._timing()
        return Check(keys, truth, interval, timeout, **more)  # type: ignore[arg-type]

    def _http(self, path: str) -> Check:
        bad = {"/ok": "healthy"}.get(path, "unhealthy")
        return self._check(f'kind: http, url: "http://127.0.0.1:{self.ports.http}{path}"', bad)

    def _flip(self, number: int, bad: str) -> Check:
        url = f"http://127.0.0.1:{self.ports.http}/flip/{number}"
        return self._check(f'kind: http, url: "{url}", on_other_status: {bad}', number, bad=bad)

    def _component(self, number: int) -> Component:
        component = Component(self.random.choice(["optional", "informational", "informational"]))
        for index in range(self.random.choice([1, 2, 3, 5, 8])):
            component.checks[f"k{index}"] = self._any(number * 10 + index)
        if self.random.random() < 0.1:
            component.extra = ", scope: shared"
        return component

    def _any(self, number: int) -> Check:
        ports, folder = self.ports, self.folder
        pick = self.random.random()
        if pick < 0.15:
            fault, keys, truth = self.random.choice(FAULTS)
            return self._check(keys.format(port=ports.faults[fault]), truth)
        if pick < 0.30:
            return self._http("/ok")
        if pick < 0.45:
            return self._flip(number, self.random.choice(["unhealthy", "degraded"]))
        if pick < 0.55:
            return self._http(self.random.choice(["/bad", "/hang", "/reset", "/garbage", "/short", "/bad"]))
        if pick < 0.70:
            return self._check(f"kind: tcp, address: '127.0.0.1:{ports.banner}', dialogue: [{{expect: '^220 '}}]", "healthy")
        if pick < 0.75:
            return self._check(f"kind: tcp, address: '127.0.0.1:{ports.closed}'", "unhealthy")
        if pick < 0.78:
            return self._check(
                f"kind: tcp, address: '127.0.0.1:{ports.silence}', dialogue: [{{expect: never}}]", "unhealthy"
            )
        if pick < 0.83 and ports.redis:
            return self._check(f'kind: redis, url: "redis://127.0.0.1:{ports.redis}"', "healthy")
        if pick < 0.85:
            return self._check(f'kind: redis, url: "redis://127.0.0.1:{ports.banner}"', "unhealthy")
        if pick < 0.87:
            return self._check(f"kind: grpc, address: '127.0.0.1:{ports.banner}'", "unhealthy")
        if pick < 0.89:
            return self._check(f'kind: postgres, url: "postgres://u@127.0.0.1:{ports.silence}/d"', "unhealthy")
        if pick < 0.93:
            return self._check(f"kind: file, path: {folder}/small, contains: well", "healthy")
        if pick < 0.95:
            return self._check(f"kind: file, path: {folder}/not-there", "unhealthy")
        if pick < 0.955:
            return self._check("kind: exec, command: [/bin/true], exit_codes: simple", "healthy")
        if pick < 0.96:
            return self._check("kind: exec, command: [/bin/false], exit_codes: simple", "unhealthy")
        if pick < 0.963 and self.hung:
            return self._check(f"kind: environment, files: [{self.hung}/there]", "unhealthy")
        if pick < 0.965:
            return self._check("kind: environment, required: [PATH]", "healthy")
        if pick < 0.97 and ports.may_ping:
            return self._check("kind: icmp, address: 127.0.0.1", "healthy")
        if pick < 0.975:
            return self._check(f"kind: disk, path: {folder}, used: {{unhealthy: 100%}}", "healthy")
        if pick < 0.98:
            return self._check("kind: runtime, open_files: {unhealthy: 100%}", "healthy")
        return self._check("kind: memory, used: {unhealthy: 100%}", "healthy")

    def draw(self) -> tuple[str, dict[str, Component]]:
        """A configuration, and its components. Names are kept, so that most of it is unchanged."""
        gone = {
            name
            for name in self.components
            if name.startswith("c") and self.random.random() < 0.02
        }
        kept = {name: self.components[name] for name in self.components if name not in gone}
        for name in self.random.sample([name for name in kept if name.startswith("c")], max(1, len(kept) // 100)):
            for check in kept[name].checks.values():
                check.interval, check.timeout = self._timing()
                check.failures = self.random.choice([1, 2, 3])
        return self._text(kept), kept

    def _text(self, kept: dict[str, Component]) -> str:
        lines = [
            "service: {name: soak, environment: soak, version: '1', instance: soak}",
            "web: {details: always, lifecycle: admin}",
            "logs: {level: error}",
            "components:",
        ]
        for name, component in kept.items():
            impact = f"impact: {component.impact}" if component.impact else "owner: soak"
            needs = f", depends_on: [{component.needs}]" if component.needs in kept else ""
            lines.append(f"  {name}: {{{impact}{component.extra}{needs}, checks: {{")
            for check, settings in component.checks.items():
                lines.append(
                    f"    {check}: {{{settings.keys}, interval: {settings.interval}s, timeout: {settings.timeout}s, "
                    f"failure_threshold: {settings.failures}, max_age: {settings.interval * 4 + settings.timeout}s}},"
                )
            lines.append("  }}")
        lines.append("groups:")
        lines.append("  pair: {members: [member-a, member-b], require: any, impact: critical}")
        lines.append("flags:")
        lines.append("  feature: {requires: [pair]}")
        return "\n".join(lines) + "\n"
