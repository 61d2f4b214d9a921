"""The morning page: what stands on it is what the tables hold, in a browser where one is installed."""

from __future__ import annotations

import base64
import csv
import io
import re
import shutil
import subprocess
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.page import Heading, render, statements
from pipeline.page.document import as_csv, beside
from pipeline.page.markup import interval
from resources.publishing import answers, publish
from resources.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from resources.session import Session

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TODAY = NOON.date()
VALUES = {  # published moments are plain UTC
    "as_of": TODAY,
    "now": NOON.replace(tzinfo=None),
    "since": NOON.replace(tzinfo=None, day=21, hour=0),
}
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
MEGABYTE = 1_000_000


class Page(HTMLParser):
    """What a reader sees: cells of tables by panel, texts and links, ids, and tags that were left open."""

    VOID = frozenset({"meta", "link", "rect", "line", "circle", "br", "img"})

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.cells: dict[str, list[list[str]]] = {}
        self.unlinked: list[str] = []
        self.ids: list[str] = []
        self.hrefs: list[str] = []
        self.tags: set[str] = set()
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.add(tag)
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.hrefs += [value for name, value in attrs if name in {"href", "src"} and value]
        if tag == "tr":
            self.cells.setdefault(self.panel, []).append([])
        if tag in {"td", "th"}:
            self.cells[self.panel][-1].append("")
        if tag not in self.VOID:
            self.open.append((tag, given))

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open, f"</{tag}> closes nothing"
            assert self.open[-1][0] == tag, f"</{tag}> closes <{self.open[-1][0]}>"
            self.open.pop()

    def handle_data(self, data: str) -> None:
        inside = [tag for tag, _ in self.open]
        if {"td", "th"} & set(inside):
            self.cells[self.panel][-1][-1] += data
        is_number = "td" in inside and self.open[inside.index("td")][1].get("class") == "n"
        if is_number and any(sign.isdigit() for sign in data):
            links = [given.get("href") or "" for tag, given in self.open if tag == "a"]
            if not any(link.startswith("#sql-") for link in links):
                self.unlinked.append(data)

    @property
    def panel(self) -> str:
        return next((given["id"] or "" for tag, given in self.open if tag == "section"), "")


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with Warehouse(tmp_path / "warehouse.duckdb").open() as opened:
        yield opened


def page(session: Session, tmp_path: Path, **facts: Any) -> str:
    heading = Heading(
        workspace="acme & co",
        built_at=NOON,
        as_of=TODAY,
        run_id="run12345678",
        rules_version="abc",
        is_complete=True,
    )
    published = publish(session, database=tmp_path / "leadflow.duckdb", folder=tmp_path / "published")
    found = answers(published.database, statements(), VALUES)
    return render(heading, {**found, "rejects": [], **facts})


def somebody(session: Session, key: str = "k1", **fields: Any) -> None:
    row = {"person_key": key, "full_name": "Zaphod Beeblebrox", "grade": "A", "first_seen_at": NOON}
    session.insert("reports.people", [row | fields])


def touch(session: Session, kind: str, *, key: str = "k1", at: datetime = NOON, **fields: Any) -> None:
    row = {
        "touch_id": f"{kind}-{key}-{at:%d%H}",
        "person_key": key,
        "kind": kind,
        "occurred_at": at,
        "occurred_day": at.date(),
        "is_human": True,
        "direction": "out" if kind in {"sent", "enrolled", "bounce", "delivered"} else "in",
        "channel": "email",
    }
    session.insert("reports.touches", [row | fields])


