"""Edits of a registry document, meaningful and meaningless, drawn at random but from a seed.

Each takes a copy of a decoded v2 document and changes it in place; it returns False where the record has nothing to
edit that way. A meaningful edit names the kind of event it must raise, and the least severity. A meaningless one is
what the registry does by itself, or what changes nothing of the trial.
"""

# Each enters its own edits; what is drawn depends on their order.
from tests.integration.real.edits import outcomes, dates, rounds, protocol, meaningless, beside, duties, facts  # noqa: F401, I001
from tests.integration.real.edits.kit import DAY, MEANINGFUL, MEANINGLESS, Edit, Meant, Study, pending

__all__ = ["DAY", "MEANINGFUL", "MEANINGLESS", "Edit", "Meant", "Study", "pending"]
