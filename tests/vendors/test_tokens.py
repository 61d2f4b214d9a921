"""Tokens: one refresh for everybody, stored for the owner only, renewed ahead of their end."""

from __future__ import annotations

import stat
import threading
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.errors import CredentialsRejected
from resources.tokens import Token, TokenStore

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


class Vendor:
    """Gives token-1, token-2 … valid for an hour."""

    def __init__(self):
        self.given = 0
        self.now = NOW

    def fetch(self):
        self.given += 1
        renew_at = self.now + timedelta(minutes=55)
        return Token(access=f"token-{self.given}", renew_at=renew_at, facts={"api_domain": "https://x"})


def make(folder, vendor, *, owner="grant"):
    return TokenStore(vendor="zoho", path=folder / "t.json", owner=owner, fetch=vendor.fetch, clock=lambda: vendor.now)


def test_a_token_is_fetched_once_and_kept(tmp_path):
    vendor = Vendor()
    store = make(tmp_path, vendor)
    assert [store.get().access for _ in range(3)] == ["token-1"] * 3


def test_another_process_uses_the_stored_token(tmp_path):
    vendor = Vendor()
    make(tmp_path, vendor).get()
    token = make(tmp_path, vendor).get()
    assert (token.access, token.facts["api_domain"], vendor.given) == ("token-1", "https://x", 1)


def test_the_file_is_readable_by_its_owner_only(tmp_path):
    make(tmp_path, Vendor()).get()
    assert stat.S_IMODE((tmp_path / "t.json").stat().st_mode) == 0o600


def test_a_token_is_renewed_ahead_of_its_end(tmp_path):
    vendor = Vendor()
    store = make(tmp_path, vendor)
    store.get()
    vendor.now += timedelta(minutes=54)
    assert store.get().access == "token-1"
    vendor.now += timedelta(minutes=1)
    assert store.get().access == "token-2"


def test_a_refused_token_is_replaced(tmp_path):
    store = make(tmp_path, Vendor())
    store.get()
    assert store.get(refused=True).access == "token-2"


def test_a_refused_token_that_somebody_else_replaced_costs_no_second_refresh(tmp_path):
    vendor = Vendor()
    one, two = make(tmp_path, vendor), make(tmp_path, vendor)
    one.get()
    two.get()
    one.get(refused=True)
    assert two.get(refused=True).access == "token-2"
    assert vendor.given == 2


def test_many_threads_at_once_cause_one_refresh(tmp_path):
    vendor = Vendor()
    store = make(tmp_path, vendor)
    threads = [threading.Thread(target=store.get) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert vendor.given == 1


def test_the_token_of_another_grant_is_not_used(tmp_path):
    vendor = Vendor()
    make(tmp_path, vendor).get()
    assert make(tmp_path, vendor, owner="other").get().access == "token-2"


@pytest.mark.parametrize("content", ["", "{", '{"owner": "grant"}', "[]"])
def test_a_damaged_file_is_replaced(tmp_path, content):
    (tmp_path / "t.json").write_text(content)
    assert make(tmp_path, Vendor()).get().access == "token-1"


def test_a_refused_refresh_keeps_the_stored_token(tmp_path):
    vendor = Vendor()
    make(tmp_path, vendor).get()
    before = (tmp_path / "t.json").read_bytes()

    def refuse():
        raise CredentialsRejected("no", vendor="zoho")

    store = TokenStore(vendor="zoho", path=tmp_path / "t.json", owner="grant", fetch=refuse, clock=lambda: vendor.now)
    store.get()
    with pytest.raises(CredentialsRejected):
        store.get(refused=True)
    assert (tmp_path / "t.json").read_bytes() == before


def test_a_token_does_not_show_itself(tmp_path):
    assert "token-1" not in repr(make(tmp_path, Vendor()).get())