def seeded(session: Session) -> None:
    """Fill the tables with forty people: all enrolled and written to, some bounce, some reply, few meet."""
    from pipeline import sql

    for number in range(40):
        key, grade = f"k{number:02d}", "ABCD"[number % 4]
        somebody(session, key, grade=grade, segment="core", first_source="apollo", email="z@b.example")
        known = {"grade_then": grade, "segment": "core", "sending_domain": "mail.acme.example"}
        touch(session, "enrolled", key=key, at=NOON - timedelta(days=9), campaign="lf-core", **known)
        touch(session, "sent", key=key, at=NOON - timedelta(days=8), **known)
        touch(session, "bounce" if number < 3 else "delivered", key=key, at=NOON - timedelta(days=8), **known)
        if 3 <= number < 11:
            touch(session, "reply", key=key, at=NOON - timedelta(days=2, hours=number), **known)
        if number in {3, 4}:
            touch(session, "booked", key=key, at=NOON - timedelta(days=1), **known)
    charge = {"vendor": "apollo", "unit": "apollo_credit", "quantity": 1.0, "unit_price_usd": 0.5, "usd": 0.5}
    charge |= {"cycle_ends_on": date(2026, 11, 30), "left_after": 460.0, "spent_day": TODAY - timedelta(days=9)}
    charge |= {"spent_at": NOON - timedelta(days=9)}
    session.insert("reports.spend", [charge | {"person_key": f"k{n:02d}", "outcome": "hit"} for n in range(40)])
    place = {"workspace": "w", "time_zone": "UTC"}
    for table in ("funnel_daily", "campaigns", "costs", "quality"):
        select = sql.statement(f"reports/{table}")
        values = {name: value for name, value in place.items() if f"${name}" in select}
        session.replace(f"reports.{table}", select, values)


def in_browser(text: str, folder: Path) -> tuple[str, str]:
    """Return the page as a browser makes it of the file, and its log; as written where no browser is installed."""
    if BROWSER is None:
        return text, ""
    file = folder / "page.html"
    file.write_text(text, encoding="utf-8")
    words = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]
    words += ["--enable-logging=stderr", "--log-level=0", "--disable-background-networking", "--dump-dom"]
    done = subprocess.run([BROWSER, *words, file.as_uri()], capture_output=True, text=True, check=True, timeout=120)
    return done.stdout, done.stderr


def test_the_page_of_an_empty_workspace_says_that_nothing_needs_you(session: Session, tmp_path: Path) -> None:
    assert "Nothing needs you today." in page(session, tmp_path)


def test_the_figures_in_a_browser_are_those_of_the_database(session: Session, tmp_path: Path) -> None:
    seeded(session)
    markup, log = in_browser(page(session, tmp_path), tmp_path)
    assert "CONSOLE" not in log
    cells = Page(markup).cells
    people = {row[0]: row[2] for row in cells["funnel"][1:]}
    counted = {
        "sourced": "SELECT count(*) FROM reports.people WHERE first_source = 'apollo'",
        "enrolled": "SELECT count(DISTINCT person_key) FROM reports.touches WHERE kind = 'enrolled'",
        "delivered": "SELECT count(*) FROM reports.people WHERE person_key >= 'k03'",
        "replied": "SELECT count(DISTINCT person_key) FROM reports.touches WHERE kind = 'reply'",
        "meetings": "SELECT count(DISTINCT person_key) FROM reports.touches WHERE kind = 'booked'",
    }
    assert {step: people[step] for step in counted} == {
        step: str(session.value(query)) for step, query in counted.items()
    }
    (segment,) = cells["segments"][1:]
    assert segment == ["core", "40", "40", "37", "7.5 %", "0", f"{100 * 8 / 37:.1f} %"]
    (credit,) = cells["money"][1:]
    assert credit[:3] == ["Apollo credits", "40", "460"]
    assert credit[4] == f"${session.value('SELECT sum(usd) FROM reports.spend'):.2f}"
    assert [row[0] for row in cells["act"][1:]] == [
        row["person_key"]
        for row in session.rows(
            "SELECT p.person_key FROM reports.people AS p JOIN reports.touches AS t USING (person_key) "
            "WHERE t.kind = 'reply' AND p.person_key > 'k04' ORDER BY p.grade, t.occurred_at LIMIT 6"
        )
    ]


