"""What opens a door is in no output, no log and no file; and what is written is for its owner only."""

from __future__ import annotations

import os
import re
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from schedules.clock import FileClock
from storage.backup import backup
from storage.backup.restore import Wanted, restore
from storage.engine.database import Database
from storage.engine.redaction import HIDDEN, holds_secret, redacted, safe_address
from storage.engine.sqlite_driver import connect
from storage.errors import StorageError
from storage.files.atomic_files import write_whole
from storage.files.private_files import make_folder, opener
from storage.polling.locks import poll_lock
from tests.support.channels.alert_harness import SECRET
from tests.support.channels.smtp_sink import Mailbox
from tests.support.channels.webhook_sink import Sink
from tests.support.program.program import COMMAND, NOBODY, Program, record, update
from tests.support.registry.embedded_registry import RegistryServer
from tests.support.store.postgres import fresh_database
from tests.support.store.store_factories import NOW, small_store
from tracker.daemon.log import Log

ONE = "NCT00000001"
MARK = "Pl4nted"
"""Every planted secret holds this word."""
PLANTED = re.compile(rf"\w*{MARK}\w*")
pytestmark = pytest.mark.fault("R-G7")
FORMATS = ("table", "json", "jsonl", "csv")


def config(sink: Sink, box: Mailbox, registry: RegistryServer) -> str:
    return f"""
[ctgov]
url = "{registry.url.replace("://", f"://u{MARK}1:p{MARK}2@")}"
contact = "me@example.org"
[daemon]
ping_url = "{sink.url}/{MARK}3?key={MARK}4"
[alerts]
owner = "me"
[[channel]]
name = "team"
type = "webhook"
url = "{sink.url}/{MARK}5?token={MARK}6"
secret_env = "HOOK_SECRET"
allow = ["{sink.place}"]
[[channel]]
name = "me"
type = "email"
to = ["me@example.org"]
from = "trialwatch@example.org"
smtp = "smtp://u{MARK}7@127.0.0.1:{box.port}"
password_env = "SMTP_PASSWORD"
[[rule]]
name = "all"
on = ["*"]
send = ["team", "me"]
"""


SECRETS = {"HOOK_SECRET": SECRET, "SMTP_PASSWORD": f"{MARK}8"}


def with_secrets(url: str) -> str:
    """A PostgreSQL address that works, with a password and options that hold secrets."""
    more = f"&sslpassword={MARK}12&sslkey=/nowhere/{MARK}13&passfile=/nowhere/{MARK}14&sslrootcert=/nowhere/{MARK}15"
    return url.replace("postgres@", f"postgres:p{MARK}11@") + more


def leaks(*texts: str | bytes) -> list[str]:
    found = []
    for text in texts:
        plain = text.decode(errors="replace") if isinstance(text, bytes) else text
        found += [f"{it[0]} in {plain[max(0, it.start() - 80) : it.end() + 20]!r}" for it in PLANTED.finditer(plain)]
        found += [f"webhook secret in {plain[:80]}"] if SECRET in plain else []
    return found


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """The environment that names a store."""
    if request.param == "sqlite":
        yield {}
        return
    with fresh_database() as (_, url):
        yield {"TRIALWATCH_DATABASE_URL": with_secrets(url)}


COMMANDS = """
status|doctor|list|poll|verify|changes|changes --all|history {ONE}|show {ONE}|show {ONE} --raw|results|diff {ONE}
similar {ONE}|compare {ONE}|alerts check|alerts outbox|alerts preview|alerts test team|alerts test me
verify --write-anchor {0}/{form}.anchor|backup {0}/{form}.backup|evidence 1 --to {0}/{form}.zip
restore {0}/{form}.backup --replace
"""
ADDRESSES = ("status", "doctor", "alerts check", "alerts outbox")
"""The commands that say where something leads are asked in every form, all others in two."""
PLAIN = "export changes --to {0}/c.csv|export versions --to {0}/v.parquet|export trials|results --ical {0}/due.ics"


