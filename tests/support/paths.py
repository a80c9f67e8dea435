"""The project's folder, and the optional folder of real records beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

__all__ = ["ROOT", "SHARED"]

ROOT: Final = Path(__file__).resolve().parents[2]
SHARED: Final = ROOT.parent / "shared"