def test_every_number_in_a_table_links_to_a_query_that_is_on_the_page(session: Session, tmp_path: Path) -> None:
    seeded(session)
    read = Page(page(session, tmp_path))
    assert read.unlinked == []
    anchors = {link.removeprefix("#") for link in read.hrefs if link.startswith("#")}
    assert anchors <= set(read.ids)
    assert {name for name in read.ids if name.startswith("sql-")} == {
        f"sql-{name}" for name in (*statements(), *beside())
    }
    assert len(read.ids) == len(set(read.ids))


def test_each_query_gives_its_rows_as_csv_without_a_server(session: Session, tmp_path: Path) -> None:
    seeded(session)
    text = page(session, tmp_path)
    (encoded,) = re.findall(r'download="funnel.csv" href="data:text/csv;base64,([^"]*)"', text)
    rows = list(csv.DictReader(io.StringIO(base64.b64decode(encoded).decode())))
    assert {row["step"]: row["people"] for row in rows}["enrolled"] == "40"


def test_the_page_is_one_small_file_that_asks_no_server(session: Session, tmp_path: Path) -> None:
    seeded(session)
    text = page(session, tmp_path)
    read = Page(text)
    assert {link.partition(":")[0] if ":" in link else link[0] for link in read.hrefs} <= {"data", "#"}
    assert not read.tags & {"script", "img", "iframe", "object", "video", "form"}
    assert not re.search(r"url\(|@import|https?://", text)
    assert len(text) < MEGABYTE
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text
    assert 'name="viewport"' in text


def test_the_page_names_nobody_and_escapes_what_it_shows(session: Session, tmp_path: Path) -> None:
    somebody(session, owner_email="owner@b.example", email="zaphod@b.example")
    touch(session, "reply")
    touch(session, "sent", sending_domain="<b>mail</b>")
    text = page(session, tmp_path, rejects=[{"reason": "<script>alert(1)</script>", "records": 1}])
    assert "Beeblebrox" not in text
    assert "b.example" not in text
    assert "script" not in Page(text).tags
    assert "&lt;b&gt;mail" in text
    assert "acme &amp; co" in text


def test_an_unanswered_reply_waits_for_you_under_its_key(session: Session, tmp_path: Path) -> None:
    somebody(session)
    touch(session, "reply")
    text = page(session, tmp_path)
    assert "<code>k1</code>" in text
    assert "1 reply without an answer" in text
    assert "Nothing needs you today." not in text


def test_a_reply_that_was_answered_needs_nobody(session: Session, tmp_path: Path) -> None:
    somebody(session)
    touch(session, "reply", at=NOON - timedelta(hours=3))
    touch(session, "call", at=NOON - timedelta(hours=1))
    assert "Nothing needs you today." in page(session, tmp_path)


def test_a_plan_that_waits_is_the_first_thing_on_the_page(session: Session, tmp_path: Path) -> None:
    row = {"vendor": "zoho", "plan_hash": "4c1e9a77aa", "planned_at": NOON, "person_key": "k1"}
    session.insert("reports.changes", [row | {"action": "insert", "field": "Email", "state": "planned"}])
    cost = {"plan_hash": "4c1e9a77aa", "unit": "zoho_credit", "units": 61, "usd": 0.0, "seconds": 130.0}
    text = page(session, tmp_path, forecasts=[cost | {"expires_at": NOON}])
    told = re.sub(r"<[^>]+>", "", text[text.index("<body>") : text.index("<main>")])
    assert "leadflow apply 4c1e9a77aa" in told
    assert "1 new" in told
    assert "61 Zoho credits · $0.00 · about 2 min · expires Sun 12:00 UTC" in told


def test_a_domain_that_bounces_too_much_is_told_and_needs_somebody(session: Session, tmp_path: Path) -> None:
    seeded(session)
    text = page(session, tmp_path)
    assert "(max 3 %)" in text
    assert "1 sending domain over the limit" in text
    few = {"sending_domain": "m.example", "is_told": True, "sent": 10, "bounced": 1, "complaints": 0}
    assert "(max 3 %)" not in page(session, tmp_path, domains=[few])


