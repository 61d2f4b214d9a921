"""A place for accidents: small worlds, an undisturbed history to compare with, and runs that may be killed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from filelock import FileLock

from pipeline import rules
from resources.sandbox.faults import Faults
from resources.sandbox.server import Running, serving
from tests.faults.facts import Facts, differences, read_facts
from tests.faults.zygotes import Ended, Point, Zygote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

PROJECT = Path(__file__).resolve().parents[2]
EXPORT = PROJECT / "data" / "samples" / "salesnav" / "apollo_contacts_export.csv"
PEOPLE, SEED, TIME_SCALE = 20, 11, 240.0
OURS = ("LEADFLOW_", "APOLLO_", "ZOHO_", "GHL_")

ALL = os.environ.get("FAULTS") == "all"
"""Whether each fault is tried in each of its variants (`FAULTS=all`), or one or two of them: minutes count."""

BY_JOBS = 3
"""Day 1 once more, with prices that make bulk jobs cheaper than calls. Days 1 and 2 go by calls."""


AWAKENED = "/zoho/automations/Accounts.edit: "
"""Of a day by jobs. What an account lacks that a conversion made is written by a call, which keeps automations still;
after a kill between both it is in the next plan, which sends it by a job where jobs are free, and a job wakes them."""


def variants(tried: Sequence[Any], others: Sequence[Any]) -> list[Any]:
    """Return the variants of a fault to try: some always, the others when all are wanted."""
    return [*tried, *(others if ALL else ())]


class Ambush(Faults):
    """Does something at the n-th request that fits, which is then executed or not; spoils no other."""

    def __init__(
        self,
        nth: int,
        strike: Callable[[], object],
        *,
        is_executed: bool = True,
        fits: Callable[[str, str], bool] = lambda _vendor, _path: True,
    ) -> None:
        super().__init__()
        self.nth, self.strike, self.is_executed, self.fits = nth, strike, is_executed, fits
        self.met = 0

    def action(self, *, vendor: str, kind: str, method: str, path: str) -> str | None:
        self.met += self.fits(vendor, path)
        if self.met != self.nth or not self.fits(vendor, path):
            return None
        self.strike()
        return None if self.is_executed else "drop_before"


@dataclass
class Place:
    """One workspace against one sandbox."""

    folder: Path
    running: Running
    zygote: Zygote
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def inbox(self) -> Path:
        """The folder of dropped files."""
        return self.folder / "data" / "inbox"

    def environment(self, **changes: str) -> dict[str, str]:
        """Return the environment of a run here."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        return {
            **kept,
            **self.running.environment(),
            "DAGSTER_HOME": str(self.folder / "dagster"),
            "DAGSTER_DISABLE_TELEMETRY": "yes",
            "LEADFLOW_DATA_DIR": str(self.folder / "data"),
            **self.settings,
            **changes,
        }

    def process(self, *words: str, before: Sequence[str] = ()) -> subprocess.Popen[str]:
        """Start `leadflow` as a process of its own, by default a run, `before` it another command that starts it."""
        return subprocess.Popen(
            [*before, sys.executable, "-m", "assets", *(words or ("run", "--json"))],
            env=self.environment(),
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, **changes: str) -> Ended:
        """Run the day to its end in a process of its own; Dagster's history stays in its memory."""
        return self.zygote.run(self, **changes)

    def killed_at(self, point: Point) -> Ended:
        """Run until the process is killed, without a chance to clean up, at one of its points."""
        ended = self.zygote.run(self, kill=point)
        assert ended.signal == 9, (point, ended.messages)
        assert ended.points[-1] == point
        return ended

    def full_from(self, point: Point) -> Ended:
        """Run with a disk that takes nothing more from one of the run's points on."""
        return self.zygote.run(self, full_from=point)

    def spoil(self, *rules: dict[str, Any]) -> None:
        """Let requests go wrong by rule; without rules nothing goes wrong any more."""
        self.running.sandbox.set_faults(rules)

    def requests(self, *kinds: str, since: int = 0) -> list[dict[str, Any]]:
        """Return the sandbox's journal, of some kinds."""
        return [line for line in self.running.sandbox.journal.since(since) if not kinds or line["kind"] in kinds]

    def state(self) -> dict[str, Any]:
        """Return what the vendors hold, without the clock."""
        vendors: dict[str, Any] = json.loads(json.dumps(self.running.sandbox.canonical()["vendors"]))
        return vendors

    def facts(self) -> Facts:
        """Return what the ledger says, without moments, ids and numbers."""
        return read_facts(self.folder / "data" / "ledger.db")

    def in_doubt(self) -> dict[str, list[str]]:
        """Return vendor → records of which the ledger does not know what became of them."""
        return self.facts().doubts

    def bought(self) -> list[str]:
        """Return the Apollo ids that were paid for, as often as they were."""
        charged = [line for line in self.requests("spend") if not line["outcome"].startswith("not executed")]
        return [item["id"] for line in charged for item in line["body"]["details"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """One undisturbed day: what vendors and ledger held at its end, its requests and the points it passed."""

    state: Mapping[str, Any]
    facts: Facts
    requests: int
    points: list[Point]


class Town:
    """Gives places at the beginning of day 1 (all new) or day 2 (after one undisturbed run and the day's events).

    The undisturbed days are played once, when first asked for, and kept in `root`: processes may share it.
    """

    def __init__(self, root: Path, stack: ExitStack, *, seed: int = SEED) -> None:
        self.root, self.stack, self.seed = root, stack, seed
        self.zygote = Zygote()
        stack.callback(self.zygote.close)
        self._histories: dict[int, History] = {}
        root.mkdir(parents=True, exist_ok=True)

    def at_day(self, day: int) -> Place:
        """Return a new place at the beginning of a day, which stays to the end."""
        return self.stack.enter_context(self.place(day))

    @contextmanager
    def place(self, day: int) -> Iterator[Place]:
        """Give a new place at the beginning of a day for a block."""
        if day == 2:
            self.history(1)
        with tempfile.TemporaryDirectory(dir=self.root, prefix="place") as name:
            folder = Path(name)
            state_path, settings = None, {}
            if day == 2:
                shutil.copytree(self.root / "day1", folder, dirs_exist_ok=True)
                state_path = shutil.copyfile(self.root / "day1.json.gz", folder / "world.json.gz")
            else:
                (folder / "data" / "inbox").mkdir(parents=True)
                lines = EXPORT.read_text(encoding="utf-8").splitlines(keepends=True)
                (folder / "data" / "inbox" / "export.csv").write_text("".join(lines[:9]), encoding="utf-8")
            if day == BY_JOBS:
                settings = {"LEADFLOW_RULES": str(_cheap_jobs(folder)), "ZOHO_API_VERSION": "v8"}
            with serving(people=PEOPLE, seed=self.seed, time_scale=TIME_SCALE, state_path=state_path) as running:
                if day == 2:
                    running.sandbox.advance()
                yield Place(folder, running, self.zygote, settings)

    def history(self, day: int) -> History:
        """Return what a day is like when nothing happens."""
        if day not in self._histories:
            file = self.root / f"history{day}.json"
            if day == 2:
                self.history(1)
            with FileLock(f"{file}.lock"):
                if not file.exists():
                    self._play(day, file)
            told = json.loads(file.read_text(encoding="utf-8"))
            points = [(kind, label, int(number)) for kind, label, number in told["points"]]
            self._histories[day] = History(
                state=told["state"], facts=Facts(**told["facts"]), requests=told["requests"], points=points
            )
        return self._histories[day]

    def moment(self, day: int, share: float) -> int:
        """Return the number of the request after that share of an undisturbed day's requests."""
        return 1 + int(share * self.history(day).requests)

    def as_undisturbed(self, place: Place, *, day: int) -> None:
        """Check that a place is where it would be if nothing had happened: vendors, doubts, ledger and money."""
        assert self.wrong(place, day=day) == []

    def wrong(self, place: Place, *, day: int, is_ledger_alike: bool = True) -> list[str]:
        """Return in words what is not as it would be if nothing had happened.

        `is_ledger_alike`: it took the same writes to come here; two runs at once may take more.
        """
        history, facts, bought = self.history(day), place.facts(), place.bought()
        return [
            *(f"in doubt: {vendor} {names}" for vendor, names in facts.doubts.items()),
            *(f"bought twice: {name}" for name in sorted(set(bought)) if bought.count(name) > 1),
            *(told for told in differences(history.state, place.state()) if day != BY_JOBS or AWAKENED not in told),
            *(f"written twice: {told}" for told in facts.doubled),
            *(differences(asdict(history.facts), asdict(facts), "ledger") if is_ledger_alike else []),
        ]

    def only_less(self, place: Place, *, day: int, fewer: int) -> list[str]:
        """Return in words what is different, except for people of ours who are missing: at most so many."""
        wanted, found, told = self.history(day).state, place.state(), []
        for vendor, objects in (("zoho", ("Leads", "Contacts")), ("ghl", ("contacts",))):
            for name in objects:
                everybody, here = _ours(wanted[vendor][name]), _ours(found[vendor][name])
                told += differences({key: everybody.get(key) for key in here}, here)
                if len(everybody) - len(here) > fewer:
                    told.append(f"{len(everybody) - len(here)} of {vendor} {name} are missing")
        return told

    def _play(self, day: int, file: Path) -> None:
        with self.place(day) as place:
            before = len(place.requests())
            ended = self.zygote.run(place, is_traced=True)
            assert (ended.exit_code, ended.messages) == (0, [])
            told = {
                "state": place.state(),
                "facts": asdict(place.facts()),
                "requests": len(place.requests(since=before)),
                "points": ended.points,
            }
            if day == 1:
                shutil.copytree(place.folder, self.root / "day1")
                place.running.sandbox.state_path = self.root / "day1.json.gz"
                place.running.sandbox.save()
                place.running.sandbox.state_path = None
        aside = file.with_suffix(".part")
        aside.write_text(json.dumps(told), encoding="utf-8")
        aside.replace(file)


def _ours(records: Mapping[str, Any]) -> dict[str, Any]:
    return {key: record for key, record in records.items() if key.startswith("lf_")}


def _cheap_jobs(folder: Path) -> Path:
    given = folder / "rules"
    given.mkdir()
    # A job costs nothing, so that the router takes one however few the rows are.
    prices = re.sub(r"(units_per_(?:job|upload|poll|download)): \d+", r"\1: 0", rules.packaged()["prices"])
    (given / "prices.yaml").write_text(prices, encoding="utf-8")
    return given


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Places to spoil, and what they would be like unspoiled; shared by all processes of one test session."""
    base = tmp_path_factory.getbasetemp()
    with ExitStack() as stack:
        yield Town((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "town", stack)
