"""Our own rules about shapes: what ends, and what is worth more than its neighbours."""

from collections.abc import Iterator
from pathlib import Path

import yaml
from exporter_rules import OWN
from monitoring_rules import MONITORS, endpoints
from rendering import Rendering, place
from rules import rule

ALERTING_RULES = Path(__file__).parents[2] / "deploy" / "prometheus" / "rules.yaml"
# The series from which the rules know that a job has exporters, and the metric that it is made of.
EXPECTED, MADE_OF = "job:health_exporter_scraped_timestamp_seconds:max", "health_exporter_build_info"
# Above it are the classes of the system.
HIGHEST_PRIORITY = 1_000_000_000


@rule("job-ends", OWN)
def job_ends(rendering: Rendering) -> Iterator[str]:
    """In a Job, the exporter is an init container that runs on, so that it does not keep the Job from ending."""
    for workload in rendering.workloads():
        if workload.body["kind"] != "Job":
            continue
        for container in workload.containers():
            if container.is_exporter and container.body not in workload.pod.get("initContainers", []):
                yield f"{container.place}: keeps the Job from ending"
            if container.is_exporter and container.body.get("restartPolicy") != "Always":
                yield f"{container.place}: does not run beside the Job"


@rule("ended-is-not-absent", OWN)
def ended_is_not_absent(rendering: Rendering) -> Iterator[str]:
    """What makes the alerting rules expect an exporter is not scraped of a Job."""
    dropped = {"action": "drop", "sourceLabels": ["__name__"], "regex": MADE_OF}
    groups = yaml.safe_load(ALERTING_RULES.read_text())["groups"]
    expressions = [entry["expr"] for group in groups for entry in group["rules"] if entry.get("record") == EXPECTED]
    if [MADE_OF in expression for expression in expressions] != [True]:
        yield f"{EXPECTED} is not made of {MADE_OF}"
    for monitor in rendering.of_kind(*MONITORS):
        kinds = {workload.body["kind"] for workload in rendering.selected(monitor["spec"]["selector"])}
        drops = [dropped in (endpoint.get("metricRelabelings") or []) for endpoint in endpoints(monitor)]
        if "Job" in kinds and not all(drops):
            yield f"{place(monitor)}: a Job that has ended would be absent, for {MADE_OF} is kept"
        if "Job" not in kinds and any(drops):
            yield f"{place(monitor)}: an exporter that is absent would not be missed, for {MADE_OF} is dropped"


@rule("priority-class", OWN)
def priority_class(rendering: Rendering) -> Iterator[str]:
    """A priority is that of a class which is brought along, above none and below the system's."""
    for workload in rendering.workloads():
        name = workload.pod.get("priorityClassName")
        found = rendering.find("PriorityClass", name) if name else None
        if workload.body["kind"] == "DaemonSet" and not name:
            yield f"{workload.place}: has no priority"
        if name and (found is None or not 0 < found["value"] <= HIGHEST_PRIORITY):
            yield f"{workload.place}: {name} is no class that is brought along, or out of its range"
    for body in rendering.of_kind("PriorityClass"):
        if body.get("globalDefault"):
            yield f"{place(body)}: would be the priority of everybody"
