"""The kinds of arrays that vectors and indexes are made of."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["Bytes", "Counts", "Hashes", "Marks", "Names", "Numbers", "Places", "Rows", "Weights"]

Hashes = npt.NDArray[np.uint64]
"""Terms, as hashes of 64 bits."""
Counts = npt.NDArray[np.uint32]
Numbers = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]
Rows = npt.NDArray[np.uint32]
"""Trials, as positions in a list of trials."""
Places = npt.NDArray[np.int64]
Weights = npt.NDArray[np.float32]
Marks = npt.NDArray[np.bool_]
Names = npt.NDArray[np.bytes_]
"""Trial ids, in UTF-8."""
