"""Mark changes as seen: in the cookie of the browser, and as `changes --new` does where the person is this account."""

from __future__ import annotations

from datetime import UTC, datetime

from tracker.errors import UsageError
from tracker.services.changes.mark_shown import mark_seen
from tracker.web.actions.action import Action, Deed, Done
from tracker.web.actions.numbers import number_of
from tracker.web.words.visit import COOKIE, seen_visit

__all__ = ["SEEN"]


def _seen(deed: Deed) -> Done:
    seq, at = number_of(deed.form, "seq"), number_of(deed.form, "at")
    last, store = deed.site.state()
    if seq > last or at > deed.now.timestamp():
        raise UsageError("The page shows what is not there. Open it again, and mark it then", subject="seq")
    visit = seen_visit(deed.cookies.get(COOKIE, ""), store, seq, datetime.fromtimestamp(at, UTC), last, deed.now)
    # With a token, several people share the server, and none of them is the account that runs it.
    is_account = not deed.site.tokens.is_locked
    if is_account:
        with deed.write() as session:
            mark_seen(session, seq)
    said = "Marked as seen." if last == seq else "Marked as seen, up to what the page showed. More has come since."
    also = " It counts for the account that runs this server, too: trialwatch changes --new" if is_account else ""
    return Done(said + also, {"up_to": seq, "in_store": is_account}, {COOKIE: visit.text()})


SEEN = Action("seen", _seen, required=("seq", "at"))
