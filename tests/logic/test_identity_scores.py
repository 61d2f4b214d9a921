from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.identity.scores import pair_scores, record_scores

labelled = st.lists(st.tuples(st.integers(-3, 6), st.integers(0, 6)), min_size=1, max_size=40)


def columns(rows: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    return tuple(np.array([row[side] for row in rows], dtype=np.int64) for side in (0, 1))


@given(labelled)
def test_pair_scores_equal_counting_all_pairs(rows):
    claimed = {pair for pair in combinations(range(len(rows)), 2) if rows[pair[0]][0] == rows[pair[1]][0]}
    true = {pair for pair in combinations(range(len(rows)), 2) if rows[pair[0]][1] == rows[pair[1]][1]}
    scores = pair_scores(*columns(rows))
    assert scores.precision == pytest.approx(len(claimed & true) / len(claimed) if claimed else 1.0)
    assert scores.recall == pytest.approx(len(claimed & true) / len(true) if true else 1.0)


@given(labelled)
def test_record_scores_equal_looking_at_each_record(rows):
    precision = recall = 0.0
    for cluster, person in rows:
        both = sum(row == (cluster, person) for row in rows)
        precision += both / sum(row[0] == cluster for row in rows) / len(rows)
        recall += both / sum(row[1] == person for row in rows) / len(rows)
    scores = record_scores(*columns(rows))
    assert scores.precision == pytest.approx(precision)
    assert scores.recall == pytest.approx(recall)


@given(labelled, st.randoms(use_true_random=False))
def test_scores_do_not_depend_on_the_order_of_records_nor_on_the_labels(rows, random):
    shuffled = [(cluster * -17 + 5, person + 1000) for cluster, person in rows]
    random.shuffle(shuffled)
    for scores in (pair_scores, record_scores):
        assert scores(*columns(rows)).f1 == pytest.approx(scores(*columns(shuffled)).f1)


def test_one_wrong_merge_of_two_pairs_halves_nothing_but_precision():
    scores = pair_scores(np.array([1, 1, 1, 1]), np.array([1, 1, 2, 2]))
    assert (scores.precision, scores.recall) == (pytest.approx(2 / 6), 1.0)


def test_everybody_alone_finds_no_pair():
    scores = pair_scores(np.arange(4), np.array([1, 1, 2, 2]))
    assert (scores.precision, scores.recall, scores.f1) == (1.0, 0.0, 0.0)


def test_no_records_agree_perfectly():
    empty = np.array([], dtype=np.int64)
    assert pair_scores(empty, empty).f1 == record_scores(empty, empty).f1 == 1.0


def test_labels_of_different_length_are_refused():
    with pytest.raises(ValueError, match="3 cluster labels for 2 records"):
        pair_scores(np.arange(3), np.arange(2))
