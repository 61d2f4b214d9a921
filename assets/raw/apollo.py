"""Raw Apollo: people who are new to us, bought once, and the organisations that came with them.

Apollo only adds people. Whatever it answers, or does not, the day goes on with those who are known: opt-outs that
were given elsewhere wait for nobody. The run says so and does not end well; the next one asks again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assets.absences import absence
from assets.boundary import Counts, Stage, table_asset
from assets.raw.feeds import Page, items, raw_asset, rebuild
from pipeline.errors import QuotaExhausted, VendorError
from pipeline.feeds import FEEDS
from pipeline.searches import saved_searches

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pipeline.searches import Search
    from resources.purchasing import Purchaser

PEOPLE = FEEDS["raw.apollo__people"]


@table_asset(PEOPLE.table, deps=[], kinds=("apollo", "duckdb"), priority=20, is_partitioned=True)
def apollo__people(stage: Stage) -> Counts:
    """Searches give teasers for nothing; who was bought before is left out; the rest is bought."""
    counts: dict[str, int | float | str] = {}
    if stage.day == stage.now().date():
        purchaser = stage.opened.purchaser(run_id=stage.run_id, day=stage.day)
        try:
            for name, number in purchaser.settle().items():
                counts[f"settled_{name}"] = number
            # Before the first purchase: if its answer is lost, this reading tells whether it was charged.
            purchaser.read_meter()
            for search in saved_searches(stage.rules):
                for name, number in buy(stage, purchaser, search).items():
                    counts[name] = int(counts.get(name, 0)) + number
        except (VendorError, QuotaExhausted) as error:
            counts |= without(error)
        finally:
            # What was bought before a stop is rows of today, too.
            counts |= rebuild(stage, PEOPLE)
    else:
        counts |= rebuild(stage, PEOPLE)
    return counts


def without(error: VendorError | QuotaExhausted) -> Counts:
    """Return what is told of a day on which Apollo could not be asked for everybody.

    Whoever was not bought is bought later. What is wrong with our own rules or code is no such error: it stops the run.
    """
    return absence(
        error, f"Apollo could not be asked for new people, the day went on with those who are known: {error}"
    )


def buy(stage: Stage, purchaser: Purchaser, search: Search) -> dict[str, int]:
    """Run one saved search and buy the people in it who are new to us; return counts."""
    known = stage.ledger.purchased("apollo")
    fresh: list[str] = []
    seen = 0
    for page in stage.vendors.apollo.search(search.filters, most=search.max_people):
        stage.landing.keep(
            "apollo",
            "teasers",
            day=stage.day,
            name=f"{search.name}-{page.number:05d}",
            content=page.content,
            fetched_at=stage.now(),
            context={"search": search.name, "page": page.number},
        )
        seen += len(page.people)
        fresh += [person["id"] for person in page.people if person["id"] not in known]
    return {"teasers": seen, "known": seen - len(fresh), **purchaser.buy(fresh, search=search.name)}


def apollo_sequences(stage: Stage, _since: datetime | None) -> Iterator[Page]:
    """Fetch the running totals of each sequence; where they are out of reach, the day goes on without."""
    apollo = stage.vendors.apollo
    try:
        found = apollo.sequences()
    except (VendorError, QuotaExhausted) as error:
        # A refused key is told by whoever buys people in the same run.
        stage.log.warning("statistics of sequences are left out: %s", error)
        return
    yield items("sequence", found)


apollo__sequences = raw_asset(
    "raw.apollo__sequences", apollo_sequences, meaning="Running totals of Apollo's own sequences, where there are any."
)

apollo__companies = raw_asset(
    "raw.apollo__companies",
    None,
    meaning="Taken from the same landed answers: an organisation costs nothing beyond its person.",
    deps=(PEOPLE.table,),
)
