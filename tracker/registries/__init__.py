"""What we read, one folder a registry. Adding one: copy a folder, add its line to READERS (and to `tracker.app`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tracker.registries import ctgov, euctr, trialpage
from tracker.registries.registry import Reading

__all__ = ["MUTED", "PAGE_READER", "PAST_READERS", "READERS"]

READERS: Mapping[str, Callable[..., Reading]] = {"ctgov": ctgov.read, "euctr": euctr.read}
"""Registry name -> how one raw document of it is understood. Pure; asks nobody."""
PAST_READERS: Mapping[str, Callable[..., Reading]] = {"ctgov": ctgov.read_past}
"""The same for documents of a registry's own history."""
PAGE_READER: Callable[..., Reading] = trialpage.read
"""How a page beside a trial's timeline is understood, whichever registry the trial is of. Pure."""
MUTED: Mapping[str, Callable[..., list[tuple[str, str]]]] = {"ctgov": ctgov.muted, "euctr": euctr.muted}
"""What differs between two raw documents and is not heard: paths, each with the reason. Pure."""
