"""The rules on who must publish results: one file per rule, each a pure function from a record to a verdict.

A rule module has a `RULE` (name, version, source, grace) and a `verdict` function. The version is the date of the law
and a number of our reading of it. If either changes, the rule gets a new version, described in
docs/reference/duties.md. Every duty keeps the version under which it was computed.
"""

from tracker.results.rules.verdict import DutyRule, DutyVerdict

__all__ = ["DutyRule", "DutyVerdict"]
