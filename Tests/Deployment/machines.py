"""What is shipped for single machines remembers over a restart, too: the image, the unit of systemd, and compose."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import yaml
from self_test import swap

IMAGE = Path("deploy", "container", "Dockerfile")
UNIT = Path("deploy", "systemd", "health-exporter.service")
UNIT_MANUAL = Path("deploy", "systemd", "README.md")
COMPOSE = Path("deploy", "compose", "compose.yaml")
CONFIGURATION = Path("deploy", "compose", "health.yaml")
FILES = (IMAGE, UNIT, UNIT_MANUAL, COMPOSE, CONFIGURATION)
USER = "health-exporter"
STATE_IN_MANUAL = re.compile(r"^```yaml\nstate: \{path: ([^,}]+)\}\n```$", re.MULTILINE)

Texts = dict[Path, str]


def findings(texts: Texts) -> Iterator[str]:
    """All that is wrong."""
    yield from _image(texts[IMAGE], texts[CONFIGURATION])
    yield from _unit(texts[UNIT], texts[UNIT_MANUAL])
    yield from _compose(texts[COMPOSE], texts[CONFIGURATION])


def _folder(configuration: str) -> str:
    """Where a configuration has its state; empty when it has none."""
    path = (yaml.safe_load(configuration).get("state") or {}).get("path")
    return str(PurePosixPath(path).parent) if path else ""


def _image(image: str, configuration: str) -> Iterator[str]:
    """The build has SQLite's headers, the image its library and a folder that belongs to its user."""
    _, build, final = re.split(r"^FROM ", image, flags=re.MULTILINE)
    for stage, package in ((build, "libsqlite3-dev"), (final, "libsqlite3-0")):
        if package not in stage.split():
            yield f"{IMAGE}: {package} is not installed"
    if f"install -d -o {USER} -g {USER} -m 0700 {_folder(configuration)}\n" not in final:
        yield f"{IMAGE}: a new volume would not belong to {USER}"


def _unit(unit: str, manual: str) -> Iterator[str]:
    """The unit has a folder of its own, and the manual's path lies there."""
    settings = dict(line.split("=", 1) for line in unit.splitlines() if "=" in line and not line.startswith("#"))
    paths = STATE_IN_MANUAL.findall(manual)
    if len(paths) != 1 or str(PurePosixPath(paths[0]).parent) != f"/var/lib/{settings.get('StateDirectory')}":
        yield f"{UNIT_MANUAL}: {paths} does not lie in the StateDirectory, {settings.get('StateDirectory')}"
    if settings.get("StateDirectoryMode") != "0700":
        yield f"{UNIT}: StateDirectoryMode is {settings.get('StateDirectoryMode')}"


def _compose(compose: str, configuration: str) -> Iterator[str]:
    """A named volume is mounted where the configuration has its state, and nothing else can be written."""
    body = yaml.safe_load(compose)
    service = body["services"]["health-exporter"]
    named = [volume.split(":") for volume in service["volumes"] if volume.split(":")[0] in body["volumes"]]
    if [parts[1:] for parts in named] != [[_folder(configuration)]]:
        yield f"{COMPOSE}: no named volume is at {_folder(configuration) or 'the folder of state.path'}"
    others = [entry for name, entry in body["services"].items() if name != "health-exporter"]
    if any(volume.split(":")[0] == named[0][0] for entry in others for volume in entry["volumes"] if named):
        yield f"{COMPOSE}: the volume of the state is another service's, too"
    if service.get("read_only") is not True:
        yield f"{COMPOSE}: the root file system can be written"


@dataclass(frozen=True)
class Break:
    """One change of one file that has to be noticed."""

    file: Path
    change: Callable[[str], str]


BREAKS = [
    Break(IMAGE, swap("libsqlite3-dev ", "")),
    Break(IMAGE, swap("libsqlite3-0 ", "")),
    Break(IMAGE, swap("-m 0700 /var/lib/health-exporter", "-m 0700 /var/lib/other")),
    Break(IMAGE, swap("install -d -o health-exporter", "install -d -o root")),
    Break(UNIT, swap("StateDirectory=health-exporter", "StateDirectory=other")),
    Break(UNIT, swap("StateDirectory=health-exporter\n", "")),
    Break(UNIT, swap("StateDirectoryMode=0700", "StateDirectoryMode=0755")),
    Break(UNIT_MANUAL, swap("state: {path: /var/lib/", "state: {path: /srv/")),
    Break(COMPOSE, swap(', "state:/var/lib/health-exporter"', "")),
    Break(COMPOSE, swap('"state:/var/lib/health-exporter"', '"./state:/var/lib/health-exporter"')),
    Break(COMPOSE, swap('"state:/var/lib/health-exporter"', '"state:/var/lib/health-exporter:ro"')),
    Break(COMPOSE, swap("- alertmanager:/alertmanager", "- state:/alertmanager")),
    Break(COMPOSE, swap("read_only: true", "read_only: false")),
    Break(CONFIGURATION, swap("state: {path:", "# state: {path:")),
    Break(CONFIGURATION, swap("/var/lib/health-exporter/state.db", "/var/lib/other/state.db")),
]


def read(root: Path) -> Texts:
    """The files by their paths."""
    return {file: (root / file).read_text() for file in FILES}


def self_test(texts: Texts) -> Iterator[str]:
    """What went unnoticed; prints a line for each break."""
    yield from findings(texts)
    for number, broken in enumerate(BREAKS, 1):
        noticed = list(findings({**texts, broken.file: broken.change(texts[broken.file])}))
        print(f"{'noticed' if noticed else 'MISSED '}  {broken.file}: change {number}")
        if not noticed:
            yield f"{broken.file}: did not notice change {number}"
