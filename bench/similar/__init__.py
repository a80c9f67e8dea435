"""How well trials like a trial are found, and what that costs."""

from __future__ import annotations

from collections.abc import Sequence

from bench.similar.chosen import chosen
from bench.similar.corpus import is_here
from bench.similar.cost import cost
from bench.similar.quality import Material, agreement, quality
from bench.table import Line

__all__ = ["TEXT", "run"]

TEXT = """
Against three sets of judgments over 6,786 old records, and the grades of `bench/similar/judged/` over 1,384 records of
today; in brackets 95 % intervals, by drawing seeds with replacement. "Ours" is `trialwatch similar`; its frequencies
come with the program. In the same run: TF-IDF of all text, TF-IDF of titles, conditions, keywords and interventions, a
random order.

*Chosen on other seeds*: of 36 settings of the weights the best on four fifths of the seeds of every set, and what it
gives on the last fifth; beside it the range of all 36. The cost was measured on copies of the real records, which have
the shape of their words and not the variety.
"""


def run(parts: Sequence[str] = ("quality", "chosen", "agreement", "cost")) -> list[Line]:
    """All figures, or those of some parts. Without the judgments only the cost, on records made here."""
    lines: list[Line] = []
    if is_here() and {"quality", "chosen"} & {*parts}:
        material = Material.read()
        lines += quality(material) if "quality" in parts else []
        lines += chosen(material) if "chosen" in parts else []
    if "agreement" in parts:
        lines += agreement()
    if "cost" in parts:
        lines += cost()
    return lines
