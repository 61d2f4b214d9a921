"""Vendors answer in forms that their documents allow and our sandbox never uses: a run must not notice.

More members than are documented, in another order; record ids as JSON numbers; totals and counts as texts; lists
and lookups that are null; paging that says less than it may.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from resources.sandbox.calls import Answer, Call
    from tests.runs.conftest import House

EXTRA = {"zz_new": {"nested": [1, None, {"deep": True}]}}
TEXTS = frozenset({"total", "total_entries", "count", "success_count", "credits_consumed", "expires_in"})
ADVICE = frozenset({"count", "per_page", "page", "sort_by", "sort_order", "page_token_expiry"})
"""What Zoho's `info` may leave out."""


class Otherwise:
    """A vendor that says the same in other forms."""

    def __init__(self, vendor: Any) -> None:
        self._vendor = vendor
        self.changed = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._vendor, name)

    def answer(self, call: Call) -> Answer:
        answer: Answer = self._vendor.answer(call)
        if isinstance(answer.body, dict):
            answer.body = self._formed(answer.body)
            self.changed += 1
        return answer

    def _formed(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._formed(each) for each in value]
        if not isinstance(value, dict):
            return value
        members: Iterator[tuple[str, Any]] = ((name, self._member(name, each)) for name, each in value.items())
        return {**EXTRA, **dict(reversed(list(members)))}

    def _member(self, name: str, value: Any) -> Any:
        if name == "info" and isinstance(value, dict):
            return {one: told for one, told in value.items() if one not in ADVICE}
        if name in TEXTS and isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if self._vendor.name == "zoho" and name == "id" and isinstance(value, str) and value.isdigit():
            return int(value)
        if value == [] and name in {"tags", "customFields", "contacts", "pick_list_values", "followers"}:
            return None
        return self._formed(value)


def test_runs_end_done_and_settle_with_vendors_that_say_it_in_other_forms(house_of: Callable[..., House]) -> None:
    house = house_of(people=30, samples=False)
    vendors = house.running.sandbox.vendors
    vendors.update({name: Otherwise(vendor) for name, vendor in vendors.items()})

    reports = [house.run()]
    house.ask("advance", {"days": 1})
    reports.append(house.run())
    settled = house.last_request()
    reports.append(house.run())

    assert [(report.exit_code, report.failed) for report in reports] == [(0, [])] * 3
    assert {line["vendor"] for line in house.requests("write")} == {"zoho", "ghl"}
    assert house.requests("write", "spend", since=settled) == []
    assert all(vendor.changed > 5 for vendor in vendors.values())  # type: ignore[attr-defined]
