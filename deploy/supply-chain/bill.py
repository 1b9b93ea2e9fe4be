#!/usr/bin/env python3
"""The bill of materials of a built health-exporter, as CycloneDX 1.6 JSON, and the licences of all that is in it.

    bill.py BINARY [--output FILE] [--licences FILE] [--dependencies FILE] [--objects FILE]

Run in the root of the repository after a build. Swift packages are those whose modules the linker put into the binary (its list of
objects lies beside the build; --objects names another), with versions of `swift package show-dependencies --format json` (or of a file
that holds its output). Shared libraries are all that the loader would load (ldd(1)), by the Debian packages that own them. Whatever
belongs to neither is an error, so that nothing is forgotten.
"""

import argparse
import datetime
import hashlib
import json
import os
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Component = dict[str, Any]
SWIFT_LICENCE = "Apache-2.0 WITH Swift-exception"
# Names of Debian's machine-readable copyright files that SPDX calls differently.
SPDX = {"Expat": "MIT", "zlib": "Zlib", "Apache-2": "Apache-2.0", "PostgreSQL": "PostgreSQL", "OpenLDAP-2.8": "OLDAP-2.8"}
KNOWN = {"MIT", "Zlib", "Apache-2.0", "PostgreSQL", "OLDAP-2.8", "BSD-2-Clause", "BSD-3-Clause", "ISC"}
# Sources of others that packages carry with them: the module, and where its version stands.
VENDORED = {
    "CNIOBoringSSL": ("boringssl", "hash.txt", r"revision ([0-9a-f]{40})", "OpenSSL AND ISC AND Apache-2.0"),
    "CNIOLLHTTP": ("llhttp", "include/c_nio_llhttp.h", r"LLHTTP_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", "MIT"),
}


class BillError(Exception):
    """What keeps the bill from being complete."""


