"""Settings: the file, the environment over it, and a plain word with the line for whatever is off."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tracker.alerts.channels.channel import Installation
from tracker.alerts.channels.channel_list import Missing, spec_of
from tracker.alerts.channels.email import EmailSpec
from tracker.alerts.channels.webhook import WebhookSpec
from tracker.alerts.config import examine
from tracker.config.alert_tables import ChannelTable
from tracker.config.read_settings import load_settings
from tracker.config.settings import Settings
from tracker.errors import SettingsError


def loaded(home: Path, text: str | None = None, **environment: str) -> Settings:
    if text is not None:
        (home / "trialwatch.toml").write_text(text, encoding="utf-8")
    return load_settings({"TRIALWATCH_HOME": str(home)} | environment)


def refused(home: Path, text: str | None = None, **environment: str) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        loaded(home, text, **environment)
    return caught.value


def test_nothing_said_is_the_polite_default(tmp_path: Path) -> None:
    settings = loaded(tmp_path)
    assert settings.table("ctgov").url == "https://clinicaltrials.gov"
    assert settings.table("ctgov").requests_per_second == 1.0
    assert settings.database == tmp_path / "trialwatch.db"
    assert settings.test_clock is None


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    text = 'database_url = "sqlite:///file.db"\n[ctgov]\nurl = "http://file.example"\nrequests_per_second = 2\n'
    assert loaded(tmp_path, text).table("ctgov").url == "http://file.example"
    settings = loaded(
        tmp_path,
        text,
        TRIALWATCH_CTGOV_URL="http://127.0.0.1:9000",
        TRIALWATCH_REQUESTS_PER_SECOND="5.5",
        TRIALWATCH_DATABASE_URL="postgresql+psycopg:///trials",
        TRIALWATCH_TEST_CLOCK="/tmp/clock",
    )
    assert settings.table("ctgov").url == "http://127.0.0.1:9000"
    assert settings.table("ctgov").requests_per_second == 5.5
    assert settings.database == "postgresql+psycopg:///trials"
    assert settings.test_clock == Path("/tmp/clock")


def test_an_empty_variable_says_nothing(tmp_path: Path) -> None:
    assert (
        loaded(tmp_path, '[ctgov]\nurl = "http://file.example"', TRIALWATCH_CTGOV_URL="")
        .table("ctgov")
        .url.endswith("example")
    )


UNKNOWN = [
    ("[ctgov]\n\nrequests_per_secnod = 1\n", "requests_per_secnod", 3),
    ('databse_url = "x"\n', "databse_url", 1),
    ("# words\n[ctgvo]\nx = 1\n", "ctgvo", 2),
    ('[ctgov]\nurl = "http://x.example"\nrequests_per_second = "fast"\n', "requests_per_second", 3),
    ("[ctgov]\nrequests_per_second = true\n", "requests_per_second", 2),
    ("database_url = 5\n", "database_url", 1),
]


@pytest.mark.parametrize(("text", "key", "line"), UNKNOWN)
def test_what_is_off_in_the_file_is_named_with_its_line(tmp_path: Path, text: str, key: str, line: int) -> None:
    error = refused(tmp_path, text)
    assert error.subject == key
    assert f"{tmp_path / 'trialwatch.toml'}, line {line}: {key}" in error.message


@pytest.mark.parametrize("rate", ["0", "-1", "1001", "nan", "inf", "fast"])
def test_a_rate_must_be_a_number_that_can_be_kept(tmp_path: Path, rate: str) -> None:
    assert "requests_per_second" in refused(tmp_path, TRIALWATCH_REQUESTS_PER_SECOND=rate).message.lower()


@pytest.mark.parametrize("url", ["clinicaltrials.gov", "ftp://x.example", "http://", "http://[::1", "http://x:port"])
def test_an_address_must_be_one(tmp_path: Path, url: str) -> None:
    error = refused(tmp_path, TRIALWATCH_CTGOV_URL=url)
    assert error.subject == "url"
    assert repr(url) in error.message


@pytest.mark.parametrize(("table", "key"), [("ctgov", "proxy"), ("daemon", "ping_url"), ("euctr", "url")])
def test_every_address_of_the_file_must_be_one(tmp_path: Path, table: str, key: str) -> None:
    error = refused(tmp_path, f'[{table}]\n{key} = "ftp://x.example"\n')
    assert error.subject == key
    assert f"line 2: {key} must be an http(s) address" in error.message


@pytest.mark.parametrize("contact", ["Jürgen <j@x.example>", "a@x.example\\r\\nX: y", "a\\u0000"])
def test_a_contact_is_what_a_header_takes(tmp_path: Path, contact: str) -> None:
    assert refused(tmp_path, f'[ctgov]\ncontact = "{contact}"\n').subject == "contact"


BOTH = ["contact", "proxy"]


@pytest.mark.parametrize("key", BOTH)
def test_what_holds_for_all_registries_may_stand_in_the_older_place(tmp_path: Path, key: str) -> None:
    place = "http://proxy.example:3128"
    for text in (f'[http]\n{key} = "{place}"\n', f'[ctgov]\n{key} = "{place}"\n'):
        assert getattr(loaded(tmp_path, text).outbound, key) == place
    agreed = loaded(tmp_path, f'[http]\n{key} = "{place}"\n[ctgov]\n{key} = "{place}"\n')
    assert getattr(agreed.outbound, key) == place


@pytest.mark.parametrize("key", BOTH)
def test_two_places_that_differ_are_refused_by_line(tmp_path: Path, key: str) -> None:
    text = f'[http]\n{key} = "http://a.example"\n[ctgov]\n{key} = "http://b.example"\n'
    error = refused(tmp_path, text)
    assert error.subject == key
    assert f"{tmp_path / 'trialwatch.toml'}, line 4: {key} stands in [http] too" in error.message


def test_the_older_place_is_in_no_other_registry(tmp_path: Path) -> None:
    assert "line 2: contact" in refused(tmp_path, '[euctr]\ncontact = "a@x.example"\n').message


def test_a_registry_without_a_pace_of_its_own_has_half_of_the_first(tmp_path: Path) -> None:
    settings = loaded(tmp_path, "[ctgov]\nrequests_per_second = 3\n")
    assert (settings.pace(), settings.pace("ctgov"), settings.pace("euctr")) == (3.0, 3.0, 1.5)
    assert loaded(tmp_path, "[euctr]\nrequests_per_second = 0.25\n").pace("euctr") == 0.25
    for table in ("ctgov", "euctr"):
        message = refused(tmp_path, f"[{table}]\nrequests_per_second = 0\n").message
        assert "line 2: requests_per_second must be above 0" in message


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "trialwatch.toml").write_bytes(b'\xef\xbb\xbf[ctgov]\r\n\tcontact = "a@x.example"\r\n')
    assert loaded(tmp_path).contact == "a@x.example"


def test_a_database_must_be_one_we_know(tmp_path: Path) -> None:
    assert refused(tmp_path, TRIALWATCH_DATABASE_URL="mysql://x").subject == "database_url"


def test_a_table_must_be_a_table(tmp_path: Path) -> None:
    assert refused(tmp_path, "ctgov = 5\n").subject == "ctgov"
    assert refused(tmp_path, "ctgov = 5\n", TRIALWATCH_CTGOV_URL="http://x.example").subject == "ctgov"


def test_a_named_file_must_be_there_and_the_usual_one_need_not(tmp_path: Path) -> None:
    missing = tmp_path / "elsewhere.toml"
    error = refused(tmp_path, TRIALWATCH_CONFIG=str(missing))
    assert error.message == f"The config file {missing} does not exist"
    missing.write_text("[ctgov]\nrequests_per_second = 3\n")
    assert loaded(tmp_path, TRIALWATCH_CONFIG=str(missing)).table("ctgov").requests_per_second == 3


def test_a_file_that_cannot_be_read_or_is_no_toml_is_named(tmp_path: Path) -> None:
    assert "is not valid TOML" in refused(tmp_path, "[ctgov\n").message
    (tmp_path / "trialwatch.toml").write_bytes(b"\xff\xfe\x00")
    assert "cannot be read" in refused(tmp_path).message
    assert "cannot be read" in refused(tmp_path, TRIALWATCH_CONFIG=str(tmp_path)).message


SAVED = {
    "utf-8 with a mark": lambda text: text.encode("utf-8-sig"),
    "utf-16": lambda text: b"\xff\xfe" + text.encode("utf-16-le"),
    "utf-16 of big ends": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "line ends of windows": lambda text: text.replace("\n", "\r\n").encode(),
    "line ends of an old mac": lambda text: text.replace("\n", "\r").encode(),
}


@pytest.mark.fault("R-C8")
@pytest.mark.parametrize("save", SAVED.values(), ids=SAVED)
def test_a_file_that_windows_wrote_is_read_and_told_by_line(tmp_path: Path, save: Callable[[str], bytes]) -> None:
    file = tmp_path / "trialwatch.toml"
    file.write_bytes(save('# Grüße\n[ctgov]\nurl = "http://a.example"\n'))
    assert loaded(tmp_path).table("ctgov").url == "http://a.example"
    file.write_bytes(save('# Grüße\n[ctgov]\nurl = "http://a.example"\ncontakt = "x"\n'))
    assert "line 4" in refused(tmp_path).message


@pytest.mark.fault("R-C8")
@pytest.mark.parametrize("save", SAVED.values(), ids=SAVED)
def test_a_mistake_is_told_at_its_own_channel(tmp_path: Path, save: Callable[[str], bytes]) -> None:
    channel = '[[channel]]\nname = "{}"\ntype = "email"\nto = ["{}"]\nfrom = "t@example.org"\nsmtp = "smtp://h:25"\n'
    file = tmp_path / "trialwatch.toml"
    file.write_bytes(save(channel.format("one", "not an address") + channel.format("two", "me@example.org")))
    _, mistakes = examine(loaded(tmp_path))
    assert [(it.path[:2], it.line) for it in mistakes] == [(("channel", 0), 4)]
    file.write_bytes(save(channel.format("one", "me@example.org") + channel.format("two", "not an address")))
    _, mistakes = examine(loaded(tmp_path))
    assert [(it.path[:2], it.line) for it in mistakes] == [(("channel", 1), 10)]


@pytest.mark.fault("R-C8")
def test_a_file_in_another_encoding_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "trialwatch.toml").write_bytes('[ctgov]\ncontact = "Grüße"\n'.encode("cp1252"))
    said = refused(tmp_path).message
    assert said.endswith("line 2 holds a letter that is not UTF-8; save it as UTF-8")


@pytest.mark.fault("R-C8")
@pytest.mark.parametrize(
    "body",
    [
        "a pass wörd".encode("utf-8-sig") + b"\r\n",
        b"\xff\xfe" + "a pass wörd\r\n\r\n".encode("utf-16-le"),
        b"\xfe\xff" + "a pass wörd\n".encode("utf-16-be"),
        "a pass wörd".encode(),
    ],
    ids=["mark", "utf-16-le", "utf-16-be", "plain"],
)
def test_a_secret_is_its_file_without_mark_and_line_end(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "password").write_bytes(body)
    values = {"to": ["me@example.org"], "from": "t@example.org", "smtp": "smtp://me@h.example:25"}
    raw = ChannelTable("me", "email", {**values, "password_file": str(tmp_path / "password")})
    spec, wrong = spec_of(raw, Installation())
    assert isinstance(spec, EmailSpec) and (spec.password, wrong) == ("a pass wörd", [])


@pytest.mark.fault("R-C8")
@pytest.mark.parametrize("kind", ["url_file", "secret_file"])
def test_files_of_webhooks_may_have_a_mark_too(tmp_path: Path, kind: str) -> None:
    files = {"url_file": "https://hooks.example.org/x", "secret_file": "whsec_" + "QUJD" * 8}
    for name, text in files.items():
        mark = b"\xff\xfe" if name == kind else b""
        (tmp_path / name).write_bytes(mark + text.encode("utf-16-le" if mark else "utf-8"))
    raw = ChannelTable("team", "webhook", {name: str(tmp_path / name) for name in files})
    spec, wrong = spec_of(raw, Installation())
    assert isinstance(spec, WebhookSpec) and wrong == []
    assert (spec.url, spec.secrets) == (files["url_file"], (files["secret_file"],))


@pytest.mark.fault("R-C8")
@pytest.mark.parametrize("body", ["sésame".encode("cp1252"), "sesame".encode("utf-16-le"), b"ses\0ame-and-more"])
def test_a_secret_in_another_encoding_is_never_guessed(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "address").write_bytes(body)
    found, wrong = spec_of(ChannelTable("n", "notify", {"url_file": str(tmp_path / "address")}), Installation())
    assert isinstance(found, Missing) and wrong == []
    assert found.reason.endswith("save it as UTF-8") and str(tmp_path / "address") in found.reason
    assert "ame" not in found.reason.replace("name", "")
