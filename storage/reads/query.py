"""A named SQL text and the shape of its rows. The text is written once for both databases.

- `:name` is a parameter. A sequence fills the brackets of `IN (:name)`. An empty one matches nothing.
- `COLLATE "C"` sorts by code points. SQLite does so by itself, so it is taken out there.
- `lower_all(x COLLATE "letters")` folds the case of all letters, as far as the database can. Plain
  `lower(x COLLATE "C")`, on both sides of LIKE and nowhere else, folds that of ASCII alone, and is much faster. It is
  taken out for SQLite, whose LIKE does so by itself.
- `x = TRUE` instead of `x`, where an index has only the rows for which x is true. SQLite uses such an index if the text
  says `x = 1`, as the index does. PostgreSQL takes no number for a truth value.
- No text in quotes may hold a colon or a percent sign.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any, Generic, NamedTuple, TypeVar, get_type_hints

from storage.values.storable import storable

__all__ = ["FOR_POSTGRES", "FOR_POSTGRES_WITHOUT_ICU", "FOR_SQLITE", "Dialect", "Query", "Value"]

Row = TypeVar("Row", bound=tuple[Any, ...])
Value = str | int | bool | bytes | datetime | None | Sequence[str] | Sequence[int]
_PARAMETER = re.compile(r":([a-z_][a-z_0-9]*)")
_LARGEST = 2**63 - 1
_SINGLE = (str, int, bytes, datetime)


class Query(NamedTuple, Generic[Row]):
    """One SQL text. `row` is a NamedTuple: its annotations tell instants and truth values."""

    sql: str
    row: type[Row]


class Dialect(NamedTuple):
    """How one database wants a text and its values."""

    name: str
    #: The text for a value of this name in a statement.
    mark: Callable[[str], str]
    #: Changes to the text, in order.
    replaced: tuple[tuple[str, str], ...]
    instant_in: Callable[[datetime], Any]
    instant_out: Callable[[Any], datetime]

    def statement(self, sql: str, named: Mapping[str, Value]) -> tuple[str, dict[str, Any]]:
        """Return the text and the values as the driver takes them."""
        values: dict[str, Any] = {}
        lengths = []
        for name, value in named.items():
            if value is None or isinstance(value, _SINGLE):
                values[name] = self._value(value)
            else:
                values.update(zip(_numbered(name, len(value)), map(self._value, value), strict=True))
                lengths.append((name, len(value)))
        return _translated(self, sql, tuple(sorted(lengths))), values

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return storable(value)
        if isinstance(value, datetime):
            return self.instant_in(value)
        # Neither database takes a larger number. No stored one is as large, so comparisons stay true.
        return max(-_LARGEST, min(_LARGEST, value)) if type(value) is int else value

    def shaped(self, row: type[Row], found: Sequence[tuple[Any, ...]]) -> list[Row]:
        """Return rows of the driver in their shape."""
        kinds = _conversions(row)
        made: Any = row._make  # type: ignore[attr-defined]
        if not kinds:
            return list(map(made, found))
        rows = []
        for values in found:
            converted = list(values)
            for at, kind in kinds:
                if (value := converted[at]) is not None:
                    converted[at] = self.instant_out(value) if kind is datetime else bool(value)
            rows.append(made(converted))
        return rows


@cache
def _translated(dialect: Dialect, sql: str, lengths: tuple[tuple[str, int], ...]) -> str:
    for old, new in dialect.replaced:
        sql = sql.replace(old, new)
    many = dict(lengths)

    def marked(found: re.Match[str]) -> str:
        name = found[1]
        if name not in many:
            return dialect.mark(name)
        return ", ".join(map(dialect.mark, _numbered(name, many[name]))) or "NULL"

    return _PARAMETER.sub(marked, sql)


@lru_cache(maxsize=64)
def _numbered(name: str, count: int) -> tuple[str, ...]:
    """Return the names of the values of a sequence."""
    return tuple(f"{name}_{at}" for at in range(count))


@cache
def _conversions(row: type[Any]) -> tuple[tuple[int, type], ...]:
    """Return the columns to convert, and to what."""
    found = []
    for at, hint in enumerate(get_type_hints(row).values()):
        kinds = getattr(hint, "__args__", (hint,))
        found += [(at, kind) for kind in (datetime, bool) if kind in kinds]
    return tuple(found)


def _text_of(instant: datetime) -> str:
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


@lru_cache(maxsize=1024)  # one poll notes the same instant for thousands of trials
def _instant_of(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


FOR_SQLITE = Dialect(
    "sqlite",
    mark=lambda name: f":{name}",
    replaced=((' COLLATE "C"', ""), ("lower(", "("), (' COLLATE "letters"', ""), (" = TRUE", " = 1")),
    instant_in=_text_of,
    instant_out=_instant_of,
)
FOR_POSTGRES = Dialect(
    "postgresql",
    mark=lambda name: f"%({name})s",
    replaced=(("%", "%%"), ("lower_all(", "lower("), (' COLLATE "letters"', ' COLLATE "und-x-icu"')),
    instant_in=lambda instant: instant,
    instant_out=lambda instant: instant.astimezone(UTC),
)
FOR_POSTGRES_WITHOUT_ICU = FOR_POSTGRES._replace(
    replaced=(("%", "%%"), ("lower_all(", "lower("), (' COLLATE "letters"', ""))
)
"""For a server that was built without ICU: the locale of the database decides which letters have a case."""
