"""When a lead is converted, and what the request says."""

from __future__ import annotations

from assets.crm import fate

LEAD = {
    "zoho_module": "Leads",
    "zoho_id": "1",
    "account_id": None,
    "tags": ["lf-in-dialogue"],
    "has_human_signal": True,
    "was_deleted_in_zoho": False,
    "namesake_id": None,
}


def test_a_lead_who_answered_is_converted_and_keeps_its_tags() -> None:
    request = fate(LEAD)["convert"]
    assert request["carry_over_tags"] == {"Contacts": ["lf-in-dialogue"]}
    assert "Accounts" not in request
    assert fate({**LEAD, "account_id": "9"})["convert"]["Accounts"] == "9"


def test_a_lead_whom_zoho_would_take_for_somebody_else_waits_for_a_person() -> None:
    told = fate({**LEAD, "namesake_id": "77"})
    assert "contact 77" in told["unconvertible"]
    assert fate(LEAD)["unconvertible"] is None


def test_nobody_else_is_converted() -> None:
    assert fate({**LEAD, "has_human_signal": False})["convert"] is None
    assert fate({**LEAD, "zoho_module": "Contacts"})["convert"] is None


def test_somebody_who_answered_before_we_wrote_them_is_created_and_converted() -> None:
    assert fate({**LEAD, "zoho_module": None, "zoho_id": None})["convert"] is not None


def test_a_record_that_a_person_deleted_stays_gone() -> None:
    assert fate({**LEAD, "zoho_id": None, "was_deleted_in_zoho": True})["is_gone"]
    assert not fate({**LEAD, "was_deleted_in_zoho": True})["is_gone"]
