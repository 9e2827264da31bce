"""Client certificates: how people log in to an API server of the tests' own."""

import subprocess
from pathlib import Path

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def make_people_authority(folder: Path) -> None:
    """Make the authority that vouches for people: people.crt and people.key."""
    _openssl(
        *("req", "-x509", *_KEY, "-subj", "/CN=people", "-days", "1"),
        *("-keyout", str(folder / "people.key"), "-out", str(folder / "people.crt")),
    )


def make_person(folder: Path, name: str) -> tuple[Path, Path]:
    """Return certificate and key of somebody with this name."""
    certificate, key, request = (folder / f"{name}.{kind}" for kind in ("crt", "key", "csr"))
    _openssl("req", *_KEY, "-subj", f"/CN={name}", "-keyout", str(key), "-out", str(request))
    _openssl(
        *("x509", "-req", "-in", str(request), "-out", str(certificate), "-days", "1"),
        *("-CA", str(folder / "people.crt"), "-CAkey", str(folder / "people.key")),
    )
    return certificate, key


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
