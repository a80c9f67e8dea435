"""Draw the packages and who imports whom, from the imports themselves: `python -m docs.draw`.

The drawing is a Mermaid diagram in docs/reference/imports.md, between its marks. An arrow that follows from others is
left out. tests/unit/project/test_docs.py fails when the drawing and the imports differ.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

__all__ = ["arrows", "drawing", "main", "with_drawing"]

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference" / "imports.md"
START, END = "<!-- drawing: written by docs/draw.py -->", "<!-- end of drawing -->"
TOP = ("tracker", "storage", "schedules")


def arrows() -> dict[str, set[str]]:
    """Package -> the packages it imports. A package is a folder in `tracker`, `storage` or `schedules`."""
    found: dict[str, set[str]] = {}
    for top in TOP:
        for path in sorted((ROOT / top).rglob("*.py")):
            here = _package(path.relative_to(ROOT).with_suffix("").parts)
            for module in _imports(ast.parse(path.read_text(encoding="utf-8"))):
                there = _package(tuple(module.split(".")))
                if here and there and there != here:
                    found.setdefault(here, set()).add(there)
    return found


def _package(parts: tuple[str, ...]) -> str:
    """The package a module belongs to; "" for a module that lies loose, and for migrations."""
    if parts[0] == "schedules":
        return "schedules"
    folder = ROOT.joinpath(*parts[:2])
    if len(parts) < 2 or not folder.is_dir() or parts[1] == "migrations":
        return ""
    return ".".join(parts[:2])


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in TOP:
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.split(".")[0] in TOP)


def _needed(graph: Mapping[str, set[str]]) -> Iterator[tuple[str, str]]:
    """The arrows without which something could no longer be reached."""
    for here in sorted(graph):
        for there in sorted(graph[here]):
            others = graph[here] - {there}
            if not any(there in _reached(graph, other) for other in others):
                yield here, there


def _reached(graph: Mapping[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for there in graph.get(waiting.pop(), ()):
            if there not in found:
                found.add(there)
                waiting.append(there)
    return found


def drawing() -> str:
    """The diagram: a box a package, an arrow from who imports to who is imported."""
    graph = arrows()
    names = sorted({*graph, *(there for all_ in graph.values() for there in all_)})
    lines = ["```mermaid", "flowchart TD"]
    for top in TOP[:2]:
        lines.append(f"  subgraph {top}")
        lines += [f'    {_id(name)}["{name.partition(".")[2]}"]' for name in names if name.startswith(f"{top}.")]
        lines.append("  end")
    lines.append('  schedules["schedules"]')
    lines += [f"  {_id(here)} --> {_id(there)}" for here, there in _needed(graph)]
    return "\n".join([*lines, "```"])


def _id(name: str) -> str:
    return name.replace(".", "_")


def with_drawing(page: str) -> str:
    """`page` with the diagram put between its marks."""
    before, _, rest = page.partition(START)
    return f"{before}{START}\n{drawing()}\n{END}{rest.partition(END)[2]}"


def main() -> None:
    PAGE.write_text(with_drawing(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
