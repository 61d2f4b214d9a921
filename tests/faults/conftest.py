"""A place for accidents: small worlds, an undisturbed history to compare with, and runs that may be killed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest

from assets import runs
from resources.sandbox.faults import Faults
from resources.sandbox.server import Running, serving
from resources.settings import load_settings
from resources.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from assets.runs import RunReport

PROJECT = Path(__file__).resolve().parents[2]
EXPORT = PROJECT / "data" / "samples" / "salesnav" / "apollo_contacts_export.csv"
PEOPLE, SEED, TIME_SCALE = 20, 11, 240.0
OURS = ("LEADFLOW_", "APOLLO_", "ZOHO_", "GHL_")


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
            **changes,
        }

    def process(self, *words: str) -> subprocess.Popen[str]:
        """Start `leadflow` as a process of its own, by default a run."""
        return subprocess.Popen(
            [sys.executable, "-m", "assets", *(words or ("run", "--json"))],
            env=self.environment(),
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def killed_at(self, nth: int, **how: Any) -> None:
        """Start a run and kill it, without a chance to clean up, when the sandbox receives its n-th request."""
        begun: list[subprocess.Popen[str]] = []
        ambush = Ambush(nth, lambda: [process.kill() for process in begun], **how)
        self.running.sandbox.faults = ambush
        begun.append(self.process())
        said, told = begun[0].communicate(timeout=300)
        assert begun[0].returncode == -9, (ambush.met, said, told)
        self.running.sandbox.faults = Faults()

    def run(self, **changes: str) -> RunReport:
        """Run the day to its end in this process; Dagster's history stays in memory."""
        with pytest.MonkeyPatch.context() as patch, dg.DagsterInstance.ephemeral() as instance:
            self.enter(patch, **changes)
            return runs.execute(as_of=self.running.sandbox.clock.now().date(), select=None, instance=instance)

    def enter(self, patch: pytest.MonkeyPatch, **changes: str) -> None:
        """Make this the place that the environment names."""
        wanted = self.environment(**changes)
        for name in set(os.environ) - set(wanted):
            patch.delenv(name)
        for name, value in wanted.items():
            patch.setenv(name, value)
        patch.chdir(self.folder)

    def spoil(self, *rules: dict[str, Any]) -> None:
        """Let requests go wrong by rule; without rules nothing goes wrong any more."""
        self.running.sandbox.set_faults(rules)

    def requests(self, *kinds: str, since: int = 0) -> list[dict[str, Any]]:
        """Return the sandbox's journal, of some kinds."""
        return [line for line in self.running.sandbox.journal.since(since) if not kinds or line["kind"] in kinds]

    def state(self) -> dict[str, Any]:
        """Return what the vendors hold, without the clock."""
        vendors: dict[str, Any] = self.running.sandbox.canonical()["vendors"]
        return vendors

    def in_doubt(self) -> dict[str, list[str]]:
        """Return vendor → records of which the ledger does not know what became of them."""
        with pytest.MonkeyPatch.context() as patch:
            self.enter(patch)
            with closing(Workspace.open(load_settings())) as workspace:
                found = {
                    vendor: [intent.record_id or intent.person_key for intent, _ in workspace.ledger.in_doubt(vendor)]
                    for vendor in ("apollo", "zoho", "ghl")
                }
        return {vendor: names for vendor, names in found.items() if names}

    def bought(self) -> list[str]:
        """Return the Apollo ids that were paid for, as often as they were."""
        charged = [line for line in self.requests("spend") if not line["outcome"].startswith("not executed")]
        return [item["id"] for line in charged for item in line["body"]["details"]]


def differences(wanted: Any, found: Any, at: str = "") -> list[str]:
    """Return in words where two states differ."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        names = sorted({*wanted, *found})
        return [told for name in names for told in differences(wanted.get(name), found.get(name), f"{at}/{name}")]
    return [] if wanted == found else [f"{at}: {found!r} instead of {wanted!r}"]


@dataclass
class History:
    """Two undisturbed days: per day what the vendors held at its end, and the requests that led there."""

    states: dict[int, dict[str, Any]] = field(default_factory=dict)
    journals: dict[int, list[dict[str, Any]]] = field(default_factory=dict)


class Town:
    """Gives places at the beginning of day 1 (all new) or day 2 (after one undisturbed run and the day's events)."""

    def __init__(self, root: Path, stack: ExitStack) -> None:
        self.root, self.stack = root, stack
        self.history = History()
        self._built = 0
        first = self._place(self.root / "undisturbed", state_path=None)
        self._fill(first)
        self._undisturbed(first, day=1)
        shutil.copytree(first.folder, self.root / "day1")
        first.running.sandbox.state_path = self.root / "day1.json.gz"
        first.running.sandbox.save()
        first.running.sandbox.state_path = None
        first.running.sandbox.advance()
        self._undisturbed(first, day=2)

    def at_day(self, day: int) -> Place:
        """Return a new place at the beginning of a day."""
        self._built += 1
        folder = self.root / f"place{self._built}"
        if day == 1:
            place = self._place(folder, state_path=None)
            self._fill(place)
            return place
        shutil.copytree(self.root / "day1", folder)
        place = self._place(folder, state_path=shutil.copyfile(self.root / "day1.json.gz", folder / "world.json.gz"))
        place.running.sandbox.advance()
        return place

    def moment(self, day: int, share: float) -> int:
        """Return the number of the request after that share of an undisturbed day's requests."""
        return 1 + int(share * len(self.history.journals[day]))

    def as_undisturbed(self, place: Place, *, day: int) -> None:
        """Check that a place is where it would be if nothing had happened: at the vendors, in doubts, in money."""
        assert place.in_doubt() == {}
        assert differences(self.history.states[day], place.state()) == []
        assert len(place.bought()) == len(set(place.bought()))

    def _undisturbed(self, place: Place, *, day: int) -> None:
        before = len(place.requests())
        report = place.run()
        assert (report.exit_code, report.messages) == (0, [])
        self.history.states[day] = place.state()
        self.history.journals[day] = place.requests(since=before)

    def _place(self, folder: Path, *, state_path: Path | None) -> Place:
        folder.mkdir(parents=True, exist_ok=True)
        running = self.stack.enter_context(
            serving(people=PEOPLE, seed=SEED, time_scale=TIME_SCALE, state_path=state_path)
        )
        return Place(folder, running)

    def _fill(self, place: Place) -> None:
        place.inbox.mkdir(parents=True)
        lines = EXPORT.read_text(encoding="utf-8").splitlines(keepends=True)
        (place.inbox / "export.csv").write_text("".join(lines[:9]), encoding="utf-8")


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Places to spoil, and what they would be like unspoiled."""
    with ExitStack() as stack:
        yield Town(tmp_path_factory.mktemp("town"), stack)
