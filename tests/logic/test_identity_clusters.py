from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.identity.clusters import clusters, components


def walked(size: int, edges: list[tuple[int, int]]) -> list[int]:
    """The oracle: walk the graph from each record in turn."""
    neighbours = {n: {n} for n in range(size)}
    for left, right in edges:
        neighbours[left].add(right)
        neighbours[right].add(left)
    labels = [-1] * size
    for start in range(size):
        todo = [start] if labels[start] < 0 else []
        while todo:
            here = todo.pop()
            if labels[here] < 0:
                labels[here] = start
                todo += neighbours[here]
    return labels


graphs = st.integers(1, 40).flatmap(
    lambda size: st.tuples(
        st.just(size), st.lists(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)), max_size=60)
    )
)


@given(graphs)
def test_components_equal_a_walk_through_the_graph(graph):
    size, edges = graph
    left, right = (np.array([edge[side] for edge in edges], dtype=np.int64) for side in (0, 1))
    assert components(size, left, right).tolist() == walked(size, edges)


def test_a_long_chain_is_one_component():
    size = 100_000
    numbers = np.arange(size, dtype=np.int64)
    order = np.random.default_rng(7).permutation(size)
    assert not components(size, order[numbers[:-1]], order[numbers[1:]]).any()


def test_clusters_keep_the_order_of_their_records():
    records = [("a", "2"), ("b", "1"), ("a", "0")]
    assert clusters(records, np.array([0, 1, 0])) == [[("a", "2"), ("a", "0")], [("b", "1")]]
