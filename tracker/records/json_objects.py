"""Names for JSON objects: any, and those that a record comes as, and becomes."""

from __future__ import annotations

from typing import Any

__all__ = ["JsonObject", "RawRecord", "RecordContent"]

JsonObject = dict[str, Any]
"""Any JSON object, such as a schema: key -> JSON value."""
RawRecord = JsonObject
"""A registry's record as it came: one decoded JSON object, or a part of one. The keys are the registry's own."""
RecordContent = JsonObject
"""A record in our form (`TrialRecord.document`), or a part of it: field -> JSON value."""
