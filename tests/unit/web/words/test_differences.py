"""What differs between two versions, as a table for people."""

from __future__ import annotations

from storage.values.severity import Severity
from tracker.api.trials import FieldDifference
from tracker.changes.wording.marked_words import marked_texts
from tracker.web.words.differences import difference_groups


def differing(field: str, before: object, after: object, label: str = "A field") -> FieldDifference:
    return FieldDifference(field=field, label=label, before=before, after=after)


def test_the_gravest_group_comes_first_and_housekeeping_last() -> None:
    groups = difference_groups(
        [
            differing("dates.verified", "2027-01", "2027-02", "Record verified"),
            differing("title.brief", "One", "Two", "Title"),
            differing("phases", ["PHASE1"], ["PHASE2"], "Phase"),
        ],
        {},
    )
    assert [(it.name, it.severity) for it in groups] == [
        ("Design", "major"),
        ("Words", "minor"),
        ("Housekeeping", "admin"),
    ]


def test_values_are_in_words_and_say_how_far_they_went() -> None:
    [group] = difference_groups(
        [
            differing("enrollment.count", 200, 102, "Enrollment"),
            differing("dates.completion", "2026-07", "2028-07", "Completion"),
        ],
        {},
    )
    count, completion = group.rows
    assert [piece.text for piece in count.texts.after] == ["102"] and count.delta == "49 % fewer"
    assert [piece.text for piece in completion.texts.after] == ["Jul 2028"]
    assert completion.delta == "731 days later"


def test_a_hash_is_never_shown() -> None:
    [group] = difference_groups([differing("results.summary.modules.moreInfo", None, "8a8f445ed43813d6")], {})
    assert [piece.text for piece in group.rows[0].texts.after] == ["posted"]
    assert group.rows[0].texts.before == []


def test_words_that_differ_are_marked() -> None:
    found = marked_texts("About 200 patients will enroll.", "About 100 patients will enroll.")
    assert [(it.text, it.differs) for it in found.after] == [
        ("About ", False),
        ("100 ", True),
        ("patients will enroll.", False),
    ]


def test_both_texts_are_whole_unless_they_are_long() -> None:
    one, two = "a b c d e", "a x c d y"
    found = marked_texts(one, two)
    assert "".join(it.text for it in found.before) == one
    assert "".join(it.text for it in found.after) == two


def test_long_equal_parts_are_folded() -> None:
    many = " ".join(f"word{number}" for number in range(200))
    found = marked_texts(f"old {many}", f"new {many}")
    assert "".join(it.text for it in found.after).count("word") == 12
    assert found.after[-1].text.endswith("… ")
    middle = marked_texts(f"{many} old {many}", f"{many} new {many}")
    assert [it.text.strip() for it in middle.after if it.differs] == ["new"]


def test_texts_too_long_to_compare_are_shown_whole() -> None:
    found = marked_texts("same " * 9000, "same " * 9001)
    assert found.whole and found.before[0].differs


def test_the_new_key_of_an_item_is_not_shown_beside_its_words() -> None:
    item = "outcomes.primary.leg-pain~9-weeks"
    key = differing(f"{item}.key", "leg-pain~6-weeks", "leg-pain~9-weeks", "Primary outcome")
    words = differing(f"{item}.time_frame", "6 weeks", "9 weeks", "Primary outcome")
    [group] = difference_groups([key, words], {})
    assert [row.name for row in group.rows] == ["Primary outcome, time frame"]
    [alone] = difference_groups([key], {})
    assert len(alone.rows) == 1


def test_a_group_is_as_severe_as_its_fields_were_told() -> None:
    reported = differing("reported.measures.pain.rows.-.-.a.value", "20.0", "99")
    spelled = differing("title.brief", "A study", "A Study", "Title")
    groups = difference_groups([spelled, reported], {}, {reported.field: Severity.MAJOR, "title.brief": Severity.ADMIN})
    assert [(it.name, it.severity) for it in groups] == [("Reported results", "major"), ("Housekeeping", "admin")]


def test_of_equally_severe_groups_the_status_comes_first() -> None:
    fields = [differing("dates.completion", "2026-07", "2028-07"), differing("status", "RECRUITING", "COMPLETED")]
    groups = difference_groups(fields, {}, {"dates.completion": Severity.MAJOR, "status": Severity.MAJOR})
    assert [it.name for it in groups] == ["Status", "Size and dates"]
