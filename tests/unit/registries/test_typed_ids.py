"""Ids as people type and paste them: each is the trial that was meant, or is refused with the next step."""

from __future__ import annotations

import pytest

from tracker.alerts.rules.rule_config import rule_of
from tracker.backfill.files.id_columns import Place, column_of
from tracker.config.alert_tables import RuleSettings
from tracker.errors import InvalidTrialId
from tracker.records.linked_ids import REGISTERS
from tracker.registries.ids import parse_id, title_of, words_of
from tracker.registries.listed import REGISTRIES
from tracker.services.typed.trial_ids import trial_ids

pytestmark = pytest.mark.fault("R-B11")
ONE, TWO, EU = "NCT05349331", "NCT03434379", "EUCTR2011-005852-33"


@pytest.mark.fault("R-F7")
@pytest.mark.parametrize(
    ("typed", "trial"),
    [
        (" nct05349331 ", ONE),
        ("NCT 05349331", ONE),
        ("NCT-05349331", ONE),
        ("NCT: 05349331", ONE),
        ("https://clinicaltrials.gov/study/NCT05349331", ONE),
        ("https://clinicaltrials.gov/study/NCT05349331?tab=history#x", ONE),
        ("https://www.clinicaltrials.gov/ct2/show/NCT05349331?term=a&rank=1", ONE),
        ("clinicaltrials.gov/ct2/show/nct05349331", ONE),
        ("https://clinicaltrials.gov/show/NCT05349331/", ONE),
        ("NCT05349331.", ONE),
        ("(NCT05349331)", ONE),
        ("\u201cnct05349331\u201d,", ONE),
        ("NCT\u00a005349331", ONE),
        ("NCT05349331\u200b", ONE),
        ("<https://clinicaltrials.gov/study/NCT05349331>.", ONE),
        ("https://clinicaltrials.gov/study/NCT05349331?term=NCT03434379&rank=1", ONE),
        ("https://classic.clinicaltrials.gov/ct2/show/results/NCT05349331?term=2011-005852-33&draw=2#x", ONE),
        ("classic.clinicaltrials.gov/ct2/history/NCT05349331?V_1=View", ONE),
        ("https://clinicaltrials.gov/api/v2/studies/NCT05349331?fields=a,b", ONE),
        ("2011\u2013005852\u201333", EU),
        ("(EudraCT: 2011-005852-33)", EU),
        ("eudract 2011-005852-33-pt;", f"{EU}-PT"),
        ("https://www.clinicaltrialsregister.eu/ctr-search/trial/2011-005852-33/PT;jsessionid=A1", f"{EU}-PT"),
        ("2011-005852-33", EU),
        ("EudraCT 2011-005852-33", EU),
        ("EudraCT number: 2011-005852-33", EU),
        ("2011-005852-33-PT", f"{EU}-PT"),
        ("https://www.clinicaltrialsregister.eu/ctr-search/search?query=2011-005852-33", EU),
        ("https://www.clinicaltrialsregister.eu/ctr-search/trial/2011-005852-33/PT", f"{EU}-PT"),
        ("https://www.clinicaltrialsregister.eu/ctr-search/trial/2011-005852-33/3rd", f"{EU}-3rd"),
        ("https://www.clinicaltrialsregister.eu/ctr-search/trial/2011-005852-33/results", EU),
    ],
)
def test_an_id_is_read_in_every_usual_dress(typed: str, trial: str) -> None:
    assert parse_id(typed) == trial


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("NCT0534933", "'NCT0534933' has 7 digits, and an NCT number, such as NCT05349331, has eight. One is missing"),
        ("NCT5349331", "did you mean NCT05349331?"),
        ("5349331", "did you mean NCT05349331?"),
        ("05349331", "has no NCT before its digits; did you mean NCT05349331?"),
        ("NCT005349331", "did you mean NCT05349331?"),
        ("NCT053493310", "has 9 digits"),
        ("NCT00000000", "look up its number"),
        ("NCT2", "has 1 digits"),
        ("https://clinicaltrials.gov/study/NCT0534933", "has 7 digits"),
        ("https://clinicaltrials.gov/search?cond=x", "no id in it; give"),
        ("https://example.org/NCT05349331/NCT03434379", "several ids"),
        ("ISRCTN12345679", "is a number of ISRCTN, a register that this version does not read; give the trial's NCT"),
        ("isrctn 1234", "is a number of ISRCTN, a register that this version does not read"),
        ("DRKS-001", "is a number of DRKS (Germany), a register that this version does not read"),
        ("2022-500244-37-00", "a number of CTIS, the EU's newer system (CTIS2022-500244-37-00), a register that this"),
        ("EUCTR2022-500244-37-00", "a number of CTIS"),
        ("https://www.isrctn.com/ISRCTN12345679", "has a number of ISRCTN"),
        ("https://euclinicaltrials.eu/ctis-public/view/2022-500244-37-00", "has a number of CTIS"),
        ("(NCT053493310).", "has 9 digits"),
        ("...", "'...' is not an NCT number"),
        ("EUCTR20nonsense", "is not an EU register number"),
        ("EUCTR2000-000000-00", "is not an EU register number"),
        ("2020-01-15", "is not an NCT number"),
        ("20200115", "is not an NCT number"),
        ("", "is not an NCT number"),
    ],
)
def test_what_is_no_id_is_refused_with_what_was_meant(typed: str, sentence: str) -> None:
    with pytest.raises(InvalidTrialId) as raised:
        parse_id(typed)
    assert sentence in raised.value.message


