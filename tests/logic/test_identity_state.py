"""The engine's state in a folder: what was kept and grown equals what a rebuild finds, also after a crash."""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pyarrow.parquet as pq
import pytest

from benchmarks import identity
from benchmarks.identity_state import MOST_SEGMENTS, State
from pipeline.identity.engine.arranging import arranged
from pipeline.identity.engine.clusters import Decisions
from pipeline.identity.engine.features import EDITION, features, strong_ids
from pipeline.identity.engine.increment import absorb
from pipeline.identity.engine.solve import solve
from pipeline.sql import statement
from resources import labelled

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

SAMPLE = pq.read_table(labelled.FOLDER / labelled.LEADS)
BASE, PIECE = 1_500, 50


def read(start: int, end: int) -> tuple[Any, Any]:
    """Return features and strong ids of some rows of the sample."""
    with duckdb.connect() as opened:
        opened.register("leads", SAMPLE.slice(start, end - start))
        leads = opened.sql(statement("engine/leads")).to_arrow_table()
    return features(leads), strong_ids(leads, identity.STRONG)


def started(folder: Path) -> State:
    rows, strong = arranged(*read(0, BASE))
    state = State(folder)
    state.build(solve(rows, strong, Decisions()), rows, strong, "base")
    return state


def grow(folder: Path, start: int, end: int) -> None:
    """Take in rows of the sample, as a new process would."""
    rows, strong = read(start, end)
    state = State(folder)
    state.grow(absorb(state.known(), rows, strong, Decisions()), rows, strong)


def found(folder: Path) -> dict[int, int]:
    ids, clusters = State(folder).clusters()
    return dict(zip(ids.tolist(), clusters.tolist(), strict=True))


def rebuilt(folder: Path, end: int) -> dict[int, int]:
    """Return the clusters of a rebuild with the frequency table held fixed."""
    rows, strong = read(0, end)
    whole = solve(rows, strong, Decisions(), reference=State(folder).known().reference)
    return dict(zip(whole.records.rows["record_id"].tolist(), whole.cluster_ids.tolist(), strict=True))


def test_what_was_grown_piece_by_piece_equals_a_rebuild_also_when_pieces_are_put_together(tmp_path: Path) -> None:
    started(tmp_path)
    pieces = MOST_SEGMENTS + 2
    for number in range(pieces):
        grow(tmp_path, BASE + number * PIECE, BASE + (number + 1) * PIECE)
    assert len(State(tmp_path).facts["segments"]) < pieces
    assert found(tmp_path) == rebuilt(tmp_path, BASE + pieces * PIECE)


def test_nothing_new_changes_nothing(tmp_path: Path) -> None:
    started(tmp_path)
    before = found(tmp_path)
    grow(tmp_path, 0, 0)
    assert found(tmp_path) == before
    assert len(before) == BASE


def test_the_same_records_again_replace_themselves(tmp_path: Path) -> None:
    started(tmp_path)
    before = found(tmp_path)
    grow(tmp_path, 100, 200)
    assert found(tmp_path) == before


def test_a_process_that_died_while_it_appended_leaves_nothing_behind(tmp_path: Path) -> None:
    started(tmp_path)
    for name in ("rows.bin", "strong.bin", "ids.bin"):
        with (tmp_path / name).open("ab") as file:
            file.write(b"\xff" * 3_001)
    assert len(found(tmp_path)) == BASE
    grow(tmp_path, BASE, BASE + PIECE)
    assert found(tmp_path) == rebuilt(tmp_path, BASE + PIECE)


def test_a_state_of_other_features_or_without_its_last_word_is_no_state(tmp_path: Path) -> None:
    state = started(tmp_path)
    place = tmp_path / "state.json"
    facts = json.loads(place.read_text())
    place.write_text(json.dumps(facts | {"feature": "something else"}))
    assert state.facts == {}
    place.unlink()
    assert state.facts == {}


@dataclass
class Bench:
    """The command on files of the sample."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def leads(self, name: str, start: int, end: int) -> Path:
        path = self.folder / name
        pq.write_table(SAMPLE.slice(start, end - start), path)
        return path

    def run(self, *words: object) -> tuple[dict[str, Any], dict[int, int]]:
        output = self.folder / "clusters.parquet"
        self.monkeypatch.setattr(sys, "argv", ["identity", "--output", str(output), *map(str, words)])
        identity.main()
        told: dict[str, Any] = json.loads(self.capsys.readouterr().out.splitlines()[-1])
        table: pa.Table = pq.read_table(output)
        pairs = zip(table.column("record_id").to_pylist(), table.column("cluster_id").to_pylist(), strict=True)
        return told, dict(pairs)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Bench:
    return Bench(tmp_path, monkeypatch, capsys)


def test_kept_features_give_the_same_clusters_and_a_delta_those_of_all(bench: Bench) -> None:
    base, new = bench.leads("base.parquet", 0, BASE), bench.leads("new.parquet", BASE, BASE + PIECE)
    state = bench.folder / "state"
    alone, without = bench.run("--input", base)
    first, clusters = bench.run("--input", base, "--state", state)
    again, kept = bench.run("--input", base, "--state", state)
    assert without == clusters == kept
    assert ("features" in first["steps"], "kept features" in again["steps"]) == (True, True)
    assert alone["records"] == BASE
    told, grown = bench.run("--input", base, "--state", state, "--delta", new)
    assert told["records"] == len(grown) == BASE + PIECE
    assert not any(name.startswith("base: ") for name in told["steps"])
    assert grown == rebuilt(state, BASE + PIECE)


def test_a_delta_on_an_empty_folder_builds_the_base_first_and_another_input_builds_anew(bench: Bench) -> None:
    base, new = bench.leads("base.parquet", 0, BASE), bench.leads("new.parquet", BASE, BASE + PIECE)
    state = bench.folder / "state"
    told, grown = bench.run("--input", base, "--state", state, "--delta", new)
    assert any(name.startswith("base: ") for name in told["steps"])
    assert len(grown) == BASE + PIECE
    _, other = bench.run("--input", new, "--state", state)
    assert set(other) == set(SAMPLE.column("record_id").to_pylist()[BASE : BASE + PIECE])


def test_a_delta_without_a_state_is_refused(bench: Bench) -> None:
    base = bench.leads("base.parquet", 0, 10)
    with pytest.raises(SystemExit) as ended:
        bench.run("--input", base, "--delta", base)
    assert ended.value.code == 2
    assert "--delta needs --state" in bench.capsys.readouterr().err


@pytest.mark.parametrize("rows", [0, 1])
def test_a_file_without_leads_or_with_one_is_no_error(bench: Bench, rows: int) -> None:
    _, clusters = bench.run("--input", bench.leads("few.parquet", 0, rows))
    assert len(clusters) == rows
    assert np.array_equal(list(clusters), list(clusters.values()))


def test_features_that_change_are_another_edition() -> None:
    rows, _ = read(0, SAMPLE.num_rows)
    told = hashlib.sha256(rows.tobytes()).hexdigest()[:16]
    assert {EDITION: told} == {4: "bc713817ccbe57bb"}, "leads are read otherwise: raise EDITION"
