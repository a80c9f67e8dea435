"""Text after a lead: further lines stand below the text, and the style of one is not that of the other."""

from __future__ import annotations

import io
from contextlib import redirect_stdout

import pytest
from rich.text import Text

from tracker.cli.render.terminal import console, hanging


def shown(lead: Text | str, text: Text | str, monkeypatch: pytest.MonkeyPatch, **environment: str) -> str:
    for name, value in ({"COLUMNS": "40", "NO_COLOR": ""} | environment).items():
        monkeypatch.setenv(name, value)
    with redirect_stdout(io.StringIO()) as out:
        hanging(console(), lead, text)
    return out.getvalue()


def test_lines_hang_below_the_text_and_end_without_blanks(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = shown("  reason  ", "word " * 9 + "x" * 45, monkeypatch)
    assert seen.splitlines() == [
        "  reason  word word word word word word",
        f"{'':10}word word word",
        f"{'':10}{'x' * 30}",
        f"{'':10}{'x' * 15}",
    ]
    assert shown("  reason  ", "", monkeypatch) == "  reason  \n"


def test_the_style_of_the_lead_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = shown(Text("lead ", style="dim"), Text("text", style="red"), monkeypatch, FORCE_COLOR="1", TERM="xterm")
    assert seen == "\x1b[2mlead \x1b[0m\x1b[31mtext\x1b[0m\n"
    plain = shown(Text("lead ", style="dim"), "text", monkeypatch, FORCE_COLOR="1", TERM="xterm")
    assert plain == "\x1b[2mlead \x1b[0mtext\n"