def test_a_list_of_ids_is_cut_where_they_part() -> None:
    said = f'NCT 05349331, {TWO};"2011-005852-33"\t EudraCT: 2004-000001-10'
    assert [parse_id(word) for word in words_of(said)] == [ONE, TWO, EU, "EUCTR2004-000001-10"]


@pytest.mark.parametrize("words", ["EudraCT number: {}", "EudraCT Number {}", "eudract no. {}", "EudraCT  nr: {}"])
def test_the_word_number_between_parts_no_id(words: str) -> None:
    bare = "2011-005852-33"
    assert trial_ids([words.format(bare)]) == trial_ids(words.format(bare).split()) == [EU]
    assert trial_ids([f"{ONE}, {words.format(bare)}; {TWO}"]) == [ONE, EU, TWO]
    assert trial_ids(["NCT number: 05349331"]) == [ONE]


def test_a_comma_in_an_address_parts_nothing_unless_an_id_follows() -> None:
    page = "https://clinicaltrials.gov/study/NCT05349331?cond=a,b&intr=x;y"
    assert words_of(f"{page}, {TWO}") == [page, TWO]
    assert words_of(f"{page},{page};{TWO}") == [page, page, TWO]
    assert [parse_id(word) for word in words_of(f"({ONE}, {TWO}).")] == [ONE, TWO]


def test_an_id_may_be_two_words_of_the_command() -> None:
    assert trial_ids(["NCT", "05349331", "EudraCT", "2011-005852-33,", TWO]) == [ONE, EU, TWO]
    for empty in ("", "  "):
        with pytest.raises(InvalidTrialId):
            trial_ids([ONE, empty])


def test_a_rule_takes_the_ids_that_commands_take() -> None:
    def trials(*words: str) -> tuple[frozenset[str], list[tuple[str, str]]]:
        rule, wrong = rule_of(RuleSettings(name="r", on=("status.changed",), send=("a",), trials=words), ["a"])
        return rule.trials, wrong

    assert trials("nct05349331", f"{TWO}, 2011-005852-33") == (frozenset({ONE, TWO, EU}), [])
    assert trials("EUCTR2011-005852-33-3RD")[0] == frozenset({f"{EU}-3rd"})
    for odd in ("EUCTR20nonsense", "NCT0534933", "NCT00000000", "hello", ""):
        found, [(key, reason)] = trials(odd)
        assert (found, key) == (frozenset(), "trials") and "must be ids or tag:..." in reason


def test_a_registry_that_is_read_has_a_name_in_words_and_a_prefix_of_its_own() -> None:
    assert not set(REGISTRIES) & set(REGISTERS), "a name stands once"
    assert all(title_of(name) == registry.title for name, registry in REGISTRIES.items())
    prefixes = [registry.ids.prefix for registry in REGISTRIES.values()]
    assert not [one for one in prefixes for other in prefixes if one is not other and other.startswith(one)]


@pytest.mark.parametrize(
    ("rows", "column", "place"),
    [
        ([[ONE], [TWO]], None, Place(0, 0)),
        ([["yes", ONE], ["no", TWO]], None, Place(1, 0)),
        ([["NCT0534933"], [TWO]], None, Place(0, 0)),
        ([["5349331"], [TWO]], None, Place(0, 0)),
        ([["https://clinicaltrials.gov/study/NCT0534"], [TWO]], None, Place(0, 0)),
        ([["The trial"], [TWO]], None, Place(0, 1)),
        ([["id", "The id"], ["17", ONE]], None, Place(1, 1)),
        ([["NCT Number", "URL"], [ONE, f"https://clinicaltrials.gov/study/{ONE}"]], None, Place(0, 1)),
        ([["Other IDs", "NCT_ID"], [TWO, ONE]], None, Place(1, 1)),
        ([["when", "id"], ["2020-01-15", ONE]], None, Place(1, 1)),
        ([["ids"], [f"{ONE}, {TWO}"]], None, Place(0, 1)),
        ([["number"], ["NCT0534933"]], None, Place(0, 1)),
        ([["NCT number"], ["5349331"]], None, Place(0, 1)),
        ([["NCT number"]], None, Place(0, 1)),
        ([["a", "b"], [ONE, TWO]], "B", Place(1, 1)),
        ([[ONE, TWO]], "2", Place(1, 0)),
    ],
)
def test_the_column_of_ids_is_found_by_a_rule(rows: list[list[str]], column: str | None, place: Place) -> None:
    assert column_of(rows, column) == place


@pytest.mark.parametrize(
    ("rows", "column", "reason"),
    [
        ([["a", "b"], [ONE, TWO]], None, "2 columns hold trial ids; name one with --column (a, b)"),
        ([["NCT Number", "EudraCT number"], [ONE, "2011-005852-33"]], None, "2 columns hold trial ids"),
        ([[ONE, TWO], [TWO, ONE]], None, "2 columns hold trial ids"),
        ([["a", "a"], [ONE, TWO]], "a", "2 columns are called a"),
        ([["a", "b"], ["1", "2"]], None, "no column with trial ids"),
        ([["a", "b"], ["1", ONE]], "c", "no column c"),
        ([["a", "b"], ["1", ONE]], "3", "no column 3"),
    ],
)
def test_a_sheet_that_leaves_the_column_open_is_refused(rows: list[list[str]], column: str | None, reason: str) -> None:
    found = column_of(rows, column)
    assert isinstance(found, str) and reason in found and "--column" in found
