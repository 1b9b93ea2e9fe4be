"""Our own rules: what the exporter needs of a manifest."""

import json
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import kubernetes_validate  # type: ignore[import-untyped]
from configuration import Configuration, config_path, configuration_of, configurations, configuration_problems, mount_of
from rendering import PROBES, Container, Object, Rendering, place
from rules import rule

OWN = "health-exporter"

# The oldest version with all that a shape uses, as deploy/kubernetes/README.md says and derives.
OLDEST = {"standalone": "1.27", "sidecar": "1.19", "daemonset": "1.21", "job": "1.29"}
# Older schemas are not to be had.
OLDEST_SCHEMA = "1.25"
MANUAL = Path(__file__).parents[2] / "deploy" / "kubernetes" / "README.md"
# As README.md has them, and as check-config takes them for granted.
PROBE_TIMES = {
    "startupProbe": {"path": "/startupz", "periodSeconds": 2, "timeoutSeconds": 1, "failureThreshold": 30},
    "livenessProbe": {"path": "/livez", "periodSeconds": 10, "timeoutSeconds": 5, "failureThreshold": 6},
    "readinessProbe": {"path": "/readyz", "periodSeconds": 5, "timeoutSeconds": 2, "failureThreshold": 1},
}
PORTS = {"metrics": 8642, "probes": 8643}
# kubectl apply keeps the whole object in an annotation, and annotations end at 256 KiB.
APPLY_LIMIT = 256 * 1024
# The letters that kustomize makes hashes of.
HASH_SUFFIX = re.compile(r"-[bcdfghkmt2456789]{10}$")
DEPRECATED_KEYS = {
    "bases",
    "commonLabels",
    "imageTags",
    "patchesJson6902",
    "patchesStrategicMerge",
    "vars",
}


def is_custom(body: Object) -> bool:
    """Whether an object's schema lies with an operator."""
    return str(body["apiVersion"]).startswith("monitoring.coreos.com/")


def shape(rendering: Rendering) -> str:
    """The shape of a rendering, as the manual calls it."""
    folder = rendering.name.partition("examples/")[2]
    return folder or "standalone"


@rule("schema", f"kubernetes-validate --strict, oldest version and {kubernetes_validate.latest_version()}")
def schema(rendering: Rendering) -> Iterator[str]:
    """Every object is what its schema says, without unknown fields, in the oldest version and in the newest."""
    oldest = max(OLDEST[shape(rendering)], OLDEST_SCHEMA)
    for body in rendering.objects:
        if is_custom(body):
            continue
        for version in (oldest, kubernetes_validate.latest_version()):
            try:
                kubernetes_validate.validate(body, version, strict=True)
            except kubernetes_validate.ValidationError as error:
                where = ".".join(str(part) for part in error.path)
                yield f"{place(body)}: Kubernetes {version}: {where}: {error.message}"
            except kubernetes_validate.SchemaNotFoundError as error:
                yield f"{place(body)}: {error.message}"


@rule("oldest-version", OWN)
def oldest_version(rendering: Rendering) -> Iterator[str]:
    """What needs a version is in no shape for older ones, and the manual says so of each shape."""
    stated = OLDEST[shape(rendering)]
    if f"| {shape(rendering)} | {stated} |" not in MANUAL.read_text():
        yield f"{MANUAL.name} does not say {stated}"
    for version, feature in _needed(rendering):
        if version > stated:
            yield f"{feature} needs Kubernetes {version}, not {stated}"


