"""The standard modules of a Zoho organisation (Zoho fact sheet §2), written as a table.

A line is: API name, type with its length or choices or target, then flags and `>Module.Field` for the
fields that receive the value when a lead is converted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from resources.sandbox.zoho.choices import CHOICES
from resources.sandbox.zoho.fields import Field, Module

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

SCORES = """
Account_Fit integer:9 custom >Contacts.Account_Fit
Persona_Influence integer:9 custom >Contacts.Persona_Influence
Engagement integer:9 custom >Contacts.Engagement
"""
LEADS = """
First_Name text:40 >Contacts.First_Name
Last_Name text:80 mandatory >Contacts.Last_Name
Full_Name text:120 readonly
Company text:200 layout >Accounts.Account_Name
Designation text:100 >Contacts.Title
Email email:100 >Contacts.Email
Secondary_Email email:100 >Contacts.Secondary_Email
Phone phone:30 >Contacts.Phone >Accounts.Phone
Mobile phone:30 >Contacts.Mobile
Fax phone:30 >Contacts.Fax
Website website:255 >Accounts.Website
Lead_Source picklist:source >Contacts.Lead_Source >Deals.Lead_Source
Lead_Status picklist:status
Industry picklist:industry >Accounts.Industry
No_of_Employees integer:9 >Accounts.Employees
Annual_Revenue currency:16 >Accounts.Annual_Revenue
Rating picklist:rating
Street text:250 >Contacts.Mailing_Street >Accounts.Billing_Street
City text:100 >Contacts.Mailing_City >Accounts.Billing_City
State text:100 >Contacts.Mailing_State >Accounts.Billing_State
Zip_Code text:30 >Contacts.Mailing_Zip >Accounts.Billing_Code
Country text:100 >Contacts.Mailing_Country >Accounts.Billing_Country
Description textarea:32000 >Contacts.Description
Email_Opt_Out boolean >Contacts.Email_Opt_Out
Skype_ID text:50 >Contacts.Skype_ID
Twitter text:50 >Contacts.Twitter
"""
CONTACTS = """
First_Name text:40
Last_Name text:80 mandatory
Full_Name text:120 readonly
Title text:100
Department text:50
Email email:100
Secondary_Email email:100
Phone phone:30
Mobile phone:30
Fax phone:30
Account_Name lookup:Accounts
Reporting_To lookup:Contacts
Lead_Source picklist:source
Mailing_Street text:250
Mailing_City text:100
Mailing_State text:100
Mailing_Zip text:30
Mailing_Country text:100
Description textarea:32000
Email_Opt_Out boolean
Skype_ID text:50
Twitter text:50
"""
ACCOUNTS = """
Account_Name text:200 mandatory
Website website:255
Phone phone:30
Industry picklist:industry
Employees integer:9
Annual_Revenue currency:16
Account_Type picklist:account
Parent_Account lookup:Accounts
Billing_Street text:250
Billing_City text:100
Billing_State text:100
Billing_Code text:30
Billing_Country text:100
Description textarea:32000
Account_Fit integer:9 custom
"""
DEALS = """
Deal_Name text:120 mandatory
Stage picklist:stage mandatory
Pipeline picklist:pipeline
Closing_Date date
Amount currency:16
Probability percent:5
Account_Name lookup:Accounts
Contact_Name lookup:Contacts
Type picklist:deal
Next_Step text:100
Lead_Source picklist:source
Description textarea:32000
"""
ACTIVITY = """
Who_Id lookup:Contacts
What_Id lookup:
Description textarea:32000
"""
TASKS = "Subject text:300 mandatory\nDue_Date date\nStatus picklist:task\nPriority picklist:priority" + ACTIVITY
EVENTS = "Event_Title text:255 mandatory\nStart_DateTime datetime mandatory\nEnd_DateTime datetime mandatory" + ACTIVITY
CALLS = (
    "Subject text:300 mandatory\nCall_Type picklist:call mandatory\nCall_Start_Time datetime mandatory"
    "\nCall_Duration text:20 mandatory\nCall_Result text:100" + ACTIVITY
)
NOTES = "Note_Title text:120\nNote_Content textarea:65535 mandatory\nParent_Id lookup: readonly"
SYSTEM = """
id bigint:19 readonly
Owner ownerlookup
Created_Time datetime readonly
Modified_Time datetime readonly
Created_By ownerlookup readonly
Modified_By ownerlookup readonly
Tag tags
"""


def organisation_modules(
    *, key: str, key_is_unique: bool, email_is_unique: bool, without: Collection[str]
) -> dict[str, Module]:
    """Build the modules; `without` names `Module.Field` entries that this organisation does not have."""
    unique = ("unique",) if key_is_unique else ()
    tables: dict[str, tuple[str, str, str]] = {
        "Leads": (LEADS + SCORES, "Email", "Full_Name"),
        "Contacts": (CONTACTS + SCORES, "Email", "Full_Name"),
        "Accounts": (ACCOUNTS, "Account_Name", "Account_Name"),
        "Deals": (DEALS, "Deal_Name", "Deal_Name"),
        "Tasks": (TASKS, "", "Subject"),
        "Events": (EVENTS, "", "Event_Title"),
        "Calls": (CALLS, "", "Subject"),
        "Notes": (NOTES, "", "Note_Title"),
    }
    found: dict[str, Module] = {}
    for name, (table, dedupe, title) in tables.items():
        lines = [line.split() for line in (table + SYSTEM).splitlines() if line.strip()]
        if name in {"Leads", "Contacts", "Accounts"}:
            carried = (f">Contacts.{key}",) if name == "Leads" else ()
            lines.append([key, "text:255", "custom", *unique, *carried])
        if email_is_unique:
            lines = [[*line, "unique"] if line[0] == "Email" else line for line in lines]
        fields = {line[0]: _field(line) for line in lines if f"{name}.{line[0]}" not in without}
        found[name] = Module(name=name, fields=fields, dedupe=dedupe, title=title)
    return found


def _field(words: list[str]) -> Field:
    name, declared, *flags = words
    kind, _, rest = declared.partition(":")
    choices = tuple(CHOICES[rest].split(",")) if kind == "picklist" else ()
    converts: Mapping[str, str] = {
        flag[1:].split(".")[0]: flag[1:].split(".")[1] for flag in flags if flag.startswith(">")
    }
    return Field(
        name=name,
        kind=kind,
        length=int(rest) if rest.isdigit() else 120,
        choices=choices,
        target=rest if kind == "lookup" else "",
        is_custom="custom" in flags,
        is_unique="unique" in flags,
        is_read_only="readonly" in flags,
        is_mandatory="mandatory" in flags,
        is_layout_mandatory="layout" in flags,
        converts=converts,
    )
