"""The numbers a trial has in other registers, as its record names them. Pure.

A number is known by its shape, wherever the record has it among its identifiers: registries name their kinds
differently, and sponsors write one register's number into any field, with words around it, or several at once. A
register is a line of `_SHAPES`.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tracker.records.trial import TrialRecord

__all__ = ["REGISTERS", "Numbered", "numbers_in", "numbers_of"]


class Numbered(NamedTuple):
    """`trial`: the id in the form that register is asked by here; `register`: its short name."""

    trial: str
    register: str


REGISTERS = {
    "ctgov": "ClinicalTrials.gov",
    "ctis": "CTIS, the EU's newer system",
    "euctr": "the EU Clinical Trials Register",
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
"""The name of each register in words. A universal trial number (UTN) belongs to a trial in all its registers."""

_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_GAP = r"[\s:#.-]{0,3}"
_NUMBER_WORD = r"(?:number|nos?\.?|nr\.?|id)?"
_EU_WORD = rf"(?:(?:EUDRA{_GAP}CT|EU{_GAP}CTR?|CTIS){_GAP}{_NUMBER_WORD}{_GAP})?"
# The last group is the country or third-country page of an EU number: it is the same trial.
_COUNTRY = r"(?:[-/](?:[A-Z]{2}|3RD|OUTSIDE-EU/EEA))?"
_SHAPES: tuple[tuple[str, str, str], ...] = (
    ("ctgov", "NCT{}", rf"NCT{_GAP}(\d{{8}})"),
    # The EU's newer system counts from 500000, and numbers of the older never begin with a 5.
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
"""Register, canonical form, shape in capitals; the groups fill the form."""
_CASES = {"JRCTS": "jRCTs", "JRCT": "jRCT", "JAPICCTI": "JapicCTI"}
_COMPILED = tuple(
    (register, form, re.compile(rf"(?<![A-Z0-9]){shape}(?![A-Z0-9]|-\d)", re.ASCII | re.IGNORECASE))
    for register, form, shape in _SHAPES
)
_GLUED = re.compile(r"[\w/.]-$", re.ASCII)
_LONGEST = 10_000


def numbers_in(text: str) -> tuple[Numbered, ...]:
    """Every number of a register in `text`, each once, in the order they stand there; placeholders are none."""
    text = _DASHES.sub("-", text[:_LONGEST])
    found = sorted(_found(text))
    return tuple(dict.fromkeys(number for _, number in found))


def _found(text: str) -> Iterator[tuple[int, Numbered]]:
    for register, form, shape in _COMPILED:
        for match in shape.finditer(text):
            if not _is_part(text, match.start()) and not _is_placeholder(register, match):
                yield match.start(), Numbered(form.format(*(_cased(register, it) for it in match.groups())), register)


def _is_part(text: str, start: int) -> bool:
    """Whether what was found is the end of a longer number of somebody else's: `A-2020-000919-69`."""
    return text[start : start + 1].isdigit() and _GLUED.search(text[max(start - 2, 0) : start]) is not None


def _is_placeholder(register: str, match: re.Match[str]) -> bool:
    """Whether all digits are one: nobody has this number. Of an EU number neither year nor check digits count."""
    said = match[1].split("-")[1] if register in ("euctr", "ctis") else "".join(match.groups())
    digits = [letter for letter in said if letter.isdigit()]
    return len(set(digits)) == 1 and len(digits) > 4


def _cased(register: str, said: str) -> str:
    """The part as its register writes it: capitals, but for a few."""
    said = said.upper()
    if register == "rebec" or (register == "actrn" and said.endswith("P")):
        return said.lower()
    if register == "jprn":
        head = next((name for name in _CASES if said.startswith(name)), "")
        return _CASES.get(head, "") + said[len(head) :]
    return said


def numbers_of(record: TrialRecord) -> tuple[Numbered, ...]:
    """The trial's other numbers, each once, sorted; its own and its obsolete ones are not among them."""
    own = sorted({record.trial, *record.aliases})
    found = {number for item in record.identifiers.values() for number in numbers_in(item.id)}
    # One country of a trial is that trial: what the whole is called is no other number of it.
    return tuple(sorted(number for number in found if not _begins_one(number.trial, own)))


def _begins_one(name: str, names: Sequence[str]) -> bool:
    """Whether one of these sorted names begins with `name`: it is the first that does not sort before it."""
    at = bisect_left(names, name)
    return at < len(names) and names[at].startswith(name)
