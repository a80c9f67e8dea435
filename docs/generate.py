"""Write the parts of the reference that the program itself knows: `python -m docs.generate`.

Written whole: docs/reference/commands.md, shapes.md, output.schema.json and openapi.json, and
tracker/cli/completion/parameters.json. Written between their marks: the table of fields in output.md, the tables of
answers in delivery.md, the table of routes in api.md, that of numbers in metrics.md and that of tools in
assistants.md. tests/unit/project/test_docs.py fails when one is out of step.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import typer

from docs.metrics_table import with_metrics
from tracker.alerts.replies import BASIC, CONNECTION, ENHANCED, HTTP, ReplyRow, ReplyVerdict
from tracker.api.schema.shapes import SHAPES, json_schema
from tracker.changes.fields import FIELDS
from tracker.cli.command_table import ALERTS, COMMANDS, CONFIG
from tracker.cli.completion.parameters import TABLE, parameter_rows
from tracker.cli.main import app
from tracker.mcp.offered import TOOLS
from tracker.web.api.application import openapi_document

__all__ = [
    "commands",
    "commands_page",
    "field_table",
    "main",
    "openapi_text",
    "parameters_text",
    "schema_text",
    "shapes_page",
    "with_answers",
    "with_fields",
    "with_metrics",
    "with_routes",
    "with_tools",
]

REFERENCE = Path(__file__).parent / "reference"
START, END = "<!-- fields: written by docs/generate.py -->", "<!-- end of fields -->"
WIDTH = 100

_HEAD = """# Commands

Written by `python -m docs.generate` from the program's own help. What comes out, and with which exit code:
[output.md](output.md).
"""


def commands() -> dict[str, Any]:
    """Every command by its words ("alerts check"), in the order of the program; a group comes before its own."""
    return dict(_below(typer.main.get_command(app)))


def _below(group: Any, words: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        yield f"{words}{name}", command
        if hasattr(command, "commands"):
            yield from _below(command, f"{words}{name} ")


def commands_page() -> str:
    """The whole page: the program's help, then each command's."""
    parts = [_HEAD, _block(typer.main.get_command(app), "trialwatch")]
    for words, command in commands().items():
        parts += [f"{'##' if ' ' not in words else '###'} {words}\n", _block(command, f"trialwatch {words}")]
    return "\n".join(parts)


def _block(command: Any, name: str) -> str:
    context = command.make_context(name, [], resilient_parsing=True, terminal_width=WIDTH, max_content_width=WIDTH)
    lines = [line.rstrip() for line in command.get_help(context).strip().splitlines()]
    return "```text\n" + "\n".join(lines) + "\n```\n"


def field_table() -> str:
    """The rows of tracker/changes/fields.py as a Markdown table."""
    rows = [f"| `{row.pattern}` | {row.label} | {_told_as(row.kind)} |" for row in FIELDS]
    return "\n".join(["| field | label | told as |", "|---|---|---|", *rows])


def _told_as(kind: str | None) -> str:
    if kind is None:
        return "not compared"
    return f"`{kind}`" if "." in kind else f"`{kind}.*`"


def with_fields(page: str) -> str:
    """`page` with the table of fields put between its marks."""
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n{field_table()}\n{END}{after}"


_SHAPES_HEAD = """# Shapes