def _needed(rendering: Rendering) -> Iterator[tuple[str, str]]:
    """Features that are on by default, each with the version since which they are."""
    for budget in rendering.of_kind("PodDisruptionBudget"):
        if "unhealthyPodEvictionPolicy" in budget["spec"]:
            yield "1.27", f"{place(budget)}: unhealthyPodEvictionPolicy"
    for body in rendering.of_kind("StatefulSet"):
        if "persistentVolumeClaimRetentionPolicy" in body["spec"]:
            yield "1.27", f"{place(body)}: persistentVolumeClaimRetentionPolicy"
    for workload in rendering.workloads():
        if "fsGroupChangePolicy" in workload.security:
            yield "1.20", f"{workload.place}: fsGroupChangePolicy"
    for policy in rendering.of_kind("NetworkPolicy"):
        if "kubernetes.io/metadata.name" in json.dumps(policy):
            yield "1.21", f"{place(policy)}: the label kubernetes.io/metadata.name"
    for container in rendering.containers():
        if container.effective("seccompProfile"):
            yield "1.19", f"{container.place}: seccompProfile"
        if "restartPolicy" in container.body:
            yield "1.29", f"{container.place}: restartPolicy of a container"
        for name, action in container.actions():
            if name == "startupProbe":
                yield "1.18", f"{container.place}: {name}"
            if "grpc" in action:
                yield "1.24", f"{container.place}: gRPC in {name}"
            if "sleep" in action:
                yield "1.30", f"{container.place}: sleep in {name}"


@rule("kustomization-keys", OWN)
def kustomization_keys(rendering: Rendering) -> Iterator[str]:
    """No key that kustomize gave up."""
    for body in rendering.kustomizations:
        for key in sorted(DEPRECATED_KEYS & set(body)):
            yield f"{body['kind']} with resources {body.get('resources')}: {key}"


@rule("apply-size", OWN)
def apply_size(rendering: Rendering) -> Iterator[str]:
    """Every object is small enough for kubectl apply."""
    for body in rendering.objects:
        size = len(json.dumps(body, separators=(",", ":")))
        if size > APPLY_LIMIT:
            yield f"{place(body)}: {size} bytes"


@rule("unique-objects", OWN)
def unique_objects(rendering: Rendering) -> Iterator[str]:
    """No object twice."""
    places = [place(body) for body in rendering.objects]
    for name in sorted({name for name in places if places.count(name) > 1}):
        yield f"{name}: more than once"


@rule("has-exporter", OWN)
def has_exporter(rendering: Rendering) -> Iterator[str]:
    """There is an exporter; all rules about it would else hold."""
    if not rendering.exporters():
        yield "no container is called health-exporter"


@rule("no-registry-host", OWN)
def no_registry_host(rendering: Rendering) -> Iterator[str]:
    """No registry is named: that is for the user's overlay."""
    for container in rendering.containers():
        first, slash, _ = container.image.partition("/")
        if slash and ("." in first or ":" in first or first == "localhost"):
            yield f"{container.place}: image {container.image}"


@rule("exporter-version", OWN)
def exporter_version(rendering: Rendering) -> Iterator[str]:
    """Tag and label are the version that the binary says."""
    version = rendering.tools.exporter_version
    for container in rendering.exporters():
        if container.image.rpartition(":")[2] != version:
            yield f"{container.place}: image {container.image}, but the binary is {version}"
        label = container.workload.labels.get("app.kubernetes.io/version")
        if container.workload.is_exporter_only and label != version:
            yield f"{container.workload.place}: labelled {label}, but the binary is {version}"


@rule("named-ports", OWN)
def named_ports(rendering: Rendering) -> Iterator[str]:
    """`metrics` is 8642, `probes` is 8643."""
    for container in rendering.exporters():
        for name, number in PORTS.items():
            if container.port_number(name) != number:
                yield f"{container.place}: port {name} is not {number}"


@rule("probes", OWN)
def probes(rendering: Rendering) -> Iterator[str]:
    """The three probes, with paths and times as documented, on the probe listener."""
    for container in rendering.exporters():
        for name in PROBES:
            probe = container.body.get(name) or {}
            request = probe.get("httpGet") or {}
            found = {"path": request.get("path")} | {key: probe.get(key) for key in PROBE_TIMES[name] if key != "path"}
            if found != PROBE_TIMES[name]:
                yield f"{container.place}: {name} is {found}, not {PROBE_TIMES[name]}"
            if request.get("port") != "probes":
                yield f"{container.place}: {name} asks port {request.get('port')}, not probes"


