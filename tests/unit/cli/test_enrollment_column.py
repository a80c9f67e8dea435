"""The number of participants in a cell: in brackets only if the registry says that it is planned."""

from __future__ import annotations

from tracker.cli.render.tables.enrollment import enrollment_column


def test_a_number_without_a_type_is_not_called_planned() -> None:
    column = enrollment_column()
    assert column.show is not None
    shown = column.show({"enrollment": {"count": 650, "type": None}, "status": "COMPLETED"})
    assert shown is not None and "(" not in shown
