"""Text that a person wrote: read whichever editor, spreadsheet or shell saved it, or refused with the step to take."""

from __future__ import annotations

import codecs
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.backfill.files.file_reader import files_of
from tracker.cli.typed.anchor_files import read_anchor as anchor_of
from tracker.config.read_settings import load_settings
from tracker.config.toml_lines import line_of
from tracker.errors import TrialwatchError
from tracker.http.outbound import Outbound
from tracker.http.tls import tls_context
from tracker.text_files import NotText, decode_text, lines_of, read_text, recoded

pytestmark = pytest.mark.fault("R-C8")

WORDS = "señor = 'Grüße'\r\nzwei\r\n"
MARKED = {
    "utf-8": codecs.BOM_UTF8 + WORDS.encode(),
    "utf-16-le": codecs.BOM_UTF16_LE + WORDS.encode("utf-16-le"),
    "utf-16-be": codecs.BOM_UTF16_BE + WORDS.encode("utf-16-be"),
    "utf-32-le": codecs.BOM_UTF32_LE + WORDS.encode("utf-32-le"),
    "utf-32-be": codecs.BOM_UTF32_BE + WORDS.encode("utf-32-be"),
}


@pytest.mark.parametrize("body", [*MARKED.values(), WORDS.encode()], ids=[*MARKED, "no mark"])
def test_a_mark_decides_and_is_no_part_of_the_text(body: bytes, tmp_path: Path) -> None:
    assert decode_text(body).text == WORDS
    (tmp_path / "text").write_bytes(body)
    assert read_text(tmp_path / "text") == WORDS.replace("\r\n", "\n")
    assert recoded(body).decode() == WORDS


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff")))
def test_every_text_is_read_back_from_every_marked_form(text: str) -> None:
    for mark, encoding in ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le")):
        assert decode_text(mark + text.encode(encoding)).text == text
    assert decode_text(text.encode()).text == text


def _config(path: Path) -> object:
    return load_settings({"TRIALWATCH_CONFIG": str(path)})


def _anchor(path: Path) -> object:
    return anchor_of(path)


def _authorities(path: Path) -> object:
    return tls_context(Outbound(ca_file=path))


def _import(path: Path) -> object:
    return files_of([path])


READERS = (read_text, _config, _anchor, _authorities, _import)


@pytest.mark.fault("R-G8")
@pytest.mark.parametrize("read", READERS, ids=lambda it: it.__name__.strip("_"))
@pytest.mark.parametrize("kind", ["pipe", "link to a pipe", "device"])
def test_a_file_that_never_ends_is_refused(read: Callable[[Path], object], kind: str, tmp_path: Path) -> None:
    path = tmp_path / "named"
    if kind == "device":
        path.symlink_to("/dev/zero")
    else:
        os.mkfifo(tmp_path / "pipe")
        path.symlink_to(tmp_path / "pipe") if kind != "pipe" else os.mkfifo(path)
    with pytest.raises((OSError, TrialwatchError), match="plain file"):
        read(path)


def test_windows_text_is_read_only_where_it_is_allowed() -> None:
    body = "a\nGrüße €".encode("cp1252")
    assert decode_text(body, windows=True) == ("a\nGrüße €", "cp1252")
    with pytest.raises(NotText, match=r"line 2 holds a letter that is not UTF-8; save it as UTF-8"):
        decode_text(body)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("NCT00000001".encode("utf-16-le"), "UTF-16 without its mark; save it as UTF-8"),
        ("Grüße".encode("utf-16-be"), "UTF-16 without its mark; save it as UTF-8"),
        (b"abcdefgh\0ijk", "NUL characters, so it is no text; save it as UTF-8"),
        (b"\xff\xfea", "not UTF-16, so it is no text or was damaged; save it as UTF-8"),
        (b"\x81\x8d", "not Windows-1252, so it is no text or was damaged; save it as UTF-8"),
        (codecs.BOM_UTF8 + b"\xff", "not UTF-8, so it is no text or was damaged; save it as UTF-8"),
    ],
)
def test_what_is_no_text_is_refused_with_the_step_to_take(body: bytes, reason: str) -> None:
    with pytest.raises(NotText, match=reason) as caught:
        decode_text(body, windows=True)
    assert "codec" not in str(caught.value) and "abcdefgh" not in str(caught.value)


def test_lines_are_those_an_editor_shows() -> None:
    text = "one\x0cstill one\u2028still one\r\ntwo\rthree\n\nfive"
    assert lines_of(text) == ["one\x0cstill one\u2028still one", "two", "three", "", "five"]
    assert (lines_of(""), lines_of("a\n")) == ([], ["a"])
    assert line_of("# a\u2028b\x85c\n[ctgov]\nurl = 1", ("ctgov", "url")) == 3
