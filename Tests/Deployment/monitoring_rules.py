"""Rules about the Prometheus operator's objects, whose schemas no library brings along.

https://prometheus-operator.dev/docs/api-reference/api/, as of v0.93.
"""

from collections.abc import Iterator

from configuration import seconds
from exporter_rules import PORTS, instance_field, is_custom
from rendering import Container, Object, Rendering, place, selects
from rules import rule

OPERATOR = "Prometheus operator"
MONITORS = ("PodMonitor", "ServiceMonitor")
META_LABELS = {"metadata.name": "__meta_kubernetes_pod_name", "spec.nodeName": "__meta_kubernetes_pod_node_name"}

COMMON = {
    "selector",
    "namespaceSelector",
    "jobLabel",
    "podTargetLabels",
    "sampleLimit",
    "labelLimit",
    "scrapeProtocols",
    "scrapeNativeHistograms",
    "scrapeClassicHistograms",
    "convertClassicHistogramsToNHCB",
    "fallbackScrapeProtocol",
    "attachMetadata",
}
ENDPOINT = {
    "port",
    "path",
    "interval",
    "scrapeTimeout",
    "honorLabels",
    "honorTimestamps",
    "trackTimestampsStaleness",
    "relabelings",
    "metricRelabelings",
    "filterRunning",
    "tlsConfig",
    "authorization",
    "scheme",
}
RELABELING = {"sourceLabels", "separator", "targetLabel", "regex", "modulus", "replacement", "action"}
GROUP = {"name", "interval", "labels", "limit", "query_offset", "partial_response_strategy", "rules"}
ALERT = {"alert", "expr", "for", "keep_firing_for", "labels", "annotations"}
RECORD = {"record", "expr", "labels"}
ENDPOINTS = {"PodMonitor": "podMetricsEndpoints", "ServiceMonitor": "endpoints"}


def endpoints(monitor: Object) -> list[Object]:
    """What a monitor scrapes of each target."""
    return monitor["spec"].get(ENDPOINTS[monitor["kind"]]) or []


@rule("custom-resource-keys", OPERATOR)
def custom_resource_keys(rendering: Rendering) -> Iterator[str]:
    """Only kinds and keys that the operator knows."""
    for body in filter(is_custom, rendering.objects):
        version = "v1alpha1" if body["kind"] == "AlertmanagerConfig" else "v1"
        if body["apiVersion"] != f"monitoring.coreos.com/{version}":
            yield f"{place(body)}: {body['apiVersion']}"
        elif body["kind"] in MONITORS:
            yield from _monitor_keys(body)
        elif body["kind"] == "PrometheusRule":
            yield from _rule_keys(body)
        elif body["kind"] != "AlertmanagerConfig":  # Its keys are compared in alertmanager_config.py.
            yield f"{place(body)}: is not a kind that is used here"


def _monitor_keys(monitor: Object) -> Iterator[str]:
    extra = {"endpoints", "targetLabels"} if monitor["kind"] == "ServiceMonitor" else {"podMetricsEndpoints"}
    yield from _unknown(place(monitor), monitor["spec"], COMMON | extra)
    for endpoint in endpoints(monitor):
        yield from _unknown(f"{place(monitor)} endpoint", endpoint, ENDPOINT | {"targetPort"})
        for relabeling in [*endpoint.get("relabelings", []), *endpoint.get("metricRelabelings", [])]:
            yield from _unknown(f"{place(monitor)} relabeling", relabeling, RELABELING)


def _rule_keys(body: Object) -> Iterator[str]:
    yield from _unknown(place(body), body["spec"], {"groups"})
    for group in body["spec"].get("groups") or []:
        where = f"{place(body)} group {group.get('name')}"
        yield from _unknown(where, group, GROUP)
        for entry in group.get("rules") or []:
            name = entry.get("alert") or entry.get("record")
            yield from _unknown(f"{where} rule {name}", entry, ALERT if "alert" in entry else RECORD)
            if not name or not entry.get("expr"):
                yield f"{where}: a rule without name or expression"


def _unknown(where: str, body: Object, known: set[str]) -> Iterator[str]:
    for key in sorted(set(body) - known):
        yield f"{where}: unknown key {key}"


def monitored(rendering: Rendering, monitor: Object) -> Iterator[tuple[Object, Container | None]]:
    """Each endpoint of a monitor with each container whose port it names, or with None when there is no such port."""
    for endpoint in endpoints(monitor):
        found: list[Container | None] = [*_scraped(rendering, monitor, endpoint.get("port", ""))]
        yield from ((endpoint, container) for container in found or [None])


