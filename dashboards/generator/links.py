"""Where cells and series lead: the dashboard about one component, its log lines, the runbook of an alert."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

RUNBOOKS = "https://github.com/health-exporter/health-exporter/blob/main/deploy/runbooks"

# Grafana replaces these; all else in a URL is encoded.
_COMPONENT = "${component}"


def component_url(source: str, component: str) -> str:
    """The dashboard about one component; in `source`, such as __data.fields, are its name and the label `at` of `located`."""
    choices = f"${{{source}.at:raw}}&var-component=${{{source}.{component}}}"
    return f"/d/health-component?${{__url_time_range}}&${{datasource:queryparam}}&{choices}"


def logs_url(component: str = _COMPONENT) -> str:
    """Explore with the log lines about a component, in the Loki that the variable `logs` names.

    Each line is a JSON object that names its component. A stream has a label service_name, which Loki gives each by itself.
    """
    place = "COMPONENT"
    query = {
        "refId": "A",
        "datasource": {"type": "loki", "uid": "LOGS"},
        "editorMode": "code",
        "queryType": "range",
        "expr": f'{{service_name=~".+"}} |= `"component":"{place}"` | json',
    }
    panes = {"logs": {"datasource": "LOGS", "queries": [query], "range": {"from": "SINCE", "to": "UNTIL"}}}
    encoded = quote(json.dumps(panes, separators=(",", ":")), safe=":,")
    for name, variable in ((place, component), ("LOGS", "${logs}"), ("SINCE", "${__from}"), ("UNTIL", "${__to}")):
        encoded = encoded.replace(name, variable)
    return f"/explore?schemaVersion=1&panes={encoded}"


def to(title: str, url: str, *, in_new_tab: bool = False) -> dict[str, Any]:
    """A link of a cell or series."""
    return {"title": title, "url": url, "targetBlank": in_new_tab}


COMPONENT_OF_ROW = to("Show this component", component_url("__data.fields", "Component"))
COMPONENT_OF_SERIES = to("Show this component", component_url("__field.labels", "component"))
LOGS_OF_ROW = to("Show its log lines", logs_url("${__data.fields.Component}"), in_new_tab=True)
LOGS = to("Show the component's log lines", logs_url(), in_new_tab=True)
RUNBOOK_OF_ALERT = to("Open the runbook", RUNBOOKS + "/${__value.raw}.md", in_new_tab=True)
RUNBOOK_OF_COMPONENT = to("Open the runbook", "${__value.raw}", in_new_tab=True)
