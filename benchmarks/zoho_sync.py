"""100,000 leads to Zoho: new, then 1 % changed, then unchanged, beside a plain upsert script; one JSON line.

The leads come as one CSV of an Apollo export, GoHighLevel is paused, nothing is bought, the vendors are the sandbox
in a process of its own. Told per run: wall and CPU seconds of the pipeline, its peak memory, the calls it made to
Zoho by kind, the credits, and CPU seconds and memory of the stages that took most. The plain script sends the same
records by `/upsert`, 100 a call, and asks nothing: the least that any tool could do. `--people N` sets the number
of leads.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from assets.play import SAMPLES, ask, beside
from benchmarks.watching import watched
from pipeline import rules

MANY = {"max_inserts: 20000": "max_inserts: 1000000", "overwritten_share: 0.3": "overwritten_share: 1"}
NOBODY = "searches: []\n"
HELD = 4
"""How a run ends whose outreach waits because GoHighLevel is paused."""
SLOWEST = 12
"""Assets that are told of each run."""


def leads(path: Path, people: int, *, promoted: float) -> None:
    """Write an Apollo export of synthetic people; `promoted` is the share of them whose title changed."""
    with (SAMPLES / "apollo_contacts_export.csv").open(encoding="utf-8-sig", newline="") as sample:
        header = next(csv.reader(sample))
    rng = random.Random(1)
    letters = "abcdefghijklmnopqrstuvwxyz"
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, header, restval="")
        out.writeheader()
        for number in range(people):
            first, last = ("".join(rng.choices(letters, k=8)).title() for _ in "ab")
            company = f"Company {number // 5}"
            domain = f"company{number // 5}.example"
            is_promoted = rng.random() < promoted
            out.writerow(
                {
                    "First Name": first,
                    "Last Name": last,
                    "Title": "Chief Revenue Officer" if is_promoted else "VP Sales",
                    "Company Name": company,
                    "Email": f"{first}.{last}@{domain}".lower(),
                    "Email Status": "Verified",
                    "Seniority": "C suite" if is_promoted else "Vp",
                    "Departments": "Sales",
                    "# Employees": str(50 + number % 900),
                    "Industry": "computer software",
                    "Person Linkedin Url": f"http://www.linkedin.com/in/{first}-{last}-{number}".lower(),
                    "Website": f"http://www.{domain}",
                    "City": "Denver",
                    "State": "Colorado",
                    "Country": "United States",
                    "Apollo Contact Id": f"{number:024x}",
                }
            )


def calls(url: str, since: int) -> tuple[dict[str, int], int]:
    """Return what was asked of Zoho since a line of the journal, by method and path, and the latest line."""
    found: dict[str, int] = {}
    lines = ask(f"{url}/_sandbox/requests?since={since}")
    for line in lines:
        if line["vendor"] == "zoho":
            parts = [part for part in line["path"].split("/") if not any(sign.isdigit() for sign in part[2:])]
            name = f"{line['method']} {'/'.join(parts)}"
            found[name] = found.get(name, 0) + 1
    return found, max((line["n"] for line in lines), default=since)


def run(environment: dict[str, str], as_of: str) -> dict[str, Any]:
    """Run the pipeline once in a process of its own; return its report with wall, CPU and peak memory."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "assets", "run", "--as-of", as_of, "--json"]
    done = watched(command, {**os.environ, **environment})
    if done.exit_code not in {0, HELD}:
        raise SystemExit(f"the run ended with {done.exit_code}: {done.output[-2000:]}")
    told = json.loads(done.output.splitlines()[-1])
    seconds = {name.replace("/", "."): asset["seconds"] for name, asset in told["assets"].items()}
    taken = [{"asset": name, "wall_s": seconds.get(name), **used} for name, used in done.assets.items()]
    return {
        "wall_s": round(time.perf_counter() - started, 1),
        "cpu_s": done.cpu_s,
        "peak_mb": done.peak_mb,
        "writes": told["writes"]["zoho"],
        "credits": told["spend"].get("zoho", told["spend"]),
        "slowest": sorted(taken, key=lambda asset: -asset["cpu_s"])[:SLOWEST],
        "largest": sorted(taken, key=lambda asset: -asset["peak_mb"])[:SLOWEST],
    }


