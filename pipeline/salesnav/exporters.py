"""What each exporter writes: the headers only it has, and where it puts what (fact sheet §1 to §6, §8).

Columns are separated by `>`; the first filled one wins. `linkedin` lists every column that may hold an
address of the person: what it is (slug, member id, Sales Navigator page) is told by the address itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def fold(header: str) -> str:
    """Return a header as it is compared: `"# Employees"`, `"employees"` and `"Employees "` are one."""
    return "".join(char for char in header.casefold() if char.isalnum())


@dataclass(frozen=True, slots=True)
class Format:
    """One exporter: the headers only it writes, and where it puts what (first non-empty column wins)."""

    name: str
    marks: frozenset[str]
    columns: Mapping[str, tuple[str, ...]]
    must: frozenset[str] = frozenset()


def _format(name: str, marks: Iterable[str], must: Iterable[str] = (), **columns: str) -> Format:
    folded = {key: tuple(fold(part) for part in text.split(">")) for key, text in columns.items()}
    return Format(name, frozenset(map(fold, marks)), folded, frozenset(map(fold, must)))


GENERIC = _format(
    "generic",
    (),
    first_name="first name>given name>fname>prénom>prenom>vorname",
    last_name="last name>surname>family name>lname>nom>nachname",
    full_name="full name>name>contact>contact name>person name",
    title="title>job title>position>current title>role>current job",
    headline="headline",
    email="email>e-mail>email address>work email>business email>contact email",
    email_status="email status",
    phone="phone>mobile>telephone>phone number>mobile phone>work phone",
    linkedin="linkedin>linkedin url>linkedin profile>linkedin profile url>profile url>person linkedin url>url"
    ">default profile url>sales navigator url",
    company_name="company name>company>organization>organisation>current company>employer>account",
    website="company domain>website>domain>company website>url",
    company_linkedin="company linkedin url>company linkedin",
    employees="employees>headcount>number of employees",
    employee_range="company size>employee range",
    industry="industry>company industry",
    location="location",
    city="city",
    state="state>region",
    country="country",
    seniority="seniority",
    departments="departments>department",
    annual_revenue_usd="annual revenue",
)

FORMATS: tuple[Format, ...] = (
    _format(
        "evaboot",
        (
            "Linkedin URL Unique ID",
            "Linkedin URL Public",
            "Matches Filters",
            "No Match Reasons",
            "Company Linkedin URL Unique ID",
            "Current Jobs Number",
        ),
        title="Current Job",
        headline="Profile Headline",
        linkedin="Linkedin URL Public>Linkedin URL Unique ID>Sales Navigator URL",
        website="Company Domain>Company Website URL",
        company_linkedin="Company Linkedin URL Unique ID",
        employees="Company Employee Exact Count",
        employee_range="Company Employee Range",
        industry="Company Industry",
        revenue_millions="Company Revenue Min (Millions USD)",
        founded_year="Company Year Founded",
        company_place="Company Location",
        matches_filters="Matches Filters",
        no_match_reasons="No Match Reasons",
    ),
    _format(
        "phantombuster_salesnav",
        ("vmid", "linkedInProfileUrl", "sharedConnectionsCount", "durationInRole", "regularCompanyUrl"),
        email="email>mailFromDropcontact>dropcontact_mail>hunter_extracted_email>professionalEmail",
        email_status="hunter_verification>dropcontact_verification",
        linkedin="defaultProfileUrl>linkedInProfileUrl>profileUrl",
        member="vmid",
        company_linkedin="regularCompanyUrl>companyUrl",
        company_place="companyLocation",
        source_row_id="vmid",
        seen_at="timestamp",
        error="error",
    ),
    _format(
        "wiza",
        ("email_type", "company_subindustry", "linkedin_profile_url", "list_name"),
        phone="mobile_phone>phone_number",
        linkedin="linkedin_profile_url>linkedin>profile_url",
        website="company_domain>domain",
        company_linkedin="company_linkedin",
        employees="company_size",
        employee_range="company_size_range",
        city="locality",
        state="region",
        annual_revenue_usd="company_revenue",
        founded_year="company_founded",
        company_city="company_locality",
        company_state="company_region",
        company_country="company_country",
    ),
    _format(
        "apollo_export",
        ("Company Name for Emails", "Person Linkedin Url", "Apollo Contact Id", "# Employees"),
        company_name="Company Name>Company>Company Name for Emails",
        phone="Mobile Phone>Work Direct Phone>Corporate Phone>Home Phone>Other Phone>First Phone>Phone",
        linkedin="Person Linkedin Url",
        website="Website",
        company_linkedin="Company Linkedin Url",
        company_phone="Company Phone",
        company_city="Company City",
        company_state="Company State",
        company_country="Company Country",
        source_row_id="Apollo Contact Id>Apollo Record Id",
        do_not_call="Do Not Call",
    ),
    _format(
        "pronto",
        ("Lead Email", "Lead LinkedIn URL", "Company Cleaned Name", "Lead Years in Position"),
        first_name="Lead First Name",
        last_name="Lead Last Name",
        full_name="Lead Full Name>Lead Name",
        title="Lead Title",
        email="Lead Email",
        email_status="Lead Email Status",
        phone="Lead Phone Numbers",
        linkedin="Lead LinkedIn URL",
        location="Lead Location",
        company_name="Company Cleaned Name>Company Name",
        website="Company Website",
        company_linkedin="Company LinkedIn URL",
        employee_range="Company Employee Range",
        industry="Company Industry",
        company_city="Company City",
        company_country="Company Country",
    ),
    _format(
        "linkedin_connections",
        ("Connected On", "Position", "URL", "Email Address"),
        # Position, URL and Email Address are everyday words: without this one the file is a plain list.
        must=("Connected On",),
        title="Position",
        email="Email Address",
        linkedin="URL",
        company_name="Company",
    ),
    GENERIC,
)
"""Known formats, `generic` last."""
