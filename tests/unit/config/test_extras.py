"""The command that installs an extra fits the way the program was installed."""

from __future__ import annotations

import pytest

from tracker.config.extras import install_extra


@pytest.mark.parametrize(
    ("prefix", "command"),
    [
        ("/home/me/.local/share/pipx/venvs/trialwatch", "pipx install --force '.[postgres]'"),
        ("/opt/pipx/venvs/trialwatch", "pipx install --force '.[postgres]'"),
        ("/home/me/.local/share/uv/tools/trialwatch", "uv tool install --force '.[postgres]'"),
        ("/home/me/.local/share/uv/python/3.12", "/my/python -m pip install '.[postgres]'"),
        ("/opt/trialwatch", "/my/python -m pip install '.[postgres]'"),
        ("/home/pipxer/venv", "/my/python -m pip install '.[postgres]'"),
    ],
)
def test_each_way_of_installing_has_its_command(prefix: str, command: str) -> None:
    assert install_extra("postgres", prefix=prefix, python="/my/python") == command


def test_a_path_with_a_blank_runs_as_printed() -> None:
    assert (
        install_extra("notify", prefix="/x", python="/my own/python") == "'/my own/python' -m pip install '.[notify]'"
    )
