from __future__ import annotations


def test_credits_are_one_per_ten_records_and_more_for_heavy_calls(desk, new_lead):
    def cost(do) -> int:
        before = desk.vendor.meter.used
        do()
        return desk.vendor.meter.used - before

    assert cost(lambda: desk.call("GET", "/org")) == 1
    assert cost(lambda: desk.insert("Leads", *(new_lead(n) for n in range(100)))) == 10
    assert cost(lambda: desk.insert("Leads", new_lead(100))) == 1
    assert cost(lambda: desk.call("GET", "/Leads", sort_by="id")) == 3
    assert cost(lambda: desk.coql("select id from Leads where id is not null")) == 1
    assert cost(lambda: desk.coql("select id from Leads where id is not null limit 5, 2000", "v8")) == 3
    ident = desk.call("GET", "/Leads").body["data"][0]["id"]
    assert cost(lambda: desk.call("POST", f"/Leads/{ident}/actions/convert", {"data": [{}]})) == 5
    assert cost(lambda: desk.call("GET", "/org", headers={"authorization": ""})) == 0


def test_the_remaining_credits_show_from_half_and_the_last_refuses_until_the_day_has_rolled(open_desk):
    desk = open_desk(credits=4, time_scale=60)
    first = desk.call("GET", "/org")
    assert "X-API-CREDITS-REMAINING" not in first.headers
    desk.wait(30)
    assert desk.call("GET", "/org").headers["X-API-CREDITS-REMAINING"] == "2"
    desk.call("GET", "/org")
    desk.call("GET", "/org")
    refused = desk.call("GET", "/org")
    assert (refused.status, refused.body["code"]) == (429, "TOO_MANY_REQUESTS")
    assert "retry-after" not in {name.lower() for name in refused.headers}
    desk.wait(1411)
    desk.token = desk.refresh().body["access_token"]
    assert desk.call("GET", "/org").status == 200


def test_calls_of_other_apps_can_fill_the_pools_heavy_ones_first(desk):
    desk.vendor.meter.occupied = 10
    assert desk.coql("select id from Leads where id is not null").status == 429
    assert desk.call("GET", "/org").status == 200
    desk.vendor.meter.occupied = 20
    assert desk.call("GET", "/org").body["code"] == "TOO_MANY_REQUESTS"
