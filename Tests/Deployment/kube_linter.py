"""The checks that kube-linter has on by default, and four that it offers, said anew under its names.

https://docs.kubelinter.io/#/generated/checks
"""

import re
from collections.abc import Iterator

from rendering import Container, Object, Rendering, place
from rules import rule

DEFAULT = "kube-linter, on by default"
OPTIONAL = "kube-linter, optional"

SENSITIVE_FOLDERS = {"/", "/boot", "/dev", "/etc", "/lib", "/proc", "/sys", "/usr"}
RUNTIME_SOCKETS = re.compile(r"(docker|containerd|crio)\.sock$")
UNSAFE_SYSCTLS = ("kernel.msg", "kernel.sem", "kernel.shm", "fs.mqueue.", "net.")
PORT_NAME = re.compile(r"(?=.*[a-z])[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?")


def _pods_with(rendering: Rendering, key: str) -> Iterator[str]:
    for workload in rendering.workloads():
        if workload.pod.get(key):
            yield f"{workload.place}: {key}"


def _host_paths(rendering: Rendering) -> Iterator[tuple[Container, Object, str]]:
    """The host's folders that containers mount."""
    for container in rendering.containers():
        for mount in container.mounts:
            volume = container.workload.volume(mount["name"])
            if "hostPath" in volume:
                yield container, mount, volume["hostPath"]["path"]


@rule("dangling-service", DEFAULT)
def dangling_service(rendering: Rendering) -> Iterator[str]:
    """A Service has pods."""
    for service in rendering.of_kind("Service"):
        selector = service["spec"].get("selector")
        if selector and not rendering.selected({"matchLabels": selector}):
            yield f"{place(service)}: selects no pod"


@rule("deprecated-service-account-field", DEFAULT)
def deprecated_service_account_field(rendering: Rendering) -> Iterator[str]:
    """serviceAccountName, not serviceAccount."""
    yield from _pods_with(rendering, "serviceAccount")


@rule("docker-sock", DEFAULT)
def docker_sock(rendering: Rendering) -> Iterator[str]:
    """No way to the container runtime."""
    for container, _, path in _host_paths(rendering):
        if RUNTIME_SOCKETS.search(path):
            yield f"{container.place}: mounts {path}"


@rule("drop-net-raw-capability", DEFAULT)
def drop_net_raw_capability(rendering: Rendering) -> Iterator[str]:
    """No raw packets."""
    for container in rendering.containers():
        dropped = (container.security.get("capabilities") or {}).get("drop") or []
        if not {"ALL", "NET_RAW"} & set(dropped):
            yield f"{container.place}: keeps NET_RAW"


@rule("duplicate-env-var", DEFAULT)
def duplicate_env_var(rendering: Rendering) -> Iterator[str]:
    """Each environment variable once."""
    for container in rendering.containers():
        names = [variable["name"] for variable in container.environment]
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield f"{container.place}: {name} is set more than once"


@rule("env-var-secret", DEFAULT)
def env_var_secret(rendering: Rendering) -> Iterator[str]:
    """No secret written into an environment variable."""
    for container in rendering.containers():
        for variable in container.environment:
            if "secret" in variable["name"].lower() and variable.get("value"):
                yield f"{container.place}: {variable['name']}"


@rule("host-ipc", DEFAULT)
def host_ipc(rendering: Rendering) -> Iterator[str]:
    """Not the host's IPC."""
    yield from _pods_with(rendering, "hostIPC")


@rule("host-network", DEFAULT)
def host_network(rendering: Rendering) -> Iterator[str]:
    """Not the host's network."""
    yield from _pods_with(rendering, "hostNetwork")


@rule("host-pid", DEFAULT)
def host_pid(rendering: Rendering) -> Iterator[str]:
    """Not the host's processes."""
    yield from _pods_with(rendering, "hostPID")


@rule("invalid-target-ports", DEFAULT)
def invalid_target_ports(rendering: Rendering) -> Iterator[str]:
    """Names and numbers of ports are such."""
    for container in rendering.containers():
        for port in container.ports:
            yield from _port_problems(container.place, port.get("name") or port["containerPort"])
    for service in rendering.of_kind("Service"):
        for port in service["spec"].get("ports") or []:
            yield from _port_problems(place(service), port.get("targetPort") or port["port"])


def _port_problems(where: str, port: int | str) -> Iterator[str]:
    is_valid = 0 < port < 65536 if isinstance(port, int) else PORT_NAME.fullmatch(port) and "--" not in port
    if not is_valid:
        yield f"{where}: {port} is no port"


