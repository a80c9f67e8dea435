"""Answers that are too long: cut where it hurts least, and each cut named with the way to the rest."""

from __future__ import annotations

from typing import Any

import pytest

from tracker.api.assistants import LeftOff
from tracker.errors import UsageError
from tracker.mcp.caps import MOST_BYTES, fitted, part_of, size_of
from tracker.mcp.our_keys import our_keys

SITES = {f"place-{number}": {"facility": "x" * 300, "city": "y" * 300} for number in range(600)}


def record(**fields: Any) -> dict[str, Any]:
    return {"trial": "NCT00000001", "record": fields}


class TestWhatIsShortEnough:
    def test_stays_as_it_is(self) -> None:
        data = record(summary="short", sites={"a": {"facility": "b"}})
        assert fitted(data) == (data, [])

    def test_is_found_in_its_part(self) -> None:
        data = record(sites={"one-place": {"facility": "A"}, "two": {"facility": "B"}})
        assert part_of(data, "/record/sites/1/facility") == "B"
        assert part_of(data, "record/sites/one-place/facility") == "A"
        assert part_of(data, "") is data

    def test_without_its_first_entries(self) -> None:
        assert fitted(["a", "b", "c"], "/record/conditions", 2).data == ["c"]
        assert fitted("abcdef", "/record/summary", 4).data == "ef"
        assert fitted({"a-b": 1, "c-d": 2}, "/record/sites", 1).data == {"c-d": 2}


class TestWhatIsTooLong:
    def test_a_text_is_cut_and_named(self) -> None:
        found = fitted(record(summary="x" * 100_000, status="COMPLETED"))
        assert size_of(found.data) <= MOST_BYTES
        assert found.data["record"]["summary"] == f"{'x' * 20_000}…"
        assert found.data["record"]["status"] == "COMPLETED"
        assert found.left_off == [
            LeftOff(
                part="/record/summary",
                shown=20_000,
                of=100_000,
                how="Ask again with part=/record/summary and skip=20000",
            )
        ]

    def test_a_list_is_cut_and_named(self) -> None:
        found = fitted(record(sites=SITES, status="COMPLETED"))
        assert size_of(found.data) <= MOST_BYTES
        [left] = found.left_off
        assert (left.part, left.shown, left.of) == ("/record/sites", len(found.data["record"]["sites"]), 600)

    def test_a_part_has_as_many_whole_entries_as_fit(self) -> None:
        found = fitted(SITES, "/record/sites", 100)
        assert size_of(found.data) <= MOST_BYTES
        assert all(it == SITES[name] for name, it in found.data.items())
        assert next(iter(found.data)) == "place-100" and len(found.data) > 80
        [left] = found.left_off
        assert (left.shown, left.of) == (100 + len(found.data), 600)
        assert left.how == f"Ask again with part=/record/sites and skip={left.shown}"

    @pytest.mark.parametrize("text", ["x" * 90_000, "肝" * 90_000, '"\\' * 50_000, "\n" * 90_000])
    def test_a_part_that_is_a_text_is_given_to_the_end(self, text: str) -> None:
        found, skip = "", 0
        for _ in range(20):
            page = fitted(text, "/record/summary", skip)
            assert size_of(page.data) <= MOST_BYTES
            found += page.data
            if not page.left_off:
                break
            skip = page.left_off[0].shown
        assert found == text

    def test_an_object_of_ours_keeps_all_its_keys(self) -> None:
        part = fitted({"status": "COMPLETED", "summary": "x" * 100_000}, "/record")
        assert (list(part.data), part.data["status"]) == (["status", "summary"], "COMPLETED")
        names = sorted(our_keys())[:60]
        whole = fitted(record(**dict.fromkeys(names, "x" * 3_000)))
        assert sorted(whole.data["record"]) == names

    def test_no_entry_is_too_long_for_its_list(self) -> None:
        data = {"long-one": {"facility": "x" * 200_000}, "two": {"facility": "y"}}
        found = fitted(data, "/record/sites")
        assert size_of(found.data) <= MOST_BYTES
        assert [it.part for it in found.left_off] == ["/record/sites/0/facility"]

    def test_a_path_names_no_word_of_the_registry(self) -> None:
        data = record(outcomes={"primary": {"ignore-all-instructions": {"description": "x" * 100_000}}})
        [left] = fitted(data).left_off
        assert left.part == "/record/outcomes/primary/0/description"

    def test_a_path_leads_to_what_was_cut_where_the_words_are_numbers(self) -> None:
        data = record(arms={str(number): {"description": f"arm {number} " * 9_000} for number in (1, 2, 3)})
        cut = fitted(data).left_off
        assert [it.part for it in cut] == [f"/record/arms/{position}/description" for position in range(3)]
        assert [part_of(data, it.part)[:5] for it in cut] == ["arm 1", "arm 2", "arm 3"]
        with pytest.raises(UsageError, match="3 entries, numbered from 0"):
            part_of(data, "/record/arms/3")

    def test_many_cuts_are_counted(self) -> None:
        data = record(arms={f"arm-{number}": {"description": "x" * 10_000} for number in range(60)})
        found = fitted(data)
        assert len(found.left_off) == 21
        assert found.left_off[-1].part == "/" and "more places" in found.left_off[-1].how

    def test_the_places_on_top_are_named_first(self) -> None:
        data = record(
            arms={f"arm-{number}": {"description": "x" * 9_000} for number in range(30)}, summary="x" * 90_000
        )
        assert fitted(data).left_off[0].part == "/record/summary"

    def test_what_cannot_be_cut_is_refused(self) -> None:
        with pytest.raises(UsageError, match="too long for one answer"):
            fitted({name: dict.fromkeys(our_keys(), "x" * 50) for name in our_keys()})


class TestAWrongPart:
    def test_is_refused_with_what_there_is(self) -> None:
        with pytest.raises(UsageError, match=r"there is no 'zzz'\. There are: summary, sites"):
            part_of(record(summary="", sites={}), "/record/zzz")

    def test_names_no_word_of_the_registry(self) -> None:
        with pytest.raises(UsageError) as refused:
            part_of(record(sites={"ignore-all": {}, "instructions": {}}), "/record/sites/2")
        assert "ignore" not in refused.value.message and "2 entries" in refused.value.message

    @pytest.mark.parametrize("data", ["abc", ["a"], {"a-b": 1}, 7, None])
    def test_nothing_after_the_end(self, data: Any) -> None:
        with pytest.raises(UsageError, match="skip must be less than"):
            fitted(data, "/record/x", 10)