def test_no_output_of_any_command_holds_a_secret(tmp_path: Path, store: dict[str, str]) -> None:
    out = tmp_path / "made"
    out.mkdir()
    with RegistryServer([record(ONE)]) as registry, Sink() as sink, Mailbox(login=(f"u{MARK}7", f"{MARK}8")) as box:
        program = Program(tmp_path / "home", registry)
        program.home.mkdir(mode=0o700)
        file = program.home / "trialwatch.toml"
        file.write_text(config(sink, box, registry))
        extra = {"TRIALWATCH_CTGOV_URL": "", **SECRETS, **store}
        said = [program.run("watch", ONE, "--no-backfill", expect=None, **extra)]
        program.day()
        update(registry.studies[ONE], program.clock.read_text()[:10], overallStatus="COMPLETED")
        lines = [it for line in COMMANDS.split("\n") for it in line.split("|") if it]
        for form in FORMATS:
            for line in lines if form in ("table", "json") else ADDRESSES:
                words = line.format(out, ONE=ONE, form=form).split()
                said.append(program.run(*words, "-o", form, expect=None, **extra))
        wrong = extra | {"SMTP_PASSWORD": f"{MARK}9"}
        said.append(program.run("alerts", "test", "me", expect=1, **wrong))
        said += [program.run(*line.format(out).split(), expect=None, **extra) for line in PLAIN.split("|")]
        beating = program.environment({**extra, "TRIALWATCH_TEST_CLOCK": ""})
        log = daemon_log(beating)
    assert '"daemon started"' in log and '"store"' in log
    assert registry.requests and sink.hooks and box.mails, "the addresses were used"
    assert leaks(log, *(it.out for it in said), *(it.err for it in said)) == []
    written = [it for it in (*program.home.rglob("*"), *out.rglob("*")) if it.is_file() and it != file]
    assert len(written) > 9 and leaks(*(it.read_bytes() for it in written)) == []
    assert not any("fault of Trialwatch" in it.err + it.out for it in said)


def daemon_log(environment: dict[str, str]) -> str:
    """What a daemon says from its start to its end."""
    lines = []
    with subprocess.Popen([*COMMAND, "daemon"], env=environment, stderr=subprocess.PIPE, text=True) as daemon:
        assert daemon.stderr is not None
        for line in daemon.stderr:
            lines.append(line)
            if "daemon started" in line:
                daemon.send_signal(signal.SIGTERM)
    return "".join(lines)


@pytest.mark.parametrize("address", [f"json://u:{MARK}@127.0.0.1:9/{MARK}", f"nonsense://{MARK}", f"slack://{MARK}/a"])
def test_a_service_for_notes_is_named_without_its_token(program: Program, address: str) -> None:
    program.home.mkdir()
    (program.home / "trialwatch.toml").write_text('[[channel]]\nname = "chat"\ntype = "notify"\nurl_env = "CHAT"\n')
    # Apprise imports what Python is about to drop.
    environment = program.environment({"CHAT": address, "PYTHONWARNINGS": "ignore"})
    for words in ("alerts check -o json", "alerts check -o table", "doctor -o csv", "alerts test chat", "status"):
        done = subprocess.run([*COMMAND, *words.split()], env=environment, capture_output=True, text=True, check=False)
        assert leaks(done.stdout, done.stderr) == []
        assert "chat" in done.stdout + done.stderr or words == "status"


WRONG_ADDRESSES = [
    f"https//hc-ping.example/{MARK}",
    f"htps://hc-ping.example/{MARK}",
    f"hc-ping.example/{MARK}",
    f"{MARK}",
    f"http://user:{MARK}@[::1/x",
    f"http://me:p/{MARK}@host.example/",
    f"http://me:p?{MARK}@host.example/",
    f"ftp://me:{MARK}@host.example/a",
    f"http://host.example:{MARK}/",
    f"http://:{MARK}@",
]


@pytest.mark.parametrize("url", WRONG_ADDRESSES)
@pytest.mark.parametrize(("table", "key"), [("daemon", "ping_url"), ("ctgov", "proxy")])
def test_a_mistyped_address_is_named_and_not_shown(program: Program, table: str, key: str, url: str) -> None:
    program.home.mkdir()
    (program.home / "trialwatch.toml").write_text(f'[{table}]\n{key} = "{url}"\n')
    for command in ("status -o table", "doctor -o json"):
        run = program.run(*command.split(), expect=None)
        if run.code == 2:
            assert key in run.out + run.err
        assert leaks(run.out, run.err) == []


