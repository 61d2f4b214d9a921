from __future__ import annotations

import pytest


def names(desk, ident):
    return [tag["name"] for tag in desk.shown("Leads", ident)["Tag"]]


def test_v2_adds_and_removes_by_query_for_many_and_for_one(desk, new_lead):
    one, two = desk.insert("Leads", new_lead(1), new_lead(2))
    answer = desk.call("POST", "/Leads/actions/add_tags", ids=f"{one},{two}", tag_names="lf-a,lf-b")
    assert answer.status == 200
    assert answer.body["data"][0] == {
        "code": "SUCCESS",
        "details": {"id": one, "tags": ["lf-a", "lf-b"]},
        "message": "tags updated successfully",
        "status": "success",
    }
    assert (answer.body["success_count"], answer.body["locked_count"]) == ("2", 0)
    desk.call("POST", f"/Leads/{one}/actions/remove_tags", tag_names="LF-A,unknown")
    desk.call("POST", f"/Leads/{two}/actions/add_tags", tag_names="new", over_write="true")
    assert (names(desk, one), names(desk, two)) == (["lf-b"], ["new"])


def test_v8_takes_a_body_and_shows_tags_as_objects(desk, new_lead):
    (ident,) = desk.insert("Leads", new_lead())
    body = {"tags": [{"name": "lf-a"}], "ids": [ident], "over_write": False}
    answer = desk.call("POST", "/Leads/actions/add_tags", body, version="v8")
    assert set(answer.body["data"][0]["details"]["tags"][0]) == {"name", "id", "color_code"}
    desk.call("POST", f"/Leads/{ident}/actions/remove_tags", {"tags": [{"name": "lf-a"}]}, version="v8")
    assert names(desk, ident) == []


def test_v2_does_not_read_a_body_and_the_versions_between_take_both(desk, new_lead):
    (ident,) = desk.insert("Leads", new_lead())
    body = {"tags": [{"name": "x"}], "ids": [ident]}
    assert desk.call("POST", "/Leads/actions/add_tags", body).body["code"] == "REQUIRED_PARAM_MISSING"
    assert desk.call("POST", "/Leads/actions/add_tags", body, version="v2.1").status == 200
    assert desk.call("POST", "/Leads/actions/add_tags", version="v3", ids=ident, tag_names="y").status == 200
    assert names(desk, ident) == ["x", "y"]


def test_ten_tags_fit_on_a_record_and_eleven_do_not(desk, new_lead):
    (ident,) = desk.insert("Leads", new_lead())
    ten = ",".join(f"t{n}" for n in range(10))
    assert desk.call("POST", f"/Leads/{ident}/actions/add_tags", tag_names=ten).status == 200
    answer = desk.call("POST", f"/Leads/{ident}/actions/add_tags", tag_names="t10")
    assert answer.body["data"][0]["code"] == "LICENSE_LIMIT_EXCEEDED"
    body = {"tags": [{"name": "t10"}]}
    late = desk.call("POST", f"/Leads/{ident}/actions/add_tags", body, version="v8")
    assert late.body["data"][0]["code"] == "LIMIT_EXCEEDED"
    assert len(names(desk, ident)) == 10


def test_a_module_holds_a_hundred_tags(open_desk, new_lead):
    desk = open_desk(tags_per_module=3)
    one, two = desk.insert("Leads", new_lead(1), new_lead(2))
    desk.call("POST", f"/Leads/{one}/actions/add_tags", tag_names="a,b,c")
    assert desk.call("POST", f"/Leads/{two}/actions/add_tags", tag_names="a,c").status == 200
    assert desk.call("POST", f"/Leads/{two}/actions/add_tags", tag_names="d").status == 202


@pytest.mark.parametrize("name", ["x" * 26, "a<b", "hot🔥"])
def test_a_name_that_is_too_long_or_has_odd_characters_is_refused(desk, new_lead, name):
    (ident,) = desk.insert("Leads", new_lead())
    answer = desk.call("POST", f"/Leads/{ident}/actions/add_tags", tag_names=name)
    assert (answer.status, answer.body["code"]) == (400, "INVALID_DATA")
    assert names(desk, ident) == []


def test_a_gone_record_fails_alone(desk, new_lead):
    (ident,) = desk.insert("Leads", new_lead())
    answer = desk.call("POST", "/Leads/actions/add_tags", ids=f"{ident},123", tag_names="a")
    assert answer.status == 207
    assert [item["status"] for item in answer.body["data"]] == ["success", "error"]
    assert answer.body["success_count"] == "1"


def test_tags_are_defined_listed_and_not_doubled(desk):
    assert desk.call("GET", "/settings/tags", module="Leads").status == 204
    made = desk.call("POST", "/settings/tags", {"tags": [{"name": "lf-a"}]}, module="Leads")
    assert (made.status, made.body["tags"][0]["message"]) == (201, "tags created successfully")
    again = desk.call("POST", "/settings/tags", {"tags": [{"name": "LF-A"}]}, module="Leads")
    assert again.body["tags"][0]["code"] == "DUPLICATE_DATA"
    listed = desk.call("GET", "/settings/tags", module="Leads").body
    assert [tag["name"] for tag in listed["tags"]] == ["lf-a"]
    assert listed["info"] == {"count": 1, "allowed_count": 100}
