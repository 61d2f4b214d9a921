"""What live metadata says that a field takes, in the words of each vendor."""

from __future__ import annotations

import pytest

from resources.ghl.capabilities import capabilities as of_ghl
from resources.zoho.capabilities import capabilities as of_zoho


def test_zoho_tells_length_choices_and_what_only_reads():
    live = of_zoho(
        [
            (
                "Leads",
                {
                    "api_name": "Industry",
                    "data_type": "picklist",
                    "json_type": "string",
                    "length": 120,
                    "pick_list_values": [{"display_value": "ERP software", "actual_value": "ERP"}],
                    "unique": {},
                },
            ),
            ("Leads", {"api_name": "Leadflow_ID", "json_type": "string", "length": 64, "field_read_only": True}),
        ]
    )

    assert live.fact("Leads", "Industry").choices == {"ERP"}
    assert live.fact("Leads", "Leadflow_ID").is_read_only
    assert live.fitted("Leads", "Leadflow_ID", "text", "x" * 70) == "x" * 64


@pytest.mark.parametrize(
    ("told", "is_unique"),
    [
        ({"casesensitive": "false"}, True),
        ({"casesensitive": False}, True),
        ({"casesensitive": None}, False),
        ({"casesensitive": "true", "another": 1}, True),
        (True, True),
        ({}, False),
        ({"another": {"nested": True}}, False),
        (None, False),
    ],
)
def test_a_zoho_field_is_unique_where_its_case_is_told(told, is_unique):
    live = of_zoho([("Leads", {"api_name": "Leadflow_ID", "unique": told})])

    assert live.fact("Leads", "Leadflow_ID").is_unique is is_unique


def test_ghl_custom_fields_are_known_by_key():
    live = of_ghl([{"id": "1", "fieldKey": "contact.lead_score", "name": "Lead score"}])

    assert live.takes("contact", "customFields.lead_score")
    assert live.takes("contact", "email")
    assert not live.takes("contact", "customFields.lead_grade")
