"""Find the numbers of a trial in other registers among the identifiers of its record. Pure.

A number is recognized by its shape, in any identifier. Registries name the kinds differently, and sponsors write
numbers into any field, with words around them or several at once. To add a register, add a line to `_SHAPES`.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tracker.records.trial import TrialRecord

__all__ = ["REGISTERS", "Numbered", "numbers_in", "numbers_of"]


class Numbered(NamedTuple):
    """`trial` is the id that this program uses for the register. `register` is its short name."""

    trial: str
    register: str


REGISTERS = {
    "ctis": "CTIS, the EU's newer system",
    "isrctn": "ISRCTN",
    "chictr": "ChiCTR (China)",
    "actrn": "ANZCTR (Australia and New Zealand)",
    "ctri": "CTRI (India)",
    "irct": "IRCT (Iran)",
    "drks": "DRKS (Germany)",
    "jprn": "JPRN (Japan)",
    "nl": "the Dutch register",
    "rebec": "ReBEC (Brazil)",
    "rpcec": "RPCEC (Cuba)",
    "tctr": "TCTR (Thailand)",
    "pactr": "PACTR (Africa)",
    "cris": "CRIS (Korea)",
    "slctr": "SLCTR (Sri Lanka)",
    "lbctr": "LBCTR (Lebanon)",
    "repec": "REPEC (Peru)",
    "itmctr": "ITMCTR (traditional medicine)",
    "phrr": "PHRR (Philippines)",
    "utn": "WHO's universal trial numbers",
}
"""Name in words of each register that is not read here. A universal trial number (UTN) belongs to a trial in all its
registers."""

_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_GAP = r"[\s:#.-]{0,3}"
_NUMBER_WORD = r"(?:number|nos?\.?|nr\.?|id)?"
_EU_WORD = rf"(?:(?:EUDRA{_GAP}CT|EU{_GAP}CTR?|CTIS){_GAP}{_NUMBER_WORD}{_GAP})?"
# The last group is the country or third-country page of an EU number: it is the same trial.
_COUNTRY = r"(?:[-/](?:[A-Z]{2}|3RD|OUTSIDE-EU/EEA))?"
_SHAPES: tuple[tuple[str, str, str], ...] = (
    ("ctgov", "NCT{}", rf"NCT{_GAP}(\d{{8}})"),
    # CTIS, the newer EU system, counts from 500000. Numbers of the older system never begin with a 5.
    ("ctis", "CTIS{}", rf"{_EU_WORD}(20\d{{2}}-5\d{{5}}-\d{{2}}(?:-\d{{2}})?)"),
    ("euctr", "EUCTR{}", rf"{_EU_WORD}((?:19|20)\d{{2}}-[0-46-9]\d{{5}}-\d{{2}}){_COUNTRY}"),
    ("isrctn", "ISRCTN{}", rf"ISRCTN{_GAP}(\d{{8}})"),
    ("chictr", "ChiCTR{}", r"CHICTR((?:-[A-Z]{2,5}-)?\d{8,10})"),
    ("actrn", "ACTRN{}", rf"ACTRN{_GAP}(\d{{14}}P?)"),
    ("ctri", "CTRI/{}/{}/{}", r"CTRI[/-](\d{4})[/-](\d{2,3})[/-](\d{6})"),
    ("irct", "IRCT{}", r"IRCT(\d{10,20}N\d{1,4})"),
    ("drks", "DRKS{}", rf"DRKS{_GAP}(\d{{8}})"),
    ("jprn", "JPRN-{}", r"(?:JPRN-)?(JRCTS?\d{9,10}|UMIN\d{9}|JAPICCTI-\d{6}|JMA-IIA\d{5})"),
    ("nl", "NL-OMON{}", r"NL-?OMON(\d{1,6})"),
    ("nl", "NL{}", r"NL(\d{4})(?![./]\d)"),
    ("nl", "NTR{}", r"NTR(\d{3,5})"),
    ("rebec", "RBR-{}", r"RBR-(?=[A-Z0-9]*\d)([A-Z0-9]{5,8})"),
    ("rpcec", "RPCEC{}", r"RPCEC(\d{8})"),
    ("tctr", "TCTR{}", r"TCTR(\d{11})"),
    ("pactr", "PACTR{}", r"PACTR(\d{15,16})"),
    ("cris", "KCT{}", r"KCT(\d{7})"),
    ("slctr", "SLCTR/{}", r"SLCTR/(\d{4}/\d{3})"),
    ("lbctr", "LBCTR{}", r"LBCTR(\d{10})"),
    ("repec", "PER-{}", r"PER-(\d{3}-\d{2})"),
    ("itmctr", "ITMCTR{}", r"ITMCTR(\d{10})"),
    ("phrr", "PHRR{}", r"PHRR(\d{6}-\d{6})"),
    ("utn", "U1111-{}", r"U1111-(\d{4}-\d{4})"),
)
"""Register, canonical form, and pattern (in capitals). The groups of the pattern fill the form."""
_CASES = {"JRCTS": "jRCTs", "JRCT": "jRCT", "JAPICCTI": "JapicCTI"}
_GLUED = re.compile(r"[\w/.]-$", re.ASCII)
_LONGEST = 10_000


@cache
def _compiled() -> Sequence[tuple[str, str, re.Pattern[str]]]:
    """Return the shapes as patterns. So many take 2 ms, which a command that reads no number does without."""
    return [
        (register, form, re.compile(rf"(?<![A-Z0-9]){shape}(?![A-Z0-9]|-\d)", re.ASCII | re.IGNORECASE))
        for register, form, shape in _SHAPES
    ]


def numbers_in(text: str) -> tuple[Numbered, ...]:
    """Return every register number in `text`, each once, in order of appearance. Placeholders are left out."""
    text = _DASHES.sub("-", text[:_LONGEST])
    found = sorted(_found(text))
    return tuple(dict.fromkeys(number for _, number in found))


def _found(text: str) -> Iterator[tuple[int, Numbered]]:
    for register, form, shape in _compiled():
        for match in shape.finditer(text):
            if not _is_part(text, match.start()) and not _is_placeholder(register, match):
                yield match.start(), Numbered(form.format(*(_cased(register, it) for it in match.groups())), register)


def _is_part(text: str, start: int) -> bool:
    """Return whether the match is the end of a longer number of some other kind, such as `A-2020-000919-69`."""
    return text[start : start + 1].isdigit() and _GLUED.search(text[max(start - 2, 0) : start]) is not None


def _is_placeholder(register: str, match: re.Match[str]) -> bool:
    """Return whether all digits are the same, as in a made-up number. EU numbers: without year and check digits."""
    main_part = match[1].split("-")[1] if register in ("euctr", "ctis") else "".join(match.groups())
    digits = [letter for letter in main_part if letter.isdigit()]
    return len(set(digits)) == 1 and len(digits) > 4


def _cased(register: str, number: str) -> str:
    """Return the part in the spelling of its register: capitals, with a few exceptions."""
    number = number.upper()
    if register == "rebec" or (register == "actrn" and number.endswith("P")):
        return number.lower()
    if register == "jprn":
        head = next((name for name in _CASES if number.startswith(name)), "")
        return _CASES.get(head, "") + number[len(head) :]
    return number


def numbers_of(record: TrialRecord) -> tuple[Numbered, ...]:
    """Return the trial's numbers in other registers, each once, sorted. Its own and its obsolete ids are left out."""
    own = sorted({record.trial, *record.aliases})
    found = {number for item in record.identifiers.values() for number in numbers_in(item.id)}
    # For one country of a trial, the number of the whole trial is not another number.
    return tuple(sorted(number for number in found if not _begins_one(number.trial, own)))


def _begins_one(name: str, names: Sequence[str]) -> bool:
    """Return whether one of the sorted `names` begins with `name`."""
    # If any does, the first name that does not sort before `name` is one of them.
    at = bisect_left(names, name)
    return at < len(names) and names[at].startswith(name)
