"""What a person finds on a page: its lines as they are read, its tables row by row, its layout by its marks."""

from __future__ import annotations

import pytest

from tracker.registries.page.layout import Layout
from tracker.registries.page.page_errors import LayoutChanged, PageRefused
from tracker.registries.page.tree import ParsedPage, lines_of


def texts(html: str) -> list[str]:
    return [line.text for line in ParsedPage.of(html).lines()]


@pytest.mark.parametrize(
    ("html", "lines"),
    [
        ("a<br>b<br/>c", ["a", "b", "c"]),
        ("<p>a\n  b&nbsp;c</p><p>d</p>", ["a b c", "d"]),
        ("<div>a<div>b</div>c</div>", ["a", "b", "c"]),
        ("<ul><li>a<li>b <b>c</b></ul>", ["* a", "* b c"]),
        ("<p>AF<sub>P</sub> &ge; 400&#13;<br>x</p>", ["AFP ≥ 400", "x"]),
        ("<table><tr><th>a</th><td>b</td></tr></table>", ["a", "b"]),
        ("<dl><dt>a<dd>b</dl>", ["a", "b"]),
        ("x<style>p{}</style>y<script>1</script>", ["xy"]),
        ("", []),
    ],
)
def test_text_keeps_its_line_breaks(html: str, lines: list[str]) -> None:
    assert texts(html) == lines


def test_pieces_tell_apart_what_stands_in_one_line() -> None:
    [line] = ParsedPage.of("<div><span>Phase</span><span>PHASE2</span></div>").lines()
    assert line.pieces == ("Phase", "PHASE2")
    [title, _] = ParsedPage.of("<h1>A <i>title</i></h1><p>b</p>").lines()
    assert (title.heading, title.text) == ("h1", "A title")


def test_a_saved_text_has_the_same_lines() -> None:
    assert [line.text for line in lines_of("\n a \r\n\n* b\u00a0c\n")] == ["a", "* b c"]


def test_rows_are_those_of_the_table_itself() -> None:
    html = """<table class="x"><thead><tr><th>Part</th></tr></thead><tbody>
    <tr><td class="b a">A.1</td><td>Title</td><td><table border=1><tr><td>long<br>text</td></tr></table></td></tr>
    <tr><td colspan=3>Group: 1<tr><td>A.2<td>Link<td><a href="results">View</a></table>
    <table class="y"><tr><td>not asked for</table>"""
    rows = ParsedPage.of(html).rows("table.x")
    assert [[cell.text for cell in row.cells] for row in rows] == [
        ["Part"],
        ["A.1", "Title", "long\ntext"],
        ["Group: 1"],
        ["A.2", "Link", "View"],
    ]
    assert rows[1].shape == "td.a.b+td+td"
    assert [row.part for row in rows] == ["Part", "Part", "Group: 1", "Group: 1"]
    assert rows[3].cells[2].links == ("results",)


@pytest.mark.fault("C08")
def test_a_page_without_a_body_is_refused() -> None:
    with pytest.raises(PageRefused, match="no body"):
        ParsedPage.of("<frameset>")


LAYOUT = Layout("the site", frozenset({"id", "status"}), frozenset("abcdefgh"))


@pytest.mark.fault("B31")
def test_a_page_is_read_only_in_the_layout_it_always_had() -> None:
    LAYOUT.check([*"abcdef", "id", "status", "new"])
    with pytest.raises(LayoutChanged, match=r"the layout of the site, found layout [0-9a-f]{8}, without 'status'"):
        LAYOUT.check([*"abcdefgh", "id"])
    with pytest.raises(LayoutChanged, match="without 'f', 'g', 'h'"):
        LAYOUT.check([*"abcde", "id", "status"])
    with pytest.raises(LayoutChanged, match="and 5 more"):
        LAYOUT.check(["id", "status"])


@pytest.mark.fault("B31")
def test_one_redesign_has_one_fingerprint() -> None:
    assert LAYOUT.fingerprint(["id", "a", "more"]) == LAYOUT.fingerprint(["a", "other", "id"])
    assert LAYOUT.fingerprint(["id"]) != LAYOUT.fingerprint(["id", "a"])
