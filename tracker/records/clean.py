"""Registry text made safe for a terminal, a log or a spreadsheet: strangers write it, and terminals obey it."""

from __future__ import annotations

import json
import re

__all__ = ["clean", "json_safe", "neutral"]

# C0 and C1 controls, DEL, surrogates; bidi marks, embeddings, overrides and isolates; zero width, line separators,
# byte order marks, interlinear and tag characters.
_UNSAFE = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_FORMULA = re.compile(r"^[\s'\"]*[=+\-@\t\r＝＋－＠]")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?\Z")


def _escaped(found: re.Match[str]) -> str:
    code = ord(found.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def clean(text: str) -> str:
    """The text with every character that a terminal might obey, or that hides, shown as an escape.

    Line feeds and tabs stay. Letters that merely look like others stay too.
    """
    return _UNSAFE.sub(_escaped, text)


def json_safe(text: str) -> str:
    """JSON text that says the same with these characters as escapes, the way JSON writes them."""
    return _UNSAFE.sub(lambda found: json.dumps(found.group())[1:-1], text)


def neutral(text: str) -> str:
    """`clean`, and harmless in a spreadsheet: what would start a formula is led by an apostrophe.

    To read the value back, take one leading apostrophe away. Plain numbers are left alone.
    """
    text = clean(text)
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.match(text) else text
