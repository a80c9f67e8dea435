"""Fault C21: a config file that says what it should not, or to whom it should not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tracker.config.read_settings import load_settings
from tracker.errors import SettingsError
from tracker.services.diagnostics.doctor import NETWORKED, examine, file_system_of

SECRET = (
    'database_url = "sqlite:////{home}/a.db"\n[ctgov]\nurl = "http://127.0.0.1:9"\nproxy = "http://me:pw@127.0.0.1:9"\n'
)


def config_row(home: Path) -> tuple[object, str]:
    rows = {row.check: row for row in examine(load_settings({"TRIALWATCH_HOME": str(home)}))}
    return rows["config"].ok, rows["config"].detail


@pytest.mark.fault("C21")
def test_an_unknown_key_is_an_error_that_names_it_and_its_line(tmp_path: Path) -> None:
    (tmp_path / "trialwatch.toml").write_text("[ctgov]\n# a remark\ncontcat = 'me'\n")
    with pytest.raises(SettingsError, match="line 3: contcat"):
        load_settings({"TRIALWATCH_HOME": str(tmp_path)})


@pytest.mark.fault("C21")
def test_a_password_that_others_can_read_is_told_by_the_doctor(tmp_path: Path) -> None:
    file = tmp_path / "trialwatch.toml"
    file.write_text(SECRET.format(home=tmp_path))
    file.chmod(0o644)
    ok, detail = config_row(tmp_path)
    assert ok is False
    assert "chmod 600" in detail and "pw" not in detail
    file.chmod(0o600)
    assert config_row(tmp_path) == (True, str(file))


@pytest.mark.fault("F22")
def test_a_file_system_without_locks_is_told_by_its_mount() -> None:
    mounts = "/dev/vda / ext4 rw 0 0\nserver:/home /mnt/home nfs4 rw 0 0\ntmpfs /mnt/home/ram tmpfs rw 0 0\n"
    kinds = {
        place: file_system_of(Path(place), mounts) for place in ("/srv/x.db", "/mnt/home/x.db", "/mnt/home/ram/x.db")
    }
    assert list(kinds.values()) == ["ext4", "nfs4", "tmpfs"]
    assert "nfs4" in NETWORKED and "ext4" not in NETWORKED
    assert file_system_of(Path("/srv/x.db"), "") == ""
