"""Breaks what was rendered, one thing at a time, and sees that the right rule notices.

Every rule is broken at least once: one that can't fail is no rule.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rendering import Object, Rendering
from rules import EXCEPTIONS, RULES

DROP = object()
EXPORTER = "spec template spec containers 0"
SIDECAR = "spec template spec containers 1"


@dataclass(frozen=True)
class Break:
    """One change: the path to a value by words, `-` for a new element; the value may be made from the old one."""

    rule: str
    rendering: str
    kind: str
    path: str
    value: Any

    def apply(self, rendering: Rendering) -> Rendering:
        """A copy of the rendering with the change."""
        broken = copy.deepcopy(rendering)
        candidates = broken.kustomizations if self.kind == "Kustomization" else broken.of_kind(self.kind)
        *parents, last = self.path.split()
        node: Any = candidates[0]
        for word in parents:
            node = node[int(word)] if isinstance(node, list) else node.setdefault(word, {})
        change(node, last, self.value)
        return broken


def change(node: Any, key: str, value: Any) -> None:
    """Sets, makes, adds or drops what is below a node."""
    if isinstance(node, list) and key == "-":
        node.append(value)
    elif value is DROP:
        del node[int(key) if isinstance(node, list) else key]
    else:
        place: Any = int(key) if isinstance(node, list) else key
        node[place] = value(node[place]) if callable(value) else value


def swap(old: str, new: str) -> Callable[[str], str]:
    """A text with something else in it, which must have been there."""

    def replace(text: str) -> str:
        assert old in text, old
        return text.replace(old, new)

    return replace


def first_twice(objects: list[Object]) -> list[Object]:
    """A list with its first element once more."""
    return [*objects, objects[0]]


def in_base(rule: str, kind: str, path: str, value: Any) -> Break:
    """A break of the base's object of a kind."""
    return Break(rule, "base", kind, path, value)


def in_pod(rule: str, path: str, value: Any) -> Break:
    """A break of the base's pod template."""
    return in_base(rule, "StatefulSet", f"spec template spec {path}", value)


def in_container(rule: str, path: str, value: Any) -> Break:
    """A break of the base's container."""
    return in_base(rule, "StatefulSet", f"{EXPORTER} {path}", value)


def in_monitor(rule: str, path: str, value: Any) -> Break:
    """A break of the PodMonitor of the production overlay."""
    return in_production(rule, "PodMonitor", path, value)


def in_production(rule: str, kind: str, path: str, value: Any) -> Break:
    """A break of the production overlay's object of a kind."""
    return Break(rule, "overlays/prod", kind, path, value)


def in_alertmanager_config(rule: str, path: str, value: Any) -> Break:
    """A break of the AlertmanagerConfig."""
    return Break(rule, "base+alertmanagerconfig", "AlertmanagerConfig", path, value)


def in_job(rule: str, kind: str, path: str, value: Any) -> Break:
    """A break of the Job's example."""
    return Break(rule, "examples/job", kind, path, value)


def in_daemonset(rule: str, kind: str, path: str, value: Any) -> Break:
    """A break of the DaemonSet's example."""
    return Break(rule, "examples/daemonset", kind, path, value)


def in_claim(rule: str, path: str, value: Any) -> Break:
    """A break of what the base's replicas get their claims from."""
    return in_base(rule, "StatefulSet", f"spec volumeClaimTemplates 0 {path}", value)


def in_sidecar(rule: str, kind: str, path: str, value: Any) -> Break:
    """A break of the sidecar's example."""
    return Break(rule, "examples/sidecar", kind, path, value)


