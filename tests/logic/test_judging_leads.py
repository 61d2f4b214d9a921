from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.leads import labelled
from benchmarks.leads.judge.records import TRAPS
from benchmarks.leads.judging import canonical, email_f1, generate, refuse_if_easy
from pipeline.identity.scores import pair_scores

SHIPPED = Path(__file__).resolve().parents[2] / "data/samples/labelled"


@pytest.fixture(scope="module")
def world():
    return generate(4_000, 11, "b")


def column(*values: str) -> np.ndarray:
    return np.array(values, dtype=np.dtypes.StringDType())


def test_the_same_seed_gives_the_same_leads_and_another_seed_others(world):
    assert generate(4_000, 11, "b").leads.equals(world.leads)
    assert not generate(4_000, 12, "b").leads.equals(world.leads)


def test_leads_have_the_columns_of_the_benchmark(world):
    text = [
        *("source", "source_id", "full_name", "first_name", "last_name", "title", "company", "website", "email"),
        *("phone", "linkedin_url", "city", "state", "country"),
    ]
    expected = [("record_id", pa.int64()), *((name, pa.string()) for name in text), ("updated_at", pa.int64())]
    assert [(field.name, field.type) for field in world.leads.schema] == expected


def test_record_ids_are_unique_and_in_no_order(world):
    ids = world.leads["record_id"].to_numpy()
    assert len(np.unique(ids)) == len(ids) == 4_000
    assert 0.4 < (np.diff(ids) > 0).mean() < 0.6


def test_truth_follows_the_leads_row_by_row(world):
    assert world.truth["record_id"].equals(world.leads["record_id"])


def test_absent_values_are_null_and_never_empty(world):
    empty = [name for name in world.leads.column_names[1:-1] if "" in world.leads[name].to_pylist()]
    assert empty == []


def test_sales_navigator_rows_mostly_lack_an_email_and_forms_hardly_ever(world):
    sources, absent = np.asarray(world.leads["source"]), np.asarray(world.leads["email"].is_null())
    assert absent[sources == "salesnav"].mean() > 0.5
    assert absent[sources == "webform"].mean() < 0.15


def test_exact_email_leaves_more_than_half_of_the_pairs_to_find(world):
    assert 0.3 < world.email_f1 < 0.5


def test_the_email_baseline_is_the_pair_f1_of_its_clusters():
    emails = column("A.b+x@gmail.com", "ab@googlemail.com", "info@x.com", "info@x.com", "")
    assert canonical(emails).tolist() == ["ab@gmail.com", "ab@gmail.com", "", "", ""]
    assert email_f1(emails, np.array([1, 1, 2, 2, 1])) == pytest.approx(
        pair_scores(np.array([0, 0, 1, 2, 3]), np.array([1, 1, 2, 2, 1])).f1
    )


def test_a_world_that_exact_email_solves_is_refused(world):
    with pytest.raises(SystemExit, match=r"pair F1 0\.510, over 0\.5"):
        refuse_if_easy(dataclasses.replace(world, email_f1=0.51))


def test_an_unknown_world_is_named_with_those_that_exist():
    with pytest.raises(SystemExit, match=r"no world 'z' in worlds\.yaml; there are: a, b, c"):
        generate(100, 1, "z")


def test_the_shipped_sample_is_what_its_generator_writes():
    made = labelled.sample()
    assert pq.read_table(SHIPPED / "leads.parquet").equals(made.leads)
    assert pq.read_table(SHIPPED / "truth.parquet").equals(made.truth)


def test_the_shipped_sample_holds_every_trap():
    traps = np.asarray(pq.read_table(SHIPPED / "truth.parquet")["traps"])
    counts = {name: int((traps >> bit & 1).sum()) for bit, name in enumerate(TRAPS)}
    assert min(counts.values()) >= labelled.LEAST


def test_the_comparison_runs_an_engine_and_says_so_when_splink_is_absent(tmp_path):
    engine = tmp_path / "engine.py"
    engine.write_text(
        "import sys, pyarrow as pa, pyarrow.parquet as pq\n"
        "given = dict(word[2:].split('=', 1) for word in sys.argv[1:])\n"
        "ids = pq.read_table(given['input'])['record_id']\n"
        "pq.write_table(pa.table({'record_id': ids, 'cluster_id': ids}), given['output'])\n"
        'print(\'{"wall_s": 1, "cpu_s": 1, "peak_mb": 1}\')\n'
    )
    script = Path(__file__).resolve().parents[2] / "benchmarks/identity_vs_splink.py"
    words = [sys.executable, script, "--n", "1500", "--engine", engine, "--keep", tmp_path]
    ended = subprocess.run(words, check=True, capture_output=True, text=True)
    assert "Splink is not importable here" in ended.stderr
    assert '"pair_p": 1.0, "pair_r": 0.0, "pair_f1": 0.0' in ended.stdout
