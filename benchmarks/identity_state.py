"""The engine's state in a folder: arrays that are only appended to, named by one small file that is replaced last."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.identity.engine import segments
from pipeline.identity.engine.clusters import Decisions, cluster_ids
from pipeline.identity.engine.columns import Columns, columns
from pipeline.identity.engine.features import EDITION, FEATURE
from pipeline.identity.engine.increment import Growth, Known
from pipeline.identity.engine.keying import distinct
from pipeline.identity.engine.measures import MEASURES
from pipeline.identity.engine.reference import Reference
from pipeline.identity.engine.segments import Index, Links

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from pipeline.identity.engine.features import Features
    from pipeline.identity.engine.solve import Solution
    from pipeline.identity.engine.text import Hashes

LISTS = ("names", "labels", "crowded", "namesakes", "renamed", "learned")
"""Parts of the frequency table, in the order of its fields."""
AT_ONCE = 65_536
"""Records written at a time."""
MOST_SEGMENTS = 8
"""Increments that are looked through one by one; beyond this they are put together."""


@dataclass(frozen=True, slots=True)
class State:
    """A folder with what was solved. `facts` is the content of `state.json`."""

    folder: Path

    @property
    def facts(self) -> dict[str, Any]:
        """What is there; empty if nothing is."""
        place = self.folder / "state.json"
        found: dict[str, Any] = json.loads(place.read_text(encoding="utf-8")) if place.exists() else {}
        return found if found.get("feature") == _shape() else {}

    def build(self, solution: Solution, rows: Features, strong: Hashes, source: str) -> None:
        """Write a rebuild."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "state.json").unlink(missing_ok=True)
        by_field = columns(rows)
        with (self.folder / "rows.bin").open("wb") as file:
            # A part at a time: all of it would be there a second time.
            for start in range(0, len(rows), AT_ONCE):
                by_field.part(slice(start, start + AT_ONCE)).packed().tofile(file)
        with (self.folder / "columns.bin").open("wb") as file:
            for values in by_field.fields.values():
                values.tofile(file)
        strong.tofile(self.folder / "strong.bin")
        np.ascontiguousarray(rows["record_id"], dtype=np.int64).tofile(self.folder / "ids.bin")
        solution.labels.astype(np.uint32).tofile(self.folder / "labels.bin")
        known = solution.reference
        for name, counts in known.counts.items():
            np.save(self.folder / f"count.{name}.npy", counts)
        for name, shared in known.shared.items():
            np.save(self.folder / f"shared.{name}.npy", shared)
        for name in LISTS:
            np.save(self.folder / f"reference.{name}.npy", getattr(known, name))
        self._segment(0, segments.index(solution.records), segments.links(solution.candidates))
        facts = {
            "feature": _shape(),
            "source": source,
            "records": len(rows),
            "measured": known.records,
            "strong": strong.shape[1],
            "counts": sorted(known.counts),
            "shared": sorted(known.shared),
            "segments": [0],
            "patches": [],
        }
        self._commit(facts)

    def features(self) -> tuple[Columns, Hashes]:
        """Return the features of all records of a rebuild; what grew on it is not among them."""
        facts = self.facts
        with (self.folder / "columns.bin").open("rb") as file:
            names = FEATURE.names or ()
            rows = Columns({name: np.fromfile(file, dtype=FEATURE[name], count=facts["records"]) for name in names})
        return rows, self._strong(facts)

    def _strong(self, facts: dict[str, Any]) -> NDArray[np.uint64]:
        size = facts["records"] * facts["strong"]
        if not size:
            return np.empty((facts["records"], facts["strong"]), dtype=np.uint64)
        flat = np.memmap(self.folder / "strong.bin", dtype=np.uint64, mode="r", shape=(size,))
        return np.asarray(flat).reshape(-1, facts["strong"])

    def known(self) -> Known:
        """Return what was solved, as memory maps."""
        facts = self.facts
        rows = np.memmap(self.folder / "rows.bin", dtype=FEATURE, mode="r", shape=(facts["records"],))
        reference = Reference(
            facts["measured"],
            {name: np.load(self.folder / f"count.{name}.npy", mmap_mode="r") for name in facts["counts"]},
            {name: np.load(self.folder / f"shared.{name}.npy", mmap_mode="r") for name in facts["shared"]},
            *(np.load(self.folder / f"reference.{name}.npy") for name in LISTS),
        )
        gone = [np.empty(0, dtype=np.int64), *(np.load(self.folder / f"patch.{n}.gone.npy") for n in facts["patches"])]
        return Known(
            rows=np.asarray(rows),
            strong=self._strong(facts),
            gone=distinct(np.concatenate(gone)),
            indexes=self._indexes(facts["segments"]),
            links=self._links(facts["segments"]),
            reference=reference,
            decisions=Decisions(),
        )

    def _map(self, name: str) -> NDArray[Any]:
        place = self.folder / f"{name}.npy"
        return np.asarray(np.load(place, mmap_mode="r"))

    def grow(self, growth: Growth, rows: Features, strong: Hashes) -> None:
        """Append an segments."""
        facts = self.facts
        self._append("rows.bin", columns(rows).packed(), facts["records"] * FEATURE.itemsize)
        self._append("strong.bin", strong, facts["records"] * facts["strong"] * 8)
        self._append("ids.bin", rows["record_id"].astype(np.int64), facts["records"] * 8)
        number = max(facts["segments"]) + 1
        self._segment(number, growth.index, growth.links)
        for name in ("changed", "labels", "gone"):
            np.save(self.folder / f"patch.{number}.{name}.npy", getattr(growth, name))
        facts["records"] += len(rows)
        facts["segments"].append(number)
        facts["patches"].append(number)
        if len(facts["segments"]) > MOST_SEGMENTS:
            facts["segments"] = [self._compact(facts["segments"])]
        self._commit(facts)

    def _compact(self, numbers: Sequence[int]) -> int:
        target = max(numbers) + 1
        self._segment(target, segments.merged(self._indexes(numbers)), segments.merged_links(self._links(numbers)))
        return target

    def _indexes(self, numbers: Sequence[int]) -> list[Index]:
        return [Index(*(self._map(f"index.{n}.{what}") for what in Index.__slots__)) for n in numbers]

    def _links(self, numbers: Sequence[int]) -> list[Links]:
        return [Links(*(self._map(f"links.{n}.{what}") for what in Links.__slots__)) for n in numbers]

    def clusters(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the ids of all living records and of their clusters (the smallest record id of each)."""
        facts = self.facts
        ids = np.fromfile(self.folder / "ids.bin", dtype=np.int64, count=facts["records"])
        labels = np.arange(facts["records"], dtype=np.uint32)
        first = np.fromfile(self.folder / "labels.bin", dtype=np.uint32)
        labels[: len(first)] = first
        living = np.ones(len(ids), dtype=np.bool_)
        for number in facts["patches"]:
            changed, fresh, gone = (
                np.load(self.folder / f"patch.{number}.{name}.npy") for name in ("changed", "labels", "gone")
            )
            labels[changed] = fresh
            living[gone] = False
        found = cluster_ids(np.where(living, ids, np.iinfo(np.int64).max), labels)
        return (ids, found) if living.all() else (ids[living], found[living])

    def _append(self, name: str, values: NDArray[Any], size: int) -> None:
        with (self.folder / name).open("r+b") as file:
            file.seek(size)
            file.write(np.ascontiguousarray(values).tobytes())

    def _segment(self, number: int, index: Index, links: Links) -> None:
        for kind, arrays in (("index", index), ("links", links)):
            for name in arrays.__slots__:
                np.save(self.folder / f"{kind}.{number}.{name}.npy", getattr(arrays, name))

    def _commit(self, facts: dict[str, Any]) -> None:
        fresh = self.folder / "state.json.fresh"
        fresh.write_text(json.dumps(facts), encoding="utf-8")
        fresh.replace(self.folder / "state.json")


def _shape() -> str:
    """Name what a state is made of: one of another shape is built anew."""
    arrays = (*LISTS, *Index.__slots__, *Links.__slots__)
    return f"{EDITION} {FEATURE.descr} {', '.join(arrays)} {', '.join(measure.name for measure in MEASURES)}"
