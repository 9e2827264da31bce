"""The order of flags and names on a command line."""

import pytest

from pimjob_cli.command_line import parser_of


@pytest.mark.parametrize(
    ("given", "jobs"),
    [
        (["a", "--yes", "b"], ["a", "b"]),
        (["a", "--reason", "why", "b", "-n", "shop", "c"], ["a", "b", "c"]),
        (["a", "--reason=why", "b"], ["a", "b"]),
        (["-y", "a", "-Anshop", "b"], ["a", "b"]),
        (["a", "-An", "shop", "b"], ["a", "b"]),
        (["a", "-yAlx=y", "b"], ["a", "b"]),
        (["--yes", "a", "--", "-b", "--wait"], ["a", "-b", "--wait"]),
        ([], []),
    ],
)  # fmt: skip
def test_flags_may_stand_anywhere(given: list[str], jobs: list[str]) -> None:
    options = parser_of("stop").parse(given)
    assert options.jobs == jobs
    assert options.wait is False


def test_what_is_unknown_is_refused_wherever_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    for given in (["a", "--bogus", "b"], ["a", "--reason"], ["a", "-z"], ["-A-n"], ["-A-"]):
        with pytest.raises(SystemExit) as ended:
            parser_of("stop").parse(given)
        assert ended.value.code == 2
    said = capsys.readouterr().err
    assert "unrecognized arguments: --bogus" in said
    for given in (["running"], ["-A", "running", "--", "-x"], ["--", "running"]):
        with pytest.raises(SystemExit):
            parser_of("list").parse(given)
        assert " -- " not in capsys.readouterr().err
    assert "argument --reason: expected one argument" in said


@pytest.mark.parametrize("value", ["", " ", ",", " , "])
@pytest.mark.parametrize(
    "flag", ["--name", "--type", "--user", "--status", "--profile", "--since", "--selector"]
)
def test_an_empty_filter_is_refused(
    capsys: pytest.CaptureFixture[str], flag: str, value: str
) -> None:
    """It would choose more than what was meant: `stop --all-users --name="$UNSET" --yes`."""
    with pytest.raises(SystemExit) as ended:
        parser_of("stop").parse(["--all-users", "--yes", f"{flag}={value}"])
    assert ended.value.code == 2
    assert flag in capsys.readouterr().err


def test_several_arguments_keep_their_order() -> None:
    options = parser_of("releases").parse(["close", "--wait", "weekly", "--timeout", "1m", "other"])
    assert (options.action, options.releases) == ("close", ["weekly", "other"])
    options = parser_of("files").parse(["a", "--to", "-", "--", "-odd.csv"])
    assert (options.job, options.to, options.files) == ("a", "-", ["-odd.csv"])
