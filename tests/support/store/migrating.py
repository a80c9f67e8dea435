"""Migrate an old store, killed at each statement: `python -m tests.support.store.migrating URL`.

For N = 0, 1, 2 ... a forked child starts to migrate and dies (SIGKILL) before its statement N. After each child, one
line says which schema is there. The last line is from the first child that finished.
"""

from __future__ import annotations

import os
import signal
import sys
from itertools import count
from typing import Any

from sqlalchemy import Engine, event, text

import storage.engine.migrate  # imported before the forks, with all that a migration needs
from storage.engine.database import Database
from tests.support.store.raw_sqlite import raw_engine
from tests.support.store.store_factories import NOW


def main(url: str) -> None:
    """Run the children. The parent holds no connection of its own while a child works."""
    assert storage.engine.migrate
    for number in count():
        child = os.fork()
        if child == 0:
            die_before(number)
            Database.open(url, NOW).close()
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), *state(url), flush=True)  # noqa: T201
        if status == 0:
            return


def die_before(number: int) -> None:
    """Die when this process is about to execute its statement `number`, counted after the first read."""
    seen = count()

    @event.listens_for(Engine, "before_cursor_execute")
    def before(_: Any, __: Any, statement: str, *___: Any) -> None:
        if next(seen) == number:
            os.kill(os.getpid(), signal.SIGKILL)


def state(url: str) -> tuple[str, str]:
    """Return the recorded revision, and a fingerprint of the tables and columns that exist."""
    engine = raw_engine(url)
    if engine.dialect.name == "sqlite":
        columns = "SELECT m.name || '.' || c.name FROM sqlite_schema m, pragma_table_info(m.name) c ORDER BY 1"
    else:
        names = "table_name || '.' || column_name"
        columns = f"SELECT {names} FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1"
    with engine.connect() as connection:
        revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        names = connection.execute(text(columns)).scalars().all()
    engine.dispose()
    return str(revision), str(len(names))


if __name__ == "__main__":
    main(sys.argv[1])