Written by `python -m docs.generate` from `tracker/api/`: every key that `-o json` prints. Examples are in
[output.md](output.md), and [output.schema.json](output.schema.json) is the same as a JSON Schema. An *optional* key is
there only when its description says so. `null` stands for what is absent.
"""


def shapes_page() -> str:
    """The whole page: for each command its shapes, then each shape they are made of, key by key."""
    definitions = json_schema()["$defs"]
    lines = [_SHAPES_HEAD, "| command | prints |", "|---|---|"]
    for command, shapes in SHAPES.items():
        lines.append(f"| `{command}` | {', '.join(_link(it.__name__) for it in shapes)} |")
    for name in sorted(definitions):
        shape = definitions[name]
        lines += ["", f"## {name}", "", shape["description"], "", "| key | type | what it holds |", "|---|---|---|"]
        for key, about in shape["properties"].items():
            needed = "" if key in shape.get("required", ()) else " *optional*"
            lines.append(f"| `{key}`{needed} | {_type(about)} | {about.get('description', '')} |")
    return "\n".join(lines) + "\n"


def schema_text() -> str:
    return json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"


def openapi_text() -> str:
    return json.dumps(openapi_document(), indent=1, ensure_ascii=False) + "\n"


def with_routes(page: str) -> str:
    """`page` with the table of the routes of the API put between its marks."""
    start, end = "<!-- routes: written by docs/generate.py -->", "<!-- end of routes -->"
    before, _, rest = page.partition(start)
    lines = ["| path | gives | parameters |", "|---|---|---|"]
    for path, methods in openapi_document()["paths"].items():
        route = methods["get"]
        names = ", ".join(f"`{it['name']}`" for it in route.get("parameters", ()) if it["in"] == "query")
        lines.append(f"| `{path}` | {route['description'].partition(chr(10))[0]} | {names} |")
    return f"{before}{start}\n" + "\n".join(lines) + f"\n{end}{rest.partition(end)[2]}"


def with_tools(page: str) -> str:
    """`page` with the table of the tools for assistants put between its marks."""
    start, end = "<!-- tools: written by docs/generate.py -->", "<!-- end of tools -->"
    before, _, rest = page.partition(start)
    lines = ["| tool | answers | takes |", "|---|---|---|"]
    for name, tool in TOOLS.items():
        taken = ", ".join(f"`{it}`" for it in tool.arguments.model_fields)
        lines.append(
            f"| `{name}` | {tool.description.partition(f'{chr(10)}{chr(10)}')[0].replace(chr(10), ' ')} | {taken} |"
        )
    lines += ["", "| argument | of | what it is |", "|---|---|---|"]
    for said, tools in _arguments().items():
        name, about = said
        lines.append(f"| `{name}` | {', '.join(f'`{it}`' for it in tools)} | {about} |")
    return f"{before}{start}\n" + "\n".join(lines) + f"\n{end}{rest.partition(end)[2]}"


def _arguments() -> dict[tuple[str, str], list[str]]:
    """Return the tools that take an argument, by its name and what is said of it."""
    found: dict[tuple[str, str], list[str]] = {}
    for tool, offered in TOOLS.items():
        for name, field in offered.arguments.model_fields.items():
            found.setdefault((name, field.description or ""), []).append(tool)
    return found


def parameters_text() -> str:
    """The parameters of every command for the completion of a shell, one on a line."""
    found = {}
    every = commands()
    for group, table in (("", COMMANDS), ("alerts ", ALERTS), ("config ", CONFIG)):
        found |= {row.module: parameter_rows(row.module, every[f"{group}{row.name}"]) for row in table}
    rows = {module: ",\n".join(map(json.dumps, found[module])) for module in found}
    return "{\n" + ",\n".join(f'"{module}": [\n{text}\n]' for module, text in rows.items()) + "\n}\n"


def _link(name: str) -> str:
    return f"[{name}](#{name.lower()})"


def _type(about: dict[str, Any]) -> str:
    """A JSON Schema type in a few words, with links to the shapes it names."""
    if "$ref" in about:
        return _link(about["$ref"].rpartition("/")[2])
    if "anyOf" in about:
        return " or ".join(_type(it) for it in about["anyOf"])
    if about.get("type") == "array":
        return f"list of {_type(about['items'])}" if about.get("items") else "list"
    if about.get("type") == "object":
        inner = about.get("additionalProperties")
        return f"object of {_type(inner)}" if isinstance(inner, dict) and inner else "object"
    found = about.get("type", "any value")
    return " or ".join(found) if isinstance(found, list) else str(found)


_FAULTS = {"address": "the address", "server": "the server", "us": "our settings", "content": "the content"}


def with_answers(page: str) -> str:
    """`page` with the tables of `tracker.alerts.replies` put between their marks."""
    silent = [("", "", verdict) for verdict in CONNECTION.values()]
    tables = {
        "enhanced": [(f"`5{row.code[1:]}`", "", row.verdict) for row in ENHANCED],
        "basic": [(f"`{row.code}`", _steps(row), row.verdict) for row in BASIC],
        "http": [(f"`{row.code}`", "", row.verdict) for row in HTTP],
        "connection": silent,
    }
    for name, rows in tables.items():
        start, end = f"<!-- {name}: written by docs/generate.py -->", f"<!-- end of {name} -->"
        before, _, rest = page.partition(start)
        page = f"{before}{start}\n{_answers(rows)}\n{end}{rest.partition(end)[2]}"
    return page


def _steps(row: ReplyRow) -> str:
    where = ", ".join({"message": "mail"}.get(step, step) for step in row.steps) or "any"
    return f"{where}, policy" if row.policy else where


def _answers(rows: Sequence[tuple[str, str, ReplyVerdict]]) -> str:
    coded, placed = any(code for code, _, _ in rows), any(at for _, at, _ in rows)
    heads = ["answer"] * coded + ["at"] * placed + ["whose fault", "lasts", "because"]
    lines = [heads, ["---"] * len(heads)]
    for code, at, verdict in rows:
        lasts = "passes" if not verdict.lasting else "lasts" if verdict.sure else "unclear"
        more = "; the rest goes at once" if verdict.split else "; closes the channel" if verdict.closes else ""
        told = [_FAULTS[verdict.fault], lasts, f"{verdict.why}{more}"]
        lines.append([code] * coded + [at] * placed + told)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines).replace("| --- ", "|---").replace("--- |", "---|")


def main() -> None:
    (REFERENCE / "commands.md").write_text(commands_page(), encoding="utf-8")
    (REFERENCE / "shapes.md").write_text(shapes_page(), encoding="utf-8")
    (REFERENCE / "output.schema.json").write_text(schema_text(), encoding="utf-8")
    (REFERENCE / "openapi.json").write_text(openapi_text(), encoding="utf-8")
    TABLE.write_text(parameters_text(), encoding="utf-8")
    api = REFERENCE / "api.md"
    api.write_text(with_routes(api.read_text(encoding="utf-8")), encoding="utf-8")
    metrics = REFERENCE / "metrics.md"
    metrics.write_text(with_metrics(metrics.read_text(encoding="utf-8")), encoding="utf-8")
    assistants = REFERENCE / "assistants.md"
    assistants.write_text(with_tools(assistants.read_text(encoding="utf-8")), encoding="utf-8")
    output = REFERENCE / "output.md"
    output.write_text(with_fields(output.read_text(encoding="utf-8")), encoding="utf-8")
    delivery = REFERENCE / "delivery.md"
    delivery.write_text(with_answers(delivery.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
