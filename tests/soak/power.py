"""Power cuts: a writer's system calls are recorded, and replayed up to a random point, without what was not yet synced.

Of the writes since a file's last sync some are lost, some torn, some there, in any combination, as on a disk with a
cache of its own. Whatever was acknowledged before the cut has to be there, whole. Needs strace.
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from storage.backup.backup import contents
from storage.engine.database import Database
from storage.integrity.verify import verify
from tests.support.paths import ROOT
from tests.support.store.store_factories import NOW

_CALL = re.compile(
    r"^(?:\[pid +\d+\] |\d+ +)?(pwrite64|write|fdatasync|fsync|ftruncate)\(\d+<([^>]*)>(?:, )?"
    r'(?:"((?:\\x..)*)", (\d+))?(?:, )?(\d+)?\) += (-?\d+)'
)


@dataclass(frozen=True)
class Call:
    """One call on one file: `data` at `at`; None for a sync. `size`: it was cut to."""

    file: str
    data: bytes | None = None
    at: int = 0
    size: int | None = None


@dataclass
class Cuts:
    cuts: int = 0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.cuts} cuts, {len(self.wrong)} lost or broke something"


def why_not() -> str:
    """Why calls cannot be recorded here, "" when they can."""
    tool = shutil.which("strace")
    if tool is None:
        return "strace is not installed (Debian: apt-get install strace)"
    tried = subprocess.run([tool, "-o", "/dev/null", "true"], capture_output=True, check=False)
    return "" if tried.returncode == 0 else "strace may not trace here"


def power_cuts(folder: Path, times: int, seed: int = 0) -> Cuts:
    """Record one writer, and cut its power so many times."""
    names = [folder / name for name in ("store.db", "store.db-wal", "acknowledged")]
    Database.open(f"sqlite:///{names[0]}", NOW).close()
    names[2].touch()
    before = {path.name: path.read_bytes() if path.exists() else b"" for path in names}
    calls = _recorded(folder, names)
    assert sum(call.data is None and call.size is None for call in calls) > 20, "nothing was synced"
    chance = random.Random(seed)
    result = Cuts()
    for _ in range(times):
        cut = chance.randrange(len(calls) + 1)
        files = _after(before, calls[:cut], chance)
        wrong = _judged(folder / "cut", files)
        result.cuts += 1
        if wrong:
            result.wrong.append(f"after call {cut}: {wrong}")
    return result


def _recorded(folder: Path, names: list[Path]) -> list[Call]:
    log = folder / "strace"
    watched = [word for path in names for word in ("-P", str(path))]
    traced = "trace=pwrite64,write,fdatasync,fsync,ftruncate"
    child = [
        sys.executable,
        "-m",
        "tests.support.store.crashing_child",
        f"sqlite:///{names[0]}",
        "writes_a_hundred",
        str(names[2]),
    ]
    command = ["strace", "-f", "-y", "-xx", "-s", "2000000", "-e", traced, "-o", str(log), *watched, *child]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    found = (_CALL.match(line) for line in log.read_text().splitlines())
    return [_call(*call.groups()) for call in found if call]


def _call(name: str, path: str, data: str | None, _length: str | None, last: str | None, _result: str) -> Call:
    path = bytes.fromhex(path.replace("\\x", "")).decode() if path.startswith("\\x") else path
    file = Path(path).name
    if name == "ftruncate":
        return Call(file, size=int(last or 0))
    if data is None:
        return Call(file)
    return Call(file, bytes.fromhex(data.replace("\\x", "")), int(last) if last and name == "pwrite64" else -1)


def _after(before: dict[str, bytes], calls: list[Call], chance: random.Random) -> dict[str, bytes]:
    """The files as they may be found after the cut."""
    found = {name: bytearray(data) for name, data in before.items()}
    waiting: dict[str, list[Call]] = {name: [] for name in before}
    for call in calls:
        if call.file == "acknowledged" and call.data is not None:
            found[call.file] += call.data  # somebody has seen it: that is not taken back
        elif call.data is None and call.size is None:
            for each in waiting[call.file]:
                _apply(found[call.file], each, None)
            waiting[call.file].clear()
        else:
            waiting[call.file].append(call)
    for name, left in waiting.items():
        for each in left:
            if chance.random() < 0.5:
                _apply(found[name], each, chance if chance.random() < 0.3 else None)
    return {name: bytes(data) for name, data in found.items()}


def _apply(file: bytearray, call: Call, torn: random.Random | None) -> None:
    if call.size is not None:
        del file[call.size :]
        file.extend(bytes(call.size - len(file)))
        return
    assert call.data is not None
    data = call.data[: torn.randrange(0, len(call.data) + 1, 512)] if torn else call.data
    if len(file) < call.at + len(data):
        file.extend(bytes(call.at + len(data) - len(file)))
    file[call.at : call.at + len(data)] = data


def _judged(folder: Path, files: dict[str, bytes]) -> str:
    """What is wrong with a store found so; "" when nothing is."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    acknowledged = int((files["acknowledged"].split() or [b"0"])[-1])
    with closing(Database.open(f"sqlite:///{folder / 'store.db'}", NOW)) as database, database.read() as session:
        database.check()
        faults = list(verify(session))
        held = contents(session)
    if faults or held.versions < acknowledged or held.seq != 2 * held.versions:
        return f"{acknowledged} versions acknowledged, {held.versions} there with {held.seq} events, {faults[:1]}"
    return ""
