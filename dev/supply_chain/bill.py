"""What a CycloneDX bill of materials says of an image, from what is installed in it. Pure."""

from typing import Any
from urllib.parse import quote

Bom = dict[str, Any]
Component = dict[str, str]


def debian_components(status: str, release: str) -> list[Component]:
    """Return the installed packages of a dpkg status file. `release`: debian-12."""
    paragraphs = (_fields(paragraph) for paragraph in status.split("\n\n"))
    return [
        _component(
            "library",
            package["Package"],
            package["Version"],
            f"pkg:deb/debian/{package['Package']}@{quote(package['Version'], safe='~')}"
            f"?arch={package['Architecture']}&distro={release}",
        )
        for package in paragraphs
        if package.get("Status", "").endswith(" installed")
    ]


def interpreter(pyvenv: str) -> Component:
    """Return Python itself, from the pyvenv.cfg of an environment."""
    settings = dict(line.split(" = ", 1) for line in pyvenv.splitlines() if " = " in line)
    version = settings["version"]
    return _component("platform", "python", version, f"pkg:generic/python@{version}")


def release_of(os_release: str) -> str:
    """Return debian-12 from /etc/os-release."""
    values = dict(line.split("=", 1) for line in os_release.splitlines() if "=" in line)
    return "-".join(values[key].strip('"') for key in ("ID", "VERSION_ID"))


def difference(locked: Bom, installed: list[str]) -> set[str]:
    """Return packages that are either in the lock or in the image. `installed`: dist-info names."""
    wanted = {_normal(one["name"], one["version"]) for one in locked["components"]}
    there = {_normal(*name.rsplit("-", 1)) for name in installed}
    return wanted ^ {one for one in there if not one.startswith("pimjobs==")}


def bill_of(locked: Bom, name: str, image: str, installed: list[Component]) -> Bom:
    """Return the bill of an image from that of its lock, and what else is installed in it."""
    # Its description is the line of the lock, hashes and all, which are told as such.
    packages = [
        {k: v for k, v in one.items() if k != "description"} for one in locked["components"]
    ]
    subject = {"type": "container", "bom-ref": "image", "name": name, "version": image}
    components = [*packages, *installed]
    depends = {"ref": "image", "dependsOn": sorted(one["bom-ref"] for one in components)}
    return {
        **locked,
        "metadata": {**locked.get("metadata", {}), "component": subject},
        "components": components,
        "dependencies": [depends],
    }


def _fields(paragraph: str) -> dict[str, str]:
    lines = (line.partition(": ") for line in paragraph.splitlines() if not line.startswith(" "))
    return {name: value for name, _, value in lines}


def _normal(name: str, version: str) -> str:
    return f"{name.lower().replace('_', '-').replace('.', '-')}=={version}"


def _component(kind: str, name: str, version: str, purl: str) -> Component:
    return {"type": kind, "bom-ref": purl, "name": name, "version": version, "purl": purl}
