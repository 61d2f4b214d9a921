"""All rule files at once: each has its reader, and what is wrong in one is told by file, key and what is allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline import rulebook
from pipeline.errors import ConfigurationError
from pipeline.rules import packaged
from resources.rules import check_rules, rule_texts

if TYPE_CHECKING:
    from pathlib import Path

WRONG: list[tuple[str, str, str, tuple[str, ...]]] = [
    ("alerts", "security: starttls", "security: tls", ("smtp.security = 'tls'", "'starttls', 'ssl' or 'none'")),
    ("feedback", "max_age_days:", "max_age: 3\n  max_age_days:", ("zoho.max_age = 3", "max_age_days")),
    ("gates", "moved_share:", "moved_shares: 0.1\nmoved_share:", ("moved_shares = 0.1", "moved_share,")),
    ("identity", "largest_person:", "largest_person: 1 #", ("largest_person = 1", "greater than or equal to 2")),
    ("limits", "  ghl:", "  ghk:", ("vendors = ", "ghk: there is no such key", "allowed: apollo, zoho, ghl")),
    ("mappings/ghl", "vendor: ghl", "vendor: zoho", ("vendor = 'zoho'", "allowed: ghl")),
    ("mappings/ghl", "{from: first_name}", "{from: first}", ("firstName.from = 'first'", "known are", "first_name")),
    ("mappings/zoho", "people: Leads", "people: Lead", ("'Lead'", "no such object", "Leads")),
    ("owners", "territories: []", "territories: [{column: land, values: [A], owners: [a@b.c]}]", ("'land'", "country")),
    ("prices", "  apollo:", "  apolo:", ("vendors = ", "apolo: there is no such key", "allowed: apollo, zoho, ghl")),
    ("prices", "insert: {batch: 100", "insert: {batches: 100", ("insert.batches = 100", "batch,")),
    (
        "prices",
        "insert: {batch: 100",
        "insort: {batch: 100",
        ("zoho.routes = ", "insort: there is no such key", "allowed: insert, update"),
    ),
    ("retention", "values_days:", "values_days: 0 #", ("values_days = 0", "greater than or equal to 1")),
    ("scoring", "    click:", "    clicks:", ("engagement.kinds.clicks", "'click'")),
    ("scoring", "when: ", "when: shoe_size > 3 OR ", ("shoe_size", "known columns", "seniority")),
    (
        "searches",
        "person_seniorities:",
        "seniorities:",
        ("decision-makers.filters", "seniorities", "person_seniorities"),
    ),
    ("segments", "most: ", "most: 99 #", ("most = 99", "less than or equal to 10")),
    ("suppression", "customers: true", "customers: maybe", ("customers = 'maybe'", "valid boolean")),
    ("survivorship", "[salesnav]", "[salesnaf]", ("tiers.1.0 = 'salesnaf'", "'salesnav'")),
    ("survivorship", "  title:", "  titel:", ("titel", "allowed:", "seniority")),
    ("enrolments", "starts: []", "starts: [{segment: nobody, workflow: x}]", ("starts.0.segment = 'nobody'", "has ")),
]


def test_every_rule_file_that_ships_has_a_reader_and_is_right() -> None:
    assert {*rulebook.MODELS, *rulebook.MEANINGS} == set(packaged())
    check_rules(packaged())


@pytest.mark.parametrize(("name", "right", "wrong", "words"), WRONG)
def test_a_mistake_is_told_by_file_key_value_and_what_is_allowed(
    name: str, right: str, wrong: str, words: tuple[str, ...]
) -> None:
    text = packaged()[name]
    assert right in text
    with pytest.raises(ConfigurationError) as raised:
        check_rules({**packaged(), name: text.replace(right, wrong, 1)})
    told = str(raised.value)
    assert f"rules/{name}.yaml" in told
    assert [word for word in words if word not in told] == [], told


def test_an_unknown_key_is_told_for_each_file() -> None:
    for name, text in packaged().items():
        with pytest.raises(ConfigurationError, match=rf"rules/{name}.yaml: .*nobody_knows_me = 1.*allowed: "):
            check_rules({**packaged(), name: f"{text}\nnobody_knows_me: 1\n"})


def test_mistakes_of_several_files_are_told_together() -> None:
    wrong = {name: f"{packaged()[name]}\nnobody_knows_me: 1\n" for name in ("gates", "owners")}
    with pytest.raises(ConfigurationError, match=r"rules/gates.yaml: .* \| rules/owners.yaml: "):
        check_rules({**packaged(), **wrong})


def test_a_wrong_value_as_long_as_a_file_is_told_in_part() -> None:
    with pytest.raises(ConfigurationError) as raised:
        check_rules({**packaged(), "gates": f"blast_radius: {'x' * 5_000}"})
    assert len(str(raised.value)) < 1_000


@pytest.mark.parametrize("name", ["gates.yml", "gate.yaml", "mappings/hubspot.yaml"])
def test_an_override_that_would_replace_nothing_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("x: 1\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=rf"LEADFLOW_RULES holds {name}; allowed names: .*gates.yaml"):
        rule_texts(tmp_path)


def test_an_override_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "gates.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match=r"gates.yaml, which is no readable UTF-8"):
        rule_texts(tmp_path)
