"""import: the registry's history as a person fetched it, with curl or with the R package ctrdata."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support.backfilled_lives import day, life, submissions
from tests.support.harness import ONE, TWO
from tests.support.paths import ROOT, SHARED
from tests.support.program.program import Program
from tests.support.registry.embedded_registry import RegistryServer, Reply, Request, Study

pytestmark = pytest.mark.fault("R-A3")

SHARED = SHARED / "data"
STATES = life(80, 80, 120, 60)
HISTORY = submissions(STATES)
needs_samples = pytest.mark.skipif(
    not (SHARED / "history").is_dir(),
    reason="the optional folder of real histories (../shared/data/history) is not here",
)


@pytest.fixture
def registry() -> Iterator[RegistryServer]:
    with RegistryServer() as server:
        document = STATES[-1].document(0)
        document["derivedSection"]["miscInfoModule"]["versionHolder"] = "2026-08-14"
        server.studies = {ONE: document}
        server.histories = {ONE: HISTORY}
        yield server


@pytest.fixture
def program(tmp_path: Path, registry: RegistryServer) -> Program:
    return Program(tmp_path / "home", registry)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return saved(tmp_path / "history", HISTORY)


def changes(history: Sequence[Study]) -> dict[str, Any]:
    days = [version["protocolSection"]["statusModule"]["lastUpdateSubmitDate"] for version in history]
    return {"changes": [{"version": number, "date": on, "moduleLabels": []} for number, on in enumerate(days)]}


def saved(folder: Path, history: Sequence[Study], *, without: Sequence[int] = (), listed: bool = True) -> Path:
    """What the loop of curl saves: the list, and a file a version."""
    mine = folder / ONE
    mine.mkdir(parents=True, exist_ok=True)
    if listed:
        (mine / "versions.json").write_text(json.dumps(changes(history)))
    for number, study in enumerate(history):
        if number not in without:
            (mine / f"{number}.json").write_text(json.dumps({"studyVersion": number, "study": study}))
    return folder


def rows(program: Program, trial: str = ONE) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = program.json("history", trial)["versions"]
    return [{key: item for key, item in row.items() if key != "observed_at"} for row in found]


def numbers(program: Program) -> list[int | None]:
    return [row["registry_version"] for row in rows(program)]


def asked(registry: RegistryServer) -> list[str]:
    return [path.rpartition("/")[2] for path in registry.paths() if "/history/" in path]


def sound(program: Program) -> None:
    assert program.json("verify") == {"faults": []}
    told = program.run("changes").lines
    assert all(row["backfilled"] for row in told if row["trial"])


def test_imported_and_backfilled_versions_are_the_same_rows(
    tmp_path: Path, registry: RegistryServer, folder: Path
) -> None:
    fetched, imported = Program(tmp_path / "a", registry), Program(tmp_path / "b", registry)
    (tmp_path / "ids.txt").write_text(ONE)
    fetched.run("import", tmp_path / "ids.txt", "--backfill")
    before = len(registry.requests)
    (tmp_path / "b").parent.mkdir(exist_ok=True)
    found = imported.json("import", folder)["import"]
    assert len(registry.requests) == before
    assert (found["versions"], found["lists"], found["stored"], found["missing"]) == (4, 1, 4, [])
    assert numbers(imported) == [0, 1, 2, 3]
    assert [row["effective"] for row in rows(imported)] == [day(2), day(12), day(22), day(32)]
    assert {row["effective_basis"] for row in rows(imported)} == {"posted"}
    assert {row["results"] for row in rows(imported)} == {None}
    past = [row for row in rows(fetched) if row["source"] == "backfill"]
    shared = [row for row in rows(imported) if row["registry_version"] in {it["registry_version"] for it in past}]
    assert [{**row, "version": 0} for row in past] == [{**row, "version": 0} for row in shared] and len(past) >= 3
    sound(imported)


def test_what_was_backfilled_is_not_imported_again(program: Program, folder: Path) -> None:
    program.run("watch", ONE)
    before = rows(program)
    again = program.json("import", folder)["import"]
    assert (again["stored"], again["missing"], rows(program)) == (0, [], before)


def test_what_was_imported_is_not_fetched_again(program: Program, registry: RegistryServer, folder: Path) -> None:
    program.run("import", folder)
    program.run("watch", ONE)
    assert asked(registry) == []
    assert [number for number in numbers(program) if number is not None] == [0, 1, 2, 3]
    program.day()
    program.run("poll")
    sound(program)


def test_versions_without_a_file_are_named_and_a_rerun_goes_on(program: Program, tmp_path: Path) -> None:
    some = saved(tmp_path / "history", HISTORY, without=(0, 2))
    run = program.run("import", some, "-o", "json", expect=3)
    assert run.json["import"]["missing"] == [{"trial": ONE, "versions": [0, 2]}]
    assert f"{ONE}: versions 0, 2 of its history are listed and in no file; fetch them" in run.err
    assert numbers(program) == [1, 3]
    saved(some, HISTORY)
    found = program.json("import", some)["import"]
    assert (found["stored"], found["missing"]) == (2, [])
    assert numbers(program) == [0, 1, 2, 3]
    sound(program)
    assert program.json("import", some)["import"]["stored"] == 0


def test_a_hole_beside_a_polled_version_takes_no_number(tmp_path: Path, registry: RegistryServer) -> None:
    """Two versions of one day, the later one polled and its file missing: the earlier one is stored as itself."""
    states = life(80, 90, 120)
    history = submissions(states)
    current = states[-1].document(0)
    for study in (*history[1:], current):
        study["protocolSection"]["statusModule"]["lastUpdateSubmitDate"] = day(10)
    registry.studies = {ONE: current}
    told = {}
    for listed in (True, False):
        program = Program(tmp_path / f"home {listed}", registry)
        program.run("watch", ONE, "--no-backfill")
        program.run("import", saved(tmp_path / f"{listed}", history, without=(2,), listed=listed))
        told[listed] = {row["enrollment"]["count"]: row["registry_version"] for row in rows(program)}
    assert told == {True: {80: 0, 90: 1, 120: 2}, False: {80: 0, 90: 1, 120: None}}


def test_versions_without_a_list_are_read_and_gaps_are_named(program: Program, tmp_path: Path) -> None:
    run = program.run("import", saved(tmp_path / "h", HISTORY, without=(1,), listed=False), "-o", "json")
    assert (run.json["import"]["gaps"], run.json["import"]["missing"]) == ([{"trial": ONE, "versions": [1]}], [])
    assert "versions 1 of its history are in no file; without the list" in run.err
    assert numbers(program) == [0, 2, 3]


def test_the_answer_in_one_piece_is_list_and_newest_version(program: Program, tmp_path: Path) -> None:
    whole = {"study": HISTORY[-1], "topics": {}, "history": changes(HISTORY)}
    (tmp_path / "whole.json").write_text(json.dumps(whole))
    found = program.json("import", tmp_path / "whole.json", expect=3)["import"]
    assert found["missing"] == [{"trial": ONE, "versions": [0, 1, 2]}]
    assert numbers(program) == [3]
    (tmp_path / "older.json").write_text(json.dumps({**whole, "study": HISTORY[1]}))
    other = Program(tmp_path / "other")
    assert other.json("import", tmp_path / "older.json", expect=3)["import"]["versions"] == 0
    program.run("import", saved(tmp_path / "h", HISTORY))
    assert numbers(program) == [0, 1, 2, 3]


def test_a_versions_own_file_wins_over_the_one_beside_a_list(program: Program, tmp_path: Path) -> None:
    odd = json.loads(json.dumps(HISTORY[-1]))
    odd["protocolSection"]["designModule"]["enrollmentInfo"]["count"] = 61
    folder = saved(tmp_path / "h", HISTORY)
    for name in ("a.json", "z.json"):
        (folder / ONE / name).write_text(json.dumps({"study": odd, "history": changes(HISTORY)}))
    found = program.json("import", folder)["import"]
    assert found["rejected"] == [] and rows(program)[-1]["enrollment"]["count"] == 60


@needs_samples
def test_a_real_list_names_all_its_versions(program: Program) -> None:
    sample = SHARED / "ctgov" / "history" / "NCT03690141.history_true.json"
    found = program.json("import", sample, expect=3)["import"]
    assert found["missing"] == [{"trial": "NCT03690141", "versions": list(range(10))}]
    assert program.json("import", sample, "--dry-run")["import"]["contents"] == [
        {"source": str(sample), "what": "1 list of versions"}
    ]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("3 mg/kg", "3 mg/kg"),
        ("3 mg&#x2F;kg", "3 mg/kg"),
        ("3 mg&amp;#x2F;kg", "3 mg/kg"),
        ("<p>a &lt; b &amp; c</p>", "a < b & c"),
        ("a &amp;lt;p&amp;gt; b", "a <p> b"),
        ("3 mg&amp;amp;#x2F;kg", "3 mg&#x2F;kg"),
    ],
)
def test_texts_are_unescaped_as_often_as_the_registry_escapes(tmp_path: Path, written: str, read: str) -> None:
    """Once as HTML and once as in API v2, whose own texts may hold entities. Never a third time."""
    program = Program(tmp_path / "home")
    study = json.loads(json.dumps(HISTORY[0]))
    study["protocolSection"]["descriptionModule"] = {"briefSummary": written}
    program.run("import", saved(tmp_path / "h", [study]))
    assert program.json("show", ONE)["record"]["summary"] == read


def test_escapes_make_no_change_between_import_and_poll(tmp_path: Path, registry: RegistryServer) -> None:
    history = json.loads(json.dumps(HISTORY))
    for study in history:
        study["protocolSection"]["descriptionModule"] = {"briefSummary": "<p>3 mg&amp;#x2F;kg</p>"}
    registry.studies[ONE]["protocolSection"]["descriptionModule"] = {"briefSummary": "3 mg/kg"}
    registry.histories = {}
    program = Program(tmp_path / "home", registry)
    program.run("import", saved(tmp_path / "h", history[:3]))
    program.run("watch", ONE, "--no-backfill")
    fields = {field["field"] for row in program.run("changes").lines for field in row["fields"]}
    assert "enrollment.count" in fields and "summary" not in fields


def test_what_is_newer_than_the_last_poll_is_left_to_the_next(program: Program, tmp_path: Path) -> None:
    program.run("watch", ONE)
    more = submissions(life(80, 80, 120, 60, 55))
    run = program.run("import", saved(tmp_path / "h", more), "-o", "json")
    assert (run.json["import"]["newer"], run.json["import"]["missing"]) == ([{"trial": ONE, "versions": [4]}], [])
    assert "newer than the last poll" in run.err
    assert len(rows(program)) == 4


REFUSED = {
    "a refusal that was saved": ("3.json", "<html><body>403 Forbidden</body></html>", "the registry refused"),
    "nothing": ("3.json", "", "an empty file"),
    "a version without a number": ("3.json", '{"studyVersion": null, "study": {}}', "without its number"),
    "a list of nothing": ("versions.json", '{"changes": []}', "it lists no versions; fetch it again"),
    "a list without days": ("versions.json", '{"changes": [{"version": 0}]}', "version 0 has no date; fetch it again"),
    "a version of no trial": ("3.json", '{"studyVersion": 3, "study": {"protocolSection": {}}}', "nctId"),
}


@pytest.mark.parametrize(("name", "text", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_is_no_answer_is_named(program: Program, folder: Path, name: str, text: str, reason: str) -> None:
    (folder / ONE / name).write_text(text)
    found = program.json("import", folder, expect=3)["import"]
    [rejected] = found["rejected"]
    assert rejected["source"] == str(folder / ONE / name) and reason in rejected["reason"]
    assert found["stored"] >= 3


def test_a_list_without_its_trial_is_refused_with_the_way_out(program: Program, tmp_path: Path) -> None:
    (tmp_path / "list.json").write_text(json.dumps(changes(HISTORY)))
    [rejected] = program.json("import", tmp_path / "list.json", expect=1)["import"]["rejected"]
    assert "put the NCT number into its file's name" in rejected["reason"]


def test_a_list_is_of_the_trial_whose_versions_lie_beside_it(program: Program, tmp_path: Path) -> None:
    saved(tmp_path / "h", HISTORY, without=(3,))
    shutil.move(tmp_path / "h" / ONE, tmp_path / "past")
    found = program.json("import", tmp_path / "past", expect=3)["import"]
    assert (found["missing"], found["rejected"]) == ([{"trial": ONE, "versions": [3]}], [])
    other = json.loads(json.dumps(HISTORY[0]))
    other["protocolSection"]["identificationModule"]["nctId"] = TWO
    (tmp_path / "past" / "other.json").write_text(json.dumps({"studyVersion": 0, "study": other}))
    found = program.json("import", tmp_path / "past", expect=3)["import"]
    assert len(found["rejected"]) == 1 and "names no trial" in found["rejected"][0]["reason"]


def test_two_files_that_differ_about_one_version_are_named(program: Program, folder: Path) -> None:
    other = json.loads(json.dumps(HISTORY[1]))
    other["protocolSection"]["designModule"]["enrollmentInfo"]["count"] = 7
    (folder / ONE / "1 (copy).json").write_text(json.dumps({"studyVersion": 1, "study": HISTORY[1]}))
    (folder / ONE / "1 (other).json").write_text(json.dumps({"studyVersion": 1, "study": other}))
    found = program.json("import", folder, expect=3)["import"]
    assert len(found["rejected"]) == 1 and f"version 1 of {ONE} is another one" in found["rejected"][0]["reason"]
    assert found["stored"] == 4


def test_a_dry_run_says_what_each_file_is(program: Program, folder: Path) -> None:
    shutil.move(folder / ONE / "2.json", folder / "NCT00000009.json")
    (folder / "ids.txt").write_text(f"{ONE}\n{TWO}\n")
    found = program.json("import", folder, "--dry-run")["import"]
    assert {it["source"].rpartition("/")[2]: it["what"] for it in found["contents"]} == {
        "0.json": "1 version of the registry's history",
        "1.json": "1 version of the registry's history",
        "3.json": "1 version of the registry's history",
        "NCT00000009.json": "1 version of the registry's history",
        "versions.json": "1 list of versions",
        "ids.txt": "2 ids",
    }
    assert "versions.json: 1 list of versions" in program.run("import", folder, "--dry-run", "-o", "table").out
    assert program.json("list") == {"trials": []}
    program.error("history", ONE, code=4)


# -- curl


def recipe(kind: str) -> str:
    page = (ROOT / "docs/how-to/backfill.md").read_text(encoding="utf-8")
    blocks: list[str] = re.findall(rf"```{kind}\n(.*?)```", page, re.DOTALL)
    return next(block for block in blocks if "curl --silent" in block or kind == "r")


def fetch(tmp_path: Path, registry: RegistryServer, *trials: str) -> subprocess.CompletedProcess[str]:
    script = tmp_path / "fetch-history.sh"
    script.write_text(recipe("sh"))
    environment = {"REGISTRY": registry.url, "PAUSE": "0", "PATH": "/usr/local/bin:/usr/bin:/bin"}
    return subprocess.run(
        ["sh", str(script), *trials],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not here")
def test_the_loop_of_curl_in_the_docs_fetches_what_import_reads(
    program: Program, registry: RegistryServer, tmp_path: Path
) -> None:
    done = fetch(tmp_path, registry, ONE)
    assert (done.returncode, done.stderr) == (0, "")
    assert program.json("import", tmp_path / "history")["import"]["stored"] == 4
    assert numbers(program) == [0, 1, 2, 3]
    before = len(registry.requests)
    assert fetch(tmp_path, registry, ONE).returncode == 0
    assert [request.path.rpartition("/")[2] for request in registry.requests[before:]] == ["history"], "it resumes"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not here")
def test_the_loop_of_curl_saves_good_answers_only_and_goes_on(
    program: Program, registry: RegistryServer, tmp_path: Path
) -> None:
    def bad(request: Request) -> Reply | None:
        return {
            "1": Reply(500, b"oops"),
            "2": Reply(200, b"<html>shell</html>", "text/html"),
            "3": Reply(429, b"slowly"),
        }.get(request.path.rpartition("/")[2])

    registry.faults = bad
    done = fetch(tmp_path, registry, ONE, TWO)
    assert done.returncode == 1 and "Run the same command again" in done.stderr
    assert sorted(path.name for path in (tmp_path / "history" / ONE).iterdir()) == ["0.json", "versions.json"]
    assert not [path for path in registry.paths() if TWO in path], "after a 429 nobody is asked"
    found = program.json("import", tmp_path / "history", expect=3)["import"]
    assert found["missing"] == [{"trial": ONE, "versions": [1, 2, 3]}]
    registry.faults = []
    assert fetch(tmp_path, registry, ONE).returncode == 0
    assert program.json("import", tmp_path / "history")["import"]["stored"] == 3
    assert numbers(program) == [0, 1, 2, 3]


# -- ctrdata and cthist


def kept(document: Study, imported: str = "2024-03-01 09:00:00", **more: Any) -> Study:
    return {**document, "_id": ONE, "ctrname": "CTGOV2", "record_last_import": imported, **more}


def of_ctrdata(history: Sequence[Study], places: Sequence[int]) -> list[Study]:
    days = [it["date"] for it in changes(history)["changes"]]
    return [
        {**history[place], "history_version": {"version_number": place + 1, "version_date": days[place]}}
        for place in places
    ]


def test_versions_of_ctrdata_get_the_registrys_numbers(program: Program, tmp_path: Path) -> None:
    current = STATES[-1].document(40)
    lines = [kept(current, history=of_ctrdata(HISTORY, (0, 1, 2)))]
    (tmp_path / "trials.ndjson").write_text("\n".join(map(json.dumps, lines)))
    found = program.json("import", tmp_path / "trials.ndjson")["import"]
    assert (found["records"], found["versions"], found["stored"]) == (1, 3, 4)
    assert [(row["registry_version"], row["source"]) for row in rows(program)] == [
        (0, "backfill"),
        (1, "backfill"),
        (2, "backfill"),
        (None, "import"),
    ]
    sound(program)
    assert program.json("import", saved(tmp_path / "h", HISTORY))["import"]["stored"] == 0
    assert numbers(program) == [0, 1, 2, 3]


def test_a_choice_of_versions_names_its_gaps(program: Program, tmp_path: Path) -> None:
    (tmp_path / "trials.json").write_text(json.dumps([{"_id": ONE, "history": of_ctrdata(HISTORY, (0, 3))}]))
    found = program.json("import", tmp_path / "trials.json")["import"]
    assert (found["gaps"], numbers(program)) == ([{"trial": ONE, "versions": [1, 2]}], [0, 3])


def test_ctrdatas_own_fields_are_no_change_of_the_trial(program: Program, tmp_path: Path) -> None:
    for name, seen, imported in (("a", 40, "2024-02-10 10:00:00"), ("b", 45, "2024-02-15 11:00:00")):
        (tmp_path / f"{name}.json").write_text(json.dumps(kept(STATES[-1].document(seen), imported)))
    (tmp_path / "c.json").write_text(json.dumps(STATES[-1].document(47)))
    found = program.json("import", *(tmp_path / f"{name}.json" for name in "abc"))["import"]
    assert (found["stored"], found["already"]) == (1, 2)
    raw = program.json("show", ONE, "--raw")
    assert not raw.keys() & {"_id", "ctrname", "record_last_import", "history"}


def test_a_record_without_a_data_day_is_of_its_day_of_fetching(program: Program, tmp_path: Path) -> None:
    first, second = STATES[2].document(0), STATES[3].document(0)
    for document in (first, second):
        del document["derivedSection"]
        document["protocolSection"]["statusModule"].pop("lastUpdatePostDateStruct")
    (tmp_path / "a.json").write_text(json.dumps(kept(first, f"{day(25)} 10:00:00")))
    (tmp_path / "b.json").write_text(json.dumps(kept(second, f"{day(36)} 10:00:00")))
    program.run("import", tmp_path / "a.json", tmp_path / "b.json")
    assert [(row["effective"], row["effective_basis"]) for row in rows(program)] == [
        (day(25), "data"),
        (day(36), "data"),
    ]


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ({"version_number": 0, "version_date": "2024-01-01"}, "its number (from 1)"),
        ({"version_number": "1", "version_date": "2024-01-01"}, "its number (from 1)"),
        ({"version_number": 1, "version_date": "January"}, "its day"),
        (None, "its number"),
    ],
)
def test_a_version_of_ctrdata_without_its_number_or_day_is_named(
    program: Program, tmp_path: Path, version: Any, reason: str
) -> None:
    record = {"_id": ONE, "history": [{**HISTORY[0], "history_version": version}]}
    (tmp_path / "t.json").write_text(json.dumps(record))
    [rejected] = program.json("import", tmp_path / "t.json", expect=1)["import"]["rejected"]
    assert reason in rejected["reason"] and rejected["source"].endswith("t.json, history 1")


@pytest.mark.parametrize("register", ["EUCTR", "CTIS", "ISRCTN", "CTGOV"])
def test_ctrdatas_records_of_other_registers_are_refused(program: Program, tmp_path: Path, register: str) -> None:
    (tmp_path / "t.json").write_text(json.dumps({"_id": "x", "ctrname": register, "record_last_import": "2024-01-01"}))
    [rejected] = program.json("import", tmp_path / "t.json", expect=1)["import"]["rejected"]
    assert f"'{register}' in ctrdata's form" in rejected["reason"]


def test_lists_that_r_has_folded_are_lists_again(program: Program, tmp_path: Path) -> None:
    wire = STATES[-1].document(40)
    protocol = wire["protocolSection"]
    protocol["designModule"]["phases"] = ["PHASE2"]
    protocol["conditionsModule"] = {"conditions": ["Insomnia"], "keywords": []}
    folded = json.loads(json.dumps(wire))
    folded["protocolSection"]["designModule"]["phases"] = "PHASE2"
    folded["protocolSection"]["conditionsModule"] = {"conditions": "Insomnia", "keywords": {}}
    (tmp_path / "wire.json").write_text(json.dumps(wire))
    (tmp_path / "folded.json").write_text(json.dumps(kept(folded)))
    found = program.json("import", tmp_path / "wire.json", tmp_path / "folded.json")["import"]
    assert (found["rejected"], found["stored"]) == ([], 1), "both are the same record"
    assert program.json("show", ONE)["record"]["phases"] == ["PHASE2"]


@needs_samples
def test_real_records_of_ctrdata_are_records_of_their_days(tmp_path: Path) -> None:
    program = Program(tmp_path / "home")
    samples = SHARED / "history" / "ctrdata"
    found = program.json("import", samples / "ctgov2")["import"]
    assert (found["records"], found["rejected"]) == (len(list((samples / "ctgov2").iterdir())), [])
    assert found["stored"] + found["already"] == found["records"]
    changed = rows(program, "NCT01505608")
    assert [(row["effective"], row["effective_basis"]) for row in changed] == [
        ("2023-09-28", "posted"),
        ("2024-04-03", "posted"),
    ]
    refused = program.json("import", samples / "ctis", samples / "euctr", expect=1)["import"]
    assert len(refused["rejected"]) == refused["files"] > 0
    assert all("in ctrdata's form, which is not read" in it["reason"] for it in refused["rejected"])
    sound(program)


def test_what_cthist_writes_is_refused_with_the_doors_there_are(program: Program, tmp_path: Path) -> None:
    sheet = tmp_path / "history.csv"
    sheet.write_text(
        f"nctid,version_number,total_versions,version_date,overall_status\n{ONE},0,4,2024-01-01,RECRUITING\n"
    )
    [rejected] = program.json("import", sheet, expect=1)["import"]["rejected"]
    for word in ("cthist", "curl", "ctrdata", "docs/how-to/backfill.md", "--column nctid"):
        assert word in rejected["reason"]
    assert program.json("import", sheet, "--column", "nctid", "--dry-run")["import"]["ids"] == 1