def output(*words: str) -> str:
    """What a program prints; an error when it fails."""
    result = subprocess.run(words, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise BillError(f"{' '.join(words)}: {result.stderr.strip() or result.returncode}")
    return result.stdout


def licence_of(text: str, name: str) -> str:
    """The SPDX expression of a licence file of a Swift package."""
    if "Apache License" in text:
        return SWIFT_LICENCE if "Runtime Library Exception" in text else "Apache-2.0"
    if "Permission is hereby granted, free of charge" in text:
        return "MIT"
    raise BillError(f"{name}: its licence is neither Apache's nor MIT's; name it here")


class SwiftPackages:
    """The packages that were resolved, and which of them hold the modules of the binary."""

    def __init__(self, tree: dict[str, Any], objects: str) -> None:
        self.root = Path(tree["path"])
        # Where each module was built: what is in front of its objects' names.
        self.builds = {Path(build).stem: Path(build) for build in re.findall(r"^'?(/.*?/[^/\n]+\.build)/", objects, re.MULTILINE)}
        self.modules = sorted(self.builds)
        self.known: dict[str, dict[str, Any]] = {}
        self._collect(tree)
        self.of_module = {module: self._owner(module) for module in self.modules}

    def _collect(self, node: dict[str, Any]) -> None:
        for child in node["dependencies"]:
            self.known.setdefault(child["identity"], child)
            self._collect(child)

    def folder(self, identity: str) -> Path:
        """Where a package was checked out, also when it was resolved under another path."""
        return self.root / ".build" / "checkouts" / Path(self.known[identity]["path"]).name

    def _owner(self, module: str) -> str:
        """The identity of the package of a module; empty for our own."""
        list_of_sources = self.builds[module] / "sources"
        if list_of_sources.is_file():
            folder = re.search(r"/checkouts/([^/]+)/", list_of_sources.read_text())
            if not folder:
                return ""
            return next(identity for identity in self.known if self.folder(identity).name == folder[1])
        # Modules of C have no such list.
        spellings = {module, module.replace("_", "-")}
        if any((self.root / "Sources" / name).is_dir() for name in spellings):
            return ""
        owners = [i for i in self.known if any((self.folder(i) / "Sources" / name).is_dir() for name in spellings)]
        if len(owners) != 1:
            raise BillError(f"the module {module} is of {owners or 'no package'}")
        return owners[0]

    def components(self) -> Iterator[Component]:
        """A component for each package that is in the binary, and for what it carries with it."""
        for identity in sorted(set(self.of_module.values()) - {""}):
            package = self.known[identity]
            place = re.sub(r"^https?://|\.git$", "", package["url"])
            file = next(iter(sorted(self.folder(identity).glob("LICENSE*"))), None)
            if file is None:
                raise BillError(f"{identity} has no licence file")
            purl = f"pkg:swift/{place}@{package['version']}"
            modules = [module for module, owner in self.of_module.items() if owner == identity]
            yield {
                "type": "library",
                "bom-ref": purl,
                "name": identity,
                "version": package["version"],
                "licenses": [{"expression": licence_of(file.read_text(), identity)}],
                "purl": purl,
                "externalReferences": [{"type": "vcs", "url": package["url"]}],
                "properties": [{"name": "health-exporter:module", "value": module} for module in modules],
            }
        for module, (name, file_name, pattern, licence) in VENDORED.items():
            if module in self.of_module:
                file = self.folder(self.of_module[module]) / "Sources" / module / file_name
                version = ".".join(re.findall(pattern, file.read_text()))
                if not version:
                    raise BillError(f"{file} tells no version")
                reference = f"pkg:generic/{name}@{version}"
                yield {
                    "type": "library",
                    "bom-ref": reference,
                    "name": name,
                    "version": version,
                    "licenses": [{"expression": licence}],
                    "purl": reference,
                    "properties": [{"name": "health-exporter:module", "value": module}],
                }

    def depends_on(self, identity: str) -> list[str]:
        """The identities of the direct dependencies that are in the binary."""
        present = set(self.of_module.values())
        return sorted(child["identity"] for child in self.known[identity]["dependencies"] if child["identity"] in present)


def swift_component() -> Component:
    """The standard library and what comes with it, inside of a static binary or beside another."""
    found = re.search(r"Swift version (\S+)", output("swift", "--version"))
    if not found:
        raise BillError("swift --version tells no version")
    purl = f"pkg:generic/swift@{found[1]}"
    return {
        "type": "library",
        "bom-ref": purl,
        "name": "swift",
        "description": "Swift's standard library, Dispatch and FoundationEssentials.",
        "version": found[1],
        "licenses": [{"expression": SWIFT_LICENCE}],
        "purl": purl,
    }


def libraries(binary: Path) -> dict[str, Path]:
    """All that the loader would load, by name; Swift's own are not among them."""
    found: dict[str, Path] = {}
    for line in output("ldd", str(binary)).splitlines():
        if "not found" in line:
            raise BillError(line.strip())
        name, _, path = line.strip().partition(" => ")
        path = (path or name).split(" (")[0]
        if path.startswith("/") and "/swift/linux/" not in path:
            found[Path(name.split(" (")[0]).name] = Path(path)
    return found


def debian_package(path: Path) -> str:
    """The package that owns a library; Debian may know it by its path before /usr was merged."""
    real = str(path.resolve())
    for candidate in (real, real.removeprefix("/usr"), str(path), "/usr" + real):
        result = subprocess.run(["dpkg-query", "--search", candidate], capture_output=True, text=True, check=False)
        if result.returncode == 0:
            return result.stdout.partition(":")[0]
    raise BillError(f"{path} is of no Debian package")


def debian_licences(package: str) -> list[dict[str, Any]]:
    """What the copyright file says of all files, or that it has to be read."""
    text = Path("/usr/share/doc", package, "copyright").read_text(errors="replace")
    names = re.findall(r"^Files:\s*\*\s*\n(?:(?!License:|Files:).*\n)*?License:\s*(\S.*)$", text, re.MULTILINE)
    name = SPDX.get(names[0].strip(), names[0].strip()) if names else ""
    if name in KNOWN:
        return [{"license": {"id": name}}]
    return [{"license": {"name": name or f"as /usr/share/doc/{package}/copyright says"}}]


def library_components(binary: Path) -> Iterator[Component]:
    """A component for each Debian package of which a library is loaded."""
    names: dict[str, list[str]] = {}
    for name, path in libraries(binary).items():
        names.setdefault(debian_package(path), []).append(name)
    system = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line)
    distribution, release = (system[key].strip('"') for key in ("ID", "VERSION_ID"))
    for package in sorted(names):
        query = ["dpkg-query", "--show", "--showformat=${Version} ${Architecture}\n", package]
        version, architecture = output(*query).splitlines()[0].split()
        escaped = version.replace("+", "%2B").replace(":", "%3A")
        purl = f"pkg:deb/{distribution}/{package}@{escaped}?arch={architecture}&distro={distribution}-{release}"
        yield {
            "type": "library",
            "bom-ref": purl,
            "name": package,
            "version": version,
            "licenses": debian_licences(package),
            "purl": purl,
            "properties": [{"name": "health-exporter:library", "value": name} for name in sorted(names[package])],
        }


