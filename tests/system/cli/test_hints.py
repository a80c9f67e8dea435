"""Each command that a message of the program names is one that can be typed: collected from the source, and run."""

from __future__ import annotations

import ast
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.program.program import Program
from tests.system.cli.conftest import ONE

NAMED = re.compile(r"trialwatch ([a-z][^\n]*)")
END = re.compile(r"[.;)`](?:\s|$)|, | \(|: | && | < ")
"""Where a command in a sentence is over."""
WORDS = frozenset(
    "a again and as at by does fetches for from has if in is it of on or prints puts says sets that the then to until "
    "when which while with written".split()
)
"""Words of the sentence that follow a command without a stop."""
FILLED = {
    **dict.fromkeys(("{run.run}", "{report.run}", "{work.run}", "{version}", "{posted[-1]}"), "1"),
    **{"{since}": "2026-08-01", "{after}": " --after 1", "{tag}": "liver", "TAG": "liver", "ADDRESS": "me@example.org"},
    **{"{ids}": ONE, "ID": ONE, "EUCTR": "2011-005852-33", "FILE": "anchor.json", "FOLDER": "."},
}
CHANNELS = re.compile(r"\{[^}]*(?:channel|name)[^}]*\}")
COHORTS = re.compile(r"--cohort \S+")
ACCEPTED = (
    "mail server of example.org",
    "There is no cohort",
    "There is no token",
    "There is a token",
    "Nothing to import",
    "is not there",
    "muted",
    "holds no",
)
"""What a right command may answer here, because the store of the test has no such thing."""
NOT_RUN = {"", "alerts", "init", "import -", "import - <", "import", "prints", "backup", "serve", "demo --serve"}
"""What asks on a terminal, reads stdin or goes on until it is stopped, and what names no whole command."""


def texts(tree: ast.AST) -> Iterator[str]:
    """Yield the texts in a file, with the expressions in f-strings as they are written. Docstrings are left out."""
    inside = {id(inner) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for inner in ast.walk(node)} - {
        id(node) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)
    }
    spoken = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = node.values
            yield "".join(str(it.value) if isinstance(it, ast.Constant) else written(it) for it in parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and not {id(node)} & (inside | spoken):
            yield node.value


def written(part: ast.expr) -> str:
    return f"{{{ast.unparse(part.value)}}}" if isinstance(part, ast.FormattedValue) else ""


def hints() -> dict[str, str]:
    """Return each command that a message names, with a file that names it."""
    found: dict[str, str] = {}
    for path in sorted(it for room in ("tracker", "storage") for it in (ROOT / room).rglob("*.py")):
        for text in texts(ast.parse(path.read_text(encoding="utf-8"))):
            for match in NAMED.finditer(text):
                command = END.split(match[1])[0].rstrip(".,;:)`'\"")
                words: list[str] = []
                for word in re.findall(r"\{[^}]*\}\S*|\S+", command):
                    if word in WORDS:
                        break
                    words.append(word)
                found.setdefault(" ".join(words), str(path.relative_to(ROOT)))
    return {command: path for command, path in found.items() if command not in NOT_RUN}


HINTS = hints()


def typed(hint: str) -> list[str]:
    """Return the words of a hint as a person would type them."""
    text = COHORTS.sub(f"--cohort like:{ONE}", hint)
    for name, value in FILLED.items():
        text = re.sub(rf"(?<![\w-]){re.escape(name)}(?!\w)" if name[0] != "{" else re.escape(name), value, text)
    text = CHANNELS.sub("me", text)
    text = text if text.count('"') % 2 == 0 else f'{text}"'  # the sentence went on with a word of ours
    return shlex.split(re.sub(r"\{[^}]*\}", ONE, text))


def test_there_are_many() -> None:
    assert len(HINTS) > 40
    assert {"alerts add you@example.org", "changes --new", "config check", "verify"} <= HINTS.keys()


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory, _lived: Path) -> Program:
    """One store for all of them: what one command does to it makes no other one wrong."""
    home = tmp_path_factory.mktemp("hints") / "home"
    shutil.copytree(_lived, home)
    (home / "trialwatch.toml").write_text(
        '[[channel]]\nname = "me"\ntype = "email"\nto = ["me@example.org"]\nfrom = "me@example.org"\n'
        'smtp = "smtp://127.0.0.1:9"\n'
    )
    program = Program(home)
    program.day(6)
    return program


@pytest.mark.fault("R-F13")
@pytest.mark.parametrize("hint", HINTS, ids=lambda hint: hint)
def test_a_command_that_a_message_names_can_be_typed(everything: Program, tmp_path: Path, hint: str) -> None:
    anchor = tmp_path / "anchor.json"
    places = {"anchor.json": str(anchor), ".": str(tmp_path)}
    words = [places.get(word, word) for word in typed(hint)]
    done = everything.run(*words, expect=None, EDITOR="true")
    assert done.code != 2 or any(it in done.err for it in ACCEPTED), (HINTS[hint], words, done)
