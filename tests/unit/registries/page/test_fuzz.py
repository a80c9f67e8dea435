"""Both page readers against whatever: a page is read or refused by name, and nothing else ever comes out.

`make fuzz` goes on for longer, with atheris where that installs.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.paths import ROOT
from tests.support.registry.euctr_pages import NUMBER, page
from tests.support.registry.trial_pages import divs, old, tables
from tracker.errors import RecordError
from tracker.registries import trialpage
from tracker.registries.euctr import reader as euctr
from tracker.registries.euctr.content import document_of, lost

SAVED = (ROOT / "tests/support/registry/trial_page.txt").read_text(encoding="utf-8")
PAGES = [page("DE").encode(), divs(SAVED).encode(), tables(SAVED).encode(), old(SAVED).encode(), SAVED.encode()]
WHOLE = document_of(NUMBER, "", {"DE": ("https://register.example/DE", page("DE"))})
SCRAPS = [
    b"<td>",
    b"</td>",
    b"</tr>",
    b"</table>",
    b"<table class='section content'>",
    b"<!--",
    b"<script>",
    b"\0",
    b"<",
]


def both(body: bytes) -> None:
    """Give a page to both readers. Whatever is not a RecordError comes out."""
    for html in (True, False):
        try:
            document = trialpage.document_of(body, html=html)
            trialpage.read(document).record.document()
        except RecordError:
            continue
    try:
        text = trialpage.document_of(body, html=True)["page"]["text"]
        document = document_of(NUMBER, "", {"DE": ("https://register.example/DE", text)})
        euctr.read(document).record.document()
        lost(WHOLE, document)
    except RecordError:
        return


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A page of ours with pieces cut out, moved, doubled, and scraps put in."""
    body = draw(st.sampled_from(PAGES))
    for _ in range(draw(st.integers(1, 4))):
        one, two = sorted((draw(st.integers(0, len(body))), draw(st.integers(0, len(body)))))
        two = min(two, one + draw(st.sampled_from((1, 30, 3000))))
        scrap = draw(st.sampled_from([*SCRAPS, body[one:two] * 2, b""]) | st.binary(max_size=12))
        body = body[:one] + scrap + body[two:]
    return body


@pytest.mark.fault("C06")
@given(damaged())
@settings(max_examples=150, deadline=None)
def test_a_damaged_page_is_read_or_refused_by_name(body: bytes) -> None:
    both(body)


@pytest.mark.fault("C06")
@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")))
@settings(max_examples=200, deadline=None)
def test_anything_at_all_is_read_or_refused_by_name(body: bytes) -> None:
    both(body)


def test_the_pages_themselves_are_read() -> None:
    """So that the fuzzers begin with something that works."""
    euctr.read(WHOLE)
    for body, html in zip(PAGES[1:], (True, True, True, False), strict=True):
        assert trialpage.read(trialpage.document_of(body, html=html)).record.trial == "NCT01234567"
