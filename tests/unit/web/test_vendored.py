"""Files of others are what their list says, and every one is on it."""

from __future__ import annotations

import re
from hashlib import sha256

from tracker.web.assets import STATIC

VENDOR = STATIC / "vendor"
ROW = re.compile(r"\| `([^`]+)` \| ([\d.]+) \| (\S+) \| [^|]+ \| `([0-9a-f]{64})` \|")


def test_each_file_is_listed_with_its_hash_and_has_its_licence() -> None:
    listed = {path: digest for path, _, _, digest in ROW.findall((VENDOR / "README.md").read_text(encoding="utf-8"))}
    found = {
        str(file.relative_to(VENDOR)): sha256(file.read_bytes()).hexdigest()
        for file in VENDOR.rglob("*")
        if file.is_file() and file.name not in ("README.md", "LICENSE")
    }
    assert listed == found and found
    assert all((VENDOR / path).with_name("LICENSE").exists() for path in found)
    assert all("@" in path.split("/")[0] for path in found)
