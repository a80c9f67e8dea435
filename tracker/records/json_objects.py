"""Names for the JSON objects that a record comes as, and becomes."""

from __future__ import annotations

from typing import Any

__all__ = ["RawRecord", "RecordContent"]

RawRecord = dict[str, Any]
"""A registry's record as it came: one decoded JSON object, or a part of one. The keys are the registry's own."""
RecordContent = dict[str, Any]
"""A record in our form (`TrialRecord.document`), or a part of it: field -> JSON value."""