def test_what_came_before_the_enrolment_is_no_outcome_of_it(session: Session, tmp_path: Path) -> None:
    somebody(session)
    touch(session, "reply", at=NOON - timedelta(days=5))
    touch(session, "enrolled", at=NOON - timedelta(days=4), grade_then="B")
    publish(session, database=tmp_path / "leadflow.duckdb", folder=tmp_path / "published")
    (row,) = answers(tmp_path / "leadflow.duckdb", {"grades": statements()["grades"]}, VALUES)["grades"]
    assert row == {"grade": "B", "enrolled": 1, "replied": 0, "met": 0}


def test_a_budget_is_forecast_to_the_end_of_its_cycle_at_the_pace_so_far(session: Session, tmp_path: Path) -> None:
    seeded(session)
    publish(session, database=tmp_path / "leadflow.duckdb", folder=tmp_path / "published")
    (row,) = answers(tmp_path / "leadflow.duckdb", {"money": statements()["money"]}, VALUES)["money"]
    assert (row["used"], row["budget"]) == (40, 500)
    assert row["forecast"] == 40 + 4 * 8  # in ten days, and eight are left


def test_a_query_without_rows_still_names_its_columns(session: Session, tmp_path: Path) -> None:
    (encoded,) = re.findall(r'download="landings.csv" href="data:text/csv;base64,([^"]*)"', page(session, tmp_path))
    assert base64.b64decode(encoded) == b"vendor,field,landed,fields\n"


def test_what_is_not_in_the_published_file_links_to_its_query_too(session: Session, tmp_path: Path) -> None:
    row = {"vendor": "zoho", "plan_hash": "4c1e", "planned_at": NOON, "person_key": "k1", "action": "insert"}
    session.insert("reports.changes", [row | {"field": "Email", "state": "planned"}])
    cost = {"plan_hash": "4c1e", "unit": "zoho_credit", "units": 61, "usd": 0.0, "seconds": 130.0, "expires_at": NOON}
    text = page(session, tmp_path, forecasts=[cost], rejects=[{"reason": "no name", "records": 3}])
    assert '<a class="q" href="#sql-rejects">3 records</a>' in text
    assert '<a class="q" href="#sql-forecasts">61 Zoho credits</a>' in text
    assert "staging.rejects" in text


def test_a_cell_that_a_spreadsheet_would_run_is_kept_as_text() -> None:
    assert as_csv([{"a": "=1+1", "b": 2}]) == "a,b\n'=1+1,2\n"


def test_an_interval_holds_its_share_and_narrows_with_more_people() -> None:
    low, high = interval(5, 100)
    assert (round(low, 4), round(high, 4)) == (0.0215, 0.1118)  # Wilson's, as tables print it
    assert interval(50, 1000)[0] > low
    assert interval(0, 0) == (0.0, 1.0)
    assert interval(3, 2) == interval(2, 2)


def test_bounces_of_what_was_sent_before_the_window_do_not_break_the_page(session: Session, tmp_path: Path) -> None:
    touch(session, "sent", sending_domain="m.example")
    for hour in range(3):
        touch(session, "bounce", at=NOON - timedelta(hours=hour), sending_domain="m.example")
    assert "m.example: bounce" in page(session, tmp_path)


def test_an_enrolment_that_nobody_knows_of_asks_for_somebody_to_look(session: Session, tmp_path: Path) -> None:
    lost = {"intent_id": "i1", "action": "enrol", "state": "lost", "contact_id": "c1", "as_of": TODAY}
    seen = {**lost, "intent_id": "i2", "first_message_at": NOON}
    old = {**lost, "intent_id": "i3", "as_of": TODAY - timedelta(days=28)}
    session.insert("outreach.ghl__enrolments", [lost, seen, old])
    text = page(session, tmp_path)
    assert re.search(r'<a href="#safe">[^<]*1[^<]*enrolment to look up', text)
    assert "enrolments unknown, not repeated" in text
    session.execute("DELETE FROM outreach.ghl__enrolments")
    assert "enrolments unknown" not in page(session, tmp_path)
