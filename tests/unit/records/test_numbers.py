"""What a trial is called in other registers, known by the shape of the number, whatever field it stands in."""

from __future__ import annotations

import pytest

from tracker.records.linked_ids import REGISTERS, numbers_in, numbers_of
from tracker.records.maps import by_identifier
from tracker.records.trial import Identifier, TrialRecord
from tracker.registries.ids import is_watchable


def named(*ids: str, trial: str = "NCT05349331", aliases: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    identifiers = by_identifier(Identifier(id_) for id_ in ids)
    record = TrialRecord(trial=trial, registry="x", status="COMPLETED", identifiers=identifiers, aliases=aliases)
    return [(number.trial, number.register) for number in numbers_of(record)]


@pytest.mark.parametrize(
    ("id_", "number"),
    [
        ("2011-005852-33", ("EUCTR2011-005852-33", "euctr")),
        ("EudraCT 2011-005852-33", ("EUCTR2011-005852-33", "euctr")),
        ("EUDRACT-2011-005852-33", ("EUCTR2011-005852-33", "euctr")),
        ("EudraCT Number: 2011-005852-33", ("EUCTR2011-005852-33", "euctr")),
        ("2022-500244-37-00", ("CTIS2022-500244-37-00", "ctis")),
        ("EU CT 2022-500244-37", ("CTIS2022-500244-37", "ctis")),
        (" isrctn12345678 ", ("ISRCTN12345678", "isrctn")),
        ("ChiCTR2100049129", ("ChiCTR2100049129", "chictr")),
        ("ChiCTR-TRC-13003126", ("ChiCTR-TRC-13003126", "chictr")),
        ("nct01234567", ("NCT01234567", "ctgov")),
    ],
)
def test_a_number_of_another_register_is_known_by_its_shape(id_: str, number: tuple[str, str]) -> None:
    assert named(id_) == [number]


@pytest.mark.parametrize(
    "id_", ["B2022-119-X01", "WA18696", "2011-005852", "U1111-1111-1111", "NCT123", "x" * 9999, ""]
)
def test_what_has_no_such_shape_is_the_sponsors_own(id_: str) -> None:
    assert named(id_) == []


def test_a_trial_is_not_another_of_itself() -> None:
    assert named("NCT05349331", "NCT00000001", aliases=("NCT00000001",)) == []
    assert named("2011-005852-33", trial="EUCTR2011-005852-33") == []
    assert named("2011-005852-33", trial="EUCTR2011-005852-33-PT") == []
    assert named("2011-005852-33", "EudraCT 2011-005852-33") == [("EUCTR2011-005852-33", "euctr")]


EVERY_REGISTER = [
    ("NCT03434379", "NCT03434379", "ctgov"),
    ("2022-500244-37-00", "CTIS2022-500244-37-00", "ctis"),
    ("2011-005852-33", "EUCTR2011-005852-33", "euctr"),
    ("ISRCTN15375673", "ISRCTN15375673", "isrctn"),
    ("ChiCTR2000029953", "ChiCTR2000029953", "chictr"),
    ("ACTRN12620000449932", "ACTRN12620000449932", "actrn"),
    ("ACTRN12616000861459P", "ACTRN12616000861459p", "actrn"),
    ("CTRI/2019/02/017505", "CTRI/2019/02/017505", "ctri"),
    ("CTRI/2008/091/000112", "CTRI/2008/091/000112", "ctri"),
    ("IRCT20160625028622N1", "IRCT20160625028622N1", "irct"),
    ("DRKS00021134", "DRKS00021134", "drks"),
    ("jRCTs031190226", "JPRN-jRCTs031190226", "jprn"),
    ("JPRN-jRCT1051200078", "JPRN-jRCT1051200078", "jprn"),
    ("UMIN000039873", "JPRN-UMIN000039873", "jprn"),
    ("JPRN-JapicCTI-194721", "JPRN-JapicCTI-194721", "jprn"),
    ("NL8483", "NL8483", "nl"),
    ("NTR1234", "NTR1234", "nl"),
    ("NL-OMON12345", "NL-OMON12345", "nl"),
    ("RBR-7F6b2x", "RBR-7f6b2x", "rebec"),
    ("RPCEC00000281", "RPCEC00000281", "rpcec"),
    ("TCTR20200321001", "TCTR20200321001", "tctr"),
    ("PACTR202004481157101", "PACTR202004481157101", "pactr"),
    ("KCT0004211", "KCT0004211", "cris"),
    ("SLCTR/2020/012", "SLCTR/2020/012", "slctr"),
    ("LBCTR2020043495", "LBCTR2020043495", "lbctr"),
    ("PER-012-20", "PER-012-20", "repec"),
    ("ITMCTR2100004321", "ITMCTR2100004321", "itmctr"),
    ("PHRR200423-002544", "PHRR200423-002544", "phrr"),
    ("U1111-1205-7175", "U1111-1205-7175", "utn"),
]


@pytest.mark.fault("R-B9")
@pytest.mark.parametrize(("id_", "trial", "register"), EVERY_REGISTER)
def test_each_register_is_known_by_its_numbers(id_: str, trial: str, register: str) -> None:
    assert named(id_) == named(id_.lower()) == named(f"Registry Identifier: {id_} (main)") == [(trial, register)]


@pytest.mark.fault("R-B9")
def test_every_register_has_a_name_and_an_example() -> None:
    assert {register for _, _, register in EVERY_REGISTER} == {*REGISTERS, "ctgov", "euctr"}


@pytest.mark.fault("R-B9")
@pytest.mark.parametrize(
    ("text", "trials"),
    [
        ("2021-000037-14-DK", ["EUCTR2021-000037-14"]),
        ("EUCTR2019-001698-10-NL", ["EUCTR2019-001698-10"]),
        ("2018–004567–31–GB", ["EUCTR2018-004567-31"]),
        ("2016-005141-23-3rd", ["EUCTR2016-005141-23"]),
        ("EudraCT: 2004-000001-10", ["EUCTR2004-000001-10"]),
        ("EudraCT2004-000001-10", ["EUCTR2004-000001-10"]),
        ("2014-003355-56 (EudraCT Number)", ["EUCTR2014-003355-56"]),
        ("Registry Identifier NL8483", ["NL8483"]),
        ("NCT: 01234567", ["NCT01234567"]),
        ("XL184-311;NCT03690388;113,446;2018-001771-21-DE", ["NCT03690388", "EUCTR2018-001771-21"]),
        ("ISRCTN88057279 and DRKS00021134", ["ISRCTN88057279", "DRKS00021134"]),
        ("U1111-1205-7175; 2011-005852-33", ["U1111-1205-7175", "EUCTR2011-005852-33"]),
        ("NCT01234567, nct01234567", ["NCT01234567"]),
        ("NCT01234567 and NCT07654321", ["NCT01234567", "NCT07654321"]),
        ("2011-005852-33/2014-003355-56", ["EUCTR2011-005852-33", "EUCTR2014-003355-56"]),
        ("ISRCTN88057279, ISRCTN15375673 (extension)", ["ISRCTN88057279", "ISRCTN15375673"]),
    ],
)
def test_all_numbers_in_a_field_are_found(text: str, trials: list[str]) -> None:
    assert [number.trial for number in numbers_in(text)] == trials


@pytest.mark.fault("R-B9")
@pytest.mark.parametrize(
    "text",
    [
        "2000-000000-00", "EUCTR2000-000000-00", "NCT00000000", "NCT99999999", "ISRCTN00000000", "U1111-1111-1111",
        "DRKS00000000", "2020-555555-00", "2020-999999-00", "ChiCTR0000000000",
        # of somebody else, or longer than a number is
        "A-2020-000919-69", "NL61409.018.17", "NCT012345678", "X2020-000919-69", "2020-000919-691", "2020-01-15",
        "ISRCTN1537567", "CTRI/2019/02/01750", "IRB2020-000919-69-1",
    ],
)  # fmt: skip
def test_placeholders_and_parts_of_numbers_are_none(text: str) -> None:
    assert numbers_in(text) == ()


@pytest.mark.fault("R-B9")
def test_only_what_can_be_asked_for_is_watchable() -> None:
    found = numbers_in("NCT01234567 2011-005852-33 ISRCTN15375673 U1111-1205-7175 2022-500244-37-00")
    assert [number.trial for number in found if is_watchable(number)] == ["NCT01234567", "EUCTR2011-005852-33"]
