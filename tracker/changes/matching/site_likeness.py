"""When two sites under two labels are the same place. Pure.

Place (postcode, else city) and name count together. A contact person who is listed at one site only is evidence by
itself. Words that every hospital has, and names of the place, are no evidence. A site without a name of its own ("Local
Institution - 0012") may be any hospital of its place.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from typing import Any, NamedTuple

from tracker.changes.matching.pairing import Kind, Likeness
from tracker.changes.matching.word_likeness import garbled, letters_alike, slipped, words_of

__all__ = ["SiteView", "alike", "blocks_of", "site_kind", "views"]

_ANONYMOUS = re.compile(
    r"(local institution|(research|study|clinical|trial|investigat\w+|recruiting|participating)( \w+)? (site|location|"
    r"cent(er|re)|facility)|site|cent(er|re)|investigator|for additional information.*|contact .*)"
    r"( (no|nr|number|id|ref|reference))?( [a-z]{0,3}\d[\w ]*)?"
)
_SPONSORED = re.compile(
    r".{0,40}\b(investigat\w+|research|study|clinical trial|trial) (site|center|centre)( [\w ]*\d[\w ]*)?"
)
_CODE = re.compile(r"(site )?[a-z]{0,6}\d[\da-z]*( \d+)*")
_GENERIC = frozenset(
    """hospital hospitals hopital hopitaux hospitalier hospitaliers hospitaliere universitaire universitaires university
    universitario universitaria universita universitat universitatsklinikum universiteit universidad universidade
    universitair universitario klinikum klinik kliniken klinika clinic clinics clinica clinico clinical clinique center
    centers centre centro centrum zentrum ziekenhuis sjukhus szpital ospedale policlinico medical medicine medicina
    medicale medico medisch health healthcare system systems institute institut instituto istituto institution
    foundation fundacion fondation trust nhs academic regional cancer oncology oncologie oncologia onkologie hematology
    haematology hemato research site school college faculty group associates department dept departement departamento
    division service servicio servizio unit unita ward clinics cardiology neurology pulmonology pneumology
    gastroenterology dermatology rheumatology nephrology urology surgery pediatrics paediatrics radiology
    radiotherapy internal affiliated affiliate branch the of and de du des la le les del della di da do dos e et und
    und fur for at in y i a an der die das den van het s l d b c p m st1 inc llc ltd pc pllc co""".split()
)
_CITY_NAMES = """prague praha|vienna wien|cologne koln koeln|munich munchen muenchen|rome roma|milan milano|
        turin torino|naples napoli|florence firenze|venice venezia|genoa genova|lisbon lisboa|seville sevilla|
        moscow moskva|warsaw warszawa|krakow cracow|brussels bruxelles brussel|antwerp antwerpen anvers|ghent gent gand|
        liege luik|geneva geneve genf|zurich zuerich|basel basle bale|bern berne|copenhagen kobenhavn|athens athina|
        bucharest bucuresti|belgrade beograd|kyiv kiev|nuremberg nurnberg nuernberg|gothenburg goteborg|
        hannover hanover|thessaloniki saloniki|beijing peking|mumbai bombay|chennai madras|kolkata calcutta|
        bengaluru bangalore|ankara angora|hague haag|padua padova|saragossa zaragoza|corunna coruna"""
_EXONYMS = {word: names.split()[0] for names in _CITY_NAMES.split("|") for word in names.split()}
"""City name in any language -> the first name of its line. Entries are separated by a bar."""
_COMMON_PERSON = re.compile(r"contact|investigator|call|recruit|trial|study|site|coordinator|information|center|line")
_NAMED_PLACE, _CITY_ONLY, _NEAR, _OTHER_CODE = 1.0, 0.95, 0.85, 0.7
_STATUS, _PERSON = 0.02, 0.1
_SHORT_WORD = 2
_MOST_WORDS = 6
"""Number of words of a name that are combined in pairs."""
_CODE_BEGINS, _ENDS = 5, 4
"""Number of characters of the beginning of a postcode, and of both ends of a name."""


class SiteView(NamedTuple):
    """The parts of a site that are compared, computed once. `people`: contacts that no other site of the record has."""

    name: tuple[str, ...]
    own: frozenset[str]
    anonymous: bool
    digits: str
    zip: str
    city: tuple[str, ...]
    state: str
    country: str
    status: str | None
    people: frozenset[str]
    content: str


def views(sites: Mapping[str, Mapping[str, Any]], everyone: Iterable[Mapping[str, Any]]) -> dict[str, SiteView]:
    """Return views of the sites to pair. `everyone` has all sites of the record, to find contacts of one site only."""
    often = Counter(mark for site in everyone for mark in set(_marks(site)))
    return {key: _view(site, often) for key, site in sites.items()}


def _marks(site: Mapping[str, Any]) -> list[str]:
    found = []
    for contact in (site.get("contacts") or {}).values():
        name = " ".join(words_of(contact.get("name")))
        if name and not _COMMON_PERSON.search(name):
            found.append(name)
        found += [str(contact[part]).casefold() for part in ("email", "phone") if contact.get(part)]
    return found


def _view(site: Mapping[str, Any], often: Counter[str]) -> SiteView:
    name = words_of(site.get("facility"))
    city = tuple(_EXONYMS.get(word, word) for word in words_of(site.get("city")))
    words = " ".join(name)
    place = {*city, *words_of(site.get("state")), *words_of(site.get("country"))}
    anonymous = not name or any(rule.fullmatch(words) for rule in (_ANONYMOUS, _SPONSORED, _CODE))
    # An anonymous site is recognized by its number only, so take the digits of its name.
    return SiteView(
        name,
        frozenset(word for word in name if word not in _GENERIC and _EXONYMS.get(word, word) not in place),
        anonymous,
        "".join(re.findall(r"\d+", words)).lstrip("0") if anonymous else "",
        "".join(words_of(site.get("zip"))),
        city,
        " ".join(words_of(site.get("state"))),
        " ".join(words_of(site.get("country"))),
        site.get("status"),
        frozenset(mark for mark in _marks(site) if often[mark] == 1),
        repr(sorted((name, str(value)) for name, value in site.items() if value)),
    )


def blocks_of(site: SiteView) -> list[str]:
    """Return the words under which two sites may meet: the place, parts of it with a word of the name, a person."""
    found = [f"zip {site.zip}"] if site.zip else []
    found += [f"city {word} {site.country}" for word in site.city if len(word) > _SHORT_WORD]
    found += [f"name {word} {site.country}" for word in site.own]
    found += [f"place {site.city} {word}" for word in site.own] + [f"whole {site.name} {site.country}"]
    found += [f"site {site.digits} {site.country}"] if site.digits else []
    found += _rare_blocks(site)
    return found + [f"person {mark}" for mark in site.people]


def _rare_blocks(site: SiteView) -> Iterator[str]:
    """Yield words that few sites share even in a large city: two words of a name, one with a postcode, its ends."""
    yield from (f"both {words} {site.country}" for words in combinations(sorted(site.own)[:_MOST_WORDS], 2))
    if site.zip:
        yield from (f"zip {site.zip[:_CODE_BEGINS]} {word}" for word in site.own)
    # If one word is garbled, the others and one of its ends are still the same.
    for word in ("", *sorted(site.own)[:_MOST_WORDS]):
        rest = "".join(it for it in site.name if it in site.own and it != word)
        if len(rest) >= _ENDS:
            yield f"begins {rest[:_ENDS]} beside {word} {site.country}"
            yield f"ends {rest[-_ENDS:]} beside {word} {site.country}"


def alike(one: SiteView, two: SiteView) -> Likeness:
    """Return how sure it is that both are the same site, and why."""
    if one.country and two.country and one.country != two.country:
        return Likeness(0, "")
    place, where = _place(one, two)
    shared = bool(one.people & two.people)
    name, called = _names(one, two, place)
    # Multiplied, because both are needed. A shared contact person can make up for a weak name or for another place.
    score = place * name
    if shared and place:
        score = max(score, 0.5 + 0.5 * name)
        score = max(score, 0.7) if place >= _CITY_ONLY else score
    elif shared and name >= 0.85 and not one.anonymous:
        score, where = 0.75, "another place"
    if not score:
        return Likeness(0, "")
    score += _STATUS * (one.status == two.status) + _PERSON * shared
    why = ", ".join(part for part in (where, called, "the same contact person" if shared else "") if part)
    return Likeness(score, why)


def _place(one: SiteView, two: SiteView) -> tuple[float, str]:
    city = _cities(one, two)
    if one.zip and two.zip:
        if _same_code(one.zip, two.zip):
            return _NAMED_PLACE, "the same postcode"
        if not city:
            return 0, ""
        near = one.zip[:3] == two.zip[:3] or letters_alike(one.zip, two.zip) >= 0.8
        return (_NEAR, "the same city, a postcode nearby") if near else (_OTHER_CODE, "the same city")
    if city:
        return _CITY_ONLY, "the same city"
    unsaid = not (one.city and two.city) and one.state == two.state
    return (_OTHER_CODE, "the same country") if unsaid and one.name == two.name else (0, "")


def _same_code(one: str, two: str) -> bool:
    short, long = sorted((one, two), key=len)
    bare = long.lstrip("abcdefghijklmnopqrstuvwxyz")
    return long == short or (len(short) >= 4 and (long.startswith(short) or bare == short))


def _cities(one: SiteView, two: SiteView) -> bool:
    """Return whether both name the same city: other letters, another language, or one within the other's words."""
    if not one.city or not two.city:
        return False
    if set(one.city) <= set(two.city) or set(two.city) <= set(one.city):
        return True
    first, second = "".join(one.city), "".join(two.city)
    return len(first) > 3 and len(second) > 3 and letters_alike(first, second) >= 0.75


