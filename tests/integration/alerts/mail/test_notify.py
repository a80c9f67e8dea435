"""Notes by Apprise, to real services on this machine: a JSON receiver and one that speaks as ntfy does."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.channels.alert_harness import alert_world, rule
from tests.support.channels.mail_factories import KEY, NOW, TRIAL, alert, told
from tests.support.channels.webhook_sink import Sink
from tests.support.harness import ONE
from tests.support.paths import ROOT
from tracker.alerts.channels.channel import Delivery, Receipt
from tracker.alerts.channels.notify import NotifyChannel, NotifySpec
from tracker.alerts.message import Alert
from tracker.errors import NotDelivered, SettingsError

TOKEN = "planted-token"

# One of Apprise's services loads a module that Python is about to drop.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr':DeprecationWarning")


def json_url(sink: Sink) -> str:
    return f"json://{sink.place}/{TOKEN}"


def channel(*urls: str) -> NotifyChannel:
    return NotifyChannel(NotifySpec("chat", urls))


def send(sender: NotifyChannel, message: Alert, to: tuple[str, ...] = ()) -> Receipt:
    return sender.send(Delivery(KEY, sender.render(message), NOW, to or sender.addresses))


def test_a_note_says_what_happened_and_where_to_read_it() -> None:
    with Sink(secrets=()) as sink:
        sender = channel(json_url(sink))
        assert send(sender, alert(told())).reached == sender.addresses
    [note] = [json.loads(hook.body) for hook in sink.hooks]
    assert note["title"] == f"Completed: A made-up study of an example drug in adults ({TRIAL})"
    assert "Status: Recruiting → Completed" in note["message"]
    assert f"https://clinicaltrials.gov/study/{TRIAL}" in note["message"]


def test_ntfy_gets_it_too() -> None:
    with Sink(secrets=(), answers=[200]) as sink:
        send(channel(f"ntfy://{sink.place}/trials"), alert(told()))
    [hook] = sink.hooks
    assert TRIAL in hook.body.decode() + str(hook.headers)


def test_peer_13_a_retry_goes_only_to_the_services_that_have_not_taken_it() -> None:
    with Sink(secrets=()) as good, Sink(secrets=(), answers=[500, 200]) as bad:
        sender = channel(json_url(good), json_url(bad))
        first = send(sender, alert(told()))
        assert len(first.reached) == len(first.deferred) == 1
        second = send(sender, alert(told()), tuple(first.deferred))
        assert (second.reached, second.deferred) == (tuple(first.deferred), {})
    assert (len(good.hooks), len(bad.hooks)) == (1, 2)


def test_a_service_that_is_down_holds_nothing_back_from_the_others(tmp_path: Path) -> None:
    with Sink(secrets=()) as good, Sink(secrets=(), answers=[500]) as bad:
        text = '[[channel]]\nname = "team"\ntype = "notify"\nurl_env = "NOTE"\n\n' + rule("team")
        with alert_world(tmp_path, text, NOTE=f"json://{good.place}/ json://{bad.place}/") as harness:
            harness.change(ONE, "COMPLETED")
            harness.deliver()
            harness.change(ONE, "TERMINATED")
            for _ in range(12):
                harness.later(hours=1)
            assert len(good.hooks) == 2


@pytest.mark.fault("D24")
@pytest.mark.parametrize("status", [400, 401, 429, 500])
def test_a_note_nobody_took_is_tried_again_and_no_token_is_shown(status: int, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("", "apprise", "urllib3", "requests"):
        caplog.set_level(logging.DEBUG, name)  # an earlier channel has silenced them
    with Sink(secrets=(), answers=[status]) as sink:
        sender = channel(json_url(sink))
        with pytest.raises(NotDelivered) as caught:
            send(sender, alert(told()))
    shown = repr(caught.value) + repr(sender.addresses) + repr(NotifySpec("chat", (json_url(sink),)))
    assert TOKEN not in shown
    assert TOKEN not in caplog.text


def test_a_note_to_a_service_that_is_not_there_is_tried_again() -> None:
    with Sink(secrets=()) as sink:
        url = json_url(sink)
    with pytest.raises(NotDelivered, match="did not take the note"):
        send(channel(url), alert(told()))


def test_an_address_that_is_none_is_refused_by_its_number() -> None:
    with pytest.raises(SettingsError, match="Address 2 of the channel chat") as caught:
        channel("json://127.0.0.1:9", f"nonsense://{TOKEN}")
    assert TOKEN not in caught.value.message


def test_a_long_note_is_cut_at_a_line_and_says_so() -> None:
    many = [
        told(seq, f"NCT{seq:08d}", title="A long title " * 20, before="x" * 500, after="y" * 500) for seq in range(200)
    ]
    note = json.loads(channel("json://127.0.0.1:9").render(alert(*many)))
    assert len(note["body"]) <= 3100
    assert note["body"].endswith("… and more: trialwatch changes")


def test_text_of_a_registry_does_not_ring_for_everybody() -> None:
    calls = "@everyone @here <!channel> @Channel"
    note = json.loads(channel("json://127.0.0.1:9").render(alert(told(summary=calls, title=calls))))
    for said in (note["title"], note["body"]):
        assert not any(call in said for call in calls.split())


LOUD = (
    *("@all", "@room", "@here", "@Everyone", "@channel", "@online", "@team", "@someone", "＠all", "@/all", "@**all**"),
    *("<@123>", "<@!123>", "<@&123>", "<#123>", "<!here>", "<!subteam^S1>", "<@all>", "<@personEmail:a@b.test>"),
    *('<at id="1">', '<at user_id="all">', "<users/all>", "x@everyone", "x@everyone.test", "(@room)"),
)


@pytest.mark.fault("R-G8")
@pytest.mark.parametrize("call", LOUD)
def test_nothing_in_a_note_rings_a_room(call: str) -> None:
    note = json.loads(channel("json://127.0.0.1:9").render(alert(told(summary=f"See {call}.", title=call))))
    assert call not in note["title"] + note["body"]


@pytest.mark.parametrize(
    "link",
    [
        *(
            "[Results](https://evil.example/)",
            "![x](https://evil.example/)",
            "[Results][1]",
            "[1]: https://evil.example/",
        ),
        *("<https://evil.example/|Results>", "<mailto:a@evil.example|Results>", "<HTTPS://evil.example/|Results>"),
    ],
)
def test_no_text_of_a_registry_hides_where_a_link_leads(link: str) -> None:
    note = json.loads(channel("json://127.0.0.1:9").render(alert(told(summary=f"See {link}.", title=link))))
    assert link not in note["title"] + note["body"]


@pytest.mark.fault("R-G8")
@pytest.mark.parametrize("text", ["ask trials@clinic.example.org", "HbA1c <7 %", "5 @ 3 mg", "[18F]FDG (PET) [a]"])
def test_a_note_is_left_as_it_is_where_nothing_rings(text: str) -> None:
    note = json.loads(channel("json://127.0.0.1:9").render(alert(told(summary=text, title="x"))))
    assert text in note["title"] + note["body"]


def test_an_alert_that_tells_nothing_is_never_a_note() -> None:
    with pytest.raises(ValueError, match="tells nothing"):
        channel("json://127.0.0.1:9").render(Alert(KEY, "digest", "chat", (), (), 0, "store", NOW))


def test_without_the_extra_the_error_names_what_to_install() -> None:
    code = (
        "import sys; sys.modules['apprise'] = None\n"
        "from tracker.alerts.channels.notify import NotifyChannel\n"
        "from tracker.alerts.channels.notify import NotifySpec\n"
        "from tracker.errors import SettingsError\n"
        "try:\n    NotifyChannel(NotifySpec('chat', ('json://x',)))\nexcept SettingsError as error:\n    print(error)\n"
    )
    root = ROOT
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert "-m pip install '.[notify]'" in done.stdout
