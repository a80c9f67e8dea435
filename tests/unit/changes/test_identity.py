"""One thing under another label is one thing; two things that resemble each other are two."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.records.apply_changes import apply
from tests.support.records.strategies import study
from tests.unit.changes.test_noticed import MIDWAY
from tracker.changes.diff import compare
from tracker.changes.explain import Event, explain
from tracker.changes.fields import KEY
from tracker.changes.matching.match_items import matched
from tracker.changes.severity_reasons import ExplainedStep
from tracker.records.trial import TrialRecord
from tracker.registries.ctgov.reader import read

Item = dict[str, Any]
PARIS = {"city": "Paris", "zip": "75013", "country": "France", "status": "RECRUITING"}
BOSTON = {"facility": "Research Site", "city": "Boston", "state": "Massachusetts", "country": "United States"}


def sites(*items: Item) -> TrialRecord:
    return read(study(contactsLocationsModule={"locations": list(items)})).record


def papers(*items: Item) -> TrialRecord:
    return read(study(referencesModule={"references": list(items)})).record


def treated(*arms: Item, drugs: tuple[Item, ...] = ()) -> TrialRecord:
    return read(study(armsInterventionsModule={"armGroups": list(arms), "interventions": list(drugs)})).record


def aims(*items: Item, rank: str = "secondary") -> TrialRecord:
    return read(study(outcomesModule={f"{rank}Outcomes": list(items)})).record


def said(before: TrialRecord, after: TrialRecord) -> list[tuple[str, str, str]]:
    return [(event.kind, event.severity, event.summary) for event in explain(before, after)]


def kinds(before: TrialRecord, after: TrialRecord) -> list[str]:
    return [event.kind for event in explain(before, after)]


@pytest.mark.fault("R-B1")
@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (
            {"facility": "Motol Hospital", "city": "Prague", "country": "Czechia"},
            {"facility": "Motol Hospital", "city": "Praha", "country": "Czechia"},
            "Motol Hospital, Prague to Motol Hospital, Praha",
        ),
        (
            {"facility": "Inselspital", "city": "Bern", "country": "Switzerland"},
            {"facility": "Inselspital", "city": "Berne", "country": "Switzerland"},
            "Inselspital, Bern to Inselspital, Berne",
        ),
        (
            PARIS | {"facility": 'Hă"Pital Broca'},
            PARIS | {"facility": "Hôpital Broca"},
            'Hă"Pital Broca to Hôpital Broca',
        ),
        (
            PARIS | {"facility": "Local Institution - 0012"},
            PARIS | {"facility": "Hospital Broca"},
            "Local Institution - 0012 to Hospital Broca",
        ),
        (
            PARIS | {"facility": "Hospital Broca"},
            PARIS | {"facility": "Hospital Broca, Department of Geriatrics"},
            "Hospital Broca to Hospital Broca, Department of Geriatrics",
        ),
        (
            PARIS | {"facility": "Hospital Broca"},
            PARIS | {"facility": "Hospital Broca", "zip": "75014"},
            "Hospital Broca, 75013 to Hospital Broca, 75014",
        ),
    ],
)
def test_a_relabelled_site_is_housekeeping(before: Item, after: Item, words: str) -> None:
    assert said(sites(before), sites(after)) == [("admin.changed", "admin", f"Site renamed: {words}")]


@pytest.mark.fault("R-B1")
def test_a_status_is_told_at_the_renamed_site() -> None:
    before = sites(PARIS | {"facility": "Local Institution - 0012"})
    after = sites(PARIS | {"facility": "Hospital Broca", "status": "COMPLETED"})
    status, renamed = explain(before, after)
    assert (status.kind, renamed.kind) == ("site.status_changed", "admin.changed")
    [field] = status.fields
    assert (field.field, field.before, field.after) == ("sites.hospital-broca-75013.status", "RECRUITING", "COMPLETED")
    keys = [(it.field, it.before, it.after) for it in renamed.fields if it.field.endswith(f".{KEY}")]
    assert keys == [("sites.hospital-broca-75013.key", "local-institution-0012-75013", "hospital-broca-75013")]


@pytest.mark.fault("R-B1")
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (PARIS | {"facility": "Hospital Broca"}, PARIS | {"facility": "Hospital Cochin"}),
        ({"facility": "Hospital Broca", "city": "Paris"}, {"facility": "Hospital Cochin", "city": "Paris"}),
        (
            PARIS | {"facility": "University Hospital"},
            PARIS | {"facility": "University Hospital", "city": "Lyon", "zip": "69003"},
        ),
        (BOSTON, BOSTON | {"city": "Austin", "state": "Texas"}),
        (PARIS | {"facility": "Local Institution - 0012"}, PARIS | {"facility": "Local Institution - 0045"}),
    ],
)
def test_two_sites_stay_one_gone_and_one_come(before: Item, after: Item) -> None:
    assert kinds(sites(before), sites(after)) == ["site.added", "site.removed"]


@pytest.mark.fault("R-B1")
def test_one_unnamed_site_for_two_names_is_left_open() -> None:
    before = sites(PARIS | {"facility": "Local Institution"})
    after = sites(PARIS | {"facility": "Hospital Broca"}, PARIS | {"facility": "Hospital Cochin"})
    assert kinds(before, after) == ["site.added", "site.removed"]


def boston(name: str, status: str) -> Item:
    return BOSTON | {"status": status, "contacts": [{"name": name, "email": f"{name}@example.org"}]}


@pytest.mark.fault("R-B1")
@pytest.mark.parametrize("status", ["COMPLETED", "NOT_YET_RECRUITING", "RECRUITING", "WITHDRAWN"])
def test_a_new_twin_changes_no_other_ones_status(status: str) -> None:
    three = [boston("k", "COMPLETED"), boston("m", "RECRUITING"), boston("p", "WITHDRAWN")]
    assert kinds(sites(*three), sites(*three, boston("a", status))) == ["site.added"]
    assert kinds(sites(*three), sites(boston("z", status), *three)) == ["site.added"]
    assert kinds(sites(*three), sites(*three[:2])) == ["site.removed"]


@pytest.mark.fault("R-B1")
def test_a_twin_is_known_by_its_contacts() -> None:
    before = sites(boston("k", "RECRUITING"), boston("m", "RECRUITING"), boston("p", "RECRUITING"))
    after = sites(boston("p", "RECRUITING"), boston("m", "COMPLETED"), boston("k", "RECRUITING"))
    status, *keys = explain(before, after)
    assert (status.kind, len(status.fields), status.fields[0].after) == ("site.status_changed", 1, "COMPLETED")
    assert [event.severity for event in keys] in ([], ["admin"])


TITLE = "Long-term survival of patients with resected liver cancer under surveillance"
CITED = f"Doe J, Roe R. {TITLE}. J Hepat. 2024;3(1):1-9."


@pytest.mark.fault("R-B1")
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"citation": CITED}, {"citation": CITED, "pmid": "12345678"}),
        ({"citation": f"Doe J, et al. {TITLE}. 2024"}, {"citation": CITED}),
        ({"citation": CITED}, {"citation": CITED.replace("patients", "patents") + " doi: 10.1000/182"}),
    ],
)
def test_a_paper_cited_otherwise_is_housekeeping(before: Item, after: Item) -> None:
    [(kind, severity, summary)] = said(papers(before), papers(after))
    assert (kind, severity) == ("admin.changed", "admin")
    assert summary.startswith("Reference renamed: ")


@pytest.mark.fault("R-B1")
def test_two_papers_of_one_group_are_two() -> None:
    other = CITED.replace(TITLE, "Quality of life of children after transplantation of the kidney")
    assert "reference.added" in kinds(papers({"citation": CITED}), papers({"citation": other, "pmid": "12345678"}))


@pytest.mark.fault("R-B1")
def test_a_renamed_arm_is_housekeeping_with_what_repeats_it() -> None:
    before = treated(
        {"label": "Arm A", "description": "Given once a day for four weeks"},
        drugs=({"name": "X", "armGroupLabels": ["Arm A"]},),
    )
    after = treated(
        {"label": "Arm A: Drug X", "description": "Given once a day for four weeks"},
        drugs=({"name": "X", "armGroupLabels": ["Arm A: Drug X"]},),
    )
    [(kind, severity, summary)] = said(before, after)
    assert (kind, severity) == ("admin.changed", "admin")
    assert summary.startswith("Arm renamed: Arm A to Arm A: Drug X")


@pytest.mark.fault("R-B1")
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"name": "Nivolumab"}, {"name": "Nivolumab intravenous infusion"}),
        ({"name": "XY-1234"}, {"name": "Novomab", "otherNames": ["XY-1234"]}),
        ({"name": "Omalizumab"}, {"name": "Omaliumab"}),
    ],
)
def test_a_renamed_drug_is_no_other_drug(before: Item, after: Item) -> None:
    found = said(treated(drugs=(before | {"type": "DRUG"},)), treated(drugs=(after | {"type": "DRUG"},)))
    assert ("admin.changed", "admin", f"Intervention renamed: {before['name']} to {after['name']}") in found


@pytest.mark.fault("R-B1")
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Nivolumab", "Pembrolizumab"),
        ("Drug X 5 mg", "Drug X 10 mg"),
        ("Drug X", "Placebo for Drug X"),
        ("Drug X", "Drug X and Drug Y"),
    ],
)
def test_two_drugs_of_one_class_are_two(before: str, after: str) -> None:
    one, two = (treated(drugs=({"name": name, "type": "DRUG"},)) for name in (before, after))
    assert matched(one.document(), two.document())["interventions",].moved == ()
    assert kinds(one, two) == ["arms.changed"]


@pytest.mark.fault("R-B1")
@pytest.mark.parametrize(
    ("before", "after", "one"),
    [
        ("Objective response rate", "Objective response rate (ORR) by central review", True),
        ("Overall survival", "Overal survival", True),
        ("Overall survival", "Progression-free survival", False),
        ("Change from baseline in IgE at week 12", "Change from baseline in IgG at week 12", False),
        ("Incidence of adverse events", "Incidence of serious adverse events", False),
    ],
)
def test_an_outcome_reworded_is_one_outcome(before: str, after: str, one: bool) -> None:
    old, new = (aims({"measure": measure, "timeFrame": "1 year"}) for measure in (before, after))
    [event] = explain(old, new)
    assert event.kind == "outcome.secondary_changed"
    assert ("removed" not in event.summary) is one


DAILY = "Tablets are taken once a day for four weeks"
TWICE = "Tablets are taken twice a day for eight weeks"
SCALE = "The scale has seven positive and seven negative items, each from 1 to 7"
LONG = "Mean change from the start of treatment in the total score of the symptoms of the nose"
PAIN = {"measure": "Pain on a visual scale", "description": "From 0, no pain at all, to 10, the worst pain"}


def moved(before: TrialRecord, after: TrialRecord, *path: str) -> list[tuple[str, str]]:
    found = matched(before.document(), after.document()).get(path)
    return [(pair.before, pair.after) for pair in found.moved] if found else []


@pytest.mark.fault("R-B1")
@pytest.mark.parametrize(
    ("before", "after", "pairs"),
    [
        # called by what it is given: the label shares no word, the description is the very same
        ([("2", DAILY)], [("Placebo tablets", DAILY), ("1", TWICE)], [("2", "placebo-tablets")]),
        ([("Group 1", DAILY)], [("Cohort B", DAILY)], [("group-1", "cohort-b")]),
        # a label that fits several in fewer words is the one's that is described so
        (
            [("Xomab 5 mg", f"{DAILY}, 5 mg"), ("Xomab 10 mg", f"{DAILY}, 10 mg")],
            [("Xomab", f"{DAILY}, 10 mg")],
            [("xomab-10-mg", "xomab")],
        ),
        # its description is not its own, but the label says nothing else
        ([("Children", DAILY), ("Adults", DAILY)], [("Tablets", DAILY), ("Adults", DAILY)], [("children", "tablets")]),
        ([("Children", DAILY), ("Adults", DAILY)], [("Tablets", DAILY)], []),
        # letters lost in words that are short, that stand there twice, or that join
        ([("Crohn's syndrome", "")], [("Crohn's s?ndrome", "")], [("crohn-s-syndrome", "crohn-s-s-ndrome")]),
        ([("Combination group", "")], [("Combi?ation group", "")], [("combination-group", "combi-ation-group")]),
        # two of a row, whatever they share
        ([("A2: Xomab", DAILY)], [("A1: Xomab", DAILY)], []),
        ([("Phase IIa", DAILY)], [("Phase IIb", DAILY)], []),
        ([("Patients with asthma", DAILY)], [("Patients without asthma", DAILY)], []),
        ([("Treated in Norway", f"{DAILY} in Norway")], [("Treated in Sweden", f"{DAILY} in Sweden")], []),
        ([("None allergic", TWICE)], [("Allergic", DAILY)], []),
    ],
)
def test_an_arm_is_known_by_what_it_says_of_itself(
    before: list[tuple[str, str]], after: list[tuple[str, str]], pairs: list[tuple[str, str]]
) -> None:
    one, two = (treated(*({"label": label, "description": text} for label, text in arms)) for arms in (before, after))
    assert moved(one, two, "arms") == pairs
    assert moved(two, one, "arms") == [(new, old) for old, new in pairs]


@pytest.mark.fault("R-B1")
@pytest.mark.parametrize(
    ("before", "after", "pairs"),
    [
        # one text of two things says nothing of which it is
        (
            [{"measure": "Positive score of the scale", "description": SCALE}],
            [{"measure": "Negative score of the scale", "description": SCALE}],
            [],
        ),
        # of two of the same words, the time tells which
        (
            [PAIN | {"timeFrame": "before treatment"}, PAIN | {"timeFrame": "at one month"}],
            [PAIN | {"timeFrame": "at three months"}],
            [],
        ),
        # only one has a description that says the same
        (
            [{"measure": "Attacks", "description": "All attacks are counted"}],
            [{"measure": "Goals of treatment of attacks", "description": "Share of those who reached a goal"}],
            [],
        ),
        # a description that goes on is no other one
        (
            [{"measure": "Attacks", "description": "All attacks"}],
            [
                {
                    "measure": "Attacks at night",
                    "description": "All attacks that the diary shows, weighed by hours in bed",
                }
            ],
            [("attacks", "attacks-at-night")],
        ),
        # an accent lost is no namesake
        (
            [{"measure": "Serum \u0103ntibodies", "timeFrame": "1 year"}],
            [{"measure": "Serum antibodies", "timeFrame": "2 years"}],
            [("serum-ăntibodies", "serum-antibodies")],
        ),
        ([{"measure": "Part C: control"}], [{"measure": "Part C: c?ntrol"}], [("part-c-control", "part-c-c-ntrol")]),
    ],
)
def test_an_outcome_is_known_by_what_it_says_of_itself(
    before: list[Item], after: list[Item], pairs: list[tuple[str, str]]
) -> None:
    one, two = aims(*before), aims(*after)
    assert moved(one, two, "outcomes", "secondary") == pairs
    assert moved(two, one, "outcomes", "secondary") == [(new, old) for old, new in pairs]


@pytest.mark.fault("R-B1")
def test_long_labels_that_begin_alike_are_no_namesakes() -> None:
    """Their keys are cut; one that stays the same but for a letter is not taken for another that ends otherwise."""
    nose, eyes, typo = (
        LONG + tail for tail in (", in the morning", ", at night and in the week before", ", in the moning")
    )
    before = aims(*({"measure": it, "timeFrame": "8 weeks"} for it in (nose, f"{LONG}: rescue")))
    after = aims(*({"measure": it, "timeFrame": "8 weeks"} for it in (eyes, typo)))
    document = after.document()["outcomes"]["secondary"]
    old = before.document()["outcomes"]["secondary"]
    assert [
        (old[one]["measure"], document[two]["measure"]) for one, two in moved(before, after, "outcomes", "secondary")
    ] == [(nose, typo)]


@pytest.mark.fault("R-B1")
def test_a_drug_known_by_the_others_name_is_not_its_namesake_of_another_arm() -> None:
    def given(name: str, arm: str, *others: str) -> Item:
        return {"name": name, "type": "DRUG", "armGroupLabels": [arm], "otherNames": list(others)}

    before = treated(drugs=(given("XY-12", "One"), given("Xomab", "Two"), given("Xomab", "Three")))
    after = treated(drugs=(given("Xomab", "One", "XY-12"), given("Xomab", "Three")))
    assert ("xy-12", "xomab~drug~one") in moved(before, after, "interventions")


@pytest.mark.fault("R-B1")
def test_a_file_renamed_is_no_new_document() -> None:
    def uploaded(**file: Any) -> TrialRecord:
        large = {"largeDocs": [{"typeAbbrev": "Prot", "date": "2024-01-02", "size": 1000} | file]}
        return read(study() | {"documentSection": {"largeDocumentModule": large}}).record

    before = uploaded(filename="Prot_000.pdf", label="Protocol")
    assert kinds(before, uploaded(filename="Prot_001.pdf", label="Study protocol")) == ["admin.changed"]
    assert "document.added" in kinds(before, uploaded(filename="Prot_001.pdf", label="Protocol", date="2025-03-04"))


@pytest.mark.fault("R-B1")
def test_the_reason_for_a_pair_can_be_asked_for() -> None:
    before = sites(PARIS | {"facility": "Local Institution - 0012"})
    reasons = ExplainedStep(before, sites(PARIS | {"facility": "Hospital Broca"}), MIDWAY).why("admin.changed").reasons
    assert [(it.name, it.said) for it in reasons if it.by == "pair"] == [
        ("sites.hospital-broca-75013", "the same postcode, one without a name of its own")
    ]


NAMES = [
    "Hospital Broca",
    "Hospital Brocca",
    "Hospital Broca, Oncology",
    "Research Site",
    "Local Institution - 0012",
    "",
]
some_site = st.fixed_dictionaries(
    {"facility": st.sampled_from(NAMES), "city": st.sampled_from(["Paris", "Lyon"]), "country": st.just("France")},
    optional={
        "zip": st.sampled_from(["75013", "75014"]),
        "status": st.sampled_from(["RECRUITING", "COMPLETED"]),
        "contacts": st.lists(st.fixed_dictionaries({"name": st.sampled_from(["A", "B"])}), max_size=2),
    },
)
some_aim = st.fixed_dictionaries(
    {"measure": st.sampled_from(["Overall survival", "Overal survival", "Overall survival (OS)", "Pain"])},
    optional={
        "timeFrame": st.sampled_from(["1 year", "2 years"]),
        "description": st.sampled_from(["Until death", "x"]),
    },
)
lists = st.tuples(st.lists(some_site, max_size=6), st.lists(some_aim, max_size=4))


def listed(of: tuple[list[Item], list[Item]]) -> dict[str, Any]:
    places = {"locations": of[0]}
    return study(contactsLocationsModule=places, outcomesModule={"primaryOutcomes": of[1]})


@pytest.mark.fault("R-B1")
@given(lists, lists)
def test_renamed_items_keep_the_laws(one: Any, two: Any) -> None:
    before, after = (read(listed(of)).record.document() for of in (one, two))
    assert compare(before, before) == []
    assert compare(apply(compare(before, after), before), after) == []
    there, back = matched(before, after), matched(after, before)
    turned = {
        path: (sorted((it.after, it.before) for it in found.moved), found.come, found.gone)
        for path, found in back.items()
    }
    for path in there.keys() & turned.keys():
        found = there[path]
        assert (sorted((it.before, it.after) for it in found.moved), found.gone, found.come) == turned[path]


@pytest.mark.fault("R-B1")
@given(lists, lists, st.randoms(use_true_random=False))
def test_order_of_lists_changes_no_pair(one: Any, two: Any, rng: random.Random) -> None:
    def told(*of: Any) -> tuple[Event, ...]:
        return explain(*(read(listed(it)).record for it in of))

    mixed = [tuple(rng.sample(items, len(items)) for items in of) for of in (one, two)]
    assert told(*mixed) == told(one, two)


@pytest.mark.fault("R-B1")
def test_sites_of_one_city_are_found_again_however_many_there_are() -> None:
    """1,500 in one city, each with a letter garbled or a department added; as many stay unlike anything as came."""
    rng = random.Random(7)
    words = ["".join(rng.choice("bdfgklmnprst") + rng.choice("aeiou") for _ in range(4)) for _ in range(300)]
    names = sorted({f"{rng.choice(words)} {rng.choice(words)} Hospital" for _ in range(1_800)})
    rng.shuffle(names)
    kept, gone, come = names[:1_500], names[1_500:1_600], names[1_600:1_700]

    def other(name: str) -> str:
        place = rng.randrange(1, 7)
        return rng.choice([f"{name[:place]}x{name[place + 1 :]}", f"{name} - Department of Oncology"])

    before = {name: PARIS | {"facility": name} for name in [*kept, *gone]}
    after = {f"now {name}": PARIS | {"facility": other(name)} for name in kept} | {
        f"now {name}": PARIS | {"facility": name} for name in come
    }
    found = matched({"sites": before}, {"sites": after})["sites",].moved
    assert all(pair.after == f"now {pair.before}" for pair in found)
    assert len(found) > 0.95 * len(kept)
