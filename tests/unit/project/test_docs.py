"""The documents against the program: what they promise is there, and what is there is in them."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
import types
import typing
from base64 import b64encode
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from docs import draw, generate, pictures
from storage.values.severity import Severity
from storage.values.states import ResultsState
from tests.support.paths import ROOT
from tracker import errors
from tracker.alerts.config import examine as alert_config
from tracker.api.schema.api_shapes import API_SHAPES
from tracker.changes.fields import FIELDS, KEY
from tracker.changes.matching.match_items import IDENTIFIED
from tracker.changes.reported.difference import ROOT as ROOT_OF_REPORTED
from tracker.cli.commands.changes import CHANGES_FOUND
from tracker.cli.commands.poll import EXIT_CODES
from tracker.cli.completion.parameters import TABLE
from tracker.cli.run_state import INTERRUPTED
from tracker.config.read_settings import ENVIRONMENT, load_settings
from tracker.mcp.offered import TOOLS
from tracker.polling.run.report import PollReport
from tracker.polling.run.run_kinds import Quiet
from tracker.records.results.reported import Reported
from tracker.records.trial import TrialRecord
from tracker.web.api.application import openapi_document

PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
OUTPUT = (ROOT / "docs/reference/output.md").read_text(encoding="utf-8")
COMMANDS = generate.commands()
GROUPS = {words.partition(" ")[0] for words in COMMANDS if " " in words}
FAMILIES = (
    "trial status enrollment date results outcome phase sponsor eligibility arms design conditions title country site "
    "document reference cohort duty admin ops"
).split()
KIND = re.compile(rf"(?:{'|'.join(FAMILIES)})\.[a-z_]+")
TELLERS = ("make_event", "trial_event", "Event", "_things")
HOOK_SECRET = f"whsec_{b64encode(bytes(32)).decode()}"
SECRETS = {"SMTP_PASSWORD": "p", "CHAT_URL": "ntfy://x", "TEAM_WEBHOOK_SECRET": HOOK_SECRET}
FILE = re.compile(r"`((?:tracker|storage|schedules|tests|docs)/[a-z0-9_/]+(?:\.py|\.md|/))`")


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def section(heading: str) -> str:
    return OUTPUT.partition(f"## {heading}\n")[2].partition("\n## ")[0]


def test_the_commands_page_is_what_the_program_says() -> None:
    assert read("docs/reference/commands.md") == generate.commands_page(), "run: python -m docs.generate"


def test_the_shapes_are_those_of_the_program() -> None:
    assert read("docs/reference/shapes.md") == generate.shapes_page(), "run: python -m docs.generate"
    assert read("docs/reference/output.schema.json") == generate.schema_text(), "run: python -m docs.generate"


def test_the_api_is_described_as_it_is() -> None:
    assert read("docs/reference/openapi.json") == generate.openapi_text(), "run: python -m docs.generate"
    page = read("docs/reference/api.md")
    assert generate.with_routes(page) == page, "run: python -m docs.generate"
    assert page.count("| `/api/v1/") == len(API_SHAPES)


def test_the_table_of_numbers_is_that_of_a_scrape() -> None:
    page = read("docs/reference/metrics.md")
    assert generate.with_metrics(page) == page, "run: python -m docs.generate"
    assert page.count("| `trialwatch_") > 20


def test_the_tools_for_assistants_are_described_as_they_are() -> None:
    page = read("docs/reference/assistants.md")
    assert generate.with_tools(page) == page, "run: python -m docs.generate"
    assert all(f"| `{name}` |" in page for name in TOOLS)


def test_each_argument_of_a_tool_is_described() -> None:
    for name, tool in TOOLS.items():
        for argument, field in tool.arguments.model_fields.items():
            assert len(field.description or "") > 15, (name, argument)


def test_each_parameter_of_the_api_is_described_in_a_sentence() -> None:
    for path, methods in openapi_document()["paths"].items():
        for it in methods["get"].get("parameters", ()):
            assert it["description"].endswith("."), (path, it["name"])


def test_the_drawing_is_that_of_the_imports() -> None:
    page = read("docs/reference/imports.md")
    assert draw.with_drawing(page) == page, "run: python -m docs.draw"


def test_the_table_of_fields_is_that_of_the_program() -> None:
    assert generate.with_fields(OUTPUT) == OUTPUT, "run: python -m docs.generate"


@pytest.mark.fault("R-C2")
def test_the_tables_of_answers_are_those_of_the_program() -> None:
    page = read("docs/reference/delivery.md")
    assert generate.with_answers(page) == page, "run: python -m docs.generate"
    assert page.count("| our settings | lasts |") > 10


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help_an_example_and_a_heading(name: str) -> None:
    command = COMMANDS[name]
    assert f"Example:  trialwatch {name}" in command.help
    assert all(option.help for option in command.params), "an option without help"
    assert re.search(f"^##+ {name}$", read("docs/reference/commands.md"), re.MULTILINE)


def test_the_readme_names_the_two_commands_and_they_are_targets() -> None:
    targets = re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE)
    for target in ("demo", "test"):
        assert f"make {target}" in read("README.md")
        assert target in targets
    assert set(re.findall(r"`make ([a-z]+)`", read("CONTRIBUTING.md"))) <= set(targets)


def test_only_commands_that_exist_are_shown() -> None:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        blocks = re.findall(r"```(?:sh|crontab|console)\n(.*?)```", text, re.DOTALL) + re.findall(r"`([^`\n]+)`", text)
        for block in blocks:
            for word, below in re.findall(r"\btrialwatch ([a-z]+)(?: ([a-z]+)\b)?", block):
                assert word in COMMANDS, f"{page.name}: trialwatch {word}"
                assert not below or word not in GROUPS or f"{word} {below}" in COMMANDS, f"{page.name}: {word} {below}"


def exit_codes() -> set[int]:
    """Every exit code the command line can end with, from its own tables and sources."""
    found = {0, CHANGES_FOUND, INTERRUPTED, *EXIT_CODES.values()}
    found |= {it.exit_code for it in vars(errors).values() if isinstance(it, type) and hasattr(it, "exit_code")}
    for path in (ROOT / "tracker/cli").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "typer.Exit":
                given = [part.body if isinstance(part, ast.IfExp) else part for part in node.args]
                given += [part.orelse for part in node.args if isinstance(part, ast.IfExp)]
                found |= {it.value for it in given if isinstance(it, ast.Constant) and isinstance(it.value, int)}
    return found


def test_every_exit_code_is_documented_and_no_other() -> None:
    documented = {int(code) for code in re.findall(r"^\| (\d+) \|", section("Exit codes"), re.MULTILINE)}
    assert documented == exit_codes()


@cache
def kinds() -> dict[str, set[str]]:
    """Kind of event -> the severities it is told with where the sources say so in so many words."""
    found: dict[str, set[str]] = {row.kind: set() for row in FIELDS if row.kind and "." in row.kind}
    found |= {f"results.{state}": set() for state in ResultsState if state != "none"}
    for path in (ROOT / "tracker").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or ast.unparse(node.func) not in TELLERS:
                continue
            words = [it.value if isinstance(it, ast.Constant) else None for it in node.args[:2]]
            if words and isinstance(words[0], str) and KIND.fullmatch(words[0]):
                found.setdefault(words[0], set()).update(str(it) for it in words[1:] if it in tuple(Severity))
    return found


def documented_kinds() -> dict[str, str]:
    rows = re.findall(r"^\| (`.+`) \| (.+) \|$", section("Kinds of events"), re.MULTILINE)
    return {kind: words for names, words in rows for kind in re.findall(r"`([^`]+)`", names)}


def test_every_kind_of_event_is_documented_and_no_other() -> None:
    assert set(documented_kinds()) == set(kinds())


def test_the_documented_severities_are_those_of_the_program() -> None:
    for kind, severities in kinds().items():
        words = set(re.findall(r"[a-z]+", documented_kinds()[kind])) & set(Severity)
        assert words, kind
        assert severities <= words, kind


def leads_somewhere(pattern: list[str], kind: Any) -> bool:
    """Whether a pattern of the table of fields leads to something in the type `kind`."""
    if not pattern or pattern == ["**"]:
        return True
    if isinstance(kind, types.UnionType):
        return any(leads_somewhere(pattern, part) for part in typing.get_args(kind))
    if typing.get_origin(kind) is dict:
        return pattern[0] == "*" and leads_somewhere(pattern[1:], typing.get_args(kind)[1])
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        named = typing.get_type_hints(kind)
        return pattern[0] in named and leads_somewhere(pattern[1:], named[pattern[0]])
    return False


@pytest.mark.parametrize("pattern", [row.pattern for row in FIELDS])
def test_each_documented_field_is_in_the_record(pattern: str) -> None:
    parts = pattern.split(".")
    if parts[-1] == KEY:  # the key of an item that is called otherwise is no part of the item
        parts = parts[:-1]
        assert tuple(parts[:-1]) in IDENTIFIED
    # What was reported is beside the record: it is read only when it is asked for.
    if parts[0] == ROOT_OF_REPORTED:
        assert leads_somewhere(parts[1:], Reported)
    else:
        assert leads_somewhere(parts, TrialRecord)


def test_a_field_that_is_nowhere_leads_nowhere() -> None:
    assert not leads_somewhere(["enrollment", "size"], TrialRecord)
    assert not leads_somewhere(["status", "date"], TrialRecord)


def links(page: Path) -> Iterator[str]:
    return (link for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")) if "://" not in link)


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in links(page):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_merge_was_left_half_done(page: Path) -> None:
    assert re.findall(r"^(?:[<>|]{7}|={7}$).*", page.read_text(encoding="utf-8"), re.MULTILINE) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_named_with_its_folder_is_there(page: Path) -> None:
    for name in FILE.findall(page.read_text(encoding="utf-8")):
        assert (ROOT / name).exists() or "channels" in name, name


def test_every_decision_is_listed_and_in_the_same_form() -> None:
    folder = ROOT / "docs/decisions"
    records = sorted(path.name for path in folder.glob("[0-9]*.md"))
    assert re.findall(r"\]\((\d{4}-[^)]+)\)", read("docs/decisions/README.md")) == records
    assert [name[:4] for name in records] == [f"{number:04}" for number in range(1, len(records) + 1)]
    for name in records:
        text = (folder / name).read_text(encoding="utf-8")
        assert text.startswith(f"# {name[:4]} ")
        assert all(f"**{part}**" in text for part in ("Context.", "Decision.", "What it costs.")), name


def test_every_dependency_has_its_reason_in_a_decision() -> None:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["postgres"]]
    text = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs/decisions").glob("[0-9]*.md"))
    for requirement in wanted:
        name = re.split(r"[\[<>=~!; ]", requirement)[0]
        assert re.search(rf"\b{name}\b", text, re.IGNORECASE), name


def test_every_variable_is_explained() -> None:
    for name in (*ENVIRONMENT, "TRIALWATCH_HOME", "TRIALWATCH_CONFIG", "TRIALWATCH_TEST_CLOCK"):
        assert f"`{name}`" in read("docs/reference/configuration.md"), name


@pytest.mark.parametrize("page", ["docs/how-to/mail.md", "docs/reference/configuration.md"])
def test_the_config_files_shown_are_accepted(page: str, tmp_path: Path) -> None:
    config = tmp_path / "trialwatch.toml"
    texts = re.findall(r"```toml\n(.*?)```", read(page), re.DOTALL)
    assert texts
    for text in texts:
        config.write_text(text, encoding="utf-8")
        settings = load_settings({"TRIALWATCH_HOME": str(tmp_path), **SECRETS})
        found, mistakes = alert_config(settings)
        assert not mistakes and found.rules and not found.unusable
        [contact] = re.findall(r'^contact = "(.*?)"', text, re.MULTILINE)
        assert settings.contact == contact


@pytest.mark.parametrize("page", sorted((ROOT / "docs/how-to").glob("*.md")), ids=lambda page: page.name)
def test_the_configurations_of_the_guides_are_accepted(page: Path, tmp_path: Path) -> None:
    for text in re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        (tmp_path / "trialwatch.toml").write_text(text, encoding="utf-8")
        found, mistakes = alert_config(load_settings({"TRIALWATCH_HOME": str(tmp_path), **SECRETS}))
        # A piece of a file may name the channels of another piece.
        assert [it for it in mistakes if "names no channel" not in it.reason] == [] and not found.unusable


def shape(value: Any) -> Any:
    """A JSON value as its keys alone; of a list its first element. What may be null has no shape of its own."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    return [shape(item) for item in value[:1]] if isinstance(value, list) else "value"


