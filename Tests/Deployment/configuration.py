"""The configuration that an exporter's container reads, found through its mounts."""

import re
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

import yaml
from rendering import Container, Object, Rendering, run

FILE = re.compile(r"\$\{file:([^}]+)\}")
BYTES = re.compile(r"(\d+)(B|[KMGT]i?B?)?")
UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
DEFAULT_STATE_SIZE = "1GiB"
DEFAULT_SHUTDOWN = {"drain": "5s", "grace": "20s"}


@dataclass(frozen=True)
class Configuration:
    """A configuration file inside a container."""

    container: Container
    path: PurePosixPath
    mount: Object
    config_map: Object
    text: str

    @cached_property
    def body(self) -> Object:
        """The file, with its placeholders as they stand."""
        body: Object = yaml.safe_load(self.text) or {}
        return body

    def shutdown(self, key: str) -> float:
        """`drain` or `grace`, in seconds."""
        return seconds((self.body.get("shutdown") or {}).get(key, DEFAULT_SHUTDOWN[key]))

    def state_path(self) -> PurePosixPath | None:
        """The file of the state; a relative one counts from the folder of the configuration."""
        path = (self.body.get("state") or {}).get("path")
        return self.path.parent / path if path else None

    def state_limit(self) -> int:
        """How large the file of the state may become, in bytes."""
        return size((self.body.get("state") or {}).get("max_size", DEFAULT_STATE_SIZE))

    def files(self) -> list[PurePosixPath]:
        """The paths that it reads by `${file:…}`; relative ones count from its folder."""
        return [self.path.parent / path for path in FILE.findall(self.text)]


def seconds(text: str) -> float:
    """A duration such as `1m30s`."""
    parts = re.findall(r"(\d+)(ms|[smhd])", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{text!r} is no duration")
    return sum(int(number) * UNITS[unit] for number, unit in parts)


def size(text: str | int) -> int:
    """Bytes, as the configuration (`800MiB`) and Kubernetes (`1Gi`) write them."""
    found = BYTES.fullmatch(str(text))
    if not found:
        raise ValueError(f"{text!r} is no size")
    number, unit = found.groups(default="B")
    step = 1024 if "i" in unit else 1000
    return int(number) * step ** "BKMGT".index(unit[0])


def config_path(container: Container) -> PurePosixPath | None:
    """What follows `--config` among the arguments."""
    arguments = container.body.get("args") or []
    following = [arguments[index + 1] for index, word in enumerate(arguments[:-1]) if word == "--config"]
    return PurePosixPath(following[0]) if following else None


def mount_of(container: Container, path: PurePosixPath) -> Object | None:
    """The volume mount that a path lies under."""
    mounts = [mount for mount in container.mounts if path.is_relative_to(mount["mountPath"])]
    return max(mounts, key=lambda mount: len(mount["mountPath"]), default=None)


def configuration_of(rendering: Rendering, container: Container) -> Configuration | None:
    """The configuration of an exporter; None when the rendering doesn't have it."""
    path = config_path(container)
    mount = path and mount_of(container, path)
    if not path or not mount:
        return None
    volume = container.workload.volume(mount["name"])
    config_map = rendering.find("ConfigMap", (volume.get("configMap") or {}).get("name", ""))
    name = path.name if "subPath" in mount else str(path.relative_to(mount["mountPath"]))
    text = ((config_map or {}).get("data") or {}).get(name)
    if config_map is None or text is None:
        return None
    return Configuration(container, path, mount, config_map, text)


def configurations(rendering: Rendering) -> list[Configuration]:
    """Those of all exporters of a rendering."""
    found = [configuration_of(rendering, container) for container in rendering.exporters()]
    return [configuration for configuration in found if configuration]


def configuration_problems(rendering: Rendering, configuration: Configuration) -> list[str]:
    """What `health-exporter check-config` has against a configuration; files that it reads are given as examples."""
    with tempfile.TemporaryDirectory() as temporary:
        example = Path(temporary, "example")
        example.write_text("example\n")
        file = Path(temporary, "config.yaml")
        file.write_text(FILE.sub(f"${{file:{example}}}", configuration.text))
        command = [rendering.tools.exporter, "check-config", str(file), *_probe_options(configuration.container)]
        answer = run(command, _environment(configuration.container))
    if answer.returncode == 0:
        return [line.strip() for line in answer.stdout.splitlines() if "warning:" in line]
    return [line.replace(temporary + "/", "") for line in answer.stderr.splitlines()] or ["check-config failed"]


def _environment(container: Container) -> dict[str, str]:
    """The container's variables; what the cluster would fill in is an example."""
    return {variable["name"]: variable.get("value", "example") for variable in container.environment}


def _probe_options(container: Container) -> list[str]:
    """The readiness probe, in check-config's words."""
    probe = container.body.get("readinessProbe") or {}
    return [
        f"--probe-period={probe.get('periodSeconds', 10)}s",
        f"--probe-timeout={probe.get('timeoutSeconds', 1)}s",
        f"--probe-failures={probe.get('failureThreshold', 3)}",
    ]
