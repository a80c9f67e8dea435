"""Reported results as tables of text."""

from __future__ import annotations

from tests.support.records.posted_results import measure_of, read, section
from tracker.results.reported_tables import (
    ResultTable,
    baseline_table,
    cut,
    event_table,
    flow_tables,
    harm_table,
    measure_table,
    most_important_first,
    transposed,
)


def table_of(title: str) -> ResultTable:
    return measure_table(next(it for it in read(section()).measures.values() if it.title.startswith(title)))


def test_a_measure_has_its_groups_as_columns_and_its_analyses_below() -> None:
    found = table_of("Recurrence-free survival at 2")
    assert found.title == "Primary outcome: Recurrence-free survival at 2 years"
    assert found.about == "number, percentage of participants (95% Confidence Interval); 2 years"
    assert found.columns == ("Resection group (n = 37)", "Non-surgical resection group (n = 37)")
    assert found.rows == (("", ("78.1 (61.0 to 88.4)", "67.3 (49.6 to 80.0)")),)
    assert found.notes == (
        "Resection group and Non-surgical resection group: Hazard Ratio (HR) 0.58 (95 % CI 0.34 to 0.98), "
        "p = 0.043, Log Rank",
    )


def test_na_stands_with_its_comment_and_means_nothing_by_itself() -> None:
    found = measure_table(read(section()).measures["recurrence-free-survival"])
    assert found.rows[0][1] == ("NA (31.2 to NA) [1]", "31.8 (24.4 to NA) [2]")
    assert found.notes[0] == "[1] Fewer than half had a recurrence, so the median was not reached."


def test_visits_stand_in_the_registrys_order() -> None:
    assert [label for label, _ in table_of("Change in quality of life").rows] == ["Month 3", "Month 12", "Month 24"]


def test_what_is_not_there_is_empty_and_what_is_not_posted_says_so() -> None:
    edited = section()
    del measure_of(edited, "Tumour recurrence")["classes"][0]["categories"][0]["measurements"][1]
    assert measure_table(read(edited).measures["tumour-recurrence"]).rows == (("", ("9", "")),)
    assert table_of("Tumour DNA").notes == ("Not posted yet, expected 2027-09.",)


def test_nobody_analyzed_is_not_the_same_as_not_posted() -> None:
    edited = section()
    measure = measure_of(edited, "Tumour recurrence")
    measure["classes"] = []
    measure["populationDescription"] = "The trial stopped early."
    found = measure_table(read(edited).measures["tumour-recurrence"])
    assert found.notes == ("Posted without values. The trial stopped early.",)


def test_deaths_that_were_not_given_are_said_to_be_unknown() -> None:
    edited = section()
    for group in edited["adverseEventsModule"]["eventGroups"]:
        del group["deathsNumAffected"], group["deathsNumAtRisk"]
    found = harm_table(read(edited).adverse_events)
    assert found.rows[0] == ("Serious adverse events", ("4 of 37 (10.8 %)", "2 of 37 (5.4 %)"))
    assert found.notes[0] == "Deaths: the record gives none, which is not zero."


def test_terms_come_with_those_of_most_participants_first_and_a_note_on_the_rest() -> None:
    found = event_table(read(section()).adverse_events, serious=True, most=2)
    assert [label for label, _ in found.rows] == [
        "Bile leak (Hepatobiliary disorders)",
        "Immune-mediated hepatitis (Hepatobiliary disorders)",
    ]
    assert found.notes == ("and 2 more terms",)


def test_the_flow_ends_with_the_reasons_for_leaving() -> None:
    [found] = flow_tables(read(section()).flow)
    assert found.rows[0] == ("started", ("37", "37"))
    assert found.rows[-1] == ("· left: Lost to Follow-up", ("1", "3"))


def test_the_baseline_lists_its_measures_below_each_other() -> None:
    found = baseline_table(read(section()).baseline)
    assert found.columns[-1] == "Total (n = 74)"
    assert found.rows[0] == ("Age, Continuous (mean, years (standard deviation))",
                             ("54.2 (9.8)", "55.6 (10.3)", "54.9 (10.0)"))  # fmt: skip
    assert found.rows[2] == ("· Female", ("5", "6", "11"))


def test_primary_outcomes_come_first() -> None:
    edited = section()
    edited["outcomeMeasuresModule"]["outcomeMeasures"].reverse()
    assert [it.type for it in most_important_first(read(edited).measures)] == [
        "PRIMARY",
        *["SECONDARY"] * 5,
        "OTHER_PRE_SPECIFIED",
    ]


def test_many_columns_become_rows_and_many_rows_a_note() -> None:
    table = ResultTable("T", columns=("A", "B", "C"), rows=(("x", ("1", "", "3")), ("y", ("4", "5", "6"))))
    assert transposed(table, 3) is table
    assert transposed(table, 2).rows == (("x, A", ("1",)), ("x, C", ("3",)), ("y, A", ("4",)), ("y, B", ("5",)),
                                         ("y, C", ("6",)))  # fmt: skip
    assert cut(table, 2) is table
    assert cut(table, 1) == table._replace(rows=table.rows[:1], notes=("and 1 more rows",))
