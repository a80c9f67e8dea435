"""Turn the lists of a record into maps, in the same way for every registry. Pure.

Two registries, or a registry and a page, mean the same arm if it has the same key.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from tracker.records.keys import keyed
from tracker.records.trial import Arm, Identifier, Intervention, Organization, OutcomeMeasure, Site

__all__ = ["by_arm", "by_identifier", "by_intervention", "by_organization", "by_outcome", "by_site"]


def by_arm(arms: Iterable[Arm]) -> dict[str, Arm]:
    return keyed(arms, lambda arm: arm.label, lambda arm: arm.type or "")


def by_intervention(found: Iterable[Intervention]) -> dict[str, Intervention]:
    return keyed(found, lambda item: item.name, lambda item: item.type or "", lambda item: " ".join(item.arms))


def by_outcome(found: Iterable[OutcomeMeasure]) -> dict[str, OutcomeMeasure]:
    return keyed(found, lambda item: item.measure, lambda item: item.time_frame or "")


def by_identifier(found: Iterable[Identifier]) -> dict[str, Identifier]:
    return keyed(found, lambda item: item.id, lambda item: item.type or "", lambda item: item.domain or "")


def by_organization(found: Iterable[Organization]) -> dict[str, Organization]:
    return keyed(found, lambda item: item.name, lambda item: item.kind or "")


def by_site(sites: Iterable[Site]) -> dict[str, Site]:
    """Key sites by facility and postcode (city if there is none), then by state and country.

    Registries rename countries and cities by themselves, and a renamed site must stay the same site. So the country is
    not part of the natural key, and the city is in no key if there is a postcode.
    """
    return keyed(
        sites,
        lambda site: f"{site.facility or ''} {site.zip or site.city or ''}",
        lambda site: f"{site.state or ''} {site.country or ''}",
        compared=lambda site: msgspec.structs.replace(site, city=None) if site.zip else site,
        stable=lambda site: (site.facility, site.city, site.state, site.zip, site.country),
    )