@rule("probe-timeouts", OWN)
def probe_timeouts(rendering: Rendering) -> Iterator[str]:
    """Every probe of every container gives up before the next one begins, as check-config asks of the readiness probe."""
    for container in rendering.containers():
        for name in PROBES:
            probe = container.body.get(name)
            if probe is None:
                continue
            # What Kubernetes takes for granted.
            period, timeout = probe.get("periodSeconds", 10), probe.get("timeoutSeconds", 1)
            if timeout >= period:
                yield f"{container.place}: {name} has a timeout of {timeout} s, but comes every {period} s"


@rule("stopping-times", OWN)
def stopping_times(rendering: Rendering) -> Iterator[str]:
    """drain < grace < terminationGracePeriodSeconds."""
    for configuration in configurations(rendering):
        drain, grace = configuration.shutdown("drain"), configuration.shutdown("grace")
        period = configuration.container.workload.pod.get("terminationGracePeriodSeconds", 30)
        if not drain < grace < period:
            yield f"{configuration.container.place}: drain {drain:g} s, grace {grace:g} s, but the pod has {period} s"


@rule("no-pre-stop", OWN)
def no_pre_stop(rendering: Rendering) -> Iterator[str]:
    """The exporter drains itself; a preStop would only take of its time."""
    for container in rendering.exporters():
        if "preStop" in (container.body.get("lifecycle") or {}):
            yield f"{container.place}: has a preStop"


@rule("config-is-mounted", OWN)
def config_is_mounted(rendering: Rendering) -> Iterator[str]:
    """`--config` names a file of a ConfigMap that is part of the rendering."""
    for container in rendering.exporters():
        if configuration_of(rendering, container) is None:
            yield f"{container.place}: no ConfigMap holds {config_path(container)}"


@rule("config-reloads-in-place", OWN)
def config_reloads_in_place(rendering: Rendering) -> Iterator[str]:
    """A change reaches the file: mounted as a directory, from a name without a hash."""
    for configuration in configurations(rendering):
        name = configuration.config_map["metadata"]["name"]
        if "subPath" in configuration.mount:
            yield f"{configuration.container.place}: a subPath never changes"
        if HASH_SUFFIX.search(name):
            yield f"{configuration.container.place}: ConfigMap {name} has a hash in its name"


@rule("check-config", "health-exporter check-config")
def check_config(rendering: Rendering) -> Iterator[str]:
    """Every configuration is accepted with the probes of its container, without a warning."""
    for configuration in configurations(rendering):
        for line in configuration_problems(rendering, configuration):
            yield f"{configuration.container.place}: {line}"


@rule("config-files", OWN)
def config_files(rendering: Rendering) -> Iterator[str]:
    """What the configuration reads by ${file:…} is mounted from a Secret, and there if the Secret is."""
    for configuration in configurations(rendering):
        for path in configuration.files():
            if problem := _file_problem(rendering, configuration, path):
                yield f"{configuration.container.place}: {path} {problem}"


def _file_problem(rendering: Rendering, configuration: Configuration, path: PurePosixPath) -> str | None:
    mount = mount_of(configuration.container, path)
    volume = configuration.container.workload.volume(mount["name"]) if mount else {}
    if "secret" not in volume:
        return "does not come from a Secret"
    secret = rendering.find("Secret", volume["secret"]["secretName"])
    if secret and path.name not in {**(secret.get("data") or {}), **(secret.get("stringData") or {})}:
        return f"is not a key of {place(secret)}"
    return None


@rule("targets-optional", OWN)
def targets_optional(rendering: Rendering) -> Iterator[str]:
    """Where the pod is nothing but an exporter, no target takes it out."""
    for configuration in configurations(rendering):
        if not configuration.container.workload.is_exporter_only:
            continue
        usual = ((configuration.body.get("defaults") or {}).get("component") or {}).get("impact", "critical")
        components = (configuration.body.get("components") or {}) | (configuration.body.get("groups") or {})
        for name, component in components.items():
            if (component or {}).get("impact", usual) == "critical":
                yield f"{configuration.container.place}: {name} is critical"


