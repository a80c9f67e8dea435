"""Mistakes of shape in the config file: all at once, each with its line and with what to write."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.alerts.channels.channel_list import TYPES, settings_of
from tracker.alerts.config import examine
from tracker.config import shape
from tracker.config.alert_tables import ChannelTable
from tracker.config.read_settings import load_settings, read_settings
from tracker.config.settings import FileShape
from tracker.config.shape import shape_mistakes
from tracker.errors import SettingsError


def mistakes(text: str) -> list[str]:
    """Return each mistake of shape or value in a file, as a command prints it."""
    read = read_settings({"TRIALWATCH_HOME": "/home/of/x"}, text)
    _, alerts = examine(read.settings)
    lines = {it.path: it.line for it in read.mistakes}
    return [str(it) for it in read.mistakes] + [f"{it.key} {it.reason}" for it in alerts if it.path not in lines]


CHANNEL = '[[channel]]\nname = "me"\ntype = "email"\nfrom = "me@example.org"\nsmtp = "smtp://mail.example.org"\n'
WRITTEN = [
    (f'{CHANNEL}to = "me@example.org"', 'to must be a list in brackets: to = ["me@example.org"]'),
    (f'{CHANNEL}to = ["me@example.org"]\npassword = "x"', "password is never written into this file"),
    (f'{CHANNEL}to = ["me@example.org"]\nserver = "mail.example.org"', "server is a part of the server's address"),
    (f'{CHANNEL}recipients = ["me@example.org"]', 'recipients is called to here: to = ["me@example.org"]'),
    ('[channel]\nname = "me"', "line 1: channel is written with two brackets on each side: [[channel]]"),
    ('[[http]]\ncontact = "me@example.org"', "line 1: http is written once, with one bracket on each side: [http]"),
    ('contact = "me@example.org"', "line 1: contact does not belong here. Write it under [http] or under [ctgov]"),
    ('[http]\nto = ["me@example.org"]', "line 2: to does not belong here. Write it under [[channel]]"),
    ('[alerts]\nsend = ["me"]', "line 2: send does not belong here. Write it under [[rule]]"),
    ('[http]\ndatabase_url = "sqlite:///x.db"', "line 2: database_url does not belong here. Write it at the top"),
    ("[retention]\ndays = '30'", "line 2: days must be a whole number, without quotes: days = 0"),
    ("[retention]\ndays = 30.5", "line 2: days must be a whole number, without quotes: days = 0"),
    ("[results]\ndue_soon_days = 30", "line 2: due_soon_days must be a list in brackets: due_soon_days = [120, 30, 7]"),
    ('[results]\ndue_soon_days = ["30"]', "line 2: due_soon_days must be a list of whole numbers"),
    ("[http]\ncontact = 5", 'line 2: contact must be text in quotes: contact = "5"'),
    ('[http]\ncontakt = "x"', "line 2: contakt is no setting. Did you mean contact?"),
    ("[daemon]\nx = 1", "line 2: x is no setting. These are: ping_url"),
    ('[[rule]]\nkinds = ["results.*"]', 'line 2: kinds is called on here: on = ["results.*"]'),
    ("http = 5", "line 1: http must be a table: [http], and its settings in the lines below"),
    ("[ctgov]\nrequests_per_second = true", "line 2: requests_per_second must be a number, without quotes"),
]


@pytest.mark.parametrize(("text", "words"), WRITTEN)
def test_a_mistake_of_shape_says_what_to_write(text: str, words: str) -> None:
    assert any(words in it for it in mistakes(text)), mistakes(text)


@pytest.mark.fault("R-F3")
def test_all_mistakes_are_named_at_once_in_the_order_of_their_lines(tmp_path: Path) -> None:
    (tmp_path / "trialwatch.toml").write_text(
        'contact = "me@example.org"\n[ctgov]\nrequests_per_second = "fast"\n[retention]\ndays = -1\n[htpp]\n'
    )
    with pytest.raises(SettingsError) as caught:
        load_settings({"TRIALWATCH_HOME": str(tmp_path), "TRIALWATCH_EUCTR_URL": "nowhere"})
    assert caught.value.message.splitlines() == [
        f"{tmp_path / 'trialwatch.toml'} has 5 mistakes:",
        "  TRIALWATCH_EUCTR_URL must be an http(s) address, not 'nowhere'",
        "  line 1: contact does not belong here. Write it under [http] or under [ctgov]",
        "  line 3: requests_per_second must be a number, without quotes: requests_per_second = 1.0",
        "  line 5: days must be days from 0 (keep all) to 36,500",
        "  line 6: htpp is no setting. Did you mean http?",
        "When they are corrected: trialwatch config check",
    ]


def test_a_value_of_the_environment_is_named_by_its_variable(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({"TRIALWATCH_HOME": str(tmp_path), "TRIALWATCH_CTGOV_URL": "ftp://x.example"})
    assert caught.value.message == "TRIALWATCH_CTGOV_URL must be an http(s) address, not 'ftp://x.example'"


def test_the_keys_of_channels_are_known_where_they_do_not_belong() -> None:
    keys = set()
    for kind in TYPES:
        found, _ = settings_of(ChannelTable("me", kind, {}))
        assert found is not None
        keys |= {it.encode_name for it in msgspec.structs.fields(found)} - {"name", "url"}
    assert keys == set(shape._CHANNEL_KEYS)


KEYS = st.sampled_from(
    "http contact ctgov url requests_per_second daemon results due_soon_days channel x name type rule on send "
    "quiet_critical retention days alerts database_url".split()
)
VALUES = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_a_file_has_mistakes_of_shape_exactly_when_the_library_refuses_it(values: dict[str, Any]) -> None:
    try:
        msgspec.convert(values, FileShape, strict=True)
    except msgspec.ValidationError:
        found = [it.path for it in shape_mistakes(values, FileShape)]
        assert found
        rest = shape.without(values, found)
        assert isinstance(msgspec.convert(rest, FileShape, strict=True), FileShape)
    else:
        assert shape_mistakes(values, FileShape) == []


def test_no_library_speaks_in_a_mistake() -> None:
    for text, _ in WRITTEN:
        assert tomllib.loads(text)
        assert not any(word in it for it in mistakes(text) for word in ("Expected", "`", "$", "Object"))
