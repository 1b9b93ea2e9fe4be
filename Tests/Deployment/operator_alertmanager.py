"""What the Prometheus operator makes of an AlertmanagerConfig and of the configuration that it is added to.

pkg/alertmanager/amcfg.go of the operator, as of v0.93, with alertmanagerConfigMatcherStrategy OnNamespace.
"""

from typing import Any
from urllib.parse import urlsplit

Object = dict[str, Any]

ROUTE = {"groupBy": "group_by", "groupWait": "group_wait", "groupInterval": "group_interval"}
ROUTE |= {"repeatInterval": "repeat_interval"}


def merged(stock: Object, config: Object, namespace: str, webhooks: str) -> Object:
    """The stock configuration with the object of a namespace in it, its webhooks somewhere else."""
    prefix = f"{namespace}/{config['metadata']['name']}/"
    own = f'namespace="{namespace}"'
    spec = config["spec"]
    first = _route(spec["route"], prefix)
    first |= {"matchers": [*first.get("matchers", []), own], "continue": True}
    inhibitions = [
        {
            "source_matchers": [*_matchers(body["sourceMatch"]), own],
            "target_matchers": [*_matchers(body["targetMatch"]), own],
            "equal": body["equal"],
        }
        for body in spec["inhibitRules"]
    ]
    receivers = [
        {
            "name": prefix + receiver["name"],
            "webhook_configs": [
                {"url": f"http://{webhooks}{urlsplit(hook['url']).path}"} for hook in receiver["webhookConfigs"]
            ],
        }
        for receiver in spec["receivers"]
    ]
    return {
        **stock,
        "route": {**stock["route"], "routes": [first, *stock["route"]["routes"]]},
        "receivers": [*stock["receivers"], *receivers],
        "inhibit_rules": [*stock["inhibit_rules"], *inhibitions],
    }


def _route(body: Object, prefix: str) -> Object:
    route = {ROUTE[key]: value for key, value in body.items() if key in ROUTE}
    route["receiver"] = prefix + body["receiver"]
    if "matchers" in body:
        route["matchers"] = _matchers(body["matchers"])
    if "routes" in body:
        route["routes"] = [_route(child, prefix) for child in body["routes"]]
    return route


def _matchers(matchers: list[Object]) -> list[str]:
    return [f'{one["name"]}{one["matchType"]}"{one["value"]}"' for one in matchers]
