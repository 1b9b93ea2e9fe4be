"""Who may do what: Prometheus looks for targets, and nobody does anything else."""

from collections.abc import Iterator

from exporter_rules import OWN
from rendering import Object, Rendering, place
from rules import rule

READING = {"get", "list", "watch"}
# What the operator's service discovery asks for.
DISCOVERED = {
    "PodMonitor": {("", "pods")},
    "ServiceMonitor": {("", "services"), ("", "pods"), ("", "endpoints"), ("discovery.k8s.io", "endpointslices")},
}


def _granted(rendering: Rendering) -> Iterator[tuple[Object, set[tuple[str, str]]]]:
    """Each subject of a RoleBinding with the resources that it may read."""
    for binding in rendering.of_kind("RoleBinding"):
        role = rendering.find(binding["roleRef"]["kind"], binding["roleRef"]["name"]) or {}
        resources = {
            (group, resource)
            for entry in role.get("rules") or []
            if READING <= set(entry["verbs"])
            for group in entry["apiGroups"]
            for resource in entry["resources"]
        }
        yield from ((subject, resources) for subject in binding.get("subjects") or [])


@rule("prometheus-finds-targets", OWN)
def prometheus_finds_targets(rendering: Rendering) -> Iterator[str]:
    """Where there is a monitor, kube-prometheus' Prometheus may look for what it selects."""
    wanted: set[tuple[str, str]] = set()
    for monitor in rendering.of_kind(*DISCOVERED):
        wanted |= DISCOVERED[monitor["kind"]]
    prometheus = {"kind": "ServiceAccount", "name": "prometheus-k8s", "namespace": "monitoring"}
    for subject, resources in _granted(rendering):
        if subject == prometheus:
            wanted -= resources
    for group, resource in sorted(wanted):
        yield f"{prometheus['name']} may not read {resource} of {group or 'the core'}"


@rule("least-access", OWN)
def least_access(rendering: Rendering) -> Iterator[str]:
    """Roles are of one namespace, only let read, and only what service discovery asks for."""
    allowed = set().union(*DISCOVERED.values())
    for body in rendering.of_kind("ClusterRole", "ClusterRoleBinding"):
        yield f"{place(body)}: is not of a namespace"
    for role in rendering.of_kind("Role"):
        for entry in role["rules"]:
            for verb in sorted(set(entry["verbs"]) - READING):
                yield f"{place(role)}: lets {verb}"
            asked = {(group, resource) for group in entry["apiGroups"] for resource in entry["resources"]}
            for group, resource in sorted(asked - allowed):
                yield f"{place(role)}: lets read {resource} of {group or 'the core'}"


@rule("same-prometheus", OWN)
def same_prometheus(rendering: Rendering) -> Iterator[str]:
    """The namespace that a NetworkPolicy lets scrape is that of the Prometheus which may look for targets."""
    namespaces = {str(subject.get("namespace")) for subject, _ in _granted(rendering)}
    for policy in rendering.of_kind("NetworkPolicy"):
        peers = [peer for entry in policy["spec"].get("ingress") or [] for peer in entry.get("from") or []]
        labels = [(peer.get("namespaceSelector") or {}).get("matchLabels") or {} for peer in peers]
        let_in = {entry.get("kubernetes.io/metadata.name") for entry in labels}
        for namespace in sorted(namespaces - let_in):
            yield f"{place(policy)}: keeps the namespace {namespace} out"
