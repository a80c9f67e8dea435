"""open: the registry's page in the browser that BROWSER names, and the address on a machine without one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.program.program import Program

TRIAL = "NCT05349331"
PAGE = f"https://clinicaltrials.gov/study/{TRIAL}"
EU = "https://www.clinicaltrialsregister.eu/ctr-search"


@pytest.fixture
def browser(tmp_path: Path) -> Path:
    """A browser that writes down each address it is given."""
    script = tmp_path / "browser"
    script.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> "{tmp_path}/opened"\n')
    script.chmod(0o755)
    return script


def opened(browser: Path) -> list[str]:
    seen = browser.with_name("opened")
    return seen.read_text().splitlines() if seen.exists() else []


@pytest.mark.fault("R-F11")
@pytest.mark.parametrize(
    ("words", "address"),
    [
        ((TRIAL,), PAGE),
        ((f"{PAGE}?tab=table",), PAGE),
        ((TRIAL.lower(), "--results"), f"{PAGE}?tab=results"),
        ((TRIAL, "--history"), f"{PAGE}?tab=history"),
        (("2011-005852-33",), f"{EU}/search?query=2011-005852-33"),
        (("2011-005852-33-PT", "--results"), f"{EU}/trial/2011-005852-33/results"),
    ],
)
def test_the_page_opens_and_its_address_is_printed(
    program: Program, browser: Path, words: tuple[str, ...], address: str
) -> None:
    run = program.run("open", *words, BROWSER=str(browser))
    assert (run.out, run.err) == (f"{address}\n", "")
    assert opened(browser) == [address]


def test_no_store_is_made(program: Program, browser: Path) -> None:
    program.run("open", TRIAL, BROWSER=str(browser))
    assert opened(browser) and not program.home.exists()


def test_print_opens_nothing(program: Program, browser: Path) -> None:
    run = program.run("open", TRIAL, "--print", BROWSER=str(browser))
    assert (run.out, run.err, opened(browser)) == (f"{PAGE}\n", "", [])


def test_without_a_desktop_the_address_is_printed_and_it_is_said(program: Program) -> None:
    run = program.run("open", TRIAL)
    assert run.out == f"{PAGE}\n"
    assert run.err == "No browser is opened: there is no desktop here, and BROWSER names none.\n"


@pytest.mark.parametrize("named", ["/nowhere/browser", "false"])
def test_a_browser_that_fails_is_said(program: Program, named: str) -> None:
    run = program.run("open", TRIAL, BROWSER=named)
    assert run.out == f"{PAGE}\n"
    assert run.err == "No browser could be opened. Name one with BROWSER, or open the address yourself.\n"


def test_a_page_that_there_is_not_is_refused(program: Program, browser: Path) -> None:
    eu = "EUCTR2011-005852-33"
    refused = {
        (eu, "--history"): f"See what is stored: trialwatch history {eu}.\n",
        (TRIAL, "--results", "--history"): "give one of them.\n",
        ("NCT1",): "NCT05349331",
    }
    for words, step in refused.items():
        run = program.run("open", *words, expect=2, BROWSER=str(browser))
        assert run.out == "" and step in run.err
    assert opened(browser) == []
