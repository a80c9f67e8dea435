"""The site of the documents: its links, its navigation, and that it loads nothing from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.pictures import IMAGES
from docs.site import foreign, navigation, place, turned
from tests.support.paths import ROOT

PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
HOW_TO = Path("docs/how-to/mail.md")


@pytest.mark.parametrize(
    ("link", "on_the_site"),
    [
        ("webhooks.md#set-it-up", "webhooks.md#set-it-up"),
        ("../reference/delivery.md", "../reference/delivery.md"),
        ("../decisions/", "../decisions/README.md"),
        ("../../README.md#more", "../project/README.md#more"),
        ("../../contrib/trialwatch.service", "../files/contrib/trialwatch.service"),
        ("https://example.org/a.md", "https://example.org/a.md"),
        ("mailto:me@example.org", "mailto:me@example.org"),
    ],
)
def test_a_link_holds_on_the_site(link: str, on_the_site: str) -> None:
    text, _ = turned(f"See [this]({link}).", HOW_TO)
    assert text == f"See [this]({on_the_site})."


def test_what_is_linked_outside_the_documents_is_taken_along() -> None:
    _, outside = turned("[a](../architecture.md) [b](../../LICENSE) [c](../../contrib/trialwatch.service)", HOW_TO)
    assert outside == {Path("LICENSE"), Path("contrib/trialwatch.service")}


def test_a_page_of_the_root_leads_into_the_documents() -> None:
    assert turned("[a](docs/how-to/mail.md) [b](LICENSE)", Path("README.md"))[0] == (
        "[a](../how-to/mail.md) [b](../files/LICENSE)"
    )


def test_a_link_that_leads_nowhere_is_refused() -> None:
    with pytest.raises(ValueError, match=r"mail\.md: \.\./nowhere\.md leads nowhere"):
        turned("[a](../nowhere.md)", HOW_TO)


def test_every_page_is_in_the_navigation_once() -> None:
    index, decisions = (ROOT / "docs" / name for name in ("README.md", "decisions/README.md"))
    groups = navigation(index.read_text(encoding="utf-8"), decisions.read_text(encoding="utf-8"))
    names = ["Documents", "Tutorial", "How-to", "Reference", "Explanation", "Decisions", "Developers"]
    assert [name for group in groups for name in group] == names
    listed = [target for group in groups[1:] for pages in group.values() for page in pages for target in page.values()]
    pages = [path.relative_to(ROOT) for path in PAGES if path != index]
    assert sorted(listed) == sorted(str(place(page)) for page in pages)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_lists_are_written_as_the_site_reads_them(page: Path) -> None:
    """Before what belongs to an item of a list, a forge takes two or three spaces. MkDocs wants four."""
    whole = page.read_text(encoding="utf-8")
    assert re.findall(r"\n {1,3}```.*", whole) == []
    text = re.sub(r"```.*?```", "", whole, flags=re.DOTALL)
    assert re.findall(r"\n\n {1,3}\S.*", text) == []
    assert re.findall(r"\n {1,3}(?:[-*]|[0-9]+\.) .*", text) == []


@pytest.mark.parametrize(
    "loading",
    [
        '<script src="https://cdn.example/x.js"></script>',
        '<link rel="stylesheet" href="//fonts.example/css">',
        '<link rel="preconnect" href="https://fonts.example">',
        '<img alt="" src="http://pictures.example/a.png">',
        '<img srcset="a.png 1x, https://pictures.example/b.png 2x">',
        '<image xlink:href="https://pictures.example/a.png"/>',
        "<style>@import 'https://fonts.example/css';</style>",
        '<p style="background: url(https://pictures.example/a.png)">',
        '@font-face {src: url("//fonts.example/a.woff2")}',
    ],
)
def test_what_is_loaded_from_another_host_is_found(loading: str) -> None:
    assert len(foreign(loading)) == 1


@pytest.mark.parametrize(
    "harmless",
    [
        '<a href="https://example.org">elsewhere</a>',
        '<script src="assets/x.js"></script><link rel="stylesheet" href="../x.css">',
        '<img alt="" src="data:image/png;base64,AA">',
        '<link rel="canonical" href="https://example.org/">',
        '<svg xmlns="http://www.w3.org/2000/svg"><rect/></svg>',
    ],
)
def test_a_link_or_a_file_of_the_site_is_not(harmless: str) -> None:
    assert foreign(harmless) == []


def test_the_pictures_of_the_terminal_load_nothing() -> None:
    pictures = [path.read_text(encoding="utf-8") for path in IMAGES.glob("*.svg")]
    assert pictures
    assert [foreign(picture) for picture in pictures] == [[]] * len(pictures)
