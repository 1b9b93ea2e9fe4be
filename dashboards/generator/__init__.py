"""The dashboards as code: `python3 -m generator` in `dashboards/` writes the JSON files beside it."""
