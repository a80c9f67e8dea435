"""Make registry text safe for a terminal, a log or a spreadsheet. The text comes from strangers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

__all__ = ["clean", "json_safe", "neutral"]

# The large patterns are texts: `re` compiles each when it is first needed, and keeps it. That takes longer than
# importing the rest of this module, and text in ASCII needs none of them.

# C0 and C1 controls, DEL, surrogates; bidi marks, embeddings, overrides and isolates; zero width, fillers and other
# characters without a shape, line separators, byte order marks, interlinear and tag characters, variation selectors.
_UNSAFE = (
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_EMOJI = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u2460-\u24ff\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff"
)
_EMOJI += "\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
_JOINING = "\u0620-\u065f\u066e-\u08ff\u0900-\u0fff\u1000-\u109f\u1780-\u17b3\u17b6-\u18af"
_IDEOGRAPHS = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af"
# Characters that shape a visible letter or picture, matched only in a position where they do so.
_SHAPING = (
    f"(?<=[{_EMOJI}])[\ufe0e\ufe0f](?![\ufe00-\ufe0f])|(?<=[0-9#*])\ufe0f(?=\u20e3)"
    f"|(?<=[{_EMOJI}\ufe0f])\u200d(?=[{_EMOJI}])|(?<=[{_JOINING}])[\u200c\u200d](?=[{_JOINING}])"
    f"|(?<=[{_IDEOGRAPHS}])[\ufe00-\ufe0f\U000e0100-\U000e01ef](?![\ufe00-\ufe0f\U000e0100-\U000e01ef])"
)
_DELETE = "\x7f"
_FORMULA = (
    "(^)(?=[\\s'\"]*[\\t\\r=+\\-@＝＋－＠﹢﹣﹫﹦])|"
    "([;|\\t\\n\\r])(?=(?:[^\\S\\t\\n\\r]|['\"])*[=+\\-@＝＋－＠﹢﹣﹫﹦])"
)
"""Where a formula may begin: at the start of a cell, or after a character that a spreadsheet may take for its end."""
_NUMBER = re.compile(r"\s*[+-]?\d+(?:\.\d+)?\s*(?:[;|\t\n\r]|\Z)")


def _escaped(found: re.Match[str]) -> str:
    code = ord(found.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _each_unsafe(text: str, escape: Callable[[re.Match[str]], str]) -> str:
    """Escape the unsafe characters of `text`, except those that shape their neighbours."""
    if (text.isascii() and text.isprintable()) or not re.search(_UNSAFE, text):
        return text
    shaping = {found.start() for found in re.finditer(_SHAPING, text)}
    return re.sub(_UNSAFE, lambda found: found.group() if found.start() in shaping else escape(found), text)


def clean(text: str) -> str:
    """Return `text` with every hidden character, and every one that a terminal may obey, shown as an escape.

    Line feeds, tabs and letters that look like other letters stay. A joiner or a variation selector stays where a
    script or a picture needs it, once: between letters of Arabic or an Indic script, within an emoji, after an
    ideograph. Anywhere else, or several in a row, it can only hide something. Tag characters are always escaped, so
    the flags of England, Scotland and Wales become a black flag and escapes.
    """
    return _each_unsafe(text, _escaped)


def json_safe(text: str) -> str:
    """Return JSON text with the same value and the unsafe characters as JSON escapes."""
    if text.isascii() and _DELETE not in text:
        return text  # JSON writers escape all other controls of ASCII
    return _each_unsafe(text, lambda found: json.dumps(found.group())[1:-1])


def neutral(text: str) -> str:
    """Return `clean(text)` without formulas: an apostrophe goes before anything that would start one.

    This includes text after `;`, `|`, a tab or a line end, because the file may be read with another delimiter. Remove
    those apostrophes to get the original value back. Plain numbers are left alone.
    """
    text = clean(text)

    def led(found: re.Match[str]) -> str:
        return found.group() if _NUMBER.match(text, found.end()) else f"{found.group()}'"

    return re.sub(_FORMULA, led, text)
