"""What the shells are offered after Tab, in the protocols of bash and zsh as the installed scripts speak them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from storage.engine.sqlite_driver import connect
from tests.support.paths import ROOT
from tests.support.program.program import Program, Run, record
from tests.support.registry.embedded_registry import RegistryServer
from tests.system.cli.conftest import ONE, THREE, TWO

HEAVY = {"sqlalchemy", "sqlmodel", "alembic", "httpx", "rich.console", "numpy", "jinja2", "deepdiff"}
CONFIG = """
[[channel]]
name = "team"
type = "webhook"
url = "https://hooks.example.org/x"
secret_env = "TEAM_SECRET"

[[channel]]
name = "me"
type = "email"
to = ["me@example.org"]
from = "trialwatch@example.org"
smtp = "smtp://mail.example.org"
"""


def bash(program: Program, line: str, **extra: str) -> list[str]:
    """Return what bash is offered at the end of a line."""
    run = asked(
        program, _TRIALWATCH_COMPLETE="complete_bash", COMP_WORDS=line, COMP_CWORD=str(line.count(" ")), **extra
    )
    return [word for word in run.out.splitlines() if word]


def zsh(program: Program, line: str, **extra: str) -> str:
    """Return the text that zsh evaluates at the end of a line."""
    return asked(program, _TRIALWATCH_COMPLETE="complete_zsh", _TYPER_COMPLETE_ARGS=line, **extra).out.rstrip("\n")


def asked(program: Program, **extra: str) -> Run:
    run = program.run(expect=None, **extra)
    assert run.err == ""
    return run


def test_ids_are_those_of_the_store(lived: Program) -> None:
    assert bash(lived, "trialwatch show NCT") == [ONE, TWO, THREE]
    assert bash(lived, f"trialwatch diff {ONE[:-1]}2") == [TWO]
    assert bash(lived, f"trialwatch poll {ONE} NCT0000000") == [ONE, TWO, THREE]
    assert bash(lived, "trialwatch similar NCT9") == []
    assert bash(lived, f"trialwatch similar {ONE} --among NCT") == [ONE, TWO, THREE]


def test_an_id_may_be_typed_in_any_case(lived: Program) -> None:
    assert bash(lived, "trialwatch show nct0000000") == [ONE.lower(), TWO.lower(), THREE.lower()]


def test_zsh_is_told_the_titles(lived: Program) -> None:
    title = lived.json("list")["trials"][0]["title"]
    shown = re.sub(r"[^\w.,/+-]+", " ", title)
    assert zsh(lived, f"trialwatch show {ONE}") == f"""_arguments '*: :(("{ONE}":"{shown}"))'"""


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("trialwatch list --tag ", ["liver"]),
        ("trialwatch watch NCT00000009 --tag li", ["liver"]),
        ("trialwatch changes --kind site.", ["site.added", "site.removed", "site.status_changed"]),
        ("trialwatch history NCT00000001 --field enrollment.", ["enrollment.count", "enrollment.type"]),
        ("trialwatch results --owing --rule ", ["fdaaa801", "eu-ctr", "who-2017"]),
        ("trialwatch alerts test ", ["team", "me"]),
        ("trialwatch alerts retry --channel t", ["team"]),
        ("trialwatch config set channel.me.s", ["channel.me.smtp"]),
        ("trialwatch config set http.c", ["http.contact", "http.ca_file"]),
        ("trialwatch cite NCT00000001 --format ", ["text", "bibtex"]),
        ("trialwatch list -o js", ["json", "jsonl"]),
        ("trialwatch show --as", ["--as-of"]),
        ("trialwatch export --bo", ["--bom"]),
        ("trialwatch con", ["config"]),
        ("trialwatch config s", ["show", "set"]),
    ],
)
def test_words_that_a_value_takes(lived: Program, line: str, words: list[str]) -> None:
    (lived.home / "trialwatch.toml").write_text(CONFIG)
    assert bash(lived, line) == words


def test_without_a_store_nothing_is_offered_and_none_is_made(program: Program) -> None:
    assert bash(program, "trialwatch show NCT") == [] and bash(program, "trialwatch list --tag ") == []
    assert not program.home.exists()
    assert bash(program, "trialwatch cit") == ["cite"]


def test_a_store_on_a_server_is_not_waited_for(lived: Program) -> None:
    address = "postgresql+psycopg://me@127.0.0.1:9/x"
    assert bash(lived, "trialwatch show NCT", TRIALWATCH_DATABASE_URL=address) == []


def test_a_locked_store_offers_nothing(lived: Program) -> None:
    holder = connect(lived.home / "trialwatch.db")
    try:
        holder.execute("PRAGMA locking_mode = EXCLUSIVE")
        holder.execute("BEGIN EXCLUSIVE")
        assert bash(lived, "trialwatch show NCT") == []
    finally:
        holder.close()
    assert bash(lived, "trialwatch show NCT") == [ONE, TWO, THREE]


def test_what_is_no_store_and_no_config_offers_nothing(program: Program) -> None:
    program.home.mkdir()
    (program.home / "trialwatch.db").write_bytes(b"no database" * 100)
    assert bash(program, "trialwatch show NCT") == []
    (program.home / "trialwatch.toml").write_text("[[channel\n")
    assert bash(program, "trialwatch alerts test ") == []
    assert bash(program, "trialwatch config set ") == []


@pytest.mark.parametrize(
    "line", ["trialwatch show NCT", "trialwatch watch --tag ", "trialwatch w", "trialwatch alerts t"]
)
def test_nothing_heavy_is_imported(lived: Program, line: str) -> None:
    script = "import sys\nfrom tracker.cli import main\nmain([])\nprint(*sys.modules, file=sys.stderr)"
    asking = {"_TRIALWATCH_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
    run = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True, text=True, cwd=ROOT, env=lived.environment(asking), check=True,
    )  # fmt: skip
    assert run.stdout.strip()
    imported = set(run.stderr.split())
    assert "tracker.cli.lazy_group" in imported and not imported & HEAVY
    assert not [name for name in imported if name.startswith("tracker.cli.commands.")]


HOSTILE = [
    'A \\" ; touch {mark} ; "',
    "A '))' ; touch {mark} ; '",
    "$(touch {mark}) `touch {mark}`",
    "[/bold] [red] [link=x]\n{mark}",
]


@pytest.mark.parametrize("title", HOSTILE)
def test_a_title_runs_nothing_in_a_shell_that_evaluates_it(
    registry: RegistryServer, program: Program, tmp_path: Path, title: str
) -> None:
    mark = tmp_path / "mark"
    registry.studies[ONE] = record(ONE)
    registry.studies[ONE]["protocolSection"]["identificationModule"]["briefTitle"] = title.format(mark=mark)
    program.run("watch", ONE)
    text = zsh(program, "trialwatch show NCT")
    assert ONE in text and "\n" not in text
    # What zsh does with it: the text is evaluated, and _arguments evaluates the words in its argument once more.
    script = (
        '_arguments() { inner=${1#*\\(\\(}; eval "words=(${inner%\\)\\)})"; printf "%s\\n" "${words[@]}"; }\neval "$1"'
    )
    shell = shutil.which("bash")
    assert shell
    run = subprocess.run(
        [shell, "-c", script, "sh", text], capture_output=True, text=True, env={**os.environ}, check=True
    )
    assert run.stderr == "" and run.stdout.startswith(f"{ONE}:")
    assert not mark.exists()


def test_a_tag_that_a_shell_might_obey_is_left_out(lived: Program) -> None:
    lived.run("watch", ONE, "--no-backfill", "--tag", "a$(id)", "--tag", "a;b", "--tag", "a.b", expect=None)
    assert bash(lived, "trialwatch list --tag a") == ["a.b"]
