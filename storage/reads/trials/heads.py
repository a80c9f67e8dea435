"""What a poll asks about many trials at once: their heads, the outlook of each, and the answers they gave last."""

from __future__ import annotations

from typing import Final, NamedTuple

from storage.reads.query import Query
from storage.values.outlook import Outlook
from storage.values.trial_head import Head

__all__ = ["HEADS", "LAST_ANSWERS", "OUTLOOKS", "LastAnswer"]


class LastAnswer(NamedTuple):
    """The hash of the bytes that came last for a trial, and of the document in them."""

    wire_hash: str
    trial: str
    light_hash: str


HEADS: Final = Query(
    """
    SELECT t.trial, t.current_version, CASE WHEN t.current_version IS NULL THEN 0 ELSE t.versions END,
        coalesce(s.raw_sha256, ''), coalesce(s.content_hash, ''), t.light_hash,
        t.mark, t.full_read_at, t.missing_mark, t.missing_count, t.gone_since,
        coalesce(s.effective, ''), coalesce(s.submit_date, ''),
        t.last_checked_at, t.refused_data_timestamp, coalesce(s.source, '')
    FROM trial t LEFT JOIN snapshot s ON s.trial = t.trial AND s.version = t.current_version
    WHERE t.trial IN (:trials)
    """,
    Head,
)
OUTLOOKS: Final = Query(
    """
    SELECT t.trial, t.registry_name, t.status, t.results, coalesce(s.effective, ''),
        CASE WHEN t.current_version IS NULL AND t.mark IS NULL AND t.refused_data_timestamp IS NULL
            THEN t.missing_count ELSE 0 END
    FROM trial t LEFT JOIN snapshot s ON s.trial = t.trial AND s.version = t.current_version
    WHERE t.trial IN (:trials)
    """,
    Outlook,
)
LAST_ANSWERS: Final = Query(
    """
    SELECT w.wire_hash, w.trial, w.light_hash
    FROM wire_hash w JOIN trial t ON t.trial = w.trial AND t.light_hash = w.light_hash
    WHERE w.trial IN (:trials) AND t.current_version IS NOT NULL
    """,
    LastAnswer,
)
"""Of those whose current version came in that answer."""
