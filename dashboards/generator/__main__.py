"""Writes the dashboards into a folder, by default the one beside this package."""

import json
import sys
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from .component import COMPONENT_DASHBOARD
from .exporter import EXPORTER
from .objectives import OBJECTIVES
from .overview import OVERVIEW

folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
for dashboard in (OVERVIEW, COMPONENT_DASHBOARD, OBJECTIVES, EXPORTER):
    text = json.dumps(dashboard, cls=JSONEncoder, indent=2, ensure_ascii=False)
    (folder / f"{dashboard.uid}.json").write_text(text + "\n")