@rule("latest-tag", DEFAULT)
def latest_tag(rendering: Rendering) -> Iterator[str]:
    """Every image has a fixed tag."""
    for container in rendering.containers():
        _, _, tag = container.image.rpartition("/")[2].partition(":")
        if not tag or tag == "latest":
            yield f"{container.place}: image {container.image}"


def _probes_elsewhere(rendering: Rendering, probe: str) -> Iterator[str]:
    """Probes that ask a port which the container doesn't list."""
    for container in rendering.containers():
        action = container.body.get(probe) or {}
        asked = action.get("httpGet") or action.get("tcpSocket") or action.get("grpc")
        if asked and container.port_number(asked["port"]) is None:
            yield f"{container.place}: {probe} asks port {asked['port']}, which is not listed"


@rule("liveness-port", DEFAULT)
def liveness_port(rendering: Rendering) -> Iterator[str]:
    """The liveness probe asks a listed port."""
    yield from _probes_elsewhere(rendering, "livenessProbe")


@rule("readiness-port", DEFAULT)
def readiness_port(rendering: Rendering) -> Iterator[str]:
    """The readiness probe asks a listed port."""
    yield from _probes_elsewhere(rendering, "readinessProbe")


@rule("startup-port", DEFAULT)
def startup_port(rendering: Rendering) -> Iterator[str]:
    """The startup probe asks a listed port."""
    yield from _probes_elsewhere(rendering, "startupProbe")


@rule("mismatching-selector", DEFAULT)
def mismatching_selector(rendering: Rendering) -> Iterator[str]:
    """A workload selects its own pods."""
    for workload in rendering.workloads():
        own = rendering.selected(workload.body["spec"].get("selector") or {})
        if workload not in own:
            yield f"{workload.place}: the selector does not take its pods"


@rule("no-anti-affinity", DEFAULT)
def no_anti_affinity(rendering: Rendering) -> Iterator[str]:
    """Replicas ask for different nodes."""
    for workload in rendering.workloads():
        if workload.body["spec"].get("replicas", 1) < 2 or workload.body["kind"] == "DaemonSet":
            continue
        affinity = (workload.pod.get("affinity") or {}).get("podAntiAffinity") or {}
        preferred = affinity.get("preferredDuringSchedulingIgnoredDuringExecution") or []
        terms = [entry["podAffinityTerm"] for entry in preferred]
        terms += affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or []
        apart = [term for term in terms if term["topologyKey"] == "kubernetes.io/hostname"]
        if not any(workload in rendering.selected(term["labelSelector"]) for term in apart):
            yield f"{workload.place}: replicas may all land on one node"


@rule("no-extensions-v1beta", DEFAULT)
def no_extensions_v1beta(rendering: Rendering) -> Iterator[str]:
    """No API that is gone."""
    for body in rendering.objects:
        if body["apiVersion"].startswith("extensions/v1beta"):
            yield f"{place(body)}: {body['apiVersion']}"


@rule("no-read-only-root-fs", DEFAULT)
def no_read_only_root_fs(rendering: Rendering) -> Iterator[str]:
    """Nothing writes into the image."""
    for container in rendering.containers():
        if container.security.get("readOnlyRootFilesystem") is not True:
            yield f"{container.place}: readOnlyRootFilesystem is not true"


@rule("non-existent-service-account", DEFAULT)
def non_existent_service_account(rendering: Rendering) -> Iterator[str]:
    """The service account is there."""
    for workload in rendering.workloads():
        name = workload.pod.get("serviceAccountName", "default")
        if name != "default" and rendering.find("ServiceAccount", name) is None:
            yield f"{workload.place}: there is no ServiceAccount {name}"


@rule("pdb-max-unavailable", DEFAULT)
def pdb_max_unavailable(rendering: Rendering) -> Iterator[str]:
    """A budget lets nodes be drained."""
    for budget in rendering.of_kind("PodDisruptionBudget"):
        if budget["spec"].get("maxUnavailable") in (0, "0%"):
            yield f"{place(budget)}: maxUnavailable is 0"


@rule("pdb-min-available", DEFAULT)
def pdb_min_available(rendering: Rendering) -> Iterator[str]:
    """A budget asks for fewer pods than there are."""
    for budget in rendering.of_kind("PodDisruptionBudget"):
        least = budget["spec"].get("minAvailable")
        for workload in rendering.selected(budget["spec"]["selector"]):
            if least == "100%" or isinstance(least, int) and least >= workload.body["spec"].get("replicas", 1):
                yield f"{place(budget)}: minAvailable {least} leaves no pod to evict"


