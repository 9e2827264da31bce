"""Lines that are painted over those painted before."""

import io

import pytest

from pimjob_cli import text
from pimjob_cli.kubectl import Kubectl
from pimjob_cli.screen import Screen, folded
from pimjob_cli.session import Session
from pimjob_cli.terminal import Terminal
from support.plugin import PROGRAM, Jobs, Plugin
from support.terminal_session import terminal_session


def test_a_line_is_folded_where_it_is_full() -> None:
    assert folded("abc", 3) == ["abc"]
    assert folded("abcdefg", 3) == ["abc", "def", "g"]
    assert folded("日本語x", 4) == ["日本", "語x"]
    assert folded("a\x1b[31mbcd\x1b[0me", 3) == ["a\x1b[31mbc", "d\x1b[0me"]
    assert folded("", 3) == [""]
    assert folded("日", 1) == ["日"]


def plain_terminal(**fields: bool) -> Terminal:
    usual = {"colour": False, "live": True, "interactive": False}
    return Terminal(out=io.StringIO(), err=io.StringIO(), **{**usual, **fields})


def test_what_is_painted_next_begins_above_all_lines_of_the_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "21")
    monkeypatch.setenv("LINES", "6")
    terminal = plain_terminal()
    screen = Screen(terminal)
    screen.paint(["x" * 45, "y"])
    screen.paint(["z"] * 9)
    screen.paint(["end"])
    assert isinstance(terminal.out, io.StringIO)
    first, second, third = terminal.out.getvalue().split("\x1b[J")[:3]
    assert first.count("\n") == 4
    assert second.startswith("\x1b[4A")
    assert second.count("\n") == 5
    assert third.startswith("\x1b[5A")
    for line in (first + second[4:] + third[4:]).splitlines():
        assert text.width(line.replace("\x1b[K", "")) <= 20


@pytest.mark.cluster
def test_a_narrow_terminal_shows_a_long_message_whole_and_once(jobs: Jobs, plugin: Plugin) -> None:
    message = "The file has no column named identifier, nor sku."
    jobs.put("a", {"phase": "Running", "progress": "10%", "message": message})
    watch = [PROGRAM, "watch", "a", f"--namespace={plugin.namespace}"]
    with terminal_session(watch, plugin.environment, columns=20, rows=60) as session:
        session.wait_for("10%")
        jobs.report("a", {"progress": "20%"})
        session.wait_for("20%")
        jobs.report("a", {"phase": "Completed"})
        assert session.end() == 0
    assert max(text.width(line) for line in session.text.splitlines()) < 20
    assert message in session.text.replace("\n", "")


def test_a_warning_of_the_server_cannot_take_over_the_terminal() -> None:
    terminal = plain_terminal()
    Session(terminal, Kubectl())._warn("old \x1b[2J field")
    assert isinstance(terminal.err, io.StringIO)
    assert terminal.err.getvalue() == "Warning: old  [2J field\n"
