"""Pairs of outcomes and measures: the best first, each thing once, and bounded work."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tracker.results.registered import match
from tracker.results.registered.match import LIKE, MOST_PAIRS, SAME, Item, pair_up, score
from tracker.results.registered.times import days_of
from tracker.results.registered.title_words import words_of


def item(title: str, role: str = "primary", text: str = "", time_frame: str = "", key: str = "") -> Item:
    return match.item((role, key or title), words_of(title, {}), words_of(text, {}), days_of(time_frame))


def test_the_score_of_one_thing_under_two_titles() -> None:
    registered = item("To assess wound closure", time_frame="12 weeks")
    assert score(registered, item("Wound Closure", time_frame="Week 12")) > 1
    assert score(registered, item("Wound Closure", time_frame="Week 24")) > SAME
    assert score(registered, item("Grip strength", time_frame="Week 12")) < LIKE


def test_the_description_counts() -> None:
    registered = item("Wound closure")
    plain, described = item("Healing success"), item("Healing success", text="full closure of the wound")
    assert score(registered, described) > score(registered, plain)


def test_a_measure_in_another_role_is_less_alike() -> None:
    registered = item("Wound closure")
    other = item("Wound closure", "secondary")
    assert score(registered, item("Wound closure")) > score(other, other) > score(registered, other) > SAME


def test_the_best_pair_comes_first_and_leaves_the_rest_to_others() -> None:
    short, long = item("Wound closure"), item("Wound closure of the left foot")
    found = pair_up([short, long], [item("Left foot wound closure"), item("Closure of wounds")])
    assert {it[1]: partner.key[1] for it, partner in found.partners.items()} == {
        "Wound closure": "Closure of wounds",
        "Wound closure of the left foot": "Left foot wound closure",
    }


def test_what_is_alike_by_time_and_role_alone_is_no_pair() -> None:
    found = pair_up([item("Grip", time_frame="12 weeks")], [item("Wound", time_frame="12 weeks")])
    assert found.partners == {} and found.nearest_measure[("primary", "Grip")].score < LIKE


def many(count: int, kind: str) -> list[Item]:
    return [item(f"Common score of part{n} and side{n % 7}", "secondary", key=f"{kind}{n:05}") for n in range(count)]


def test_thousands_of_things_are_bounded_work() -> None:
    """5,000 with 5,000 are 25 million pairs. Those with the rarest words in common are enough to find each one."""
    outcomes, measures = many(5000, "o"), many(5000, "m")
    found = pair_up(outcomes, measures)
    assert found.scored <= MOST_PAIRS and not found.complete
    assert len(found.partners) == 5000
    assert all(outcome[1][1:] == partner.key[1][1:] for outcome, partner in found.partners.items())


def test_more_outcomes_than_pairs_are_allowed_are_compared_once_each() -> None:
    [one] = many(1, "o")
    outcomes = [one._replace(key=("secondary", str(n))) for n in range(MOST_PAIRS + 1)]
    assert len(list(match._likely_pairs(outcomes, many(20, "m")))) == MOST_PAIRS + 1


def test_a_record_of_usual_size_is_compared_whole() -> None:
    found = pair_up(many(115, "o"), many(115, "m"))
    assert found.complete and found.scored == 115 * 115


TITLES = st.lists(st.sampled_from("wound closure pain score fever left right foot hand change".split()), max_size=4)
ITEMS = st.lists(st.tuples(TITLES, st.sampled_from(["primary", "secondary", "other"])), max_size=8)


def made(items: list[tuple[list[str], str]]) -> list[Item]:
    return [item(" ".join(words), role, key=f"{n}") for n, (words, role) in enumerate(items)]


@given(ITEMS, ITEMS)
def test_each_thing_has_one_partner_and_the_order_does_not_count(
    first: list[tuple[list[str], str]], second: list[tuple[list[str], str]]
) -> None:
    outcomes, measures = made(first), made(second)
    found = pair_up(outcomes, measures)
    partners = [partner.key for partner in found.partners.values()]
    assert len(partners) == len(set(partners))
    assert all(partner.score >= LIKE for partner in found.partners.values())
    assert pair_up(outcomes[::-1], measures[::-1]) == found


@given(ITEMS, ITEMS)
def test_the_short_cut_for_large_records_scores_no_pair_twice(
    first: list[tuple[list[str], str]], second: list[tuple[list[str], str]]
) -> None:
    outcomes, measures = made(first), made(second)
    likely = [(a.key, b.key) for a, b in match._likely_pairs(outcomes, measures)] if outcomes else []
    every = [(a.key, b.key) for a, b in match._all_pairs(outcomes, measures)]
    assert len(likely) == len(set(likely)) and set(likely) <= set(every)
