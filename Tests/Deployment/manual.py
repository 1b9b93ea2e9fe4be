"""The kustomizations in the manual render, and what they patch is there."""

import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import yaml
from rendering import Object, RenderingError, Tools, render

BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# Where the manual's overlays would lie.
HERE = Path("overlays", "yours")
PARTS = {"labels", "patches", "components"}


def kustomizations(manual: str) -> Iterator[Object]:
    """Whole ones as they are, and parts of one as additions to the production overlay."""
    for text in BLOCK.findall(manual):
        for body in yaml.safe_load_all(text):
            if str(body.get("apiVersion", "")).startswith("kustomize.config.k8s.io/"):
                yield body
            elif "kind" not in body and PARTS & set(body):
                yield {"kind": "Kustomization", "resources": ["../prod"], **body}


def findings(kubernetes: Path, tools: Tools) -> Iterator[str]:
    """Kustomizations that don't render, and patches of nothing."""
    found = list(kustomizations((kubernetes / "README.md").read_text()))
    if len(found) < 4:
        yield f"README.md: only {len(found)} kustomizations were found"
    for number, body in enumerate(found, 1):
        name = f"README.md, kustomization {number}"
        try:
            objects = _rendered(kubernetes, body, tools)
        except RenderingError as error:
            yield f"{name}: {error}"
            continue
        places = {(entry["kind"], entry["metadata"]["name"]) for entry in objects}
        for patch in body.get("patches", []):
            target = patch["target"]["kind"], patch["target"]["name"]
            if target not in places:
                yield f"{name}: patches {target}, which isn't there"


def _rendered(kubernetes: Path, body: Object, tools: Tools) -> list[Object]:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary).resolve()
        here = os.path.relpath(kubernetes.resolve() / HERE, folder)
        moved = {key: [f"{here}/{path}" for path in body.get(key, [])] for key in ("resources", "components")}
        for generator in [*body.get("configMapGenerator", []), *body.get("secretGenerator", [])]:
            for file in generator["files"]:
                (folder / file).write_text("{}\n")
        (folder / "kustomization.yaml").write_text(yaml.safe_dump({**body, **moved}))
        return render(folder, "manual", tools).objects