@rule("pdb-unhealthy-pod-eviction-policy", DEFAULT)
def pdb_unhealthy_pod_eviction_policy(rendering: Rendering) -> Iterator[str]:
    """Pods that are not ready block no drain."""
    for budget in rendering.of_kind("PodDisruptionBudget"):
        if budget["spec"].get("unhealthyPodEvictionPolicy") != "AlwaysAllow":
            yield f"{place(budget)}: unhealthyPodEvictionPolicy is not AlwaysAllow"


@rule("privilege-escalation-container", DEFAULT)
def privilege_escalation_container(rendering: Rendering) -> Iterator[str]:
    """No escalation, not even implied."""
    for container in rendering.containers():
        added = (container.security.get("capabilities") or {}).get("add") or []
        allowed = container.security.get("allowPrivilegeEscalation")
        if allowed or container.security.get("privileged") or "SYS_ADMIN" in added:
            yield f"{container.place}: may gain privileges"


@rule("privileged-container", DEFAULT)
def privileged_container(rendering: Rendering) -> Iterator[str]:
    """No privileged container."""
    for container in rendering.containers():
        if container.security.get("privileged"):
            yield f"{container.place}: privileged"


@rule("run-as-non-root", DEFAULT)
def run_as_non_root(rendering: Rendering) -> Iterator[str]:
    """A user that is not root, said by number or as a condition."""
    for container in rendering.containers():
        user = container.effective("runAsUser")
        if user == 0 or user is None and container.effective("runAsNonRoot") is not True:
            yield f"{container.place}: may run as root"


@rule("sensitive-host-mounts", DEFAULT)
def sensitive_host_mounts(rendering: Rendering) -> Iterator[str]:
    """No system folder of the host."""
    for container, _, path in _host_paths(rendering):
        if path in SENSITIVE_FOLDERS:
            yield f"{container.place}: mounts the host's {path}"


@rule("ssh-port", DEFAULT)
def ssh_port(rendering: Rendering) -> Iterator[str]:
    """Nobody listens where SSH does."""
    for container in rendering.containers():
        for port in container.ports:
            if port["containerPort"] == 22:
                yield f"{container.place}: port 22"


@rule("unsafe-sysctls", DEFAULT)
def unsafe_sysctls(rendering: Rendering) -> Iterator[str]:
    """No sysctl that others may feel."""
    for workload in rendering.workloads():
        for entry in workload.security.get("sysctls") or []:
            if entry["name"].startswith(UNSAFE_SYSCTLS):
                yield f"{workload.place}: sysctl {entry['name']}"


@rule("unset-cpu-requirements", DEFAULT)
def unset_cpu_requirements(rendering: Rendering) -> Iterator[str]:
    """The scheduler knows how much CPU is wanted."""
    for container in rendering.containers():
        if "cpu" not in ((container.body.get("resources") or {}).get("requests") or {}):
            yield f"{container.place}: requests no cpu"


@rule("unset-memory-requirements", DEFAULT)
def unset_memory_requirements(rendering: Rendering) -> Iterator[str]:
    """Memory is requested and limited."""
    for container in rendering.containers():
        for key in ("requests", "limits"):
            if "memory" not in ((container.body.get("resources") or {}).get(key) or {}):
                yield f"{container.place}: no memory in {key}"


@rule("dangling-networkpolicy", OPTIONAL)
def dangling_networkpolicy(rendering: Rendering) -> Iterator[str]:
    """A NetworkPolicy has pods."""
    for policy in rendering.of_kind("NetworkPolicy"):
        if not rendering.selected(policy["spec"]["podSelector"]):
            yield f"{place(policy)}: selects no pod"


@rule("default-service-account", OPTIONAL)
def default_service_account(rendering: Rendering) -> Iterator[str]:
    """A service account of its own."""
    for workload in rendering.workloads():
        if workload.pod.get("serviceAccountName", "default") == "default":
            yield f"{workload.place}: uses the default ServiceAccount"


@rule("read-secret-from-env-var", OPTIONAL)
def read_secret_from_env_var(rendering: Rendering) -> Iterator[str]:
    """Secrets are files."""
    for container in rendering.containers():
        for variable in container.environment:
            if "secretKeyRef" in (variable.get("valueFrom") or {}):
                yield f"{container.place}: {variable['name']} comes from a Secret"


@rule("writable-host-mount", OPTIONAL)
def writable_host_mount(rendering: Rendering) -> Iterator[str]:
    """What is mounted of the host can't be changed."""
    for container, mount, path in _host_paths(rendering):
        if mount.get("readOnly") is not True:
            yield f"{container.place}: may write into the host's {path}"
