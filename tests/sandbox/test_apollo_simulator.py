"""The simulated Apollo answers as its reference says."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest

from resources.sandbox.apollo import ApolloSandbox
from resources.sandbox.apollo.shapes import PLACEHOLDER
from resources.sandbox.calls import Answer, Call
from resources.sandbox.clock import Clock
from resources.sandbox.world import World

KEY = "apollo-sandbox-key"
WORLD = World(7, 600)


class Time:
    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment


def apollo(time: Time | None = None, **switches: Any) -> ApolloSandbox:
    return ApolloSandbox(WORLD, Clock(source=time or Time()), time_scale=1.0, **switches)


def ask(vendor: ApolloSandbox, method: str, path: str, *, body: Any = None, query: str = "", key: str = KEY) -> Answer:
    content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"x-api-key": key, "content-type": "application/json"}
    return vendor.answer(Call("", method, path, tuple(parse_qsl(query)), headers, content))


def data(answer: Answer) -> dict[str, Any]:
    assert answer.status == 200, answer.body
    assert isinstance(answer.body, dict)
    return answer.body


def search(vendor: ApolloSandbox, **filters: Any) -> dict[str, Any]:
    return data(ask(vendor, "POST", "/mixed_people/api_search", body=filters))


def everybody(vendor: ApolloSandbox) -> list[dict[str, Any]]:
    people: list[dict[str, Any]] = []
    for page in range(1, 20):
        found = search(vendor, page=page, per_page=100)
        people += found["people"]
        if page * 100 >= found["total_entries"]:
            break
    return people


def credits_used(vendor: ApolloSandbox) -> float:
    stats = data(ask(vendor, "POST", "/usage_stats/credit_usage_stats"))
    return stats["credit_usage_stats"]["lead_credit"]["consumed"]


def test_a_wrong_key_is_refused_in_plain_text_without_limit_headers():
    answer = ask(apollo(), "POST", "/mixed_people/api_search", body={}, key="wrong")
    assert answer.status == 401
    assert isinstance(answer.body, str)
    assert answer.body.startswith("Invalid API key.")
    assert answer.headers == {}


def test_a_key_for_other_endpoints_is_refused_with_a_code_and_without_limit_headers():
    vendor = apollo(allowed=frozenset({"api/v1/people/match"}))
    answer = ask(vendor, "POST", "/people/bulk_match", body={"details": [{"id": "x"}]})
    assert answer.status == 403
    assert isinstance(answer.body, dict)
    assert answer.body["error_code"] == "API_INACCESSIBLE"
    assert "api/v1/people/bulk_match" in answer.body["error"]
    assert answer.headers == {}
    assert ask(vendor, "POST", "/people/match", body={"id": "x"}).status == 200


def test_health_and_profile_identify_the_key_for_no_credits():
    vendor = apollo()
    assert data(ask(vendor, "GET", "/auth/health")) == {"healthy": True, "is_logged_in": True}
    assert "num_credits_remaining" not in data(ask(vendor, "GET", "/users/api_profile"))
    profile = data(ask(vendor, "GET", "/users/api_profile", query="include_credit_usage=true"))
    assert profile["num_credits_remaining"] == profile["effective_num_lead_credits"]
    assert credits_used(vendor) == 0


def test_search_gives_teasers_that_reach_nobody():
    found = search(apollo(), per_page=5)
    assert set(found) == {"total_entries", "people"}
    assert len(found["people"]) == 5
    for person in found["people"]:
        assert "***" in person["last_name_obfuscated"]
        assert {"last_name", "email", "linkedin_url", "organization_id"}.isdisjoint(person)
        assert isinstance(person["has_direct_phone"], str)
        assert person["last_refreshed_at"].endswith("+00:00")


def test_a_teaser_has_exactly_the_fields_of_the_reference():
    person = search(apollo(), per_page=1)["people"][0]
    assert set(person) == {
        *("id", "first_name", "last_name_obfuscated", "title", "last_refreshed_at", "has_email", "has_city"),
        *("has_state", "has_country", "has_direct_phone", "organization"),
    }
    assert set(person["organization"]) == {
        *("name", "has_industry", "has_phone", "has_city", "has_state", "has_country", "has_zip_code"),
        *("has_revenue", "has_employee_count"),
    }


def test_a_revealed_person_has_the_fields_of_the_reference():
    vendor = apollo()
    person = next(
        found
        for teaser in everybody(vendor)
        if (found := data(ask(vendor, "POST", "/people/match", body={"id": teaser["id"]}))["person"])
    )
    assert set(person) >= {
        *("id", "first_name", "last_name", "name", "linkedin_url", "title", "email_status", "photo_url"),
        *("twitter_url", "github_url", "facebook_url", "extrapolated_email_confidence", "headline", "email"),
        *("organization_id", "employment_history", "state", "city", "country", "organization", "seniority"),
        *("departments", "subdepartments", "functions", "is_likely_to_engage", "revealed_for_current_team"),
    }
    job = person["employment_history"][0]
    assert set(job) == {
        *("_id", "created_at", "current", "degree", "description", "emails", "end_date", "grade_level"),
        *("kind", "major", "organization_id", "organization_name", "raw_address", "start_date", "title"),
        *("updated_at", "id", "key"),
    }
    assert set(person["organization"]) >= {
        *("id", "name", "website_url", "linkedin_url", "primary_phone", "linkedin_uid", "primary_domain"),
        *("industry", "keywords", "estimated_num_employees", "annual_revenue", "city", "state", "country"),
    }


def test_pages_together_give_everybody_exactly_once():
    vendor = apollo()
    ids = [person["id"] for person in everybody(vendor)]
    assert len(ids) == len(set(ids)) == search(vendor)["total_entries"]
    assert 0.8 < len(ids) / len(WORLD.people) < 0.95


def test_a_page_behind_the_last_one_is_empty():
    assert search(apollo(), page=400, per_page=100)["people"] == []


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("person_seniorities[]=vp&person_seniorities[]=c_suite&per_page=100", None),
        ("person_seniorities=vp&per_page=100", {"person_seniorities[]": ["vp", "c_suite"]}),
        ("", {"person_seniorities": ["vp", "c_suite"], "per_page": 100}),
    ],
)
def test_filters_work_in_query_and_json_with_and_without_brackets(query: str, body: dict[str, Any] | None):
    vendor = apollo()
    found = data(ask(vendor, "POST", "/mixed_people/api_search", query=query, body=body))
    by_id = {person.id24: person for person in WORLD.people}
    seniorities = {by_id[person["id"]].seniority for person in found["people"]}
    assert seniorities <= {"vp", "c_suite"}
    assert 0 < found["total_entries"] < search(vendor)["total_entries"]


def test_each_filter_narrows_the_search():
    vendor = apollo()
    total = search(vendor)["total_entries"]
    company = WORLD.people[0].company
    for filters in (
        {"person_titles": ["engineering manager"]},
        {"q_keywords": "sales"},
        {"person_locations": ["Germany"]},
        {"organization_locations": ["San Francisco, California"]},
        {"q_organization_domains_list": [company.domain]},
        {"contact_email_status": ["verified"]},
        {"organization_ids": [company.id24]},
        {"organization_num_employees_ranges": ["1,100"]},
        {"revenue_range": {"min": 10_000_000}},
        {"currently_using_any_of_technology_uids": ["salesforce"]},
    ):
        assert 0 < search(vendor, **filters)["total_entries"] < total, filters


def test_exact_titles_find_fewer_than_similar_ones():
    vendor = apollo()
    similar = search(vendor, person_titles=["manager sales"])["total_entries"]
    exact = search(vendor, person_titles=["manager sales"], include_similar_titles=False)["total_entries"]
    assert exact < similar


def test_unknown_parameters_are_ignored_without_a_word():
    vendor = apollo()
    known = search(vendor, person_seniorities=["vp"])
    assert search(vendor, person_seniorities=["vp"], updated_since="2026-01-01") == known
    misleading = search(vendor, seniority=["vp"])
    assert misleading["total_entries"] == 0
    assert len(misleading["people"]) == 10


@pytest.mark.parametrize(
    ("paging", "words"),
    [
        ({"page": 501, "per_page": 10}, "over threshold"),
        ({"page": 501, "per_page": 100}, "over threshold"),
        ({"per_page": 0}, "Per page cannot be 0"),
        ({"page": "many"}, "Invalid parameters"),
    ],
)
def test_impossible_pages_are_refused(paging: dict[str, Any], words: str):
    answer = ask(apollo(), "POST", "/mixed_people/api_search", body=paging)
    assert answer.status == 422
    assert words in json.dumps(answer.body)


def test_more_than_a_hundred_rows_are_cut_to_a_hundred():
    assert len(search(apollo(), per_page=500)["people"]) == 100


def test_a_malformed_body_is_refused():
    assert ask(apollo(), "POST", "/mixed_people/api_search", body=b'{"page": ').status == 422
    assert ask(apollo(), "POST", "/mixed_people/api_search", body=[1]).status == 422


def test_bulk_match_aligns_answers_to_questions_and_counts_them():
    vendor = apollo()
    ids = [person["id"] for person in everybody(vendor)[:8]]
    details = [{"id": ids[0]}, {"id": "0" * 24}, *({"id": i} for i in ids[1:])]
    answer = data(ask(vendor, "POST", "/people/bulk_match", body={"details": details}))
    got = [None if match is None else match["id"] for match in answer["matches"]]
    assert len(got) == 9
    assert got[1] is None
    assert all(found in {None, wanted["id"]} for found, wanted in zip(got, details, strict=True))
    assert answer["status"] == "success"
    assert answer["total_requested_enrichments"] == 9
    assert answer["missing_records"] == got.count(None)
    assert answer["credits_consumed"] == answer["unique_enriched_records"] == 9 - got.count(None)
    assert credits_used(vendor) == answer["credits_consumed"]


def test_each_answer_is_paid_again_but_one_person_only_once_per_call():
    vendor = apollo()
    person = next(p for p in everybody(vendor) if p["has_email"])
    body = {"details": [{"id": person["id"]}, {"id": person["id"]}]}
    for paid in (1, 2):
        answer = data(ask(vendor, "POST", "/people/bulk_match", body=body))
        assert answer["credits_consumed"] == 1
        assert credits_used(vendor) == paid


def test_some_people_are_gone_without_email_or_guessed_and_the_placeholder_never_appears():
    vendor = apollo()
    matches: list[Any] = []
    ids = [person["id"] for person in everybody(vendor)]
    for start in range(0, len(ids), 10):
        body = {"details": [{"id": i} for i in ids[start : start + 10]]}
        matches += data(ask(vendor, "POST", "/people/bulk_match", body=body))["matches"]
    assert None in matches
    found = [match for match in matches if match]
    assert any(match["email"] is None for match in found)
    assert any(match["email_status"] == "extrapolated" for match in found)
    assert any(match["extrapolated_email_confidence"] for match in found)
    assert PLACEHOLDER not in json.dumps(found)
    assert all(m["linkedin_url"] is None or m["linkedin_url"].startswith("http://www.") for m in found)


def test_bulk_match_refuses_nothing_and_too_much():
    vendor = apollo()
    for body, code in (({}, "INVALID_REQUEST"), ({"details": [{"id": "x"}] * 11}, "RECORD_LIMIT_EXCEEDED")):
        answer = ask(vendor, "POST", "/people/bulk_match", body=body)
        assert answer.status == 400
        assert isinstance(answer.body, dict)
        assert answer.body["error_code"] == code
    assert ask(vendor, "POST", "/people/bulk_match", body={"details": ["x"]}).status == 422
    assert credits_used(vendor) == 0


def test_missing_people_can_be_left_out_instead_of_null():
    vendor = apollo(pads_missing=False)
    body = {"details": [{"id": "0" * 24}]}
    assert data(ask(vendor, "POST", "/people/bulk_match", body=body))["matches"] == []


def test_match_finds_by_every_handle_and_nobody_is_null_for_free():
    vendor = apollo()
    teaser = next(p for p in everybody(vendor) if p["has_email"])
    first = data(ask(vendor, "POST", "/people/match", query=f"id={teaser['id']}"))["person"]
    domain = first["organization"]["primary_domain"]
    for handle in (
        {"email": first["email"]},
        {"linkedin_url": first["linkedin_url"] or "none"},
        {"first_name": first["first_name"], "last_name": first["last_name"], "domain": domain},
        {"name": first["name"], "organization_name": first["organization"]["name"]},
    ):
        found = data(ask(vendor, "POST", "/people/match", body=handle))["person"]
        assert found is None or found["name"] == first["name"]
    paid = credits_used(vendor)
    assert data(ask(vendor, "POST", "/people/match", body={"email": "nobody@nowhere.example"})) == {"person": None}
    assert credits_used(vendor) == paid


def test_a_telephone_number_is_promised_for_later_at_eight_credits():
    time = Time()
    vendor = apollo(time)
    ids = [p["id"] for p in everybody(vendor) if p["has_direct_phone"] == "Yes"][:10]
    body = {"details": [{"id": i} for i in ids]}
    assert ask(vendor, "POST", "/people/bulk_match", body=body, query="reveal_phone_number=true").status == 400
    answer = data(
        ask(
            vendor,
            "POST",
            "/people/bulk_match",
            body=body,
            query="reveal_phone_number=true&webhook_url=https://hook.example",
        )
    )
    number = answer["request_id"]
    assert ask(vendor, "GET", f"/webhook_result/{number}").status == 404
    time.moment += timedelta(seconds=2)
    result = data(ask(vendor, "GET", f"/webhook_result/{number}"))
    people = result["webhook_result"]["people"]
    assert people
    assert vendor.team.mobile_consumed == 8 * len(people)
    assert ask(vendor, "GET", "/webhook_result/1").body == {"error_code": "request_id_unknown"}
    assert ask(vendor, "GET", "/webhook_result/x").status == 400


def test_used_up_credits_refuse_the_next_enrichment():
    vendor = apollo(credits=1)
    ids = [p["id"] for p in everybody(vendor)[:10]]
    answer = ask(vendor, "POST", "/people/bulk_match", body={"details": [{"id": i} for i in ids]})
    assert answer.status == 422
    assert "Insufficient credits" in json.dumps(answer.body)
    assert credits_used(vendor) == 0


def test_a_person_by_id_shows_the_placeholder_until_revealed():
    vendor = apollo()
    teaser = next(p for p in everybody(vendor) if p["has_email"])
    path = f"/people/{teaser['id']}"
    assert data(ask(vendor, "GET", path))["person"]["email"] == PLACEHOLDER
    real = data(ask(vendor, "POST", "/people/match", body={"id": teaser["id"]}))["person"]["email"]
    assert data(ask(vendor, "GET", path))["person"]["email"] == real
    missing = ask(vendor, "GET", "/people/ffffffffffffffffffffffff")
    assert missing.status == 422
    assert missing.body == {"error": "Person does not exist."}


def test_an_obsolete_id_is_listed_but_no_longer_a_person():
    vendor = apollo()
    bodies = [
        ask(vendor, "GET", f"/people/{p['id']}").body
        for p in (everybody(vendor))
        if data(ask(vendor, "POST", "/people/match", body={"id": p["id"]}))["person"] is None
    ]
    assert bodies
    assert all(body == {"error": "This is obsolete data."} for body in bodies)


def test_legacy_search_gives_pagination_placeholders_and_saved_people_as_contacts():
    vendor = apollo()
    answer = data(ask(vendor, "POST", "/mixed_people/search", body={"per_page": 100}))
    assert answer["pagination"]["total_pages"] == -(-answer["pagination"]["total_entries"] // 100)
    assert answer["contacts"]
    assert len(answer["contacts"]) + len(answer["people"]) == 100
    assert any(person["email"] == PLACEHOLDER for person in answer["people"])
    refused = ask(apollo(plan="free"), "POST", "/mixed_people/search", body={})
    assert refused.status == 403
    assert "on a free plan" in json.dumps(refused.body)


def test_contacts_are_sorted_as_asked_and_only_by_known_fields():
    vendor = apollo()
    body = {"sort_by_field": "contact_updated_at", "per_page": 100}
    newest = data(ask(vendor, "POST", "/contacts/search", body=body))["contacts"]
    moments = [contact["updated_at"] for contact in newest]
    assert len(moments) > 3
    assert moments == sorted(moments, reverse=True)
    assert all(moment.endswith("Z") for moment in moments)
    oldest = data(ask(vendor, "POST", "/contacts/search", body={**body, "sort_ascending": True}))["contacts"]
    assert oldest == newest[::-1]
    refused = ask(vendor, "POST", "/contacts/search", body={"sort_by_field": "age"})
    assert refused.status == 422
    assert refused.body == {"error": "Invalid sort criteria", "skip_alert_dialog": True}
    paid = ask(apollo(plan="free"), "POST", "/contacts/search", body={})
    assert paid.status == 403
    assert isinstance(paid.body, dict)
    assert "paid plans" in paid.body["message"]


def test_companies_are_enriched_by_domain_for_a_credit():
    vendor = apollo()
    company = WORLD.companies[3]
    first = next(c for c in WORLD.companies if c.domain == company.domain)
    found = data(ask(vendor, "GET", "/organizations/enrich", query=f"domain={company.domain}"))["organization"]
    assert found["id"] == first.id24
    assert credits_used(vendor) == 1
    missing = ask(vendor, "GET", "/organizations/enrich", query="domain=none.example")
    assert missing.body == {"error": "Required parameter 'domain' missing"}
    bulk = data(ask(vendor, "POST", "/organizations/bulk_enrich", body={"details": [{"domain": company.domain}]}))
    assert bulk["organizations"][0]["id"] == first.id24
    page = data(ask(vendor, "POST", "/mixed_companies/search", body={"per_page": 7}))
    assert len(page["organizations"]) == 7
    assert credits_used(vendor) == 3


def test_limits_are_told_in_nine_headers_and_enforced_until_the_window_reopens():
    time = Time()
    vendor = apollo(time, limits={"search": (2, 100, 1000), "default": (9, 9, 9)})
    first = ask(vendor, "POST", "/mixed_people/api_search", body={})
    assert first.headers == {
        "x-rate-limit-minute": "2",
        "x-minute-usage": "1",
        "x-minute-requests-left": "1",
        "x-rate-limit-hourly": "100",
        "x-hourly-usage": "1",
        "x-hourly-requests-left": "99",
        "x-rate-limit-24-hour": "1000",
        "x-24-hour-usage": "1",
        "x-24-hour-requests-left": "999",
    }
    ask(vendor, "POST", "/mixed_people/api_search", body={})
    time.moment += timedelta(seconds=15)
    refused = ask(vendor, "POST", "/mixed_people/api_search", body={})
    assert refused.status == 429
    assert refused.headers["retry-after"] == "45"
    assert isinstance(refused.body, dict)
    assert "api/v1/mixed_people/api_search is 2 times per minute" in refused.body["message"]
    assert ask(vendor, "POST", "/contacts/search", body={}).status == 200
    time.moment += timedelta(seconds=45)
    assert ask(vendor, "POST", "/mixed_people/api_search", body={}).status == 200


def test_unlimited_windows_have_an_empty_limit_and_no_usage():
    headers = ask(apollo(), "POST", "/people/match", body={"id": "x"}).headers
    assert headers["x-rate-limit-minute"] == "1000"
    assert headers["x-rate-limit-hourly"] == headers["x-rate-limit-24-hour"] == ""
    assert "x-hourly-usage" not in headers


def test_the_day_may_be_told_by_its_older_names():
    headers = ask(apollo(daily_headers=True), "POST", "/contacts/search", body={}).headers
    assert {"x-rate-limit-daily", "x-daily-usage", "x-daily-requests-left"} <= set(headers)


def test_the_time_scale_shortens_the_windows():
    time = Time()
    limits = {"search": (1, None, None)}
    vendor = ApolloSandbox(WORLD, Clock(source=time), time_scale=60.0, limits=limits)
    ask(vendor, "POST", "/mixed_people/api_search", body={})
    assert ask(vendor, "POST", "/mixed_people/api_search", body={}).headers["retry-after"] == "1"
    time.moment += timedelta(seconds=1)
    assert ask(vendor, "POST", "/mixed_people/api_search", body={}).status == 200


def test_usage_is_keyed_by_controller_and_action():
    vendor = apollo()
    search(vendor)
    usage = data(ask(vendor, "POST", "/usage_stats/api_usage_stats"))
    line = usage['["api/v1/mixed_people", "api_search"]']
    assert line["minute"] == {"limit": 200, "consumed": 1, "left_over": 199}


def test_calls_are_told_apart_by_what_they_cost():
    vendor = apollo()
    kinds = {
        path: vendor.kind(Call("", method, path, (), {}, b""))
        for method, path in (
            ("POST", "/people/bulk_match"),
            ("POST", "/mixed_people/api_search"),
            ("GET", "/auth/health"),
            ("GET", "/people/abc"),
            ("GET", "/nowhere"),
        )
    }
    assert list(kinds.values()) == ["spend", "read", "auth", "spend", "read"]
    assert ask(vendor, "GET", "/nowhere").status == 404


def test_the_state_goes_through_json_and_comes_back():
    vendor = apollo()
    ids = [p["id"] for p in everybody(vendor)[:10]]
    ask(vendor, "POST", "/people/bulk_match", body={"details": [{"id": i} for i in ids]})
    again = apollo()
    again.load(json.loads(json.dumps(vendor.dump())))
    assert again.canonical() == vendor.canonical()
    assert again.dump() == vendor.dump()
    assert again.canonical()["revealed"]
    assert again.pass_day(1) == []


def test_sequences_count_on_from_day_to_day_and_an_archived_one_stands_still() -> None:
    vendor = apollo()
    first = data(ask(vendor, "POST", "/emailer_campaigns/search", query="page=1&per_page=100"))["emailer_campaigns"]
    vendor.pass_day(2)
    second = data(ask(vendor, "POST", "/emailer_campaigns/search", query="per_page=2"))
    assert second["pagination"]["total_entries"] == len(first)
    assert len(second["emailer_campaigns"]) == 2
    grown = [
        later["unique_replied"] - before["unique_replied"]
        for before, later in zip(first, second["emailer_campaigns"], strict=False)
    ]
    assert min(grown) > 0
    again = apollo()
    again.load(vendor.dump())
    assert data(ask(again, "POST", "/emailer_campaigns/search", query="per_page=2")) == second
    archived = data(ask(vendor, "POST", "/emailer_campaigns/search", query="q_name=renewals"))["emailer_campaigns"]
    assert archived == first[-1:]
    assert credits_used(vendor) == 0
