#!/usr/bin/env python3
"""Makes the bill of materials of the binary in $HEALTH_EXPORTER, validates it, and looks for what it forgot.

bill_of_materials.py ROOT    needs cyclonedx-python-lib[json-validation], binutils (readelf) and dpkg
"""

import copy
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator


def properties(document: dict[str, Any], name: str) -> set[str]:
    """The values of a property of all components."""
    return {
        entry["value"]
        for component in document["components"]
        for entry in component.get("properties", [])
        if entry["name"] == f"health-exporter:{name}"
    }


def needed(binary: Path) -> set[str]:
    """The libraries that the binary itself names, and all that the loader adds; Swift's own are one component."""
    dynamic = subprocess.run(["readelf", "--dynamic", "--wide", binary], capture_output=True, text=True, check=True)
    own = set(re.findall(r"\(NEEDED\).*\[(.+)\]", dynamic.stdout))
    if not own:
        raise ValueError(f"readelf finds no libraries in {binary}")
    loaded = subprocess.run(["ldd", binary], capture_output=True, text=True, check=True).stdout.splitlines()
    ours = [line.split()[0] for line in loaded if "linux-vdso" not in line and "/swift/linux/" not in line]
    swift = {line.split()[0] for line in loaded if "/swift/linux/" in line}
    return (own - swift) | {Path(name).name for name in ours}


def linked(binary: Path, own_modules: set[str]) -> set[str]:
    """The modules of packages that the linker put into the binary."""
    objects = (binary.parent / f"{binary.name}.product" / "Objects.LinkFileList").read_text()
    return set(re.findall(r"/([^/\n]+)\.build/", objects)) - own_modules


def missing(document: dict[str, Any], wanted: set[str], modules: set[str]) -> Iterator[str]:
    """What a bill should have and has not."""
    for library in sorted(wanted - properties(document, "library")):
        yield f"no component has the library {library}"
    for module in sorted(modules - properties(document, "module")):
        yield f"no component has the module {module}"
    names = [component["name"] for component in document["components"]]
    for name in ("swift", "boringssl", "llhttp", "swift-nio", "libpq5", "libssl3", "zlib1g", "libc6"):
        if name not in names:
            yield f"no component {name}"


def findings(document: dict[str, Any], binary: Path, own_modules: set[str]) -> Iterator[str]:
    """What is wrong with a bill."""
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(document))
    if error:
        yield f"CycloneDX 1.6: {error}"
    wanted, modules = needed(binary), linked(binary, own_modules)
    if len(modules) < 30:
        yield f"only {len(modules)} modules of packages were linked"
    yield from missing(document, wanted, modules)
    for component in document["components"]:
        if not component["licenses"] or not component["version"]:
            yield f"{component['name']} has no licence or no version"
    # What is left out is noticed, whatever it is.
    for index, component in enumerate(document["components"]):
        less = copy.deepcopy(document)
        del less["components"][index]
        if not list(missing(less, wanted, modules)):
            yield f"nobody notices that {component['name']} is missing"


def main() -> int:
    root, binary = Path(sys.argv[1]), Path(os.environ["HEALTH_EXPORTER"])
    own = {path.name.replace("-", "_") for path in (root / "Sources").iterdir()}
    show = ["swift", "package", "--ignore-lock", "--disable-automatic-resolution", "show-dependencies", "--format", "json"]
    with tempfile.TemporaryDirectory() as folder:
        tree, output, licences = (Path(folder, name) for name in ("tree.json", "bill.json", "licences.txt"))
        # A test that runs it holds SwiftPM's lock itself.
        tree.write_text(subprocess.run(show, cwd=root, capture_output=True, text=True, check=True).stdout)
        program = [sys.executable, root / "deploy/supply-chain/bill.py", binary, "--dependencies", tree]
        subprocess.run([*program, "--output", output, "--licences", licences], cwd=root, check=True)
        document, text = json.loads(output.read_text()), licences.read_text()
    found = list(findings(document, binary, own))
    for component in document["components"]:
        if f"{component['name']} {component['version']}: " not in text:
            found.append(f"{component['name']} is not among the licences")
    for line in found:
        print(line)
    print(f"{len(document['components'])} components, {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