WRONG_STORES = [
    f"postgresql+psycopg://me:{MARK}@127.0.0.1:9/d",
    f"postgresql+psycopg://me@127.0.0.1:9/d?password={MARK}",
    f"postgresql+psycopg://me@127.0.0.1:9/d?sslpassword={MARK}&sslmode=verify-full&sslkey=/x/{MARK}",
    f"postgresql+psycopg://me@127.0.0.1:9/d?pasword={MARK}",
    f"postgresql+psycopg://me@127.0.0.1:9/d?connect_timeout={MARK}&passfile={MARK}",
    f"postgresql+psycopg://me@127.0.0.1:9/d?sslmode=verify-ca&sslrootcert=/x/{MARK}",
    f"postgresql+psycopg://me:{MARK}@127.0.0.1:port/d",
    f"postgresql+psycopg://me:1/{MARK}@127.0.0.1:9/d",
    f"postgresql+psycopg://me:1?{MARK}@127.0.0.1:9/d",
    f"postgresql+psycopg:///host%3D127.0.0.1 port%3D9 password%3D{MARK}",
    f"postgresql+nodriver://me:{MARK}@127.0.0.1/d?password={MARK}",
    f"postgresql://me:{MARK}@127.0.0.1/d",
    f"mysql://me:{MARK}@127.0.0.1/d",
    f"postgres://me:{MARK}@127.0.0.1/d?password={MARK}",
    f"me:{MARK}@127.0.0.1/d",
]


@pytest.mark.parametrize("url", WRONG_STORES)
def test_a_store_that_cannot_be_opened_is_named_without_secrets(program: Program, tmp_path: Path, url: str) -> None:
    for words in (["status"], ["doctor"], ["poll"], ["backup", f"{tmp_path}/b"], ["daemon"], ["restore", __file__]):
        more = [] if words == ["daemon"] else ["-o", "json"]
        run = program.run(*words, *more, expect=None, TRIALWATCH_DATABASE_URL=url)
        assert run.code and leaks(run.out, run.err) == []
        assert "fault of Trialwatch" not in run.out + run.err, run


WRONG_CHANNELS = [
    ('"webhook"', f'url = "https://hooks.example/x"\nallow = ["https://hooks.example/{MARK}"]\nsecret_env = "X"'),
    ('"webhook"', f'url = "https://me:{MARK}@hooks.example/x"\nsecret_env = "X"'),
    ('"webhook"', f'url = "hooks.example/{MARK}"\nsecret_env = "X"'),
    ('"webhook"', f'url = "https://hooks.example/{MARK}"\nsecret_env = "WRONG"'),
    ('"email"', f'to = ["smtp://me:{MARK}@mail.example"]\nfrom = "a@b.example"\nsmtp = "smtp://mail.example"'),
    ('"email"', f'to = ["a@b.example"]\nfrom = "me:{MARK}@b@c"\nsmtp = "smtp://mail.example"'),
    ('"email"', f'to = ["a@b.example"]\nfrom = "a@b.example"\nsmtp = "smtp://{MARK}@mail.example"'),
    ('"email"', f'to = ["a@b.example"]\nfrom = "a@b.example"\nsmtp = "smtp://me:{MARK}@mail.example"'),
    ('"email"', f'to = ["a@b.example"]\nfrom = "a@b.example"\nsmtp = "me:{MARK}@mail.example"'),
]


@pytest.mark.parametrize(("kind", "rest"), WRONG_CHANNELS)
def test_a_channel_that_is_wrong_is_told_without_secrets(program: Program, kind: str, rest: str) -> None:
    program.home.mkdir()
    (program.home / "trialwatch.toml").write_text(f'[[channel]]\nname = "team"\ntype = {kind}\n{rest}\n')
    extra = {"X": SECRET, "WRONG": f"whsec_{MARK}"}
    for words in ("alerts check", "doctor", "poll", "alerts test team"):
        for form in ("table", "json"):
            run = program.run(*words.split(), "-o", form, expect=None, **extra)
            assert leaks(run.out, run.err) == []
    assert "team" in program.run("alerts", "check", expect=None, **extra).out


