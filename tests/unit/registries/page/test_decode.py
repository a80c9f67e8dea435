"""Fault A20: bytes become text by stated rules, or the page is refused. Nothing is ever replaced."""

from __future__ import annotations

import pytest

from tracker.registries.page.decode import MAX_BYTES, decode
from tracker.registries.page.page_errors import PageRefused

WORDS = "Größe ≥ 400 µg, Müller"
LATIN = "Größe 400 µg, Müller"


@pytest.mark.fault("A20")
@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (WORDS.encode(), ""),
        (WORDS.encode(), "text/html; charset=utf-8"),
        (WORDS.encode(), "text/html; charset=ISO-8859-1"),
        (b"\xef\xbb\xbf" + WORDS.encode(), "text/html; charset=windows-1252"),
        (b"\xff\xfe" + WORDS.encode("utf-16-le"), "text/html; charset=utf-8"),
        (b"\xfe\xff" + WORDS.encode("utf-16-be"), ""),
    ],
    ids=["nothing declared", "declared", "declared wrongly", "mark", "utf-16-le", "utf-16-be"],
)
def test_what_the_bytes_say_is_read_whatever_is_declared(body: bytes, content_type: str) -> None:
    assert decode(body, content_type) == WORDS


@pytest.mark.fault("A20")
@pytest.mark.parametrize("name", ["iso-8859-1", "latin1", "windows-1252", "Windows-1252"])
def test_declared_latin_1_is_read_as_browsers_do(name: str) -> None:
    assert decode(LATIN.encode("cp1252"), f"text/html; charset={name}") == LATIN
    page = f"<meta charset='{name}'>{LATIN} – “so”"
    assert decode(page.encode("cp1252")) == page


@pytest.mark.fault("A20")
@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (LATIN.encode("latin-1"), "text/html; charset=utf-8", "not in its charset utf-8"),
        (LATIN.encode("latin-1"), "", "not in its charset utf-8"),
        ("肝癌".encode("gb18030"), "text/html; charset=gb2312", "'gb2312'"),
        ("ab".encode("utf-16-le"), "text/html; charset=utf-8", "NUL"),
        ("Gr\ufffd\ufffde".encode(), "", "replacement"),
        (b"\xff\xfe\x00", "", "utf-16-le"),
        (b"\x81\x8d", "text/html; charset=latin-1", "windows-1252"),
        (b"a" * (MAX_BYTES + 1), "", "larger than"),
    ],
    ids=[
        "latin-1 as utf-8",
        "latin-1 as nothing",
        "gb2312",
        "utf-16 unmarked",
        "already broken",
        "half",
        "hole",
        "big",
    ],
)
def test_what_does_not_fit_is_refused(body: bytes, content_type: str, reason: str) -> None:
    with pytest.raises(PageRefused, match=reason):
        decode(body, content_type)
