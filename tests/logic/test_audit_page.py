"""The audit's page and summary: every figure is the number of rows behind it, and nobody is named."""

from __future__ import annotations

import base64
import csv
import io
import re
from datetime import UTC, datetime

import pytest
import sqlglot

from pipeline import sql
from pipeline.audit.cells import cell
from pipeline.audit.findings import FINDINGS, Result, answerable, ordered
from pipeline.audit.judging import email_problem, judged, phone_problem
from pipeline.audit.lines import lines
from pipeline.audit.page import Subject, render

SUBJECT = Subject(
    workspace="acme <b>",
    began_at=datetime(2026, 11, 24, 7, tzinfo=UTC),
    platforms={"zoho": "Acme & Sons", "ghl": "loc1"},
    counts={"records": 40, "people": 30, "zoho": 25, "ghl": 15},
    stale_days=90,
    left_out=["ghl messages Email: not looked at: <no scope>"],
    calls={"zoho": 3, "ghl": 2},
)


def results() -> tuple[list[Result], dict[str, bytes | None]]:
    found, beside = [], {}
    for number, finding in enumerate(FINDINGS):
        name = f"{finding.name}.csv"
        rows = [
            {"vendor": "zoho", "object": "Leads", "record_id": str(row), "link": "https://crm", finding.detail: "ghl"}
            for row in range(number)
        ]
        text = "vendor,object,record_id,link,detail\n" + "".join(",".join(row.values()) + "\n" for row in rows)
        beside[name] = text.encode()
        found.append(Result(finding=finding, rows=number, of=40 if finding.of else 0, csv=name, first=tuple(rows[:5])))
    return found, beside


def test_every_figure_of_the_page_is_the_number_of_rows_of_its_csv() -> None:
    found, beside = results()
    page = render(SUBJECT, found, [], beside)
    figures = dict(re.findall(r'id="figure-(\w+)">([\d,]+)', page))
    files = re.findall(r'download="(\w+)\.csv" href="data:text/csv;base64,([^"]*)">CSV, ([\d,]+) rows?<', page)
    assert len(figures) == len(files) == len(FINDINGS)
    for name, encoded, told in files:
        rows = list(csv.DictReader(io.StringIO(base64.b64decode(encoded).decode())))
        assert figures[name] == told == f"{len(rows):,}"


@pytest.mark.parametrize("name", sql.names("audit"))
def test_each_statement_is_one_select_that_says_what_a_row_is(name: str) -> None:
    text = sql.statement(f"audit/{name}")
    assert text.startswith("-- One row")
    (parsed,) = sqlglot.parse(text, dialect="duckdb")
    assert isinstance(parsed, sqlglot.expressions.Select)


def test_every_finding_has_its_statement_and_each_statement_is_used() -> None:
    assert set(sql.names("audit")) == {each.name for each in FINDINGS} | {"records", "given", "counts"}


def test_a_large_file_is_linked_and_not_carried() -> None:
    found, beside = results()
    page = render(SUBJECT, found, [], {**beside, "stale.csv": None})
    assert 'download="stale.csv" href="stale.csv"' in page


def test_what_comes_from_data_is_escaped_and_the_page_needs_no_network() -> None:
    found, beside = results()
    page = render(SUBJECT, found, [], beside)
    assert "acme &lt;b&gt;" in page
    assert "Acme &amp; Sons" in page
    assert "&lt;no scope&gt;" in page
    assert not re.search(r"<(script|link|img)\b", page)
    assert "prefers-color-scheme: dark" in page


def test_fill_rates_are_grouped_by_object_with_the_sparse_ones_counted() -> None:
    fields = [
        {"vendor": "zoho", "object": "Leads", "field": f"F{n}", "label": None, "records": 10, "filled": n}
        | {"filled_pct": 10.0 * n}
        for n in range(10)
    ]
    page = render(SUBJECT, [Result(finding=FINDINGS[-1], rows=10, csv="fields.csv")], fields, {})
    assert "Zoho CRM Leads: 10 fields of 10 records, 5 filled in fewer than half" in page


