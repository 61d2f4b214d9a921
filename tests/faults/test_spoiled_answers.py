"""Vendors that answer nonsense, refuse us or are down: one clear sentence, and the next run continues."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from resources.sandbox.calls import Answer, Call, Vendor
    from tests.faults.conftest import Place, Town

SECRETS = ("APOLLO_API_KEY", "ZOHO_CLIENT_SECRET", "ZOHO_REFRESH_TOKEN", "GHL_TOKEN")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What goes wrong, and what a run says about it: exit code and words of one message.

    `rule` is a fault of the sandbox, `renamed` is (path, key, new key) of an answer's top level, `settings` are
    wrong variables; a value of "down" becomes an address where nobody listens.
    """

    exit_code: int
    words: tuple[str, ...]
    rule: Mapping[str, Any] | None = None
    renamed: tuple[str, str, str] | None = None
    settings: Mapping[str, str] = field(default_factory=dict)


TROUBLES: dict[str, list[Trouble]] = {
    "apollo": [
        Trouble(exit_code=1, words=("apollo", "api_search"), rule={"path": "/mixed_people", "action": "truncate"}),
        Trouble(exit_code=1, words=("apollo", "api_search"), rule={"path": "/mixed_people", "action": "html"}),
        Trouble(exit_code=1, words=("api_search", "`people`"), renamed=("/mixed_people/.*", "people", "persons")),
        Trouble(exit_code=2, words=("APOLLO_API_KEY",), settings={"APOLLO_API_KEY": "wrong-secret-key"}),
        Trouble(exit_code=1, words=("apollo", "no answer"), settings={"APOLLO_BASE_URL": "down"}),
    ],
    "zoho": [
        Trouble(exit_code=1, words=("zoho", "/Leads"), rule={"path": r"/crm/v\d/Leads$", "action": "truncate"}),
        Trouble(exit_code=1, words=("zoho", "/Leads"), rule={"path": r"/crm/v\d/Leads$", "action": "html"}),
        Trouble(exit_code=1, words=("Zoho", "Leads", "data"), renamed=(r"/crm/v\d/Leads", "data", "records")),
        Trouble(exit_code=1, words=("zoho", "token"), rule={"path": "/oauth", "action": "truncate"}),
        Trouble(exit_code=1, words=("Zoho", "access_token"), renamed=("/oauth/v2/token", "access_token", "token")),
        Trouble(exit_code=2, words=("ZOHO_REFRESH_TOKEN",), settings={"ZOHO_REFRESH_TOKEN": "1000.wrong-secret"}),
        Trouble(exit_code=2, words=("ZOHO_CLIENT_SECRET",), settings={"ZOHO_CLIENT_SECRET": "wrong-secret"}),
        Trouble(exit_code=1, words=("zoho", "no answer"), settings={"ZOHO_API_URL": "down"}),
        Trouble(exit_code=1, words=("zoho", "no answer"), settings={"ZOHO_ACCOUNTS_URL": "down"}),
        Trouble(exit_code=1, words=("zoho", "reads them back"), rule={"path": r"/crm/v\d/coql", "action": "truncate"}),
    ],
    "ghl": [
        Trouble(
            exit_code=1, words=("ghl", "contacts/search"), rule={"path": "/contacts/search$", "action": "truncate"}
        ),
        Trouble(exit_code=1, words=("ghl", "contacts/search"), rule={"path": "/contacts/search$", "action": "html"}),
        Trouble(exit_code=1, words=("contacts",), renamed=("/contacts/search", "contacts", "people")),
        Trouble(exit_code=2, words=("GHL_TOKEN",), settings={"GHL_TOKEN": "pit-wrong-secret"}),
        Trouble(exit_code=2, words=("GHL_LOCATION_ID",), settings={"GHL_LOCATION_ID": "somebodyElses12345"}),
        Trouble(exit_code=1, words=("ghl", "no answer"), settings={"GHL_BASE_URL": "down"}),
        Trouble(
            exit_code=1,
            words=("ghl", "reads them back"),
            rule={"path": "/contacts/[A-Za-z0-9]{15,}$", "method": "GET", "action": "truncate"},
        ),
    ],
}


class Renamed:
    """A vendor whose answers call one of their keys by another name."""

    def __init__(self, vendor: Vendor, path: str, key: str, new_key: str) -> None:
        self._vendor, self._path, self._key, self._new_key = vendor, path, key, new_key

    def __getattr__(self, name: str) -> Any:
        return getattr(self._vendor, name)

    def answer(self, call: Call) -> Answer:
        answer = self._vendor.answer(call)
        if re.fullmatch(self._path, call.path) and isinstance(answer.body, dict) and self._key in answer.body:
            answer.body[self._new_key] = answer.body.pop(self._key)
        return answer


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address where nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


@pytest.mark.parametrize("vendor", sorted(TROUBLES))
def test_each_trouble_is_told_in_a_sentence_and_the_first_run_without_ends_right(
    town: Town, vendor: str, nobody: str
) -> None:
    place = town.at_day(1)
    for trouble in TROUBLES[vendor]:
        suffer(place, vendor, trouble, nobody)

    report = place.run()

    assert (report.exit_code, report.messages) == (0, [])
    town.as_undisturbed(place, day=1)


def suffer(place: Place, vendor: str, trouble: Trouble, nobody: str) -> None:
    """Run once under a trouble and check what the run says about it."""
    sandbox = place.running.sandbox
    whole = sandbox.vendors[vendor]
    if trouble.rule is not None:
        place.spoil({"vendor": vendor, **trouble.rule})
    if trouble.renamed is not None:
        sandbox.vendors[vendor] = Renamed(whole, *trouble.renamed)
    # Else a token of the run before would hide what is wrong with getting one.
    (place.folder / "data" / "state" / "zoho_token.json").unlink(missing_ok=True)
    settings = {name: nobody if value == "down" else value for name, value in trouble.settings.items()}

    report = place.run(**settings)

    place.spoil()
    sandbox.vendors[vendor] = whole
    assert report.exit_code == trouble.exit_code, report.messages
    assert [told for told in report.messages if all(word in told for word in trouble.words)], report.messages
    for told in report.messages:
        assert "\n" not in told
        for name in SECRETS:
            assert {**place.running.environment(), **settings}[name] not in told
