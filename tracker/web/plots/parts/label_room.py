"""Where labels may stand: none over another, and none out of the drawing. Pure but for what it remembers."""

from __future__ import annotations

from collections.abc import Iterable

from tracker.web.plots.parts.drawing import Box, Label, Shape

__all__ = ["LabelRoom"]

_GAP = 5.0


class LabelRoom:
    """The room between two sides of a drawing, and what of it is taken."""

    def __init__(self, left: float, right: float, taken: Iterable[Shape] = ()) -> None:
        self._left, self._right = left, right
        self._taken: list[Box] = [shape.box for shape in taken]

    def take(self, *shapes: Shape) -> None:
        self._taken += [shape.box for shape in shapes]

    def place(self, *choices: Label) -> list[Label]:
        """Return the first of the choices that is free, and take its room. Empty if none is."""
        for label in choices:
            box = label.box
            inside = self._left - 0.5 <= box.left and box.right <= self._right + 0.5
            if inside and not any(box.meets(other, _GAP) for other in self._taken):
                self._taken.append(box)
                return [label]
        return []
