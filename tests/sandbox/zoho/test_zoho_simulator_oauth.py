from __future__ import annotations

import pytest

REFUSALS = [
    ({"client_id": "1000.WRONG"}, "invalid_client"),
    ({"client_secret": "wrong"}, "invalid_client_secret"),
    ({"refresh_token": "1000.wrong"}, "invalid_code"),
    ({"grant_type": "password"}, "unsupported_grant_type"),
]


def test_a_refresh_gives_a_token_without_a_refresh_token(desk):
    body = desk.refresh().body
    assert set(body) == {"access_token", "scope", "api_domain", "token_type", "expires_in"}
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 3600)
    assert body["api_domain"] == "http://127.0.0.1:8000/zoho/api"


@pytest.mark.parametrize(("changed", "error"), REFUSALS)
def test_oauth_refusals_come_with_status_200(desk, changed, error):
    answer = desk.refresh(**changed)
    assert (answer.status, answer.body) == (200, {"error": error})


@pytest.mark.parametrize("status", [200, 400])
def test_the_eleventh_token_within_ten_minutes_is_refused(open_desk, status):
    desk = open_desk(throttle_status=status)
    assert all("access_token" in desk.refresh().body for _ in range(9))
    throttled = desk.refresh()
    assert throttled.status == status
    assert throttled.body["error"] == "Access Denied"
    desk.wait(601)
    assert "access_token" in desk.refresh().body


def test_time_scale_divides_the_throttle_and_the_life_of_tokens(open_desk):
    desk = open_desk(time_scale=60)
    desk.wait(61)
    assert desk.call("GET", "/org").body["code"] == "INVALID_TOKEN"
    for _ in range(10):
        desk.token = desk.refresh().body["access_token"]
    assert "error" in desk.refresh().body
    desk.wait(10.5)
    assert "access_token" in desk.refresh().body


def test_the_sixteenth_live_token_ends_the_oldest(open_desk):
    desk = open_desk(tokens_per_window=100)
    for _ in range(14):
        desk.refresh()
    assert desk.call("GET", "/org").status == 200
    desk.refresh()
    assert desk.call("GET", "/org").status == 401


def test_calls_without_with_a_foreign_and_with_a_bearer_token_are_401(desk):
    missing = desk.call("GET", "/org", headers={"authorization": ""})
    assert (missing.status, missing.body["code"]) == (401, "AUTHENTICATION_FAILURE")
    for given in ("Zoho-oauthtoken nonsense", f"Bearer {desk.token}"):
        answer = desk.call("GET", "/org", headers={"authorization": given})
        assert (answer.status, answer.body) == (
            401,
            {
                "code": "INVALID_TOKEN",
                "details": {},
                "message": "invalid oauth token",
                "status": "error",
            },
        )


def test_a_missing_scope_is_401_and_names_itself(open_desk):
    desk = open_desk(missing_scopes=frozenset({"ZohoCRM.coql.READ"}))
    answer = desk.coql("select id from Leads where id is not null")
    assert (answer.status, answer.body["code"]) == (401, "OAUTH_SCOPE_MISMATCH")
    assert desk.call("GET", "/org").status == 200


def test_a_grant_code_serves_once_and_brings_a_refresh_token(desk):
    code = desk.vendor.accounts.issue_code()
    first = desk.refresh(grant_type="authorization_code", code=code)
    assert first.body["refresh_token"]
    assert desk.refresh(grant_type="authorization_code", code=code).body == {"error": "invalid_code"}


def test_a_revoked_refresh_token_ends_its_access_tokens(desk):
    token = desk.vendor.credentials()["ZOHO_REFRESH_TOKEN"]
    assert desk.accounts("POST", "/oauth/v2/token/revoke", {"token": token}).body == {"status": "success"}
    assert desk.call("GET", "/org").status == 401


def test_the_legacy_token_answer_counts_milliseconds(open_desk):
    body = open_desk(legacy_expiry=True).refresh().body
    assert (body["expires_in"], body["expires_in_sec"]) == (3_600_000, 3600)