BREAKS = [
    # Pod Security Standard, baseline
    in_pod("host-process", "securityContext windowsOptions", {"hostProcess": True}),
    in_pod("host-namespaces", "hostPID", True),
    in_container("privileged-containers", "securityContext privileged", True),
    in_container("added-capabilities", "securityContext capabilities add", ["SYS_ADMIN"]),
    in_pod("host-path-volumes", "volumes -", {"name": "a", "hostPath": {"path": "/a"}}),
    in_container("host-ports", "ports 0 hostPort", 8642),
    in_container("host-probes", "livenessProbe httpGet host", "127.0.0.1"),
    in_container("app-armor", "securityContext appArmorProfile", {"type": "Unconfined"}),
    in_container("selinux", "securityContext seLinuxOptions", {"type": "spc_t"}),
    in_container("proc-mount", "securityContext procMount", "Unmasked"),
    in_container("seccomp-not-unconfined", "securityContext seccompProfile", {"type": "Unconfined"}),
    in_pod("sysctls", "securityContext sysctls", [{"name": "kernel.sem", "value": "1"}]),
    # Pod Security Standard, restricted
    in_pod("volume-types", "volumes -", {"name": "a", "nfs": {"path": "/", "server": "a"}}),
    in_container("privilege-escalation", "securityContext", DROP),
    in_pod("running-as-non-root", "securityContext", DROP),
    Break("running-as-non-root", "examples/sidecar", "Deployment", f"{SIDECAR} securityContext runAsNonRoot", False),
    in_pod("non-root-user", "securityContext runAsUser", 0),
    in_pod("seccomp-required", "securityContext seccompProfile", DROP),
    in_container("dropped-capabilities", "securityContext capabilities drop", ["NET_RAW"]),
    # kube-linter
    in_base("dangling-service", "Service", "spec selector app.kubernetes.io/component", "elsewhere"),
    in_pod("deprecated-service-account-field", "serviceAccount", "a"),
    Break(
        "docker-sock",
        "examples/daemonset",
        "DaemonSet",
        "spec template spec volumes 1 hostPath path",
        "/run/docker.sock",
    ),
    in_container("drop-net-raw-capability", "securityContext capabilities", {}),
    in_container("duplicate-env-var", "env", first_twice),
    in_container("env-var-secret", "env -", {"name": "DB_SECRET", "value": "a"}),
    in_pod("host-ipc", "hostIPC", True),
    in_pod("host-network", "hostNetwork", True),
    in_pod("host-pid", "hostPID", True),
    in_base("invalid-target-ports", "Service", "spec ports 0 targetPort", "Metrics_Port"),
    in_container("latest-tag", "image", "health-exporter:latest"),
    in_container("latest-tag", "image", "registry:5000/health-exporter"),
    in_container("liveness-port", "livenessProbe httpGet port", "prob"),
    in_container("readiness-port", "readinessProbe httpGet port", 9999),
    in_container("startup-port", "startupProbe httpGet port", "prob"),
    in_base("mismatching-selector", "StatefulSet", "spec template metadata labels app.kubernetes.io/component", "other"),
    in_pod("no-anti-affinity", "affinity", DROP),
    in_base("no-extensions-v1beta", "StatefulSet", "apiVersion", "extensions/v1beta1"),
    in_container("no-read-only-root-fs", "securityContext readOnlyRootFilesystem", False),
    in_pod("non-existent-service-account", "serviceAccountName", "nobody"),
    in_base("pdb-max-unavailable", "PodDisruptionBudget", "spec maxUnavailable", 0),
    in_base("pdb-min-available", "PodDisruptionBudget", "spec minAvailable", 2),
    in_base("pdb-unhealthy-pod-eviction-policy", "PodDisruptionBudget", "spec unhealthyPodEvictionPolicy", DROP),
    in_container("privilege-escalation-container", "securityContext allowPrivilegeEscalation", True),
    in_container("privileged-container", "securityContext privileged", True),
    in_pod("run-as-non-root", "securityContext runAsUser", 0),
    in_pod("sensitive-host-mounts", "volumes 0", {"name": "config", "hostPath": {"path": "/etc"}}),
    in_container("ssh-port", "ports 0 containerPort", 22),
    in_pod("unsafe-sysctls", "securityContext sysctls", [{"name": "net.a", "value": "1"}]),
    in_container("unset-cpu-requirements", "resources requests cpu", DROP),
    in_container("unset-memory-requirements", "resources limits", DROP),
    in_base("dangling-networkpolicy", "NetworkPolicy", "spec podSelector matchLabels app.kubernetes.io/name", "other"),
    in_pod("default-service-account", "serviceAccountName", DROP),
    in_container("read-secret-from-env-var", "env 0 valueFrom", {"secretKeyRef": {"name": "a", "key": "a"}}),
    Break("writable-host-mount", "examples/daemonset", "DaemonSet", f"{EXPORTER} volumeMounts 1 readOnly", DROP),
    # Our own
    in_container("schema", "securityContext readOnlyRootFs", True),
    in_base("schema", "Service", "spec ports 0 port", "metrics"),
    in_pod("oldest-version", "initContainers", [{"name": "a", "image": "a:1", "restartPolicy": "Always"}]),
    Break(
        "oldest-version",
        "examples/sidecar",
        "Deployment",
        "spec template spec containers 0 lifecycle preStop",
        {"sleep": {"seconds": 5}},
    ),
    in_base("kustomization-keys", "Kustomization", "commonLabels", {"a": "b"}),
    in_base("apply-size", "ConfigMap", "data big", "x" * 300_000),
    in_base("unique-objects", "ServiceAccount", "kind", "Service"),
    in_container("has-exporter", "name", "other"),
    in_container("no-registry-host", "image", "registry.example/health-exporter:0.1.0"),
    in_container("exporter-version", "image", "health-exporter:0.0.9"),
    in_base("exporter-version", "StatefulSet", "spec template metadata labels app.kubernetes.io/version", "0.0.9"),
    in_container("named-ports", "ports 1 name", "health"),
    in_container("probes", "livenessProbe httpGet path", "/readyz"),
    in_container("probes", "readinessProbe httpGet port", "metrics"),
    in_container("probes", "startupProbe", DROP),
    in_container("probe-timeouts", "startupProbe periodSeconds", 1),
    in_container("probe-timeouts", "startupProbe timeoutSeconds", 2),
    in_container("probe-timeouts", "livenessProbe timeoutSeconds", 10),
    in_container("probe-timeouts", "readinessProbe timeoutSeconds", 6),
    Break("probe-timeouts", "examples/sidecar", "Deployment", f"{EXPORTER} readinessProbe periodSeconds", 1),
    in_pod("stopping-times", "terminationGracePeriodSeconds", 20),
    in_base("stopping-times", "ConfigMap", "data config.yaml", swap("grace: 20s", "grace: 40s")),
    in_container("no-pre-stop", "lifecycle", {"preStop": {"sleep": {"seconds": 5}}}),
    in_base("config-is-mounted", "ConfigMap", "metadata name", "another"),
    in_container("config-is-mounted", "volumeMounts 0 mountPath", "/etc/elsewhere"),
    in_container("config-reloads-in-place", "volumeMounts 0 subPath", "config.yaml"),
    in_base("check-config", "ConfigMap", "data config.yaml", swap("kind: dns", "kind: dsn")),
    in_container("check-config", "readinessProbe timeoutSeconds", 5),
    Break("config-files", "examples/sidecar", "ConfigMap", "data config.yaml", swap("/database-password}", "/other}")),
    Break(
        "config-files", "examples/sidecar", "ConfigMap", "data config.yaml", swap("/run/secrets/", "/run/elsewhere/")
    ),
    in_base("targets-optional", "ConfigMap", "data config.yaml", swap("{impact: optional}", "{impact: critical}")),
    in_container("instance-name", "env 0 name", "NAME"),
    Break("environment-name", "overlays/prod", "StatefulSet", f"{EXPORTER} env 0 value", "unknown"),
    in_pod("no-token", "automountServiceAccountToken", DROP),
    in_base("no-token", "ServiceAccount", "automountServiceAccountToken", True),
    in_base("service-while-not-ready", "Service", "spec publishNotReadyAddresses", DROP),
    in_base("network-policy-ports", "NetworkPolicy", "spec ingress 1", DROP),
    in_base("network-policy-metadata", "NetworkPolicy", "spec egress 1 to 1 ipBlock except", []),
    # The Prometheus operator's objects
    in_monitor("custom-resource-keys", "spec podMetricsEndpoints 0 honourLabels", False),
    Break("custom-resource-keys", "overlays/prod", "PrometheusRule", "spec groups 0 rule", []),
    in_monitor("monitor-finds-exporter", "spec podMetricsEndpoints 0 port", "http"),
    in_monitor("monitor-finds-exporter", "spec selector matchLabels app.kubernetes.io/name", "other"),
    Break("monitor-finds-exporter", "base+servicemonitor", "Service", "spec ports 0 name", "http"),
    in_monitor("monitored-once", "spec podMetricsEndpoints", first_twice),
    in_monitor("instance-agrees", "spec podMetricsEndpoints 0 relabelings", []),
    in_monitor("instance-agrees", "spec podMetricsEndpoints 0 metricRelabelings", []),
    in_monitor("instance-agrees", "spec podMetricsEndpoints 0 honorLabels", True),
    Break(
        "instance-agrees",
        "examples/daemonset",
        "DaemonSet",
        f"{EXPORTER} env 0 valueFrom fieldRef fieldPath",
        "metadata.name",
    ),
    in_monitor("job-name", "spec jobLabel", DROP),
    Break("job-name", "examples/sidecar", "PodMonitor", "spec podMetricsEndpoints 0 relabelings 1", DROP),
    in_monitor("scrape-times", "spec podMetricsEndpoints 0 scrapeTimeout", "15s"),
    in_monitor("no-sample-limit", "spec sampleLimit", 1000),
    in_alertmanager_config("custom-resource-keys", "apiVersion", "monitoring.coreos.com/v1"),
    in_alertmanager_config("alertmanager-config-agrees", "spec route groupBy", ["job"]),
    in_alertmanager_config("alertmanager-config-agrees", "spec route routes 2 matchers 0 matchType", "!="),
    in_alertmanager_config("alertmanager-config-agrees", "spec route routes 0 continue", True),
    in_alertmanager_config("alertmanager-config-agrees", "spec inhibitRules 1 equal 0", "job"),
    in_alertmanager_config("alertmanager-config-agrees", "spec inhibitRules 5 targetMatch 1 value", "HealthCheckSlow"),
    in_alertmanager_config("alertmanager-config-agrees", "spec inhibitRules", first_twice),
    in_alertmanager_config("alertmanager-config-agrees", "spec receivers 4 webhookConfigs 0 sendResolved", DROP),
    in_alertmanager_config("alertmanager-config-agrees", "spec muteTimeIntervals", []),
    # Shapes
    in_job("job-ends", "Job", "spec template spec initContainers 0 restartPolicy", DROP),
    in_job("job-ends", "Job", "spec template spec containers 0 name", "health-exporter"),
    in_job("ended-is-not-absent", "PodMonitor", "spec podMetricsEndpoints 0 metricRelabelings 1", DROP),
    in_monitor(
        "ended-is-not-absent",
        "spec podMetricsEndpoints 0 metricRelabelings -",
        {"action": "drop", "sourceLabels": ["__name__"], "regex": "health_exporter_build_info"},
    ),
    in_daemonset("priority-class", "DaemonSet", "spec template spec priorityClassName", "system-node-critical"),
    in_daemonset("priority-class", "DaemonSet", "spec template spec priorityClassName", DROP),
    in_daemonset("priority-class", "PriorityClass", "value", 2_000_000_000),
    in_daemonset("priority-class", "PriorityClass", "globalDefault", True),
    # What is remembered
    in_base("state-is-kept", "ConfigMap", "data config.yaml", swap("state: {path:", "# state: {path:")),
    in_base("state-is-kept", "ConfigMap", "data config.yaml", swap("/state.db", "/a/state.db")),
    in_container("state-is-kept", "volumeMounts 3", DROP),
    in_container("state-is-kept", "volumeMounts 3 mountPath", "/var/lib"),
    in_sidecar("state-is-kept", "ConfigMap", "data config.yaml", swap("/var/lib/health-exporter", "/var/lib/other")),
    in_daemonset("state-is-kept", "DaemonSet", f"{EXPORTER} volumeMounts 3 mountPath", "/var/lib/other"),
    in_job("state-is-kept", "ConfigMap", "data config.yaml", swap("state: {path:", "# state: {path:")),
    in_container("state-is-writable", "volumeMounts 3 readOnly", True),
    in_container("state-is-writable", "volumeMounts 3 subPath", "state"),
    in_pod("state-is-writable", "securityContext fsGroup", 1),
    in_pod("state-is-writable", "securityContext fsGroup", DROP),
    in_pod("state-is-writable", "securityContext fsGroupChangePolicy", "Always"),
    in_sidecar("state-is-writable", "Deployment", f"{SIDECAR} volumeMounts 3 readOnly", True),
    in_claim("state-outlives-pod", "metadata name", "other"),
    in_claim("state-outlives-pod", "spec accessModes", ["ReadWriteMany"]),
    in_base("state-outlives-pod", "StatefulSet", "spec volumeClaimTemplates", DROP),
    in_sidecar("state-leaves-with-pod", "Deployment", "spec template spec volumes 3 emptyDir sizeLimit", DROP),
    in_sidecar("state-leaves-with-pod", "Deployment", "spec template spec volumes 3 emptyDir medium", "Memory"),
    in_job("state-leaves-with-pod", "Job", "spec template spec volumes 2 emptyDir", DROP),
    in_daemonset("state-leaves-with-pod", "DaemonSet", "spec template spec volumes 3 emptyDir", DROP),
    in_pod("state-not-shared", "volumes -", {"name": "state", "persistentVolumeClaim": {"claimName": "a"}}),
    in_sidecar("state-not-shared", "Deployment", f"{EXPORTER} volumeMounts 0 name", "health-exporter-state"),
    in_base("state-fits", "ConfigMap", "data config.yaml", swap("max_size: 800MiB", "max_size: 1GiB")),
    in_base("state-fits", "ConfigMap", "data config.yaml", swap(", max_size: 800MiB", "")),
    in_claim("state-fits", "spec resources requests storage", "500Mi"),
    in_claim("state-fits", "spec resources", DROP),
    in_sidecar("state-fits", "ConfigMap", "data config.yaml", swap("max_size: 128MiB", "max_size: 1GiB")),
    in_base("stateful-set", "StatefulSet", "spec serviceName", "health-exporter"),
    in_base("stateful-set", "StatefulSet", "spec serviceName", DROP),
    in_base("stateful-set", "StatefulSet", "spec podManagementPolicy", DROP),
    in_base("stateful-set", "StatefulSet", "spec updateStrategy type", "OnDelete"),
    in_base("stateful-set", "StatefulSet", "spec persistentVolumeClaimRetentionPolicy", DROP),
    in_base("stateful-set", "StatefulSet", "spec persistentVolumeClaimRetentionPolicy whenScaled", "Delete"),
    in_sidecar("no-read-only-root-fs", "Deployment", f"{SIDECAR} securityContext readOnlyRootFilesystem", False),
    # Access
    in_production("prometheus-finds-targets", "Role", "rules 0 resources 2", "nodes"),
    in_production("prometheus-finds-targets", "RoleBinding", "subjects 0 namespace", "health-exporter"),
    Break("prometheus-finds-targets", "base+servicemonitor", "Role", "rules 1 verbs 1", DROP),
    in_production("least-access", "Role", "rules 0 verbs -", "delete"),
    in_production("least-access", "Role", "rules 0 resources -", "secrets"),
    in_production("least-access", "Role", "kind", "ClusterRole"),
    in_production("same-prometheus", "RoleBinding", "subjects 0 namespace", "elsewhere"),
]


def self_test(renderings: list[Rendering | str]) -> list[str]:
    """What went unnoticed; prints a line for each break."""
    by_name = {rendering.name: rendering for rendering in renderings if isinstance(rendering, Rendering)}
    findings = [rendering for rendering in renderings if isinstance(rendering, str)]
    checks = {rule.name: rule.check for rule in RULES}
    for name in sorted(set(checks) - {broken.rule for broken in BREAKS}):
        findings.append(f"{name}: is never broken")
    for broken in BREAKS:
        rendering = by_name.get(broken.rendering)
        if rendering is None:
            findings.append(f"{broken.rule}: {broken.rendering} was not rendered")
            continue
        before = set(checks[broken.rule](rendering))
        noticed = sorted(set(checks[broken.rule](broken.apply(rendering))) - before)
        print(f"{'noticed' if noticed else 'MISSED '}  {broken.rule}: {broken.rendering} {broken.kind} {broken.path}")
        if not noticed:
            findings.append(f"{broken.rule}: did not notice {broken.kind} {broken.path}")
        if before and (broken.rendering, broken.rule) not in EXCEPTIONS:
            findings.append(f"{broken.rule}: fails without any break")
    return findings
