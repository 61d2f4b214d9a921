"""What the next run would buy from Apollo, as far as that can be known without asking: facts and lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.planview import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from pipeline.models import Json
    from pipeline.planning.prices import VendorPrices
    from pipeline.searches import Search

STATES = ("hit", "miss", "refused", "in_doubt")


@dataclass(frozen=True, slots=True)
class Seen:
    """The people a search showed when it was run last."""

    at: datetime
    ids: tuple[str, ...]


def purchases(
    searches: Sequence[Search],
    *,
    seen: Mapping[str, Seen],
    bought: Mapping[str, str],
    spent: tuple[float, float],
    price: VendorPrices,
) -> dict[str, Json]:
    """Return what the next run may buy, JSON values only.

    Args:
        searches: the saved searches, in the order in which they buy.
        seen: search → the people it showed last; a search that never ran is absent.
        bought: Apollo id → hit, miss, refused or in_doubt: never asked for again.
        spent: (credits, US dollars) so far.
        price: Apollo's price of a credit.
    """
    told: list[dict[str, Json]] = []
    planned = set(bought)
    for search in searches:
        last = seen.get(search.name)
        new = [] if last is None else [each for each in last.ids[: search.max_people] if each not in planned]
        planned.update(new)
        told.append(
            {
                "search": search.name,
                "at_most": search.max_people,
                "seen_at": last.at.isoformat() if last else None,
                "seen": len(last.ids) if last else None,
                "to_buy": len(new) if last else None,
            }
        )
    most, known = sum(search.max_people for search in searches), [item["to_buy"] for item in told]
    is_known = None not in known
    return {
        "vendor": "apollo",
        "searches": told,
        "bought": {state: sum(found == state for found in bought.values()) for state in STATES},
        "spent": {"units": spent[0], "usd": round(spent[1], 2)},
        "forecast": {
            "unit": price.unit,
            "usd_per_unit": price.usd_per_unit,
            "price_as_of": price.as_of.isoformat(),
            "units": sum(known) if is_known else None,
            "usd": round(sum(known) * price.usd_per_unit, 2) if is_known else None,
            "units_at_most": most,
            "usd_at_most": round(most * price.usd_per_unit, 2),
        },
        "units_left": None,
        "has_changes": any(known) if is_known else most > 0,
        "says": _says(known, is_known=is_known, most=most),
    }


def lines(facts: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of what the next run may buy."""
    told, unit = facts["forecast"], facts["forecast"]["unit"]
    yield "people to buy from Apollo in the next run"
    yield facts["says"]
    yield ""
    for item in facts["searches"]:
        yield f"search      {item['search']}: {_shown(item)}; at most {item['at_most']:,} in a run"
    counts = facts["bought"]
    lost = f"{counts['in_doubt']:,} with the answer lost"
    yield f"bought      {counts['hit']:,} people, {counts['miss']:,} not found, {lost}"
    yield f"spent       {words.units(facts['spent']['units'], unit)}, ${facts['spent']['usd']:,.2f}"
    if told["units"] is not None:
        yield f"forecast    {words.units(told['units'], unit)}, ${told['usd']:,.2f}, for the people seen last"
    yield (
        f"at most     {words.units(told['units_at_most'], unit)}, ${told['usd_at_most']:,.2f} "
        f"(${told['usd_per_unit']:g} a credit, {told['price_as_of']})"
    )
    yield "left        not known without asking Apollo; nothing was asked"


def comment(facts: Mapping[str, Any]) -> str:
    """Return the same as Markdown."""
    head, says, _, *rest = lines(facts)
    listed = "\n".join(f"- {line[:12].strip()}: {line[12:]}" for line in rest)
    return f"### leadflow: {head}\n\n**{says}**\n\n{listed}\n"


def _shown(item: Mapping[str, Any]) -> str:
    if item["seen"] is None:
        return "never run here"
    return f"{item['to_buy']:,} of the {item['seen']:,} people seen on {item['seen_at'][:10]} are new"


def _says(known: Sequence[Any], *, is_known: bool, most: int) -> str:
    if not is_known:
        return f"how many are new cannot be known before the search has run: at most {most:,} people are bought"
    if not sum(known):
        return "everybody seen last was bought already: only people who are new to the searches are bought"
    return f"{sum(known):,} of the people seen last were not bought yet, and whoever is new to the searches"
