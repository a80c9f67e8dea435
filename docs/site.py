"""Build the documents as a site, into build/site: `python -m docs.site`, or `make docs`.

The pages are copied to build/pages first. There, links that lead out of docs/ lead to copies of what they name, and the
navigation is made of the lists of docs/README.md and docs/decisions/README.md. The site needs no network when it is
read: the build fails if a page would load something from another host.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

__all__ = ["foreign", "main", "navigation", "place", "turned"]

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"
PAGES, SITE, CONFIG = BUILD / "pages", BUILD / "site", BUILD / "mkdocs.yml"
_INDEX = Path("docs/README.md")
_LINK = re.compile(r"\]\(([^)\s#]+)(#[^)\s]*)?\)")
_LISTED = re.compile(r"^(?:- |\| )\[([^\]]+)\]\(([^)#\s]+)\)", re.MULTILINE)
_DECISION = re.compile(r"^\| \[(\d+)\]\(([^)]+)\) \| (.+?) \|$", re.MULTILINE)
_LOADED_BY_CSS = re.compile(r"""(?:url\(\s*["']?|@import\s+["'])((?:[a-z]+:)?//[^"')\s]+)""", re.IGNORECASE)
_LOADING = ("src", "srcset", "data", "poster")
"""Attributes with which any tag loads something. Any tag but `a` does so with `href`, too."""


def place(path: Path) -> Path:
    """Return where a file of the project stands among the pages. Both paths are relative."""
    if path.parts[0] == "docs":
        return Path(*path.parts[1:])
    return Path("project" if path.suffix == ".md" and len(path.parts) == 1 else "files") / path


def turned(text: str, page: Path) -> tuple[str, set[Path]]:
    """Return the text of a page with links that hold on the site, and the files outside docs/ that they lead to.

    `page` is relative to the project. Raise ValueError for a link that leads nowhere.
    """
    outside: set[Path] = set()

    def turn(match: re.Match[str]) -> str:
        link, anchor = match[1], match[2] or ""
        if ":" in link:
            return match[0]
        target = Path(os.path.normpath(page.parent / link))
        if (ROOT / target).is_dir():
            target /= "README.md"
        if not (ROOT / target).is_file():
            raise ValueError(f"{page}: {link} leads nowhere")
        if target.parts[0] != "docs":
            outside.add(target)
        return f"]({os.path.relpath(place(target), place(page).parent)}{anchor})"

    return _LINK.sub(turn, text), outside


def navigation(index: str, decisions: str) -> list[dict[str, object]]:
    """Return the navigation as MkDocs reads it: each heading of the index with what is listed below it."""
    found: list[dict[str, object]] = [{"Documents": "README.md"}]
    for part in index.split("\n## ")[1:]:
        heading, _, body = part.partition("\n")
        pages: list[dict[str, object]] = [{name: str(_listed(link, _INDEX))} for name, link in _LISTED.findall(body)]
        if "decisions/README.md" in str(pages):
            pages += [
                {f"{number} {title.replace('`', '')}": f"decisions/{link}"}
                for number, link, title in _DECISION.findall(decisions)
            ]
        found.append({heading: pages})
    return found


def _listed(link: str, page: Path) -> Path:
    return place(Path(os.path.normpath(page.parent / link)))


def foreign(page: str) -> list[str]:
    """Return the addresses on other hosts that a page, a picture or a style sheet loads when it is shown."""
    reader = _Loaded()
    reader.feed(page)
    addresses = [*reader.found, *_LOADED_BY_CSS.findall(page)]
    return [each for each in addresses if re.match(r"(?:https?:)?//", each.strip(), re.IGNORECASE)]


class _Loaded(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        relation = dict(attrs).get("rel")
        for name, value in attrs:
            loads = name in _LOADING or (
                name.endswith("href") and tag != "a" and relation not in ("canonical", "license")
            )
            if loads and value:
                self.found += value.split(", ") if name == "srcset" else [value]


def _stage() -> None:
    """Write the pages and the configuration that MkDocs reads."""
    shutil.rmtree(PAGES, ignore_errors=True)
    waiting = {path.relative_to(ROOT) for path in (ROOT / "docs").rglob("*") if path.is_file()}
    waiting = {path for path in waiting if path.suffix not in (".py", ".pyc", ".yml")}
    waiting |= {Path(path.name) for path in ROOT.glob("*.md")}
    done: set[Path] = set()
    while waiting:
        path = waiting.pop()
        done.add(path)
        target = PAGES / place(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix != ".md":
            shutil.copyfile(ROOT / path, target)
            continue
        text, outside = turned(_read(path), path)
        target.write_text(text, encoding="utf-8")
        waiting |= outside - done
    tree = navigation(_read(_INDEX), _read(Path("docs/decisions/README.md")))
    folders = {"docs_dir": str(PAGES), "site_dir": str(SITE), "nav": tree}
    own = "".join(f"{name}: {json.dumps(value)}\n" for name, value in folders.items())
    CONFIG.write_text(f"{_read(Path('docs/mkdocs.yml'))}{own}", encoding="utf-8")


def _read(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def _foreign_in_site() -> Iterator[str]:
    for path in sorted(SITE.rglob("*")):
        if path.suffix in (".html", ".css", ".svg"):
            for address in foreign(path.read_text(encoding="utf-8")):
                yield f"{path.relative_to(SITE)} loads {address}"


def main() -> int:
    """Build the site. Return 1 if a link is broken or a page loads something from another host."""
    try:
        _stage()
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    # With --quiet, warnings are not counted, and strict means nothing.
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--clean", "--config-file", str(CONFIG)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stderr)
        return 1
    problems = list(_foreign_in_site())
    sys.stderr.writelines(f"{problem}\n" for problem in problems)
    if not problems:
        sys.stdout.write(f"The site is in {SITE.relative_to(ROOT)}; begin with {SITE.relative_to(ROOT)}/index.html\n")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
