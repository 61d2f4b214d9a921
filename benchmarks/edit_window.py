"""How long an edit of a person can be overwritten: seconds from our last look at Zoho to a write reaching it, by route.

Two days by ordinary calls, and a first day by bulk jobs, which the default prices would not choose for so few
people; one JSON line. The sandbox answers at once: a real vendor's answers take longer, but a look that is ten
seconds old is repeated before anything more is claimed. Bulk jobs carry new people and fields of our own only, so
that there is no edit to overwrite; their seconds are told all the same. Tags are not among the routes: only those
of our own are ever added or removed, one by one.

    python -m benchmarks.edit_window [--people N]
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from assets.play import ask, beside
from benchmarks.two_days import day
from pipeline import rules

ROUTES = {
    "update": ("PUT", r"/crm/v\d/(Leads|Contacts)(/\w+)?$"),
    "upsert": ("POST", r"/crm/v\d/(Leads|Contacts)/upsert$"),
    "convert": ("POST", r"/crm/v\d/Leads/\w+/actions/convert$"),
    "bulk": ("POST", r"/crm/bulk/v\d/write$"),
}
LOOK = re.compile(r"/crm/v\d/(Leads|Contacts)$")


def may_lose(line: dict[str, Any]) -> bool:
    """Return whether a call writes more than opt-outs: those are told before we look, and win over any edit."""
    rows = line["body"].get("data", []) if isinstance(line["body"], dict) else []
    return not rows or any({*row} - {"id", "Email_Opt_Out"} for row in rows)


def windows(lines: list[dict[str, Any]]) -> dict[str, list[float]]:
    """Return route → seconds since the last look, one per call."""
    found: dict[str, list[float]] = {}
    looked: datetime | None = None
    for line in lines:
        at = datetime.fromisoformat(line["at"])
        if line["vendor"] != "zoho":
            continue
        if line["method"] == "GET" and LOOK.search(line["path"]) and "ids" not in dict(line["query"]):
            looked = at
        for route, (method, path) in ROUTES.items():
            if looked is not None and line["method"] == method and re.search(path, line["path"]) and may_lose(line):
                found.setdefault(route, []).append((at - looked).total_seconds())
    return found


def played(folder: Path, people: int, *, days: int, **settings: str) -> dict[str, list[float]]:
    """Play days in a new workspace; return its windows."""
    os.environ["LEADFLOW_DATA_DIR"] = str(folder / "data")
    os.environ["DAGSTER_HOME"] = str(folder / "dagster")
    with beside(people=people, seed=7) as environment:
        url = environment["LEADFLOW_SANDBOX_URL"]
        as_of = ask(f"{url}/_sandbox/clock")["now"][:10]
        for number in range(days):
            if number:
                as_of = ask(f"{url}/_sandbox/advance", {"days": 1})["as_of"]
            day({**environment, **settings}, as_of)
        return windows(ask(f"{url}/_sandbox/requests"))


def by_jobs(folder: Path) -> dict[str, str]:
    """Return settings under which a bulk job is the cheapest way to send any number of people."""
    folder.mkdir()
    free = re.sub(r"(units_per_(?:job|upload|poll|download)): \d+", r"\1: 0", rules.packaged()["prices"])
    (folder / "prices.yaml").write_text(free, encoding="utf-8")
    return {"LEADFLOW_RULES": str(folder), "ZOHO_API_VERSION": "v8"}


def main() -> None:
    """Print the windows of every route."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=300)
    people = parser.parse_args().people
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        calls = played(folder / "calls", people, days=2)
        jobs = played(folder / "jobs", people, days=1, **by_jobs(folder / "rules"))
    found = {**calls, "bulk": jobs["bulk"]}
    told = {
        route: {
            "calls": len(seconds),
            "median_s": round(statistics.median(seconds), 2),
            "max_s": round(max(seconds), 2),
        }
        for route, seconds in sorted(found.items())
    }
    print(json.dumps({"benchmark": "edit_window", "people": people, "routes": told}))


if __name__ == "__main__":
    main()