def _scraped(rendering: Rendering, monitor: Object, port: str) -> Iterator[Container]:
    selector = monitor["spec"]["selector"]
    if monitor["kind"] == "PodMonitor":
        for workload in rendering.selected(selector):
            yield from (container for container in workload.containers() if container.port_number(port))
        return
    for service in rendering.of_kind("Service"):
        if selects(selector, service["metadata"].get("labels") or {}):
            targets = [entry.get("targetPort") for entry in service["spec"]["ports"] if entry.get("name") == port]
            for workload in rendering.selected({"matchLabels": service["spec"]["selector"]}):
                for container in workload.containers():
                    yield from (container for target in targets if container.port_number(target))


@rule("monitor-finds-exporter", OPERATOR)
def monitor_finds_exporter(rendering: Rendering) -> Iterator[str]:
    """A monitor selects what exists, and names the port of the exporter's metrics."""
    for monitor in rendering.of_kind(*MONITORS):
        for endpoint, container in monitored(rendering, monitor):
            if container is None:
                yield f"{place(monitor)}: nothing that it selects has a port {endpoint.get('port')}"
            elif not container.is_exporter or container.port_number("metrics") != PORTS["metrics"]:
                yield f"{place(monitor)}: port {endpoint['port']} is {container.place}'s"
            if endpoint.get("path", "/metrics") != "/metrics":
                yield f"{place(monitor)}: path {endpoint['path']}"


@rule("monitored-once", OPERATOR)
def monitored_once(rendering: Rendering) -> Iterator[str]:
    """No exporter is scraped twice."""
    monitors = rendering.of_kind(*MONITORS)
    pairs = [container for monitor in monitors for _, container in monitored(rendering, monitor) if container]
    for container in rendering.exporters():
        if pairs.count(container) > 1:
            yield f"{container.place}: scraped {pairs.count(container)} times"


@rule("instance-agrees", OPERATOR)
def instance_agrees(rendering: Rendering) -> Iterator[str]:
    """The target's instance is the exporter's own, its copy is dropped, and the exporter does not overrule labels."""
    for monitor in rendering.of_kind(*MONITORS):
        for endpoint, container in monitored(rendering, monitor):
            expected = META_LABELS.get(instance_field(container) or "") if container else None
            sources = [
                entry["sourceLabels"]
                for entry in endpoint.get("relabelings") or []
                if entry.get("targetLabel") == "instance"
            ]
            if sources != [[expected]]:
                yield f"{place(monitor)}: instance comes from {sources}, but the exporter's is {expected}"
            if {"action": "labeldrop", "regex": "exported_instance"} not in (endpoint.get("metricRelabelings") or []):
                yield f"{place(monitor)}: keeps exported_instance"
            if endpoint.get("honorLabels", False):
                yield f"{place(monitor)}: honorLabels"


@rule("job-name", OPERATOR)
def job_name(rendering: Rendering) -> Iterator[str]:
    """The job is called as the monitor: what shares job and namespace is one service to the alerting rules."""
    for monitor in rendering.of_kind(*MONITORS):
        for endpoint, container in monitored(rendering, monitor):
            labels = container.workload.labels if container else {}
            jobs = [labels.get(monitor["spec"].get("jobLabel", ""))]
            relabelings = endpoint.get("relabelings") or []
            jobs += [entry.get("replacement") for entry in relabelings if entry.get("targetLabel") == "job"]
            if jobs[-1] != monitor["metadata"]["name"]:
                yield f"{place(monitor)}: the job is {jobs[-1]}"


@rule("scrape-times", OPERATOR)
def scrape_times(rendering: Rendering) -> Iterator[str]:
    """A scrape ends before the next one."""
    for monitor in rendering.of_kind(*MONITORS):
        for endpoint in endpoints(monitor):
            timeout, interval = endpoint.get("scrapeTimeout", "10s"), endpoint.get("interval", "1m")
            if not seconds(timeout) < seconds(interval):
                yield f"{place(monitor)}: scrapeTimeout {timeout} of {interval}"


@rule("no-sample-limit", OPERATOR)
def no_sample_limit(rendering: Rendering) -> Iterator[str]:
    """The number of samples depends on the user's checks."""
    for monitor in rendering.of_kind(*MONITORS):
        if "sampleLimit" in monitor["spec"]:
            yield f"{place(monitor)}: sampleLimit"
