"""Finding 3 and what is like it: no page can be written that keeps the parser busy. It only gets what was counted."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser, LexborNode

from tracker.registries.page.page_errors import PageRefused
from tracker.registries.page.sanitize import MAX_CHARS, MAX_DEPTH, MAX_TAGS, sanitize
from tracker.registries.page.tree import ParsedPage

TAG = re.compile(r"<(/?)([a-z][^\s>]*)([^>]*)>")
VOID = {"br", "hr", "img", "input", "link", "meta", "wbr"}


def nodes(root: LexborNode) -> Iterator[LexborNode]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(node.iter())


def depth(root: LexborNode) -> int:
    """How deep the parsed tree is, in elements."""
    deepest, waiting = 0, [(root, 1)]
    while waiting:
        node, here = waiting.pop()
        deepest = max(deepest, here)
        waiting.extend((child, here + 1) for child in node.iter())
    return deepest


BOMBS = {
    "nested": "<div>" * 100_000,
    "nested in a comment's clothes": "<div><!-- </div> -->" * 50_000,
    "closed in a value": '<div title="</div>">' * 50_000,
    "closed behind a wall": "<div><table><tr><td></div>" * 20_000,
    "closed by another name": "<div></span>" * 50_000,
    "tables": "<table><tr><td>" * 30_000,
    "lists": "<ul><li>" * 30_000,
}


@pytest.mark.fault("C07")
@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_page_that_nests_too_deep_is_refused(bomb: str) -> None:
    with pytest.raises(PageRefused, match="nests deeper"):
        ParsedPage.of(f"<html><body>{bomb}")


@pytest.mark.fault("C07")
@pytest.mark.parametrize("flood", ["<b></b>", "<p>x", "<", "<br>"], ids=["pairs", "paragraphs", "signs", "breaks"])
def test_a_page_of_nothing_but_tags_is_refused(flood: str) -> None:
    with pytest.raises(PageRefused, match="more than 60,000 tags"):
        ParsedPage.of(flood * (MAX_TAGS + 1))
    with pytest.raises(PageRefused, match="longer than"):
        ParsedPage.of("x" * (MAX_CHARS + 1))


@pytest.mark.fault("C08")
def test_a_tag_of_100_000_attributes_has_none_when_the_parser_sees_it() -> None:
    attributes = " ".join(f"a{number}='{number}'" for number in range(100_000))
    assert sanitize(f"<p {attributes} class=note>x</p>") == '<p class="note">x</p>'


@pytest.mark.fault("C07")
def test_what_is_left_out_cannot_nest() -> None:
    """Inside a drawing, <style> is no style to a parser: what it hides would be tags. Here it is all left out."""
    assert sanitize("<svg><style><div><!--</div>-->" * 20_000) == ""


@pytest.mark.fault("C08")
def test_unclosed_letters_do_not_pile_up() -> None:
    """Each paragraph opens a <b> with another id and closes none: a parser would carry all of them into each."""
    page = LexborHTMLParser(sanitize("".join(f"<p><b id={number}>x" for number in range(5_000)))).body
    assert page is not None
    assert sum(node.tag == "b" for node in nodes(page)) == 5_000
    assert depth(page) < 10


@pytest.mark.parametrize(
    ("page", "sanitized"),
    [
        ("a < b, < 37 weeks", "a &lt; b, &lt; 37 weeks"),
        ("<td>a<td>b<tr><td>c", "<td>a</td><td>b</td><tr><td>c</td></tr>"),
        ("<ul><li>a<li>b<ul><li>c</ul><li>d</ul>", "<ul><li>a</li><li>b<ul><li>c</li></ul></li><li>d</li></ul>"),
        ("<p>a<p>b<div>c</div>", "<p>a</p><p>b</p><div>c</div>"),
        ("a<script>if (x < y) '<div>'</script >b<STYLE>p{}</style>c", "abc"),
        ("a<!-- b --> c<!--> d<!---> e<!doctype html><?php ?></ x>f", "a c d ef"),
        ("a<svg><title>t</title><path d='m'/>s</svg>b", "ab"),
        ('<A HREF="x?a=1&amp;b=2" onclick="evil()">l</A>', '<a href="x?a=1&amp;b=2">l</a>'),
        ("<a href='\"><script>'>l</a>", '<a href="&quot;&gt;&lt;script&gt;">l</a>'),
        ("</div></p>a</b>", "a"),
        ("a<br/>b<br>c<hr>", "a<br>b<br>c<hr>"),
        ("a<script>never closed", "a"),
        ("a<!-- never closed", "a"),
        ("<dl><dt>a<dd>b<dt>c<dd>d</dl>", "<dl><dt>a</dt><dd>b</dd><dt>c</dt><dd>d</dd></dl>"),
    ],
)
def test_a_page_is_written_anew(page: str, sanitized: str) -> None:
    assert sanitize(page) == sanitized == sanitize(sanitized)


SCRAPS = st.sampled_from(
    "<div> </div> <p> <b> </b> </p> <table> </table> <tr> <td> </td> <li> <ul> </ul> <a href='x'> </a> <script> "
    "</script> <style> </style> <svg> </svg> <!-- --> <!--> ]]> <![CDATA[ <textarea> </textarea> <title> </title> < "
    "> \" ' = & &lt; &#0; <template> </template> <select> <option> </select> <math> <mi> <form> </form> <br> </br> "
    "<body> <html> <head> <frameset> <noscript> </noscript> <plaintext> <h1> </h1> <dd> <dt> text label".split(" ")
)


@pytest.mark.fault("C06")
@given(st.lists(SCRAPS | st.text(max_size=8), max_size=60))
@settings(max_examples=300, deadline=None)
def test_whatever_the_scraps_what_is_left_is_balanced_and_shallow(scraps: list[str]) -> None:
    """The property all rests on: every tag we hand on is one we counted, and is closed again in its turn."""
    written = sanitize("".join(scraps))
    open_: list[str] = []
    for closing, name, _ in TAG.findall(written):
        if closing:
            assert open_.pop() == name
        elif name not in VOID:
            open_.append(name)
            assert len(open_) <= MAX_DEPTH
    assert open_ == []
    assert not re.search(r"<(?![/a-z])", written)
    body = LexborHTMLParser(written).body
    assert body is None or depth(body) < 4 * MAX_DEPTH
