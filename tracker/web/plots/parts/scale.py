"""Scales of numbers: from a value to its place, and the round numbers to name. Pure."""

from __future__ import annotations

from itertools import pairwise
from math import ceil, floor, log, log10

import msgspec

__all__ = ["Scale", "linear_scale", "number_words", "ratio_scale", "ratio_words"]

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0, 20.0)
_HUGE, _TINY, _APART = 1e300, 1e-300, 1e-12
"""The largest and the smallest number, and the smallest part of one, of which steps can be computed."""


class Scale(msgspec.Struct, frozen=True):
    """A scale from `low` to `high`, with the round numbers on it. For `ratio`, equal factors are equal lengths."""

    low: float
    high: float
    ticks: tuple[float, ...]
    ratio: bool = False

    def share(self, value: float) -> float:
        """Return the place of a value: 0 for `low`, 1 for `high`. Values outside of the scale are at its ends."""
        low, high, at = (self.low, self.high, value)
        if self.ratio:
            if value <= 0:
                return 0.0
            low, high, at = log(low), log(high), log(value)
        return min(max((at - low) / (high - low), 0.0), 1.0)

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high


def linear_scale(low: float, high: float, most: int = 5) -> Scale:
    """Return a scale with at most so many round steps that holds both values, up to 1e300 on each side of zero."""
    low, high = (min(max(it, -_HUGE), _HUGE) for it in (low, high))
    size = max(abs(low), abs(high))
    if high - low <= max(size * _APART, _TINY):
        high = low + (size if size > _TINY else 1.0)
    rough = (high - low) / most
    power = 10.0 ** floor(log10(rough))
    for step in (power * factor for factor in _STEPS):
        first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
        if last - first <= most:
            break
    ticks = tuple(place * step for place in range(first, last + 1))
    return Scale(ticks[0], ticks[-1], ticks)


def ratio_scale(low: float, high: float, most: int = 6) -> Scale:
    """Return a logarithmic scale with 1 on it that holds both values, both above zero: powers of 2, or of 10.

    No ratio beyond 1e-18 and 1e18 is on it: nobody measures such a one.
    """
    low, high = max(min(low, 1.0), 1e-18), min(max(high, 1.0), 1e18)
    for base in (2.0, 4.0, 10.0, 100.0, 1000.0, 1e6):
        first, last = floor(log(low, base) + 1e-9), ceil(log(high, base) - 1e-9)
        # Both sides of 1 have a name, also where nothing lies on one of them.
        first, last = min(first, -1), max(last, 1)
        if last - first <= most:
            break
    ticks = tuple(base**place for place in range(first, last + 1))
    return Scale(ticks[0], ticks[-1], ticks, ratio=True)


def ratio_words(value: float) -> str:
    """Return a number for a logarithmic axis: ``0.0625``, ``1``, ``1,024``."""
    return f"{value:,.4g}"


def number_words(value: float, ticks: tuple[float, ...] = ()) -> str:
    """Return a number for an axis, with as many digits as tell the ticks apart."""
    if value == 0:
        return "0"
    apart = min((abs(after - before) for before, after in pairwise(ticks)), default=abs(value))
    digits = max(0, -floor(log10(apart)) + (1 if _is_half(apart) else 0)) if apart > 0 else 0
    if digits > 6 or abs(value) >= 1e9:
        return f"{value:.3g}"
    return f"{value:,.{digits}f}".replace("-", "−")


def _is_half(step: float) -> bool:
    """Return whether a step such as 2.5 or 0.25 needs one digit more than its size says."""
    shown = step / 10.0 ** floor(log10(step))
    return abs(shown - round(shown)) > 1e-6
