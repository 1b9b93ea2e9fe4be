"""Writes the dashboards into a folder, by default the one beside this package, and with --queries prints what they ask."""

import json
import sys
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from .component import COMPONENT_DASHBOARD
from .exporter import EXPORTER
from .listing import queries
from .objectives import OBJECTIVES
from .overview import OVERVIEW

DASHBOARDS = [OVERVIEW, COMPONENT_DASHBOARD, OBJECTIVES, EXPORTER]


def write(folder: Path) -> None:
    """A file for each dashboard."""
    for dashboard in DASHBOARDS:
        text = json.dumps(dashboard, cls=JSONEncoder, indent=2, ensure_ascii=False)
        (folder / f"{dashboard.uid}.json").write_text(text + "\n")


if sys.argv[1:] == ["--queries"]:
    print("\n".join(queries(DASHBOARDS)))
else:
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent)
