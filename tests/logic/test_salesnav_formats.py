"""Lead files in canonical names: fingerprints, aliases and cells of the Sales Navigator fact sheet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.salesnav import CANONICAL, FORMATS, Reject, canonical, detect
from pipeline.salesnav.cells import email, name, number, phone, text, whole
from pipeline.salesnav.places import split
from pipeline.salesnav.titles import seniority
from pipeline.salesnav.urls import company_page, profile, web_host


def columns(header):
    return header.split(",")


EVABOOT = columns(
    "First Name,Last Name,Full Name,Linkedin URL Public,Linkedin URL Unique ID,Sales Navigator URL,"
    "Current Job,Current Jobs Number,Profile Headline,Location,Email,Email Status,Phone,Matches Filters,"
    "No Match Reasons,"
    "Company Name,Company Domain,Company Website URL,Company Linkedin URL Unique ID,Company Location,"
    "Company Industry,Company Employee Exact Count,Company Employee Range,Company Year Founded,"
    "Company Revenue Min (Millions USD),Department Headcounts"
)
PHANTOM = columns(
    "profileUrl,fullName,firstName,lastName,companyName,title,companyId,companyUrl,regularCompanyUrl,summary,"
    "titleDescription,industry,companyLocation,location,durationInRole,durationInCompany,connectionDegree,"
    "sharedConnectionsCount,name,vmid,linkedInProfileUrl,isPremium,query,timestamp,defaultProfileUrl"
)
OLD_PHANTOM = columns(
    "name,profileUrl,firstName,lastName,companyName,title,companyId,companyUrl,summary,location,duration,"
    "connectionDegree,sharedConnectionsCount,vmid,isPremium,query,timestamp,error"
)
WIZA = columns(
    "email,first_name,last_name,full_name,title,list_name,email_type,email_status,location,locality,region,"
    "country,linkedin,profile_url,domain,company,company_domain,company_industry,company_subindustry,"
    "company_size,company_size_range,company_founded,company_linkedin,linkedin_profile_url"
)
APOLLO_NEW = columns(
    "First Name,Last Name,Title,Company Name,Company Name for Emails,Email,Email Status,Seniority,"
    "Departments,"
    "Work Direct Phone,Home Phone,Mobile Phone,Corporate Phone,Other Phone,Do Not Call,# Employees,Industry,"
    "Person Linkedin Url,Website,Company Linkedin Url,City,State,Country,Company Phone,Annual Revenue,"
    "Apollo Contact Id,Apollo Account Id"
)
APOLLO_OLD = [{"Company Name": "Company"}.get(each, each) for each in APOLLO_NEW]
APOLLO_THIRD = columns(
    "First Name,Last Name,Title,Seniority,Company Name,Company Name for Emails,Person Linkedin Url,City,"
    "Phone,"
    "Email,Email Status,SIC Codes,NAICS Codes,Apollo Record Id"
)
PRONTO = columns(
    "Lead First Name,Lead Last Name,Lead Full Name,Lead Gender,Lead Email,Lead Email Status,"
    "Lead Phone Numbers,"
    "Lead LinkedIn URL,Lead Location,Lead Title,Lead Years in Position,Company Name,Company Cleaned Name,"
    "Company Website,Company Industry,Company LinkedIn URL,Company Employee Range"
)
CONNECTIONS = columns("First Name,Last Name,URL,Email Address,Company,Position,Connected On")
GENERIC = columns("Name,E-Mail,Job Title,Organization,Website")


def line(headers, **cells):
    known = {header.replace(" ", "_").replace("#", "n").lower(): header for header in headers}
    filled = {known[key.lower()]: value for key, value in cells.items()}
    return {header: filled.get(header, "") for header in headers}


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (EVABOOT, "evaboot"),
        (PHANTOM, "phantombuster_salesnav"),
        (OLD_PHANTOM, "phantombuster_salesnav"),
        (WIZA, "wiza"),
        (APOLLO_NEW, "apollo_export"),
        (APOLLO_OLD, "apollo_export"),
        (APOLLO_THIRD, "apollo_export"),
        (PRONTO, "pronto"),
        (CONNECTIONS, "linkedin_connections"),
        (CONNECTIONS[:2] + CONNECTIONS[3:], "linkedin_connections"),
        (GENERIC, "generic"),
        (["Email"], "generic"),
        (["prénom", "nom"], "generic"),
        (["First Name", "Last Name", "URL", "Email Address", "Company", "Position"], "generic"),
        (["Company Name", "Website", "Industry"], None),
        (["Name", "Website"], None),
        (["2024", "17"], None),
        ([], None),
    ],
)
def test_a_format_is_told_by_its_headers(headers, expected):
    assert detect(headers) == expected


@given(st.sampled_from([EVABOOT, PHANTOM, WIZA, APOLLO_NEW, PRONTO, CONNECTIONS]), st.randoms())
def test_order_case_and_custom_columns_do_not_change_the_format(headers, shuffle):
    mixed = [*(each.upper() for each in headers), "My Own Column"]
    shuffle.shuffle(mixed)
    assert detect(mixed) == detect(headers)


@given(
    st.sampled_from([each.name for each in FORMATS]),
    st.dictionaries(st.sampled_from(EVABOOT + WIZA), st.text()),
)
def test_any_line_is_a_full_canonical_row_or_a_reject_in_words(form, cells):
    row = canonical(form, cells)
    if isinstance(row, Reject):
        assert row.reason
    else:
        assert tuple(row) == CANONICAL
        assert all(value is None or value for value in row.values())


def test_evaboot_keeps_both_addresses_of_a_person_and_cleans_its_quirks():
    row = canonical(
        "evaboot",
        line(
            EVABOOT,
            First_Name="Zoë",
            Last_Name="Müller-Lüdenscheidt",
            Linkedin_URL_Public="https://www.linkedin.com/in/Zoe-M%C3%BCller/?locale=de",
            Linkedin_URL_Unique_ID="https://www.linkedin.com/in/ACwAABGC0xyz",
            Sales_Navigator_URL="https://www.linkedin.com/sales/lead/ACwAABGC0xyz,NAME_SEARCH,a1b2",
            Current_Job="Founder & CEO ",
            Matches_Filters="NO",
            No_Match_Reasons="Title\nchanged",
            Company_Domain="BeWell.help",
            Company_Website_URL="http://www.BeWell.help/",
            Company_Linkedin_URL_Unique_ID="https://www.linkedin.com/sales/company/17412",
            Company_Employee_Exact_Count='"4"',
            Company_Year_Founded="0",
            Department_Headcounts="Sales: 5\nEngineering: 6",
            **{"Company_Revenue_Min_(Millions_USD)": "2.5"},
        ),
    )
    assert row["linkedin_url"] == "https://linkedin.com/in/zoe-müller"
    assert row["linkedin_member_id"] == "ACwAABGC0xyz"
    assert row["salesnav_url"] == "https://linkedin.com/sales/lead/ACwAABGC0xyz"
    assert row["row_key"] == "member:ACwAABGC0xyz"
    assert (row["title"], row["seniority"], row["employees"]) == ("Founder & CEO", "founder", "4")
    assert (row["matches_filters"], row["no_match_reasons"]) == ("no", "Title changed")
    assert (row["company_domain"], row["company_linkedin"]) == (
        "bewell.help",
        "https://linkedin.com/company/17412",
    )
    assert (row["founded_year"], row["annual_revenue_usd"], row["email"]) == (None, "2500000", None)
    assert row["full_name"] == "Zoë Müller-Lüdenscheidt"


def test_phantombuster_lines_carry_member_id_slug_and_the_moment_they_were_seen():
    row = canonical(
        "phantombuster_salesnav",
        line(
            PHANTOM,
            fullname="Ann Lee",
            vmid="ACwAAA1",
            profileurl="https://www.linkedin.com/sales/lead/ACwAAA1",
            linkedinprofileurl="https://www.linkedin.com/in/ACwAAA1",
            defaultprofileurl="https://linkedin.com/in/ann-lee",
            companyurl="https://www.linkedin.com/sales/company/9",
            regularcompanyurl="https://www.linkedin.com/company/9",
            location="Palo Alto, California, United States",
            timestamp="2024-07-11T18:03:01.973Z",
        ),
    )
    assert (row["source_row_id"], row["linkedin_member_id"], row["first_name"]) == (
        "ACwAAA1",
        "ACwAAA1",
        "Ann",
    )
    assert row["linkedin_url"] == "https://linkedin.com/in/ann-lee"
    assert (row["city"], row["state"], row["country"]) == ("Palo Alto", "California", "United States")
    assert row["seen_at"] == "2024-07-11T18:03:01.973Z"
    assert row["company_linkedin"] == "https://linkedin.com/company/9"


def test_phantombuster_enrichment_columns_give_the_address():
    cells = {**line(PHANTOM, fullname="Ann Lee"), "mailFromDropcontact": "ann@acme.com"}
    assert canonical("phantombuster_salesnav", cells)["email"] == "ann@acme.com"


def test_an_error_row_is_rejected_with_the_exporters_words():
    row = canonical("phantombuster_salesnav", line(OLD_PHANTOM, error="No result found", query="x"))
    assert row == Reject("the exporter could not read this person: No result found")


@pytest.mark.parametrize("form", ["evaboot", "generic"])
def test_a_hidden_linkedin_member_is_rejected(form):
    row = canonical(form, {"First Name": "LinkedIn", "Last Name": "Member", "Company Name": "Acme"})
    assert "hidden by LinkedIn" in row.reason


def test_a_line_that_names_nobody_is_rejected():
    assert "nobody can be told" in canonical("generic", {"First Name": "Total: 25", "Email": "n/a"}).reason


def test_wiza_tells_the_slug_from_the_sales_navigator_address():
    row = canonical(
        "wiza",
        line(
            WIZA,
            first_name="Bo",
            last_name="Ek",
            email="bo@ek.se",
            linkedin="https://www.linkedin.com/sales/lead/ACwAAC3,x,y",
            linkedin_profile_url="linkedin.com/in/bo-ek",
            locality="Malmö",
            region="Skåne",
            country="Sweden",
            company="Ek AB",
            domain="ek.se",
            company_size="51",
        ),
    )
    assert (row["linkedin_url"], row["linkedin_member_id"]) == ("https://linkedin.com/in/bo-ek", "ACwAAC3")
    assert (row["city"], row["state"], row["country"]) == ("Malmö", "Skåne", "Sweden")
    assert (row["company_domain"], row["employees"]) == ("ek.se", "51")


@pytest.mark.parametrize(("headers", "company"), [(APOLLO_NEW, "company_name"), (APOLLO_OLD, "company")])
def test_both_apollo_layouts_prefer_mobile_and_translate_seniority(headers, company):
    row = canonical(
        "apollo_export",
        line(
            headers,
            first_name="Ida",
            last_name="Null",
            email="ida@acme.com",
            seniority="C suite",
            mobile_phone="'+1 555 010 9999",
            corporate_phone="'+1 555 000 0000",
            do_not_call="true",
            n_employees="1,250",
            annual_revenue="2500000",
            person_linkedin_url="http://www.linkedin.com/in/ida-null",
            website="http://www.acme.com",
            apollo_contact_id="64a7ff0cc4dfae00013df1a5",
            **{company: "Acme, Inc."},
        ),
    )
    assert (row["phone"], row["seniority"], row["do_not_call"]) == ("+1 555 010 9999", "c_suite", "yes")
    assert (row["last_name"], row["company_name"], row["company_domain"]) == (
        "Null",
        "Acme, Inc.",
        "acme.com",
    )
    assert (row["employees"], row["annual_revenue_usd"]) == ("1250", "2500000")
    assert row["source_row_id"] == "64a7ff0cc4dfae00013df1a5"


def test_apollos_third_layout_gives_phone_and_record_id():
    row = canonical("apollo_export", line(APOLLO_THIRD, last_name="Ho", phone="+4930123456", apollo_record_id="r1"))
    assert (row["phone"], row["source_row_id"]) == ("+4930123456", "r1")


def test_pronto_prefers_the_cleaned_company_name():
    row = canonical(
        "pronto",
        line(
            PRONTO,
            lead_full_name="Jo van der Berg",
            company_name="ACME GmbH & Co. KG",
            company_cleaned_name="Acme",
            company_website="https://acme.de/x",
            lead_phone_numbers="+49 30 123456; +49 30 999999",
        ),
    )
    assert (row["first_name"], row["last_name"]) == ("Jo", "van der Berg")
    assert (row["company_name"], row["company_domain"], row["phone"]) == ("Acme", "acme.de", "+49 30 123456")


def test_a_connections_line_gives_name_slug_and_position():
    cells = line(
        CONNECTIONS,
        first_name="Al",
        last_name="Bo",
        url="https://www.linkedin.com/in/al-bo",
        position="VP Sales",
    )
    row = canonical("linkedin_connections", cells)
    assert (row["linkedin_url"], row["title"], row["seniority"]) == (
        "https://linkedin.com/in/al-bo",
        "VP Sales",
        "vp",
    )


def test_one_person_has_the_same_slug_in_every_format():
    rows = [
        canonical(
            "evaboot",
            line(EVABOOT, last_name="Doe", linkedin_url_public="https://www.linkedin.com/in/jane-doe/"),
        ),
        canonical(
            "phantombuster_salesnav",
            line(PHANTOM, lastname="Doe", defaultprofileurl="linkedin.com/in/jane-doe"),
        ),
        canonical(
            "wiza",
            line(WIZA, last_name="Doe", linkedin_profile_url="https://de.linkedin.com/in/Jane-Doe?x=1"),
        ),
        canonical(
            "apollo_export",
            line(APOLLO_NEW, last_name="Doe", person_linkedin_url="http://www.linkedin.com/in/jane-doe"),
        ),
    ]
    assert {row["linkedin_url"] for row in rows} == {"https://linkedin.com/in/jane-doe"}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Jane Doe, MBA 🚀", "Jane Doe"),
        ("Jane Doe (She/Her)", "Jane Doe"),
        ("Dr. Jane Doe PhD", "Jane Doe"),
        ("Doe, Jane", "Jane Doe"),
        ("\u200bJane\u00a0Doe", "Jane Doe"),
        ("Doe, Jr", "Doe"),
        ("O\u00b4Brien", "O\u00b4Brien"),
        ("Jane Doe | Growth Hacker", "Jane Doe"),
        ("NULL", None),
    ],
)
def test_names_lose_decoration_only(written, read):
    assert name(written) == read


@pytest.mark.parametrize("missing", ["", " ", "-", "N/A", "n/a", "null", "None", "NaN", '""'])
def test_missing_tokens_are_nothing(missing):
    assert text(missing) is None


@pytest.mark.parametrize(("written", "read"), [("1,250", "1250"), ("250.0", "250"), ("0", None), ("51-200", None)])
def test_whole_numbers_are_digits_or_nothing(written, read):
    assert whole(written) == read


def test_amounts_phones_and_addresses_are_cleaned():
    assert (number("$1,000,000"), number("0.0"), number("2.5")) == (1_000_000.0, None, 2.5)
    assert (phone("'+1 555 0100"), phone("n/a"), phone("+1 555 0100,+1 555 0199")) == (
        "+1 555 0100",
        None,
        "+1 555 0100",
    )
    assert (email("Unlock"), email("email_not_unlocked@domain.com"), email(" a@b.co ")) == (
        None,
        None,
        "a@b.co",
    )


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("Palo Alto, California, United States", ("Palo Alto", "California", "United States")),
        ("Berlin, Germany", ("Berlin", None, "Germany")),
        ("California, United States", (None, "California", "United States")),
        ("Austin, Texas", ("Austin", "Texas", "United States")),
        ("Tbilisi, Georgia", ("Tbilisi", None, "Georgia")),
        ("Germany", (None, None, "Germany")),
        ("Greater Chicago Area", ("Chicago", None, None)),
        ("Paris Metropolitan Area", ("Paris", None, None)),
        ("San Francisco Bay Area", ("San Francisco", None, None)),
        ("", (None, None, None)),
    ],
)
def test_locations_are_split(location, expected):
    assert split(location) == expected


@pytest.mark.parametrize(
    ("title", "level"),
    [
        ("Chief Revenue Officer", "c_suite"),
        ("Co-Founder & CEO", "founder"),
        ("VP Sales", "vp"),
        ("Assistant to the CEO", "entry"),
        ("Product Owner", None),
        ("Head of Growth", "head"),
        ("Sales Manager", "manager"),
    ],
)
def test_seniority_is_derived_from_the_title(title, level):
    assert seniority(None, title) == level


def test_addresses_are_told_apart_and_link_hosts_are_no_company():
    assert profile("https://www.linkedin.com/sales/people/ACwAAX,y,z").member_id == "ACwAAX"
    assert profile("https://www.linkedin.com/company/acme") is None
    assert profile("https://notlinkedin.com/in/x") is None
    assert company_page("https://www.linkedin.com/company/Acme/about/?x=1") == "https://linkedin.com/company/acme"
    assert [web_host(each) for each in ("http://www.linkedin.com/x", "gmail.com", "linktr.ee/a", "bit.ly", "acme")] == [
        None
    ] * 5
    assert web_host("HTTPS://user@Shop.Acme.co.uk:443/x") is None
    assert web_host("HTTPS://www.Shop.Acme.co.uk:443/x") == "shop.acme.co.uk"
