"""What the registry sends of a record when a request names `fields`: those and nothing else."""

from __future__ import annotations

from typing import Any

__all__ = ["UnknownField", "projected"]

Study = dict[str, Any]
_PIECES = {
    "NCTId": ("protocolSection", "identificationModule", "nctId"),
    "BriefTitle": ("protocolSection", "identificationModule", "briefTitle"),
    "LocationCountry": ("protocolSection", "contactsLocationsModule", "locations", "country"),
    "HasResults": ("hasResults",),
}
_MODULES = {
    "protocolSection": "Identification Status SponsorCollaborators Oversight Description Conditions Design "
    "ArmsInterventions Outcomes Eligibility ContactsLocations References IPDSharingStatement",
    "derivedSection": "MiscInfo ConditionBrowse InterventionBrowse",
}


class UnknownField(ValueError):
    """The registry answers 400."""


def projected(record: Study, fields: str) -> Study:
    """Return the parts of a record that `fields` (names with commas) name. Raise UnknownField."""
    known = dict(_PIECES)
    for section, modules in _MODULES.items():
        known |= {f"{name}Module": (section, f"{name[0].lower()}{name[1:]}Module") for name in modules.split()}
    found: Study = {}
    for name in fields.split(","):
        if name not in known:
            raise UnknownField(f"Parameter `fields` contains unknown field: {name}")
        _copy(record, found, known[name])
    return found


def _copy(source: Study, target: Study, path: tuple[str, ...]) -> None:
    key, *rest = path
    if key not in source:
        return
    if not rest:
        target[key] = source[key]
    elif isinstance(source[key], list):
        items = target.setdefault(key, [{} for _ in source[key]])
        for item, copy in zip(source[key], items, strict=True):
            _copy(item, copy, tuple(rest))
    else:
        _copy(source[key], target.setdefault(key, {}), tuple(rest))