def trialwatch(home: Path, *words: str) -> str:
    command = [sys.executable, "-m", "tracker", *words]
    environment = {**os.environ, "TRIALWATCH_HOME": str(home)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    return done.stdout


EXAMPLES = re.findall(r"<!-- (.+) -->\n```json\n(.+)\n```", OUTPUT)


@pytest.fixture(scope="module")
def demo_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("documented") / "demo"
    trialwatch(home, "demo", "--keep", str(home))
    return home


@pytest.mark.parametrize(("words", "example"), EXAMPLES, ids=[words for words, _ in EXAMPLES])
def test_each_example_has_the_shape_of_what_is_printed(demo_store: Path, words: str, example: str) -> None:
    printed, shown = json.loads(trialwatch(demo_store, *words.split(), "-o", "json")), json.loads(example)
    if words == "status":
        printed["status"]["warnings"] = []  # those of the machine
    if words.startswith("show"):
        assert printed["record"].items() >= shown["record"].items()
        printed["record"] = shown["record"]
    assert shape(printed) == shape(shown)


def test_the_pictures_show_what_the_program_prints(demo_store: Path) -> None:
    drawn = pictures.drawn(demo_store)
    assert {path.name for path in pictures.IMAGES.glob("terminal-*.svg")} == drawn.keys()
    for name, picture in drawn.items():
        assert (pictures.IMAGES / name).read_text(encoding="utf-8") == picture, "run: python -m docs.pictures"


def test_the_example_of_a_poll_has_the_keys_of_its_report() -> None:
    example = json.loads(re.findall(r'^\{"poll":.+$', OUTPUT, re.MULTILINE)[0])
    always = [it.name for it in msgspec.structs.fields(PollReport) if it.default is msgspec.NODEFAULT]
    assert list(example["poll"]) == always


def test_the_reasons_for_saying_nothing_are_those_of_the_program() -> None:
    assert re.findall(r"^\| `(\w+)` \| (.+) \|$", OUTPUT.partition("| reason | why")[2].partition("\n\n")[0], re.M) == [
        (reason.value, reason.sentence) for reason in Quiet
    ]


def test_the_completion_of_shells_knows_every_command_and_option() -> None:
    assert TABLE.read_text(encoding="utf-8") == generate.parameters_text(), "run: python -m docs.generate"
