"""The line in the crontab: one for each store, and never two for one."""

from __future__ import annotations

import os
from pathlib import Path

from tracker.services.beginning.run_mode import RunMode, run_by_itself


def test_each_home_has_a_line_of_its_own(tmp_path: Path) -> None:
    table, program = tmp_path / "table", tmp_path / "bin" / "crontab"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nif [ "$1" = -l ]; then cat "{table}"; else cat > "{table}"; fi\n')
    program.chmod(0o755)
    table.write_text("")
    path = f"{program.parent}:{os.environ['PATH']}"
    for home in ("one", "two", "one"):
        environment = {"PATH": path, "TRIALWATCH_HOME": f"/srv/{home}"}
        assert run_by_itself(RunMode.CRON, environment).problem == ""
    lines = table.read_text().splitlines()
    assert [sum(f"TRIALWATCH_HOME=/srv/{home} " in line for line in lines) for home in ("one", "two")] == [1, 1]
