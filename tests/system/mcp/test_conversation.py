"""A conversation of an assistant with the demo's store, by the client of the SDK: right answers, over both ways."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.mcp.assistants import Assistant, over_streams
from tests.support.program.program import Program
from tests.system.mcp.conftest import ONE, OUTCOME, TWO
from tracker.demo.story import SEED

TOOLS = {
    "search_trials",
    "get_trial",
    "list_changes",
    "results_state",
    "results_due",
    "similar_trials",
    "reported_results",
    "compare_outcomes",
}
OWES = "NCT05904886"


class TestTheConversation:
    def test_which_of_mine_owe_results(self, assistant: Assistant) -> None:
        found = assistant.ask("results_due").data
        assert [(it["trial"], it["rule"], it["due"], it["days_late"]) for it in found["owing"]] == [
            (OWES, "fdaaa801", "2026-05-08", 339)
        ]
        assert (found["total"], found["perhaps"], found["next"]) == (1, 2, None)

    def test_what_is_due_before_a_day(self, assistant: Assistant) -> None:
        assert assistant.ask("results_due", before="today").data["due"] == []
        assert assistant.ask("results_due", before="2027-09-01").data["due"] == []
        found = assistant.ask("results_due", before="2027-09-02").data["due"]
        assert [(it["trial"], it["rule"], it["due"], it["days"]) for it in found] == [
            (OWES, "eu-ctr", "2027-09-01", 142)
        ]

    def test_which_sponsors_owe_most(self, assistant: Assistant) -> None:
        assert assistant.ask("results_due").data["sponsors"] == []
        first, *_ = assistant.ask("results_due", with_sponsors=True).data["sponsors"]
        assert (first["sponsor"], first["overdue"], first["longest"]) == ("Hoffmann-La Roche", 1, 339)

    def test_what_changed_since_a_seq(self, assistant: Assistant, demo: Program) -> None:
        told = demo.json("changes")["changes"]
        first = assistant.ask("list_changes", after=70, limit=4).data
        assert [it["seq"] for it in first["changes"]] == [71, 72, 73, 74]
        assert (first["next"], first["up_to"]) == (74, 74)
        rest = assistant.ask("list_changes", after=first["up_to"], store=first["store"]).data
        assert [*first["changes"], *rest["changes"]] == told[70:]
        assert (rest["next"], rest["up_to"]) == (None, len(told))
        assert assistant.ask("list_changes", after=rest["up_to"], store=rest["store"]).data["changes"] == []

    def test_what_changed_since_a_day_and_how_much_it_matters(self, assistant: Assistant) -> None:
        found = assistant.ask("list_changes", since="2027-03-01", trials=[SEED], min_severity="major").data
        assert [(it["effective"], it["kind"]) for it in found["changes"]] == [
            ("2027-03-08", "results.posted"),
            ("2027-04-12", "results.measure_changed"),
        ]

    def test_what_a_trial_said_on_a_day(self, assistant: Assistant, demo: Program) -> None:
        found = assistant.ask("get_trial", trial=SEED, as_of="2024-12-01").answer
        assert (found["data"]["version"], found["data"]["effective"]) == (4, "2024-11-05")
        record = found["data"]["record"]
        assert (record["status"], record["dates"]["completion"]["date"]) == ("RECRUITING", "2026-04-30")
        assert found["data"] == demo.json("show", SEED, "--as-of", "2024-12-01")
        assert found["left_off"] == []

    def test_what_was_known_here_on_a_day(self, assistant: Assistant) -> None:
        found = assistant.ask("get_trial", trial=SEED, as_of="2024-11-04", basis="known").data
        assert (found["version"], found["record"]["dates"]["completion"]["date"]) == (3, "2025-10-31")

    def test_where_results_stand(self, assistant: Assistant, demo: Program) -> None:
        found = assistant.ask("results_state", trials=[SEED.lower(), OWES]).data
        assert [(it["trial"], it["state"]) for it in found["trials"]] == [(SEED, "posted"), (OWES, "none")]
        assert found == demo.json("results", SEED, OWES)

    def test_what_was_reported(self, assistant: Assistant, demo: Program) -> None:
        told = demo.json("results", SEED, "--reported")
        assert assistant.ask("reported_results", trial=SEED).data == told
        part = assistant.ask("reported_results", trial=SEED, part="/reported/measures/0/title").data
        assert part == "Recurrence-free survival at 2 years"

    def test_which_are_like_it_and_why(self, assistant: Assistant, demo: Program) -> None:
        found = assistant.ask("similar_trials", trial=SEED, limit=3).data["similar"]
        assert found == demo.json("similar", SEED, "--stored", "--top", "3")["similar"]
        assert len(found) == 3 and all(it["reasons"] for it in found)

    def test_search(self, assistant: Assistant) -> None:
        found = assistant.ask("search_trials", words="durvalumab", watched_only=True).data
        assert [it["trial"] for it in found["trials"]] == ["NCT05883644"]
        first = assistant.ask("search_trials", sort="trial", limit=5).answer
        again = assistant.ask("search_trials", sort="trial", limit=100, after=first["data"]["next"]).data
        trials = [it["trial"] for it in [*first["data"]["trials"], *again["trials"]]]
        assert trials == sorted(set(trials)) and len(trials) == first["data"]["total"] == 13
        assert [it["part"] for it in first["left_off"]] == ["/trials"]
        assert repr(first["data"]["next"]) in first["left_off"][0]["how"]

    def test_every_answer_says_what_it_rests_on(self, assistant: Assistant, demo: Program) -> None:
        source = assistant.ask("search_trials", limit=1).answer["source"]
        status = demo.run("status", "-o", "json", expect=None).json["status"]
        assert source == {
            "store": status["store"],
            "seq": 80,
            "as_of": "2027-04-12T14:30:00Z",
            "registries": [{"registry": "ctgov", "data": "2027-04-12T09:00:05", "polled_at": "2027-04-12T14:30:00Z"}],
        }


class TestRegisteredAgainstReported:
    def test_which_registered_outcomes_are_not_reported(self, missing: Program, tmp_path: Path) -> None:
        with over_streams(missing, tmp_path / "log") as assistant:
            found = assistant.ask("compare_outcomes", trial=ONE, verdicts=["not_reported"]).data
            assert [(it["outcome"], it["registered_as"]) for it in found["registered"]] == [(OUTCOME, "primary")]
            assert (found["known"], found["as_of"]) == (True, "2026-01-15")
            every = assistant.ask("compare_outcomes", trial=ONE).data["registered"]
            assert every == missing.json("results", ONE, "--reported")["registered"]
            assert len(every) > 1
            none = assistant.ask("compare_outcomes", trial=TWO).refusal
            assert none.startswith(f"{TWO} has no posted results")

    def test_what_is_not_known_is_no_praise(self, assistant: Assistant) -> None:
        found = assistant.ask("compare_outcomes", trial=SEED, verdicts=["not_reported"]).data
        assert (found["registered"], found["known"], found["as_of"]) == ([], False, None)


class TestTheTools:
    def test_all_say_that_they_only_read(self, assistant: Assistant) -> None:
        tools = assistant.tools()
        assert tools.keys() == TOOLS
        for tool in tools.values():
            assert tool["annotations"]["readOnlyHint"] is True
            assert tool["annotations"]["destructiveHint"] is False
            assert tool["annotations"]["openWorldHint"] is False
            assert tool["inputSchema"]["additionalProperties"] is False
            assert all(it["description"] for it in tool["inputSchema"]["properties"].values())
            assert len(tool["description"]) > 80

    def test_the_model_is_told_that_data_are_quoted(self, assistant: Assistant) -> None:
        told = assistant.client.instructions or ""
        assert "never as instructions" in told and "`data`" in told


class TestWrongArguments:
    @pytest.mark.parametrize(
        ("tool", "arguments", "said"),
        [
            ("search_trials", {"wordz": "x"}, "There is no argument 'wordz' here. Did you mean: words?"),
            ("search_trials", {"limit": 1000}, "limit must be 100 or less, not '1000'"),
            ("search_trials", {"limit": "many"}, "limit must be a whole number, not 'many'"),
            ("search_trials", {"words": 7}, "words must be a text, not '7'"),
            ("search_trials", {"words": "x" * 3000}, "words may have at most 2,000 characters"),
            ("search_trials", {"sort": "size"}, "sort is one of 'trial', 'title'"),
            ("search_trials", {"tag": "someone's"}, "someone's"),
            ("search_trials", {"after": "zzz"}, "There is no page after 'zzz'; begin with the first"),
            ("get_trial", {}, "trial is missing; add it"),
            ("get_trial", {"trial": "nonsense"}, "'nonsense' is not an NCT number, such as NCT05349331"),
            ("get_trial", {"trial": "NCT00000009"}, "Nothing is stored about NCT00000009 yet. Watch it first"),
            ("get_trial", {"trial": SEED, "as_of": "2001-01-01"}, f"{SEED} has no version of 2001-01-01 or before"),
            ("get_trial", {"trial": SEED, "as_of": "01/02/2024"}, "is not clear; write 2024-02-01 or 2024-01-02"),
            ("get_trial", {"trial": SEED, "part": "/record/zzz"}, "has no part '/record/zzz'"),
            ("get_trial", {"trial": SEED, "part": "/trial", "skip": 99}, "skip must be less than 11"),
            ("list_changes", {"kinds": ["status.chnged"]}, "kind"),
            ("list_changes", {"after": 3, "store": "another"}, "The seq is of another store"),
            ("list_changes", {"after": -1}, "after must be 0 or more, not '-1'"),
            ("list_changes", {"since": "tomorrowish"}, "'tomorrowish' is not a date"),
            ("results_state", {"trials": []}, "trials"),
            ("results_due", {"before": "2020-01-01"}, "before is today or a later day, not '2020-01-01'"),
            ("similar_trials", {"trial": SEED, "phase": ["9"]}, "phase is one of"),
            ("compare_outcomes", {"trial": SEED, "verdicts": ["lost"]}, "verdicts is one of"),
            ("list_trials", {}, "There is no tool 'list_trials'"),
        ],
    )
    def test_are_refused_with_what_to_do(self, assistant: Assistant, tool: str, arguments: dict, said: str) -> None:
        assert said in assistant.ask(tool, **arguments).refusal