@rule("instance-name", OWN)
def instance_name(rendering: Rendering) -> Iterator[str]:
    """`instance` is the name of the pod, or of its node, and not left to the host name."""
    for container in rendering.exporters():
        if instance_field(container) not in ("metadata.name", "spec.nodeName"):
            yield f"{container.place}: neither HEALTH_INSTANCE nor POD_NAME is a name of the pod or the node"


def instance_field(container: Container) -> str | None:
    """The field of the pod that becomes `instance`."""
    variable = container.variable("HEALTH_INSTANCE") or container.variable("POD_NAME") or {}
    field = ((variable.get("valueFrom") or {}).get("fieldRef") or {}).get("fieldPath")
    return str(field) if field else None


@rule("environment-name", OWN)
def environment_name(rendering: Rendering) -> Iterator[str]:
    """An overlay says which environment it is."""
    for container in rendering.exporters():
        value = (container.variable("HEALTH_ENVIRONMENT") or {}).get("value", "unknown")
        if rendering.name.startswith("overlays/") and value == "unknown":
            yield f"{container.place}: HEALTH_ENVIRONMENT is unknown"


@rule("no-token", OWN)
def no_token(rendering: Rendering) -> Iterator[str]:
    """Nobody here asks the Kubernetes API."""
    for workload in rendering.workloads():
        if workload.pod.get("automountServiceAccountToken") is not False:
            yield f"{workload.place}: mounts a token"
    for account in rendering.of_kind("ServiceAccount"):
        if account.get("automountServiceAccountToken") is not False:
            yield f"{place(account)}: mounts a token"


@rule("service-while-not-ready", OWN)
def service_while_not_ready(rendering: Rendering) -> Iterator[str]:
    """A Service of the exporter's own port also leads to exporters that are not ready."""
    for service in rendering.of_kind("Service"):
        if service["spec"].get("publishNotReadyAddresses") is True:
            continue
        for workload in rendering.selected({"matchLabels": service["spec"].get("selector")}):
            targets = {port.get("targetPort", port["port"]) for port in service["spec"]["ports"]}
            exporters = [container for container in workload.containers() if container.is_exporter]
            if any(container.port_number(target) == PORTS["metrics"] for container in exporters for target in targets):
                yield f"{place(service)}: publishNotReadyAddresses is not true"


@rule("network-policy-ports", OWN)
def network_policy_ports(rendering: Rendering) -> Iterator[str]:
    """Where a NetworkPolicy isolates an exporter, scrapes and probes still come in."""
    for policy in rendering.of_kind("NetworkPolicy"):
        for workload in rendering.selected(policy["spec"]["podSelector"]):
            for container in workload.containers():
                if container.is_exporter:
                    for number in sorted(set(PORTS.values()) - _let_in(policy, container)):
                        yield f"{place(policy)}: keeps {number} of {container.place} closed"


def _let_in(policy: Object, container: Container) -> set[int | None]:
    entries = policy["spec"].get("ingress") or []
    return {container.port_number(port["port"]) for entry in entries for port in entry.get("ports") or []}


@rule("network-policy-metadata", OWN)
def network_policy_metadata(rendering: Rendering) -> Iterator[str]:
    """A way to anywhere leaves out link-local addresses, where clouds keep their metadata."""
    for policy in rendering.of_kind("NetworkPolicy"):
        for entry in policy["spec"].get("egress") or []:
            for block in [peer["ipBlock"] for peer in entry.get("to") or [] if "ipBlock" in peer]:
                if block["cidr"] == "0.0.0.0/0" and "169.254.0.0/16" not in (block.get("except") or []):
                    yield f"{place(policy)}: lets out to 169.254.0.0/16"
                if block["cidr"] == "::/0" and "fe80::/10" not in (block.get("except") or []):
                    yield f"{place(policy)}: lets out to fe80::/10"
