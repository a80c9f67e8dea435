"""A mail in a real browser, as narrow as a phone."""

from __future__ import annotations

import datetime as dt
from email import message_from_bytes, policy

import pytest

from tests.support.channels.mail_factories import html_of, spec
from tests.support.web.browser import Browser
from tracker.alerts.message import Alert, ReportedChange
from tracker.alerts.render.mail import mail_bytes

LABELS = (
    "Recruitment status",
    "Enrollment",
    "Primary completion",
    "Secondary outcome",
    "Responsible party",
    "Eligibility",
)
_BROKEN = r"""() => {
  const found = [];
  for (const cell of document.querySelectorAll("td")) {
    const text = cell.firstChild;
    if (cell.children.length || !text) continue;
    for (const word of text.data.matchAll(/[A-Za-z]+/g)) {
      const range = document.createRange();
      range.setStart(text, word.index);
      range.setEnd(text, word.index + word[0].length);
      if (range.getClientRects().length > 1) found.push(word[0]);
    }
  }
  return found;
}"""


@pytest.mark.parametrize("width", [360, 390])
def test_no_word_of_a_field_is_broken(chromium: Browser, width: int) -> None:
    said = "Change in leg pain from the first visit to the last, as patients report it"
    fields = [{"field": f"status.{at}", "label": it, "before": said, "after": said[9:]} for at, it in enumerate(LABELS)]
    change = {
        **{"seq": 1, "id": "evt_a", "trial": "NCT05349331", "kind": "status.changed", "severity": "major"},
        **{"summary": "Changed", "effective": "2027-03-08", "observed_at": "2027-03-08T14:30:00Z", "fields": fields},
    }
    told = ReportedChange(change, "A title")
    alert = Alert("msg_a", "status.changed", "me", ("r",), (told,), 1, "s", dt.datetime(2027, 3, 8, tzinfo=dt.UTC))
    mail = message_from_bytes(mail_bytes(alert, spec(25)), policy=policy.default)
    page = chromium.chromium.new_page(viewport={"width": width, "height": 900})
    try:
        page.set_content(html_of(mail))  # type: ignore[arg-type]
        assert page.get_by_text("Recruitment status").count() == 1
        assert page.evaluate(_BROKEN) == []
        assert page.evaluate("document.documentElement.scrollWidth") == width
    finally:
        page.close()