def _names(one: SiteView, two: SiteView, place: float) -> tuple[float, str]:
    """Return how alike the names are. The place decides how much a site without a name counts."""
    if one.anonymous and two.anonymous:
        return _unnamed(one, two, place)
    if one.anonymous or two.anonymous:
        return {_NAMED_PLACE: 0.8, _CITY_ONLY: 0.75}.get(place, 0.0), "one without a name of its own"
    if one.name == two.name or "".join(one.name) == "".join(two.name):
        return 1.0, "the same name"
    return _named(one, two)


def _unnamed(one: SiteView, two: SiteView, place: float) -> tuple[float, str]:
    if one.digits and two.digits:
        return (0.9, "the same number of the site") if one.digits == two.digits and place else (0.0, "")
    if place == _OTHER_CODE:
        return 0.0, ""
    return 0.85, "both without a name of their own"


def _named(one: SiteView, two: SiteView) -> tuple[float, str]:
    left, right = one.own - two.own, two.own - one.own
    common = one.own & two.own
    if not left or not right:
        if common:
            return 0.95, "the same name in fewer words" if left or right else "the same name, differently put"
        return 0.75 if set(one.name) & set(two.name) else 0.0, "a name of common words"
    if slipped(one.name, two.name) or (common and garbled(_joined(one, common), _joined(two, common))):
        return 0.9, "the same name in other letters"
    if _initials(one, two) or _initials(two, one):
        return 0.85, "its initials"
    return min(0.55, 0.6 * len(common) / max(1, len(one.own | two.own))), "some words in common"


def _joined(site: SiteView, without: Iterable[str]) -> str:
    """Return the letters of a name without these words and without blanks, because a blank may split a word."""
    left = set(without)
    return "".join(word for word in site.name if word not in left)


def _initials(one: SiteView, two: SiteView) -> bool:
    """Return whether a word of one name consists of the initials of the other name (MGH)."""
    first = "".join(word[0] for word in two.name)
    content = "".join(word[0] for word in two.name if len(word) > 3)
    return any(len(word) >= 3 and word in (first, content) for word in one.own)


def site_kind() -> Kind[SiteView]:
    return Kind(blocks_of, alike, lambda site: site.content)
