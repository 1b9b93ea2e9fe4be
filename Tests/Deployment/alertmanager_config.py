"""The AlertmanagerConfig says the same as the configuration of Alertmanager.

https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1alpha1.AlertmanagerConfig, as of v0.93.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import yaml
from rendering import Object, Rendering, place
from rules import rule

CONFIGURATION = Path(__file__).parents[2] / "deploy" / "alertmanager" / "alertmanager.yaml"
MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"(.*)"')
ROUTE = {
    "receiver": "receiver",
    "group_by": "groupBy",
    "group_wait": "groupWait",
    "group_interval": "groupInterval",
    "repeat_interval": "repeatInterval",
}


def _matchers(texts: list[str]) -> list[Object]:
    found = [MATCHER.fullmatch(text) for text in texts]
    return [{"name": one[1], "matchType": one[2], "value": one[3]} for one in found if one]


def _route(body: Object) -> Object:
    route = {ROUTE[key]: value for key, value in body.items() if key not in ("matchers", "routes")}
    if "matchers" in body:
        route["matchers"] = _matchers(body["matchers"])
    if "routes" in body:
        route["routes"] = [_route(child) for child in body["routes"]]
    return route


def _inhibition(body: Object) -> Object:
    return {
        "sourceMatch": _matchers(body["source_matchers"]),
        "targetMatch": _matchers(body["target_matchers"]),
        "equal": body["equal"],
    }


def _receivers(receivers: list[Object], webhooks: str, send_resolved: str) -> list[Object]:
    """Receivers without the hosts of their webhooks."""
    found = []
    for receiver in receivers:
        hooks = [{**hook, "url": urlsplit(hook["url"]).path} for hook in receiver[webhooks]]
        hooks = [{key: value for key, value in hook.items() if key != send_resolved} for hook in hooks]
        resolved = [hook.get(send_resolved, True) for hook in receiver[webhooks]]
        others = {key: value for key, value in receiver.items() if key != webhooks}
        found.append({**others, "hooks": hooks, "resolved": resolved})
    return found


@rule("alertmanager-config-agrees", "deploy/alertmanager/alertmanager.yaml")
def alertmanager_config_agrees(rendering: Rendering) -> Iterator[str]:
    """Routes, inhibition and receivers are the same, one by one, and nothing else is there."""
    configuration = yaml.safe_load(CONFIGURATION.read_text())
    inhibitions = [_inhibition(body) for body in configuration["inhibit_rules"]]
    receivers = _receivers(configuration["receivers"], "webhook_configs", "send_resolved")
    for body in rendering.of_kind("AlertmanagerConfig"):
        spec = body["spec"]
        if set(spec) != {"route", "receivers", "inhibitRules"}:
            yield f"{place(body)}: has {sorted(spec)}"
        if spec["route"] != _route(configuration["route"]):
            yield f"{place(body)}: the routes differ"
        for index, wanted in enumerate(inhibitions):
            if spec["inhibitRules"][index : index + 1] != [wanted]:
                yield f"{place(body)}: inhibition {index + 1} is not that of {wanted['sourceMatch']}"
        if len(spec["inhibitRules"]) != len(inhibitions):
            yield f"{place(body)}: {len(spec['inhibitRules'])} inhibitions, not {len(inhibitions)}"
        if _receivers(spec["receivers"], "webhookConfigs", "sendResolved") != receivers:
            yield f"{place(body)}: the receivers differ"
