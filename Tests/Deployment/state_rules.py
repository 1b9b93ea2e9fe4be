"""Our own rules about what the exporter remembers: where its file lies, on which volume, and who may write there."""

from collections.abc import Iterator
from dataclasses import dataclass

from configuration import Configuration, configurations, mount_of, size
from exporter_rules import OWN
from rendering import Object, Rendering, Workload, place
from rules import rule

# The volume has a quarter more than the file may have: for SQLite's log and for the file system.
SPARE = 1.25
RETENTION = {"whenDeleted": "Delete", "whenScaled": "Retain"}


@dataclass(frozen=True)
class State:
    """Where an exporter's state lies."""

    configuration: Configuration
    mount: Object

    @property
    def place(self) -> str:
        return self.configuration.container.place

    @property
    def workload(self) -> Workload:
        return self.configuration.container.workload

    @property
    def volume(self) -> Object:
        """The volume of the pod; empty when each replica has a claim."""
        return self.workload.volume(self.mount.get("name", ""))

    @property
    def claim(self) -> Object:
        """The template of each replica's claim; empty when it is a volume of the pod."""
        return self.workload.claim(self.mount.get("name", ""))

    @property
    def capacity(self) -> str | None:
        """How much the volume holds, in Kubernetes' words."""
        if self.claim:
            return str(((self.claim["spec"].get("resources") or {}).get("requests") or {}).get("storage", "")) or None
        return (self.volume.get("emptyDir") or {}).get("sizeLimit")


def states(rendering: Rendering) -> Iterator[State]:
    """That of each exporter which has one on a volume."""
    for configuration in configurations(rendering):
        path = configuration.state_path()
        mount = path and mount_of(configuration.container, path)
        if mount:
            yield State(configuration, mount)


def is_standalone(workload: Workload) -> bool:
    """Whether the pods are nothing but exporters, and as many as somebody asked for."""
    return workload.is_exporter_only and workload.body["kind"] != "DaemonSet"


@rule("state-is-kept", OWN)
def state_is_kept(rendering: Rendering) -> Iterator[str]:
    """Every exporter remembers over a restart: state.path lies right in the folder at which a volume is mounted."""
    for configuration in configurations(rendering):
        container, path = configuration.container, configuration.state_path()
        if path is None:
            yield f"{container.place}: state.path is missing, so a restart forgets everything"
            continue
        mount = mount_of(container, path)
        if mount is None or str(path.parent) != mount["mountPath"].rstrip("/"):
            yield f"{container.place}: {path} does not lie in a folder that is mounted"


@rule("state-is-writable", OWN)
def state_is_writable(rendering: Rendering) -> Iterator[str]:
    """The exporter's user may write into the folder of its state, and the files keep their modes."""
    for state in states(rendering):
        container = state.configuration.container
        if state.mount.get("readOnly") or "subPath" in state.mount:
            yield f"{state.place}: {state.mount['mountPath']} is read-only or part of a volume"
        if not state.claim:
            continue
        group = state.workload.security.get("fsGroup")
        if group is None or group != container.effective("runAsGroup"):
            yield f"{state.place}: the claim is of group {group}, the exporter of {container.effective('runAsGroup')}"
        if state.workload.security.get("fsGroupChangePolicy") != "OnRootMismatch":
            yield f"{state.place}: each start would open the files of the state to the group"


@rule("state-outlives-pod", OWN)
def state_outlives_pod(rendering: Rendering) -> Iterator[str]:
    """Where the pods are nothing but exporters, each replica has a claim, which one node writes to."""
    for state in states(rendering):
        if not is_standalone(state.workload):
            continue
        if not state.claim:
            yield f"{state.place}: the state is not on a claim of each replica's own"
        elif state.claim["spec"].get("accessModes") not in (["ReadWriteOnce"], ["ReadWriteOncePod"]):
            yield f"{state.place}: the claim is {state.claim['spec'].get('accessModes')}"


@rule("state-leaves-with-pod", OWN)
def state_leaves_with_pod(rendering: Rendering) -> Iterator[str]:
    """Beside an application, a Job or on a node, the state is on a limited emptyDir of the pod, and not in memory."""
    for state in states(rendering):
        if is_standalone(state.workload) and state.claim:
            continue
        if "emptyDir" not in state.volume:
            yield f"{state.place}: the state is not on an emptyDir"
        elif not state.capacity or state.volume["emptyDir"].get("medium"):
            yield f"{state.place}: the emptyDir is in memory, or without a limit"


@rule("state-not-shared", OWN)
def state_not_shared(rendering: Rendering) -> Iterator[str]:
    """A file has one exporter: no claim is named by the template of pods, and no other container mounts the volume."""
    for workload in rendering.workloads():
        for volume in workload.volumes:
            if "persistentVolumeClaim" in volume:
                yield f"{workload.place}: all pods share the claim {volume['persistentVolumeClaim'].get('claimName')}"
    for state in states(rendering):
        name = state.mount["name"]
        mounts = [mount for container in state.workload.containers() for mount in container.mounts]
        if [mount["name"] for mount in mounts].count(name) != 1:
            yield f"{state.workload.place}: the volume {name} is mounted more than once"


@rule("state-fits", OWN)
def state_fits(rendering: Rendering) -> Iterator[str]:
    """The volume holds a file of state.max_size, and a quarter more."""
    for state in states(rendering):
        limit, capacity = state.configuration.state_limit(), state.capacity
        if capacity and size(capacity) < SPARE * limit:
            yield f"{state.place}: max_size is {limit} bytes, too much for a volume of {capacity}"
        if state.claim and not capacity:
            yield f"{state.place}: the claim does not say how much it asks for"


@rule("stateful-set", OWN)
def stateful_set(rendering: Rendering) -> Iterator[str]:
    """An exporter's StatefulSet has a headless Service, rolls out and back by itself, and cleans up when it is deleted."""
    for workload in rendering.workloads():
        spec = workload.body["spec"]
        if not is_standalone(workload) or workload.body["kind"] != "StatefulSet":
            continue
        service = rendering.find("Service", spec.get("serviceName", ""))
        if service is None or service["spec"].get("clusterIP") != "None":
            yield f"{workload.place}: {spec.get('serviceName')} is no headless Service"
        elif workload not in rendering.selected({"matchLabels": service["spec"]["selector"]}):
            yield f"{place(service)}: does not select the pods of {workload.place}"
        if spec.get("podManagementPolicy") != "Parallel":
            yield f"{workload.place}: a rollout that hangs could not be rolled back"
        if (spec.get("updateStrategy") or {}).get("type", "RollingUpdate") != "RollingUpdate":
            yield f"{workload.place}: a new version replaces no pod"
        if workload.claims and spec.get("persistentVolumeClaimRetentionPolicy") != RETENTION:
            yield f"{workload.place}: the claims are not kept as {RETENTION}"
