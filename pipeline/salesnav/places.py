"""LinkedIn's location text, split into city, state and country (fact sheet §8)."""

from __future__ import annotations

import re
from functools import lru_cache

from pipeline.salesnav.cells import REMEMBERED

_AREA = re.compile(
    r"(?:greater\s+)?(?P<city>.+?)\s+(?:(?:city\s+)?metropolitan\s+area|bay\s+area|area)"
    r"|greater\s+(?P<rest>.+)",
    re.IGNORECASE,
)
_US = frozenset(("united states", "united states of america", "usa", "us", "u.s."))
_US_STATES = frozenset(
    """
    alabama,alaska,arizona,arkansas,california,colorado,connecticut,delaware,florida,georgia,hawaii,idaho,
    illinois,indiana,iowa,kansas,kentucky,louisiana,maine,maryland,massachusetts,michigan,minnesota,mississippi,
    missouri,montana,nebraska,nevada,new hampshire,new jersey,new mexico,new york,north carolina,north dakota,
    ohio,oklahoma,oregon,pennsylvania,rhode island,south carolina,south dakota,tennessee,texas,utah,vermont,
    virginia,washington,west virginia,wisconsin,wyoming
    """.replace("\n    ", "").split(","),  # one line of names
)
_PARTS = 3


@lru_cache(maxsize=REMEMBERED)
def split(location: str | None) -> tuple[str | None, str | None, str | None]:
    """Return (city, state, country); what the text does not say is None.

    Three parts are city, state and country; two are city and country, or a US state where the words say so;
    one is a country, or the city of a "Greater X Area".
    """
    parts = [part for part in (each.strip() for each in (location or "").split(",")) if part]
    if not parts:
        return (None, None, None)
    city = _core(parts[0])
    if len(parts) == 1:
        return (city, None, None) if city != parts[0] else (None, None, parts[0])
    if len(parts) >= _PARTS:
        return (city, parts[-2], parts[-1])
    second = parts[1].casefold()
    if second in _US and parts[0].casefold() in _US_STATES:
        return (None, parts[0], parts[1])
    # Georgia is a country too: only the other states prove the United States.
    if second in _US_STATES and second != "georgia":
        return (city, parts[1], "United States")
    return (city, None, parts[1])


def _core(part: str) -> str:
    """Return the city of a "Greater Chicago Area", anything else unchanged."""
    area = _AREA.fullmatch(part)
    return (area["city"] or area["rest"]) if area else part
