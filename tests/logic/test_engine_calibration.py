"""What a list teaches about its own evidence, and what it does not."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from pipeline.identity.engine.calibration import _fitted
from pipeline.identity.engine.clusters import Decisions
from pipeline.identity.engine.columns import columns, joined, picked
from pipeline.identity.engine.features import features, strong_ids
from pipeline.identity.engine.measures import BELIEVED, HEAD_START, MEASURES, SLACK, believed
from pipeline.identity.engine.solve import solve

COLUMNS = ("name", "email", "phone", "linkedin_url", "company", "website", "title", "city", "country", "source_id")
PLACE = {measure.name: place for place, measure in enumerate(MEASURES)}
JOHN = {"name": "John Smithers", "company": "Acme Robotics", "website": "acme.com", "city": "Boston", "country": "US"}
MAIL = {"email": "john.smithers@acme.com"}
PAGES = [{"linkedin_url": f"linkedin.com/in/{slug}"} for slug in ("john-smithers-1a2b3c4d", "thejohnsmithers")]


def solved(*records):
    columns_ = {name: pa.array([row.get(name) for row in records], type=pa.string()) for name in COLUMNS}
    leads = pa.table({"record_id": pa.array(range(len(records)), type=pa.int64()), **columns_})
    return solve(features(leads), strong_ids(leads, ["source_id"]), Decisions())


def people(*records):
    strangers = [{"name": f"{('John', 'Nina')[n % 2]} Stranger{n:03}", "company": f"firm {n % 40}"} for n in range(200)]
    return solved(*records, *strangers).cluster_ids[: len(records)].tolist()


def shown(worth, pairs=20_000, renamed=0.0):
    """Draw pairs that meet at random in two measures, and who is one person by what these are worth."""
    rng = np.random.default_rng(5)
    values = np.zeros((len(MEASURES) + 1, pairs))
    values[PLACE["name_alike"]] = rng.uniform(8, 24, pairs)
    values[PLACE["other_title"]] = rng.random(pairs) < 0.5
    values[-1] = 1
    weights = np.append(BELIEVED, 0.0)
    for name, bits in worth.items():
        weights[PLACE[name]] = bits
    offset = HEAD_START - 19.0
    same = rng.random(pairs) < 1 / (1 + np.exp2(-(weights @ values + offset)))
    return values, same & (rng.random(pairs) >= renamed), offset


def test_a_short_list_keeps_what_is_believed():
    assert np.array_equal(solved(JOHN, {**JOHN, **PAGES[0]}, {**JOHN, **PAGES[1]}).reference.learned, believed())


@pytest.mark.parametrize("bits", [-5.0, -3.0, -1.0])
def test_a_list_teaches_what_another_title_says(bits):
    found = _fitted(*shown({"other_title": bits}))
    assert found[PLACE["other_title"]] == pytest.approx(bits, abs=0.8)
    assert found[PLACE["name_alike"]] == pytest.approx(0.65, abs=0.1)


def test_profiles_that_got_another_name_do_not_weaken_the_evidence():
    found = _fitted(*shown({"name_alike": 0.65}, renamed=0.02))
    assert found[PLACE["name_alike"]] == pytest.approx(0.65, abs=0.1)


def test_nothing_is_learned_beyond_its_slack_nor_where_nothing_is_shown():
    found = _fitted(*shown({"other_title": -30.0}))
    assert (np.abs(found[:-1] - BELIEVED) <= SLACK + 1e-9).all()
    assert found[PLACE["same_phone"]] == pytest.approx(BELIEVED[PLACE["same_phone"]], abs=1 / 64)


def test_two_names_of_one_profile_are_one_person_where_one_mailbox_vouches_for_both():
    ids = people({**JOHN, **MAIL, **PAGES[0]}, {**JOHN, **MAIL, **PAGES[1]}, {**JOHN, **PAGES[1]})
    assert len(set(ids)) == 1


def test_a_mailbox_vouches_for_nobody_of_another_name():
    jane = {**JOHN, "name": "Jane Smithers"}
    assert len(set(people({**JOHN, **MAIL, **PAGES[0]}, {**jane, **MAIL, **PAGES[1]}))) == 2


@pytest.mark.parametrize("name", ["Smithers\x1fJohn W.", "Smithers\x1fJ.", "Smithers, John W", "Smithres\x1fJohn"])
def test_a_name_may_stand_the_wrong_way_round_with_a_letter_or_a_slip(name):
    assert len(set(people(JOHN, JOHN, {**JOHN, "name": name}))) == 1


def test_rows_and_columns_hold_the_same():
    rows = np.array([(3, 1.5), (1, 2.5), (2, 3.5)], dtype=[("number", "<i8"), ("weight", "<f8")])
    order = np.array([1, 2, 0])
    assert columns(rows, order).packed().tolist() == rows[order].tolist()
    assert columns(columns(rows), order).packed().tolist() == rows[order].tolist()
    assert picked(rows, ("number",), order)["number"].tolist() == [1, 2, 3]
    assert joined(rows, order[:1], columns(rows)).packed().tolist() == [*rows[order[:1]].tolist(), *rows.tolist()]
