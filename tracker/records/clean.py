"""Registry text made safe for a terminal, a log or a spreadsheet: strangers write it, and terminals obey it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

__all__ = ["clean", "json_safe", "neutral"]

# C0 and C1 controls, DEL, surrogates; bidi marks, embeddings, overrides and isolates; zero width, fillers and other
# characters without a shape, line separators, byte order marks, interlinear and tag characters, variation selectors.
_UNSAFE = re.compile(
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
# What shapes a letter or a picture that is there to be seen, in the one place where it does.
_SHAPING = re.compile(
    f"(?<=[{_EMOJI}])[\ufe0e\ufe0f](?![\ufe00-\ufe0f])|(?<=[0-9#*])\ufe0f(?=\u20e3)"
    f"|(?<=[{_EMOJI}\ufe0f])\u200d(?=[{_EMOJI}])|(?<=[{_JOINING}])[\u200c\u200d](?=[{_JOINING}])"
    f"|(?<=[{_IDEOGRAPHS}])[\ufe00-\ufe0f\U000e0100-\U000e01ef](?![\ufe00-\ufe0f\U000e0100-\U000e01ef])"
)
_FORMULA = re.compile(
    "(^)(?=[\\s'\"]*[\\t\\r=+\\-@＝＋－＠﹢﹣﹫﹦])|([;|\\t\\n\\r])(?=(?:[^\\S\\t\\n\\r]|['\"])*[=+\\-@＝＋－＠﹢﹣﹫﹦])"
)
"""Where a formula may begin: at the start of a cell, and after what a spreadsheet may take for the end of one."""
_NUMBER = re.compile(r"\s*[+-]?\d+(?:\.\d+)?\s*(?:[;|\t\n\r]|\Z)")


def _escaped(found: re.Match[str]) -> str:
    code = ord(found.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _each_unsafe(text: str, escape: Callable[[re.Match[str]], str]) -> str:
    """The text with the unsafe characters escaped, but for those that shape what stands beside them."""
    if not _UNSAFE.search(text):
        return text
    shaping = {found.start() for found in _SHAPING.finditer(text)}
    return _UNSAFE.sub(lambda found: found.group() if found.start() in shaping else escape(found), text)


def clean(text: str) -> str:
    """The text with every character that a terminal might obey, or that hides, shown as an escape.

    Line feeds and tabs stay. Letters that merely look like others stay too. A joiner or a variation selector stays
    where a script or a picture needs it, once: between letters of Arabic or an Indic script, within an emoji, after an
    ideograph. Everywhere else, or several in a row, they can only hide something. Tags are always shown, so the flags
    of England, Scotland and Wales are a black flag and escapes.
    """
    return _each_unsafe(text, _escaped)


def json_safe(text: str) -> str:
    """JSON text that says the same with these characters as escapes, the way JSON writes them."""
    return _each_unsafe(text, lambda found: json.dumps(found.group())[1:-1])


def neutral(text: str) -> str:
    """`clean`, and harmless in a spreadsheet: what would start a formula is led by an apostrophe.

    So is what would start one after `;`, `|`, a tab or a line end: the file may be read with another delimiter than it
    was written with. To read the value back, take away the apostrophe in these places. Plain numbers are left alone.
    """
    text = clean(text)

    def led(found: re.Match[str]) -> str:
        return found.group() if _NUMBER.match(text, found.end()) else f"{found.group()}'"

    return _FORMULA.sub(led, text)
