"""`leadflow why`: everything known of one person, from the warehouse and the ledger. No vendor is called."""

from __future__ import annotations

import json
import sys
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pipeline.errors import LeadflowError
from pipeline.whyview import asked as asking
from pipeline.whyview.story import Found, story
from resources.glimpses import Glimpse, glimpse
from resources.ledger import Ledger
from resources.ledger.decisions import Decisions
from resources.ledger.stories import Stories
from resources.redaction import Redactor
from resources.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipeline.whyview.asked import Asked

TABLES = (
    *("people", "records", "values", "scores", "score_history", "tags", "holds", "reviews", "account_matches"),
    *("planned", "held", "conversions", "touches", "money"),
)
WAREHOUSE = "warehouse.duckdb"


class NobodyFound(LeadflowError):
    """Nobody answers to what was asked; the message says what was looked for and where."""


class Sight:
    """The warehouse, to be read, and the ledger of one workspace."""

    def __init__(self, *, settings: Settings, warehouse: Glimpse, ledger: Ledger) -> None:
        self.settings = settings
        self.warehouse = warehouse
        self.ledger = ledger

    def matches(self, asked: Asked) -> list[str]:
        """Return the living keys of the people who answer to a question, sorted."""
        found = {row["person_key"] for row in self.warehouse.ask("why/matches", **asked.forms)}
        decisions = Decisions(self.ledger.store)
        if not found and asked.key is not None and (side := decisions.side(asked.key)) is not None:
            found = {side.key}
        if not found and asked.id is not None:
            # Written by us and not mirrored yet: only the ledger knows whose it is.
            sides = [decisions.side(key) for key in Stories(self.ledger.store).holder(asked.id)]
            found = {side.key for side in sides if side is not None}
        return sorted(found)

    def people(self, keys: list[str]) -> list[dict[str, Any]]:
        """Return the rows of some people."""
        return self.warehouse.ask("why/people", keys=keys)

    def told(self, asked: Asked, key: str) -> dict[str, Any]:
        """Return the story of one person."""
        stories = Stories(self.ledger.store)
        old = stories.old_keys(key)
        keys = [key, *old]
        tables = {name: self.warehouse.ask(f"why/{name}", keys=keys) for name in TABLES}
        numbers = [row["record_no"] for row in tables["records"]]
        tables["edges"] = self.warehouse.ask("why/edges", numbers=numbers)
        records = [(row["source"], row["source_id"]) for row in tables["records"]]
        found = Found(
            key=key,
            tables=tables,
            writes=stories.writes(keys),
            decisions=Decisions(self.ledger.store).about(records),
            moments=stories.plan_moments({row["plan_hash"] for row in tables["planned"]}),
            old_keys=old,
        )
        return story(asked, found)

    def nobody(self, asked: Asked) -> str:
        """Return in a sentence what was looked for, and where."""
        places = [f"{row['n']:,} {row['place']}" for row in self.warehouse.ask("why/places")]
        told = f"nobody is known by {asked.text!r} (read as {asked.read_as}); searched were {', '.join(places)}"
        rejects = self.warehouse.ask("why/rejects", text=asked.text) if len(asked.text) >= 4 else []
        if rejects:
            row = rejects[0]
            told += f"; a record set aside holds it ({row['landing_ref']}, {row['position']}: {row['reason']})"
        return f"{told} and the ledger"


@contextmanager
def sight() -> Iterator[Sight]:
    """Open the warehouse for reading, and the ledger, of the workspace that the environment names."""
    settings = load_settings()
    with (
        glimpse(settings.data_dir / WAREHOUSE) as warehouse,
        closing(Ledger.open(settings.ledger_url, clock=lambda: datetime.now(UTC))) as ledger,
    ):
        yield Sight(settings=settings, warehouse=warehouse, ledger=ledger)


def why(text: str, *, as_json: bool) -> int:
    """Print what is known of whoever answers to `text`; 0, also when several do; 1 when nobody does."""
    asked = asking.read(text)
    with sight() as seen:
        keys = seen.matches(asked)
        if len(keys) == 1:
            told = seen.told(asked, keys[0])
        elif keys:
            told = several(asked, seen.people(keys), keys)
        else:
            told = {"status": "none", "asked": asked.text, "read_as": asked.read_as, "message": seen.nobody(asked)}
        told = without_secrets(told, seen.settings)
    if as_json:
        sys.stdout.write(json.dumps(told, default=plain, ensure_ascii=False) + "\n")
        return 0 if keys else 1
    if not keys:
        raise NobodyFound(told["message"])
    from assets import whyprint

    whyprint.show(told)
    return 0


def several(asked: Asked, people: list[dict[str, Any]], keys: list[str]) -> dict[str, Any]:
    """Return the people who answer to one question, to choose from."""
    names = ("full_name", "title", "company_name", "email", "records", "zoho_id", "ghl_contact_id")
    known = {row["person_key"]: {name: row[name] for name in names} for row in people}
    matches = [{"key": key, **known.get(key, dict.fromkeys(names))} for key in keys]
    return {"status": "several", "asked": asked.text, "read_as": asked.read_as, "matches": matches}


def without_secrets(told: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """Return the facts without credentials: people are shown here, tokens never."""
    redactor = Redactor()
    redactor.learn(value for value in settings.credentials.values() if value)

    def clean(value: Any) -> Any:
        if isinstance(value, str):
            return redactor.text(value)
        if isinstance(value, dict):
            return {name: clean(item) for name, item in value.items()}
        return [clean(item) for item in value] if isinstance(value, list | tuple) else value

    found: dict[str, Any] = clean(redactor.json(told))
    return found


def plain(value: object) -> str:
    """Return a value that JSON does not know as text: moments in ISO form."""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