def plain(environment: dict[str, str], people: int) -> dict[str, Any]:
    """Send as many records by `/upsert`, 100 a call, and nothing else."""
    form = {
        "grant_type": "refresh_token",
        "client_id": environment["ZOHO_CLIENT_ID"],
        "client_secret": environment["ZOHO_CLIENT_SECRET"],
        "refresh_token": environment["ZOHO_REFRESH_TOKEN"],
    }
    token = ask_form(f"{environment['ZOHO_ACCOUNTS_URL']}/oauth/v2/token", form)["access_token"]
    started, used = time.perf_counter(), time.process_time()
    for start in range(0, people, 100):
        rows = [
            {
                "Last_Name": f"Plain{number}",
                "Company": f"Company {number // 5}",
                "Email": f"plain{number}@company{number // 5}.example",
                "Leadflow_ID": f"plain{number}",
            }
            for number in range(start, min(start + 100, people))
        ]
        request = urllib.request.Request(
            f"{environment['ZOHO_API_URL']}/crm/v2/Leads/upsert",
            data=json.dumps({"data": rows, "duplicate_check_fields": ["Leadflow_ID"], "trigger": []}).encode(),
            headers={"Authorization": f"Zoho-oauthtoken {token}", "Content-Type": "application/json"},
        )
        urllib.request.urlopen(request, timeout=60).read()
    return {
        "wall_s": round(time.perf_counter() - started, 1),
        "cpu_s": round(time.process_time() - used, 1),
        "calls": -(-people // 100),
        "credits": -(-people // 10),
    }


def ask_form(url: str, form: dict[str, str]) -> Any:
    """Post a form on loopback."""
    with urllib.request.urlopen(url, urllib.parse.urlencode(form).encode(), timeout=60) as answer:
        return json.loads(answer.read())


def main() -> None:
    """Run three times, then the plain script, and print what they took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, default=None, help="where to work; default: a temporary folder")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.folder or Path(temporary)
        overrides = folder / "rules"
        overrides.mkdir(parents=True)
        limits = rules.packaged()["gates"]
        for old, new in MANY.items():
            limits = limits.replace(old, new)
        (overrides / "gates.yaml").write_text(limits, encoding="utf-8")
        (overrides / "searches.yaml").write_text(NOBODY, encoding="utf-8")
        os.environ["LEADFLOW_DATA_DIR"] = str(folder / "data")
        os.environ["DAGSTER_HOME"] = str(folder / "dagster")
        os.environ["LEADFLOW_RULES"] = str(overrides)
        inbox = folder / "data" / "inbox"
        inbox.mkdir(parents=True)
        told: dict[str, Any] = {"benchmark": "zoho_sync", "people": asked.people}
        with beside(people=100, seed=7) as environment:
            url = environment["LEADFLOW_SANDBOX_URL"]
            day = ask(f"{url}/_sandbox/clock")["now"][:10]
            pause = [sys.executable, "-m", "assets", "pause", "ghl", "--reason", "benchmark"]
            subprocess.run(pause, env={**os.environ, **environment}, check=True, stdout=subprocess.DEVNULL)
            line = 0
            for name, promoted in (("new", 0.0), ("changed", 0.01), ("unchanged", 0.01)):
                if name != "unchanged":
                    leads(inbox / f"{name}.csv", asked.people, promoted=promoted)
                told[name] = run(environment, day)
                told[name]["calls"], line = calls(url, line)
                sys.stderr.write(f"{name}: {json.dumps(told[name])}\n")
            told["plain_script"] = plain(environment, asked.people)
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
