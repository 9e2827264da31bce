"""What components read from their environment."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from pimjob_kube.settings import ComponentSettings, Environment, SettingsError
from pimjob_notifier.settings import read_settings as of_notifier
from pimjob_operator.settings import read_settings as of_operator

Read = Callable[[Mapping[str, str]], ComponentSettings]
REQUIRED = {"PIMJOB_RUNNER_IMAGE": "runner:1"}
BOTH = pytest.mark.parametrize("read", [of_operator, of_notifier], ids=["operator", "notifier"])


@BOTH
def test_both_components_are_told_the_same_of_where_and_how_they_run(read: Read) -> None:
    told = read(
        REQUIRED
        | {
            "PIMJOB_WATCH_NAMESPACES": " shop, erp ,",
            "PIMJOB_NAMESPACE": "system",
            "PIMJOB_IDENTITY": "first",
            "PIMJOB_PORT": "9000",
            "PIMJOB_LOG_FORMAT": "console",
            "PIMJOB_LOG_LEVEL": "debug",
        }
    )
    found = {name: getattr(told, name) for name in ComponentSettings.__dataclass_fields__}
    assert found == {
        "namespaces": ("shop", "erp"),
        "namespace": "system",
        "identity": "first",
        "port": 9000,
        "log_format": "console",
        "log_level": "debug",
    }


@BOTH
def test_what_is_not_said_or_empty_is_as_the_model_has_it(read: Read) -> None:
    told = read(REQUIRED | {"PIMJOB_IDENTITY": "a", "PIMJOB_PORT": "", "PIMJOB_NAMESPACE": ""})
    assert told == type(told)(
        identity="a",
        **({"runner_image": "runner:1"} if read is of_operator else {}),
    )


@pytest.mark.parametrize(
    ("read", "value", "message"),
    [
        (lambda e: e.number("A", 1, least=0), "two", "A must be a number, not 'two'."),
        (lambda e: e.number("A", 1, least=0), "nan", "A must be a number, not 'nan'."),
        (lambda e: e.number("A", 1, least=0), "inf", "A must be a number, not 'inf'."),
        (lambda e: e.number("A", 1, least=0), "-1", "A must be from 0 to 1e+09, not '-1'."),
        (lambda e: e.number("A", 1, least=0), "1e300", "A must be from 0 to 1e+09, not '1e300'."),
        (lambda e: e.whole("A", 1, least=1), "0", "A must be from 1 to 1e+09, not '0'."),
        (lambda e: e.whole("A", 1, least=1, most=9), "10", "A must be from 1 to 9, not '10'."),
        (lambda e: e.whole("A", 1, least=1), "80.5", "A must be a whole number, not 80.5."),
        (lambda e: e.whole("A", 1, least=1), "inf", "A must be a number, not 'inf'."),
        (lambda e: e.choice("A", "x", "y"), "z", "A must be one of x, y, not 'z'."),
        (lambda e: e.switch("A"), "yes", "A must be one of false, true, not 'yes'."),
    ],
)
def test_what_is_wrong_is_named(
    read: Callable[[Environment], Any], value: str, message: str
) -> None:
    with pytest.raises(SettingsError) as raised:
        read(Environment({"A": value}))
    assert str(raised.value) == message


def test_numbers_are_read_as_charts_write_them() -> None:
    """Helm writes large ones with an exponent."""
    found = Environment({"SECONDS": "0.5", "LIMIT": "1e+06"})
    assert found.number("SECONDS", 1, least=0.1) == 0.5
    assert repr(found.whole("LIMIT", 1, least=1)) == "1000000"


@pytest.mark.parametrize(
    ("read", "variables", "message"),
    [
        (of_operator, {}, "PIMJOB_RUNNER_IMAGE is not set: the image that runs jobs."),
        (
            of_notifier,
            {"PIMJOB_DENIED_CIDRS": "10.0.0.0/8, inside"},
            "PIMJOB_DENIED_CIDRS must name networks like 10.20.0.0/16: 'inside' does",
        ),
        (of_operator, REQUIRED | {"PIMJOB_WORKERS": "0"}, "PIMJOB_WORKERS must be from 1 to 256"),
        (of_operator, REQUIRED | {"PIMJOB_PORT": "65536"}, "PIMJOB_PORT must be from 1 to 65535"),
        (
            of_notifier,
            {"PIMJOB_WEBHOOK_SECONDS": "0"},
            "PIMJOB_WEBHOOK_SECONDS must be from 0.1 to 1e+09",
        ),
    ],
)
def test_what_is_wrong_of_a_components_own_is_named(
    read: Read, variables: dict[str, str], message: str
) -> None:
    with pytest.raises(SettingsError) as raised:
        read(variables)
    assert str(raised.value).startswith(message)