def bill(binary: Path, packages: SwiftPackages) -> dict[str, Any]:
    """The whole document; the same for the same binary on the same machine."""
    digest = hashlib.sha256(binary.read_bytes()).hexdigest()
    version = output(str(binary), "--version").strip()
    own = f"pkg:swift/github.com/health-exporter/health-exporter@{version}"
    swift, debian = swift_component(), list(library_components(binary))
    swift_packages = list(packages.components())
    moment = datetime.datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), datetime.UTC)
    references = {part["name"]: part["bom-ref"] for part in swift_packages}
    dependencies = [{"ref": own, "dependsOn": [part["bom-ref"] for part in (*swift_packages, swift, *debian)]}]
    for name, reference in references.items():
        children = packages.depends_on(name) if name in packages.known else []
        dependencies.append({"ref": reference, "dependsOn": [references[child] for child in children]})
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, own + digest)}",
        "version": 1,
        "metadata": {
            "timestamp": moment.isoformat().replace("+00:00", "Z"),
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": "health-exporter",
                "version": version,
                "hashes": [{"alg": "SHA-256", "content": digest}],
                "licenses": [{"license": {"id": "Apache-2.0"}}],
                "purl": own,
            },
        },
        "components": [*swift_packages, swift, *debian],
        "dependencies": dependencies,
        "compositions": [{"aggregate": "complete", "assemblies": [own]}],
    }


def licences(document: dict[str, Any], packages: SwiftPackages) -> str:
    """The texts that have to go along with the binary."""
    parts = ["What is in health-exporter or loaded by it, and under which licences.\n"]
    for component in document["components"]:
        entries = [entry.get("expression") or next(iter(entry["license"].values())) for entry in component["licenses"]]
        parts.append(f"\n{'=' * 78}\n{component['name']} {component['version']}: {', '.join(entries)}\n{'=' * 78}\n")
        name = component["name"]
        if name in packages.known:
            files = [file for kind in ("LICENSE*", "NOTICE*") for file in sorted(packages.folder(name).glob(kind))]
        elif component["purl"].startswith("pkg:deb/"):
            files = [Path("/usr/share/doc", name, "copyright")]
        else:
            files = []
        parts += [f"\n--- {file.name}\n\n{file.read_text(errors='replace')}" for file in files]
    return "".join(parts)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=Path)
    for name in ("--output", "--licences", "--dependencies", "--objects"):
        parser.add_argument(name, type=Path)
    options = parser.parse_args()
    try:
        show = ["swift", "package", "show-dependencies", "--format", "json"]
        tree = options.dependencies.read_text() if options.dependencies else output(*show)
        objects = options.objects or options.binary.parent / f"{options.binary.name}.product" / "Objects.LinkFileList"
        packages = SwiftPackages(json.loads(tree), objects.read_text())
        document = bill(options.binary, packages)
    except (BillError, OSError) as error:
        print(f"bill.py: {error}", file=sys.stderr)
        return 1
    text = json.dumps(document, indent=2) + "\n"
    if options.output:
        options.output.write_text(text)
    else:
        sys.stdout.write(text)
    if options.licences:
        options.licences.write_text(licences(document, packages))
    return 0


if __name__ == "__main__":
    sys.exit(main())
