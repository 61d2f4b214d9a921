"""Which layout a ledger has, which is the newest, and the way from one to the other."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

MIGRATIONS = Path(__file__).parent / "migrations"


def newest() -> str:
    """Return the revision of the newest migration, from the names of their files (`r0003_decisions.py` is 0003)."""
    return max(path.name[1:5] for path in (MIGRATIONS / "versions").glob("r????_*.py"))


def current(connection: Connection) -> str | None:
    """Return the revision that a ledger has, None for an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def upgrade(connection: Connection) -> None:
    """Bring a ledger to the newest revision, inside the open transaction; one that has it stays as it is."""
    if current(connection) == newest():
        return
    # Late: importing alembic takes a quarter of a second, and most commands find the ledger up to date.
    from alembic import command  # noqa: PLC0415 - start-up time
    from alembic.config import Config  # noqa: PLC0415 - start-up time

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
