"""Who owes results: one rule a file, each a pure function from a record to a verdict.

A rule has a `RULE` (name, version, source, grace) and a `verdict`. The version is the law's own date and the number of
our reading of it: a change of either is a new version, described in docs/reference/duties.md, and the version stays
with every duty that was computed under it.
"""

from tracker.results.rules.verdict import DutyRule, DutyVerdict

__all__ = ["DutyRule", "DutyVerdict"]