def test_what_is_wrong_comes_first_and_the_worst_on_top() -> None:
    found = [
        Result(finding=each, rows=rows) for each, rows in zip(FINDINGS, (0, 4, 2, 1, None, 3, 0, 0, 0, 9), strict=True)
    ]
    names = [each.finding.name for each in ordered(found)]
    assert names[:4] == ["customers", "duplicates", "stale", "doubts"]
    assert set(names) == {each.name for each in FINDINGS}


def test_nothing_wrong_is_said_in_so_many_words() -> None:
    page = render(SUBJECT, [Result(finding=each, rows=0, csv=f"{each.name}.csv") for each in FINDINGS], [], {})
    assert "Nothing is wrong today." in page


def test_the_summary_tells_counts_shares_and_what_to_do() -> None:
    found, _ = results()
    told = "\n".join(lines(found, counts=SUBJECT.counts, vendors=["zoho", "ghl"], left_out=SUBJECT.left_out))
    assert told.startswith("40 records of 30 people: 25 in Zoho, 15 in GoHighLevel")
    assert "(2.5 % of 40)" in told
    assert all(each.finding.advice in told for each in found if each.rows)
    assert "note     ghl messages Email" in told


def test_a_question_whose_tables_were_not_read_is_not_answered() -> None:
    customers = next(each for each in FINDINGS if each.name == "customers")
    assert not answerable(customers, {"raw.zoho__leads", "raw.zoho__deals"})
    assert not answerable(customers, {"raw.ghl__messages"})
    assert answerable(customers, {"raw.ghl__messages", "raw.zoho__deals"})
    page = render(SUBJECT, [Result(finding=customers, rows=None)], [], {})
    assert "Not looked at" in page


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("ada@engine.example", None),
        (" ada@engine.example ", None),
        ("ada", "no single @"),
        ("ada@@engine.example", "no single @"),
        ("@engine.example", "nothing before or after the @"),
        ("ada@", "nothing before or after the @"),
        ("ada@engine", "the domain has no ending"),
        ("ada@engine..example", "a dot too many"),
        ("ada@engine.example.", "a dot too many"),
        ("ada byron@engine.example", "holds more than an address"),
        ("ada@engine.123", "the domain cannot exist"),
        ("noreply@engine.example", "a placeholder"),
        ("email_not_unlocked@domain.com", "a placeholder"),
    ],
)
def test_an_address_is_refused_with_the_reason(value: str, problem: str | None) -> None:
    assert email_problem(value) == problem


@pytest.mark.parametrize(
    ("value", "country", "problem"),
    [
        ("+49 30 123456", None, None),
        ("0049 30 123456", None, None),
        ("030 123456", "Germany", None),
        ("030 123456", None, "no country code, and the record names no known country"),
        ("030 123456", "Atlantis", "no country code, and the record names no known country"),
        ("12", "Germany", "too few digits"),
        ("+1 202 555 0123 4567", None, "too long for its country"),
        ("+1 555 12", None, "too short for its country"),
        ("+999 123456789", None, "no phone number"),
        ("call me", "Germany", "too few digits"),
    ],
)
def test_a_number_is_refused_with_the_reason(value: str, country: str | None, problem: str | None) -> None:
    assert phone_problem(value, country) == problem


def test_values_are_shown_only_when_they_were_asked_for() -> None:
    given = [("email", "ada@engine", None), ("phone", "12 34", "Germany")]
    assert "ada@engine" not in str(judged(given, show=False).to_pylist()[0]["shown"])
    assert [row["shown"] for row in judged(given, show=True).to_pylist()] == ["ada@engine", "12 34"]
    assert judged([], show=False).num_rows == 0


@pytest.mark.parametrize("value", ["=1+1", "+49 30", "-x", "@x", "\tx"])
def test_a_cell_is_no_formula_for_a_spreadsheet(value: str) -> None:
    assert cell(value) == f"'{value}"
