"""What a build is given, and what must not end up in an image."""

import configparser
from pathlib import Path

import pip_settings
import pytest
from builder import Recipe


def read(text: str) -> dict[str, str]:
    parser = configparser.RawConfigParser()
    parser.read_string(text)
    return dict(parser["global"])


def test_variables_win_over_files_and_later_files_over_earlier() -> None:
    files = [
        "[global]\nindex-url = https://one\nproxy = http://one",
        "[global]\nindex-url = https://two",
    ]
    environment = {"PIP_PROXY": "http://three", "PIP_DEFAULT_TIMEOUT": "180"}
    written = pip_settings.configuration(files, environment, with_certificates=False)
    assert read(written) == {
        "index-url": "https://two",
        "proxy": "http://three",
        "default-timeout": "180",
    }


def test_only_how_to_reach_the_index_is_passed_on() -> None:
    files = ["[global]\nfind-links = /opt/wheels\nuser = true\n[install]\ntarget = /somewhere"]
    assert read(pip_settings.configuration(files, {}, with_certificates=False)) == {}


def test_certificates_are_read_from_their_place_in_the_build() -> None:
    files = ["[global]\ncert = /etc/of/this/machine.pem"]
    written = pip_settings.configuration(files, {}, with_certificates=True)
    assert read(written) == {"cert": "/run/secrets/certificates"}


def test_the_named_certificates_win_over_the_systems(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.pem"
    bundle.write_text("")
    environment = {"PIP_CERT": str(tmp_path / "missing"), "SSL_CERT_FILE": str(bundle)}
    assert pip_settings.certificates(environment) == bundle


def test_a_password_of_the_index_is_on_no_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://julia:secret@index.example/simple")
    with pip_settings.secrets() as secrets:
        recipe = Recipe("image:1", Path("Dockerfile"), Path(), secrets=secrets)
        assert "secret@" in secrets["pip"].read_text()
        assert secrets["pip"].stat().st_mode & 0o077 == 0
        assert not any("julia" in flag for flag in recipe.flags())
    assert not secrets["pip"].exists()
