"""How pip reaches its index from inside a build: as secrets, which enter no image."""

import configparser
import io
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

OPTIONS = ("index-url", "extra-index-url", "trusted-host", "proxy", "default-timeout", "retries")
CERTIFICATES = "/run/secrets/certificates"
_BUNDLES = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
_SYSTEM_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
_FILES = (Path("/etc/pip.conf"), Path("~/.config/pip/pip.conf"), Path("~/.pip/pip.conf"))


@contextmanager
def secrets() -> Iterator[dict[str, Path]]:
    """Yield the secrets of this machine, by id: `pip`, and `certificates` if there are any."""
    files = [file.expanduser() for file in _FILES]
    found = [file.read_text(encoding="utf-8") for file in files if file.is_file()]
    bundle = certificates(os.environ)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "pip.conf"
        text = configuration(found, os.environ, with_certificates=bundle is not None)
        file.write_text(text, encoding="utf-8")
        file.chmod(0o600)
        yield {"pip": file} | ({"certificates": bundle} if bundle else {})


def certificates(environment: Mapping[str, str]) -> Path | None:
    """Return the file of the authorities that this machine trusts."""
    named = [environment[name] for name in _BUNDLES if environment.get(name)]
    return next((Path(path) for path in [*named, _SYSTEM_BUNDLE] if Path(path).is_file()), None)


def configuration(
    files: list[str], environment: Mapping[str, str], *, with_certificates: bool
) -> str:
    """Return a pip.conf: later files win over earlier ones, variables over files."""
    read = configparser.RawConfigParser()
    for text in files:
        read.read_string(text)
    options = dict(read["global"]) if read.has_section("global") else {}
    kept = {name: options[name] for name in OPTIONS if name in options}
    for name in OPTIONS:
        if value := environment.get(f"PIP_{name.replace('-', '_').upper()}"):
            kept[name] = value
    if with_certificates:
        kept["cert"] = CERTIFICATES
    written = configparser.RawConfigParser()
    written["global"] = kept
    output = io.StringIO()
    written.write(output)
    return output.getvalue()
