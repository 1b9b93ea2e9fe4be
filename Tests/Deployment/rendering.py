"""Objects as `kubectl kustomize` renders them, and ways to ask for what is in them."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

Object = dict[str, Any]

WORKLOAD_KINDS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "ReplicaSet")
PROBES = ("startupProbe", "livenessProbe", "readinessProbe")


class Loader(yaml.SafeLoader):
    """Reads a lone `=`, which YAML 1.1 keeps for something that nobody uses, as a text, as Kubernetes does."""


Loader.add_constructor("tag:yaml.org,2002:value", lambda loader, node: str(node.value))


class RenderingError(Exception):
    """What kubectl said instead of rendering."""


@dataclass(frozen=True)
class Tools:
    """The programs that are asked."""

    kubectl: str
    exporter: str

    @cached_property
    def exporter_version(self) -> str:
        """What the binary calls itself."""
        return run([self.exporter, "--version"]).stdout.strip()


@dataclass(frozen=True)
class Container:
    """A container in its pod template."""

    workload: "Workload"
    body: Object

    @property
    def name(self) -> str:
        return str(self.body["name"])

    @property
    def place(self) -> str:
        return f"{self.workload.place} container {self.name}"

    @property
    def image(self) -> str:
        return str(self.body.get("image", ""))

    @property
    def security(self) -> Object:
        return self.body.get("securityContext") or {}

    @property
    def ports(self) -> list[Object]:
        return self.body.get("ports") or []

    @property
    def environment(self) -> list[Object]:
        return self.body.get("env") or []

    @property
    def mounts(self) -> list[Object]:
        return self.body.get("volumeMounts") or []

    @property
    def is_exporter(self) -> bool:
        return self.name == "health-exporter"

    def effective(self, key: str) -> Any:
        """A setting of the container, else of its pod."""
        value = self.security.get(key)
        return self.workload.security.get(key) if value is None else value

    def variable(self, name: str) -> Object | None:
        """An environment variable by name."""
        return next((variable for variable in self.environment if variable["name"] == name), None)

    def port_number(self, port: int | str) -> int | None:
        """The number of a port, which may be a name."""
        numbers = [
            entry["containerPort"] for entry in self.ports if port in (entry.get("name"), entry["containerPort"])
        ]
        return numbers[0] if numbers else None

    def actions(self) -> Iterator[tuple[str, Object]]:
        """Probes and lifecycle hooks by name."""
        for name in PROBES:
            if name in self.body:
                yield name, self.body[name]
        yield from (self.body.get("lifecycle") or {}).items()


@dataclass(frozen=True)
class Workload:
    """An object that makes pods."""

    body: Object

    @property
    def place(self) -> str:
        return place(self.body)

    @property
    def template(self) -> Object:
        template: Object = self.body["spec"]["template"]
        return template

    @property
    def pod(self) -> Object:
        pod: Object = self.template["spec"]
        return pod

    @property
    def labels(self) -> dict[str, str]:
        return self.template.get("metadata", {}).get("labels") or {}

    @property
    def annotations(self) -> dict[str, str]:
        return self.template.get("metadata", {}).get("annotations") or {}

    @property
    def security(self) -> Object:
        return self.pod.get("securityContext") or {}

    @property
    def volumes(self) -> list[Object]:
        return self.pod.get("volumes") or []

    @property
    def claims(self) -> list[Object]:
        """What each replica gets a claim of its own from, whose name is that of a volume."""
        return self.body["spec"].get("volumeClaimTemplates") or []

    @property
    def is_exporter_only(self) -> bool:
        """Whether the pod is nothing but an exporter, which then decides about no application."""
        return self.labels.get("app.kubernetes.io/name") == "health-exporter"

    def containers(self) -> list[Container]:
        """All of them, those of initialisation first."""
        bodies = [body for kind in ("initContainers", "containers") for body in self.pod.get(kind) or []]
        return [Container(self, body) for body in bodies]

    def volume(self, name: str) -> Object:
        """A volume by name; empty when there is none, or when it is a claim of each replica."""
        return next((volume for volume in self.volumes if volume["name"] == name), {})

    def claim(self, name: str) -> Object:
        """The template of each replica's claim by the name of its volume; empty when there is none."""
        return next((claim for claim in self.claims if claim["metadata"]["name"] == name), {})


@dataclass
class Rendering:
    """What one kustomization renders, together with the kustomizations it is made of."""

    name: str
    tools: Tools
    objects: list[Object] = field(default_factory=list)
    kustomizations: list[Object] = field(default_factory=list)

    def of_kind(self, *kinds: str) -> list[Object]:
        """Its objects of these kinds."""
        return [body for body in self.objects if body["kind"] in kinds]

    def find(self, kind: str, name: str) -> Object | None:
        """An object by kind and name."""
        return next((body for body in self.of_kind(kind) if body["metadata"]["name"] == name), None)

    def workloads(self) -> list[Workload]:
        """Its objects that make pods."""
        return [Workload(body) for body in self.of_kind(*WORKLOAD_KINDS)]

    def containers(self) -> Iterator[Container]:
        """Every container of every workload."""
        for workload in self.workloads():
            yield from workload.containers()

    def exporters(self) -> list[Container]:
        """The containers that run the exporter."""
        return [container for container in self.containers() if container.is_exporter]

    def selected(self, selector: Object) -> list[Workload]:
        """The workloads whose pods a selector takes."""
        return [workload for workload in self.workloads() if selects(selector, workload.labels)]


def place(body: Object) -> str:
    """How findings call an object."""
    return f"{body['kind']}/{body['metadata']['name']}"


def selects(selector: Object, labels: dict[str, str]) -> bool:
    """Whether a selector, of matchLabels and matchExpressions, takes what has these labels."""
    if any(labels.get(key) != value for key, value in (selector.get("matchLabels") or {}).items()):
        return False
    return all(_holds(expression, labels) for expression in selector.get("matchExpressions") or [])


def _holds(expression: Object, labels: dict[str, str]) -> bool:
    value = labels.get(expression["key"])
    match expression["operator"]:
        case "In":
            return value in expression["values"]
        case "NotIn":
            return value not in expression["values"]
        case "Exists":
            return value is not None
        case _:
            return value is None


def run(command: list[str], environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Runs a program that has a minute for its answer."""
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment, check=False)


def render(folder: Path, name: str, tools: Tools) -> Rendering:
    """Renders the kustomization in a folder."""
    answer = run([tools.kubectl, "kustomize", str(folder)])
    if answer.returncode != 0:
        raise RenderingError(answer.stderr.strip())
    if answer.stderr.strip():
        raise RenderingError(f"kubectl warns: {answer.stderr.strip()}")
    objects = [body for body in yaml.load_all(answer.stdout, Loader) if body]
    return Rendering(name, tools, objects, list(kustomizations(folder)))


def kustomizations(folder: Path) -> Iterator[Object]:
    """The kustomization in a folder, then those it is made of."""
    body = yaml.safe_load((folder / "kustomization.yaml").read_text())
    yield body
    for entry in [*body.get("resources", []), *body.get("components", [])]:
        if (folder / entry).is_dir():
            yield from kustomizations(folder / entry)


def render_together(folders: list[Path], name: str, tools: Tools) -> Rendering:
    """Renders a base with a component that no overlay uses."""
    with tempfile.TemporaryDirectory() as temporary:
        here = Path(temporary).resolve()
        base, *components = [os.path.relpath(folder.resolve(), here) for folder in folders]
        body = {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "resources": [base],
            "components": components,
        }
        (here / "kustomization.yaml").write_text(yaml.safe_dump(body))
        return render(here, name, tools)
