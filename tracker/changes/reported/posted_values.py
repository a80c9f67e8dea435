"""How two posted values differ: not at all, in digits only, or really. Pure."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, InvalidOperation
from enum import StrEnum

from tracker.records.results.reported import PValue, number_of, p_value_of
from tracker.records.text import plain_words

__all__ = ["Differs", "differs", "p_values_differ", "same_words"]


class Differs(StrEnum):
    """How two values differ. `NOT`: ``1.50`` and ``1.5``. `DIGITS`: one is the other, rounded."""

    NOT = "not"
    DIGITS = "digits"
    REALLY = "really"


def differs(before: str | None, after: str | None) -> Differs:
    """Compare two posted values. Numbers are compared as numbers, other words without case and punctuation."""
    if before == after:
        return Differs.NOT
    one, two = number_of(before), number_of(after)
    if before is None or after is None or (one is None) != (two is None):
        return Differs.REALLY
    if one is None or two is None:
        return Differs.NOT if same_words(before, after) else Differs.REALLY
    if one == two:
        return Differs.NOT
    return Differs.DIGITS if _rounded(before, after) or _rounded(after, before) else Differs.REALLY


def p_values_differ(before: str | None, after: str | None) -> Differs:
    """As `differs`, for p-values: ``0.0004`` and ``<0.001`` differ in digits only."""
    one, two = p_value_of(before), p_value_of(after)
    if one is None or two is None:
        return differs(before, after)
    if one == two:
        return Differs.NOT
    if one.sign == two.sign == "=":
        return differs(f"{before}".lstrip(" ="), f"{after}".lstrip(" ="))
    return Differs.DIGITS if _within(one, two) or _within(two, one) else Differs.REALLY


def same_words(before: str | None, after: str | None) -> bool:
    """Return whether two texts differ at most in case, white space and punctuation at the ends of words."""
    return before == after or plain_words(before or "") == plain_words(after or "")


def _rounded(exact: str, short: str) -> bool:
    """Return whether `short` is `exact` with fewer decimals."""
    try:
        long, few = Decimal(_plain(exact)), Decimal(_plain(short))
    except InvalidOperation:
        return False
    place, finer = few.as_tuple().exponent, long.as_tuple().exponent
    if not isinstance(place, int) or not isinstance(finer, int) or place <= finer or place > 0:
        return False
    unit = Decimal(1).scaleb(place)
    try:
        return any(long.quantize(unit, mode) == few for mode in (ROUND_HALF_UP, ROUND_HALF_EVEN))
    except InvalidOperation:
        return False


def _plain(text: str) -> str:
    return text.strip().replace("−", "-").replace(",", "")


def _within(exact: PValue, bound: PValue) -> bool:
    """Return whether a p-value that is given exactly, or by a nearer bound, fits a bound."""
    below = ("<", "<=")
    above = (">", ">=")
    if bound.sign in below:
        nearer, same_side = exact.number < bound.number, below
    elif bound.sign in above:
        nearer, same_side = exact.number > bound.number, above
    else:
        return False
    closed = bound.sign.endswith("=") or exact.sign == same_side[0]
    return exact.sign in ("=", *same_side) and (nearer or (closed and exact.number == bound.number))
