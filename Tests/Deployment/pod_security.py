"""The Pod Security Standards, every control of `baseline` and of `restricted`.

https://kubernetes.io/docs/concepts/security/pod-security-standards/, as of Kubernetes 1.34.
"""

from collections.abc import Iterator

from rendering import Object, Rendering, Workload
from rules import rule

BASELINE = "Pod Security Standard, baseline"
RESTRICTED = "Pod Security Standard, restricted"

BASELINE_CAPABILITIES = {
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
}
SAFE_SYSCTLS = {
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.ping_group_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_wmem",
}
SELINUX_TYPES = {None, "", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"}
RESTRICTED_VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}


def _contexts(workload: Workload) -> Iterator[tuple[str, Object]]:
    """The security contexts of the pod and of its containers."""
    yield workload.place, workload.security
    for container in workload.containers():
        yield container.place, container.security


@rule("host-process", BASELINE)
def host_process(rendering: Rendering) -> Iterator[str]:
    """No Windows host process."""
    for workload in rendering.workloads():
        for where, context in _contexts(workload):
            if (context.get("windowsOptions") or {}).get("hostProcess"):
                yield f"{where}: hostProcess"


@rule("host-namespaces", BASELINE)
def host_namespaces(rendering: Rendering) -> Iterator[str]:
    """No name space of the host."""
    for workload in rendering.workloads():
        for key in ("hostNetwork", "hostPID", "hostIPC"):
            if workload.pod.get(key):
                yield f"{workload.place}: {key}"


@rule("privileged-containers", BASELINE)
def privileged_containers(rendering: Rendering) -> Iterator[str]:
    """No privileged container."""
    for container in rendering.containers():
        if container.security.get("privileged"):
            yield f"{container.place}: privileged"


@rule("added-capabilities", BASELINE)
def added_capabilities(rendering: Rendering) -> Iterator[str]:
    """No capability beyond the runtime's usual ones."""
    for container in rendering.containers():
        added = set((container.security.get("capabilities") or {}).get("add") or [])
        for name in sorted(added - BASELINE_CAPABILITIES):
            yield f"{container.place}: adds {name}"


@rule("host-path-volumes", BASELINE)
def host_path_volumes(rendering: Rendering) -> Iterator[str]:
    """No volume of the host."""
    for workload in rendering.workloads():
        for volume in workload.volumes:
            if "hostPath" in volume:
                yield f"{workload.place}: volume {volume['name']} is a hostPath"


@rule("host-ports", BASELINE)
def host_ports(rendering: Rendering) -> Iterator[str]:
    """No port of the host."""
    for container in rendering.containers():
        for port in container.ports:
            if port.get("hostPort"):
                yield f"{container.place}: hostPort {port['hostPort']}"


@rule("host-probes", BASELINE)
def host_probes(rendering: Rendering) -> Iterator[str]:
    """No probe or hook that names a host: the kubelet would ask it from the node."""
    for container in rendering.containers():
        for name, action in container.actions():
            for kind in ("httpGet", "tcpSocket"):
                if (action.get(kind) or {}).get("host"):
                    yield f"{container.place}: {name} names a host"


@rule("app-armor", BASELINE)
def app_armor(rendering: Rendering) -> Iterator[str]:
    """AppArmor is not switched off."""
    for workload in rendering.workloads():
        for where, context in _contexts(workload):
            if (context.get("appArmorProfile") or {}).get("type") not in (None, "RuntimeDefault", "Localhost"):
                yield f"{where}: appArmorProfile"
        for key, value in workload.annotations.items():
            is_about_it = key.startswith("container.apparmor.security.beta.kubernetes.io/")
            if is_about_it and value != "runtime/default" and not value.startswith("localhost/"):
                yield f"{workload.place}: annotation {key}"


@rule("selinux", BASELINE)
def selinux(rendering: Rendering) -> Iterator[str]:
    """SELinux keeps the types of containers, and no user or role is set."""
    for workload in rendering.workloads():
        for where, context in _contexts(workload):
            options = context.get("seLinuxOptions") or {}
            if options.get("type") not in SELINUX_TYPES or options.get("user") or options.get("role"):
                yield f"{where}: seLinuxOptions"


@rule("proc-mount", BASELINE)
def proc_mount(rendering: Rendering) -> Iterator[str]:
    """/proc stays masked."""
    for container in rendering.containers():
        if container.security.get("procMount", "Default") != "Default":
            yield f"{container.place}: procMount"


@rule("seccomp-not-unconfined", BASELINE)
def seccomp_not_unconfined(rendering: Rendering) -> Iterator[str]:
    """Seccomp is not switched off."""
    for workload in rendering.workloads():
        for where, context in _contexts(workload):
            if (context.get("seccompProfile") or {}).get("type") not in (None, "RuntimeDefault", "Localhost"):
                yield f"{where}: seccompProfile"


@rule("sysctls", BASELINE)
def sysctls(rendering: Rendering) -> Iterator[str]:
    """Only sysctls that belong to the pod alone."""
    for workload in rendering.workloads():
        for entry in workload.security.get("sysctls") or []:
            if entry["name"] not in SAFE_SYSCTLS:
                yield f"{workload.place}: sysctl {entry['name']}"


@rule("volume-types", RESTRICTED)
def volume_types(rendering: Rendering) -> Iterator[str]:
    """Only volumes that lead to nothing of the host."""
    for workload in rendering.workloads():
        for volume in workload.volumes:
            for kind in sorted(set(volume) - {"name"} - RESTRICTED_VOLUMES):
                yield f"{workload.place}: volume {volume['name']} is a {kind}"


@rule("privilege-escalation", RESTRICTED)
def privilege_escalation(rendering: Rendering) -> Iterator[str]:
    """No way to gain privileges."""
    for container in rendering.containers():
        if container.security.get("allowPrivilegeEscalation") is not False:
            yield f"{container.place}: allowPrivilegeEscalation is not false"


@rule("running-as-non-root", RESTRICTED)
def running_as_non_root(rendering: Rendering) -> Iterator[str]:
    """runAsNonRoot, of each container or of its pod."""
    for container in rendering.containers():
        if container.effective("runAsNonRoot") is not True:
            yield f"{container.place}: runAsNonRoot is not true"


@rule("non-root-user", RESTRICTED)
def non_root_user(rendering: Rendering) -> Iterator[str]:
    """No user 0."""
    for workload in rendering.workloads():
        for where, context in _contexts(workload):
            if context.get("runAsUser") == 0:
                yield f"{where}: runAsUser 0"


@rule("seccomp-required", RESTRICTED)
def seccomp_required(rendering: Rendering) -> Iterator[str]:
    """A seccomp profile, of each container or of its pod."""
    for container in rendering.containers():
        if (container.effective("seccompProfile") or {}).get("type") not in ("RuntimeDefault", "Localhost"):
            yield f"{container.place}: no seccompProfile"


@rule("dropped-capabilities", RESTRICTED)
def dropped_capabilities(rendering: Rendering) -> Iterator[str]:
    """All capabilities are dropped; only NET_BIND_SERVICE may come back."""
    for container in rendering.containers():
        capabilities = container.security.get("capabilities") or {}
        if "ALL" not in (capabilities.get("drop") or []):
            yield f"{container.place}: does not drop ALL"
        for name in sorted(set(capabilities.get("add") or []) - {"NET_BIND_SERVICE"}):
            yield f"{container.place}: adds {name}"