def test_a_proxy_and_a_registry_that_fail_are_named_without_secrets(program: Program) -> None:
    program.home.mkdir()
    address = f"http://u{MARK}:{MARK}@127.0.0.1:9/{MARK}?a={MARK}"
    for line in (f'proxy = "{address}"\nurl = "http://registry.test"', f'url = "{NOBODY}"\nproxy = "{address}"'):
        (program.home / "trialwatch.toml").write_text(f"[ctgov]\n{line}\n")
        for words in ("doctor", f"watch {ONE}", "poll", "status"):
            for form in ("table", "json"):
                run = program.run(*words.split(), "-o", form, expect=None, TRIALWATCH_CTGOV_URL="")
                assert leaks(run.out, run.err) == []


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql+psycopg://me:pw@db.example:5432/trials", "postgresql+psycopg://db.example:5432/trials"),
        ("postgresql+psycopg:///trials?host=/run&password=x", f"postgresql+psycopg:///trials?{HIDDEN}"),
        ("https://hc-ping.com/token", f"https://hc-ping.com/{HIDDEN}"),
        ("https://hc-ping.com", "https://hc-ping.com"),
        ("http://me:pw@[::1]:8080", "http://[::1]:8080"),
        ("smtp+starttls://key@mail.example:587", "smtp+starttls://mail.example:587"),
        ("slack://token/token", f"slack://token/{HIDDEN}"),
        ("http://me:a/b@host/", f"http://{HIDDEN}"),
        ("http://me:a?b@host/", f"http://{HIDDEN}"),
        ("http://me:a#b@host/", f"http://{HIDDEN}"),
        ("http://host:word", f"http://{HIDDEN}"),
        ("token", HIDDEN),
        ("", HIDDEN),
        ("sqlite:////a?b/c.db", "sqlite:////a?b/c.db"),
    ],
)
def test_an_address_is_shown_without_what_opens_it(address: str, shown: str) -> None:
    assert safe_address(address) == shown


def test_the_address_of_a_registry_keeps_its_path() -> None:
    assert safe_address("https://x.test/api/v2", public=True) == "https://x.test/api/v2"
    assert safe_address("clinicaltrials.gov", public=True) == "clinicaltrials.gov"
    assert safe_address("https://me:pw@x.test/api?key=1", public=True) == f"https://x.test/api?{HIDDEN}"


@pytest.mark.parametrize(
    "said",
    [
        "invalid dsn: postgresql://me:Pl4nted@h/d?password=Pl4nted",
        'missing "=" after "Pl4nted" in connection info string',
        "connection failed: host=x password='Pl4nted it' user=me",
        "could not load private key file /x/Pl4nted",
        "sslpassword = Pl4nted, sslkey=/Pl4nted",
        "Unknown scheme for proxy URL URL('http://me:Pl4nted@h')",
        "the token: Pl4nted",
    ],
)
def test_a_foreign_sentence_loses_its_secrets(said: str) -> None:
    assert "Pl4nted" not in redacted(said, {"Pl4nted"}) and len(redacted(said, {"Pl4nted"})) > 8
    assert redacted("a plain sentence, as it was", {"a"}).endswith("plain sentence, as it was")
    assert redacted("nothing here: is hidden") == "nothing here: is hidden"


def test_a_secret_in_another_spelling_is_hidden_too() -> None:
    assert "rd" not in redacted("said p%40ss%2Fword and p@ss/word", {"p@ss/word"})
    assert holds_secret("http://me:pw@h") and holds_secret("postgresql://h/d?sslpassword=x")
    assert not holds_secret("postgresql://me@h/d?host=/run") and not holds_secret("sqlite:////a?password=x")


def test_a_log_and_a_fault_repeat_no_secret(tmp_path: Path) -> None:
    (tmp_path / "clock").write_text("2026-01-01T00:00:00Z")
    with (tmp_path / "log").open("w") as out:
        log = Log(FileClock(tmp_path / "clock"), out)
        log.trouble("job failed", RuntimeError(f"GET https://me:{MARK}@h/{MARK}?a={MARK} with password={MARK}"))
    text = (tmp_path / "log").read_text()
    assert "job failed" in text and leaks(text) == []
    source = (
        "import sys\nfrom tracker.cli.failures import report_failure\n"
        f"sys.exit(report_failure(RuntimeError('x https://me:{MARK}@h/{MARK} y'), ['list']))"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=False)
    assert "fault of Trialwatch" in done.stderr and leaks(done.stderr) == []


# --- files ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def wide_umask() -> Iterator[None]:
    """New files would be readable by all."""
    before = os.umask(0o000)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    """What others may do with which file or folder, and nothing for those that are private."""
    found = {str(it.relative_to(folder)): stat.S_IMODE(it.lstat().st_mode) for it in folder.rglob("*")}
    return {name: oct(mode) for name, mode in found.items() if mode & 0o077}


@pytest.mark.usefixtures("wide_umask")
def test_what_storage_makes_is_private_from_the_start(tmp_path: Path) -> None:
    home = tmp_path / "deep" / "home"
    with closing(Database.open(home / "store.db", NOW)) as database:
        seen = modes(tmp_path)
        with database.write() as session:
            small_store(session)
            seen |= modes(tmp_path)
        with poll_lock(database, "me", lambda: False):
            seen |= modes(tmp_path)
            assert {it.name for it in home.iterdir()} >= {"store.db", "store.db-wal", "store.db-shm"}
        told: list[str] = []

        def look(_what: str, _done: int) -> None:
            told.extend(it.name for it in home.iterdir() if it.name.endswith(".part"))
            seen.update(modes(tmp_path))

        backup.write(database, home / "a.backup", force=False, unchecked=False, now=NOW, tell=look)
    assert told, "looked while it was half written"
    restore(home / "new" / "new.db", home / "a.backup", Wanted(), home=home, now=NOW)
    restore(home / "new" / "new.db", home / "a.backup", Wanted(replace=True), home=home, now=NOW + timedelta(days=1))
    (home / "new" / "new.db").write_bytes(b"damaged" * 500)
    restore(home / "new" / "new.db", home / "a.backup", Wanted(replace=True), home=home, now=NOW + timedelta(days=2))
    write_whole(home / "anchor.json", b"{}", force=False)
    write_whole(home / "anchor.json", b"{}", force=True)
    with open(home / "x.ics", "w", opener=opener) as out:
        out.write("x")
    assert seen | modes(tmp_path) == {}


@pytest.mark.usefixtures("wide_umask")
def test_a_copy_of_an_old_schema_is_private(tmp_path: Path) -> None:
    path = tmp_path / "home" / "store.db"
    Database.open(path, NOW).close()
    with closing(connect(path)) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '0006'")
    with pytest.raises(StorageError):
        Database.open(path, NOW)  # its tables are newer than it says: enough to have it copied first
    assert (tmp_path / "home" / "store.db.schema-0006").exists() and modes(tmp_path) == {}


@pytest.mark.usefixtures("wide_umask")
def test_a_link_to_a_store_that_is_not_there_yet_is_followed(tmp_path: Path) -> None:
    make_folder(tmp_path / "far")
    make_folder(tmp_path / "home")
    (tmp_path / "home" / "store.db").symlink_to(tmp_path / "far" / "real.db")
    Database.open(tmp_path / "home" / "store.db", NOW).close()
    assert stat.S_IMODE((tmp_path / "far" / "real.db").stat().st_mode) == 0o600


def test_what_commands_write_is_private(program: Program, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir(mode=0o700)
    program.run("watch", ONE, "--no-backfill")
    for line in (
        "backup {0}/b.db|export changes --to {0}/c.csv|export changes --to {0}/c.parquet|export trials --to {0}/t.jsonl"
        "|verify --write-anchor {0}/a.json|evidence 1 --to {0}/e.zip|results --ical {0}/d.ics|demo --keep {0}/demo"
    ).split("|"):
        program.run(*line.format(out).split())
    assert len(list(out.iterdir())) == 8 and modes(out) == {} and modes(program.home) == {}
    assert stat.S_IMODE(program.home.stat().st_mode) == 0o700


def test_what_was_open_to_others_stays_so_and_is_told(program: Program, tmp_path: Path) -> None:
    program.run("watch", ONE, "--no-backfill")
    shutil.copy(program.home / "trialwatch.db", program.home / "trialwatch.db.schema-0001")
    for it in (program.home, *program.home.iterdir()):
        it.chmod(0o755 if it.is_dir() else 0o644)
    program.run("list")
    assert stat.S_IMODE(program.home.stat().st_mode) == 0o755
    assert stat.S_IMODE((program.home / "trialwatch.db").stat().st_mode) == 0o644
    rows = [row for row in program.json("doctor", expect=None)["checks"] if row["check"] == "privacy"]
    assert [row["ok"] for row in rows] == [None, None]
    for row in rows:
        command = row["detail"].rpartition(": ")[2]
        assert command.startswith("chmod ")
        subprocess.run(command, shell=True, check=True)
    assert modes(tmp_path / "home") == {} and stat.S_IMODE(program.home.stat().st_mode) == 0o700
    assert not [row for row in program.json("doctor", expect=None)["checks"] if row["check"] == "privacy"]
