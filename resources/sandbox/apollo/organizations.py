"""The JSON of companies, in the shapes of Apollo's reference (Apollo fact sheet §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resources.sandbox.apollo.directory import company_name
from resources.sandbox.entities import hex24

if TYPE_CHECKING:
    from resources.sandbox.world import Company, World

_TECHNOLOGIES = (
    "Salesforce",
    "Google Analytics",
    "Amazon AWS",
    "Zendesk",
    "WordPress.org",
    "Marketo",
    "Stripe",
)


def technologies(company: Company, world: World) -> list[str]:
    """What a company uses, by the names of Apollo's list."""
    return sorted(world.rng("technology", company.index).sample(_TECHNOLOGIES, 3))


def organization(company: Company, world: World) -> dict[str, Any]:
    """A whole company, as enrichment gives it."""
    has_phone = company.index % 3 == 0
    national = f"+{company.phone[1:3]} {company.phone[3:6]}-{company.phone[6:]}"
    sized = company.index % 9 != 0
    valued = company.index % 4 != 0
    used = technologies(company, world)
    return {
        **brief_organization(company),
        "primary_phone": {"number": national, "source": "Scraped", "sanitized_number": company.phone}
        if has_phone
        else {},
        "phone": national if has_phone else None,
        "sanitized_phone": company.phone if has_phone else None,
        "industry": company.industry,
        "industries": [company.industry],
        "secondary_industries": [],
        "industry_tag_id": hex24("industry", company.industry),
        "industry_tag_hash": {company.industry: hex24("industry", company.industry)},
        "keywords": ["b2b", company.industry.split(" ", 1)[0]],
        "estimated_num_employees": company.employees if sized else None,
        "annual_revenue": float(company.revenue) if valued else None,
        "annual_revenue_printed": _printed(company.revenue) if valued else None,
        "raw_address": f"{company.city}, {company.state}, {company.country}",
        "street_address": None,
        "city": company.city,
        "state": company.state,
        "postal_code": None,
        "country": company.country,
        "retail_location_count": 0,
        "num_suborganizations": 0,
        "suborganizations": [],
        "owned_by_organization_id": None,
        "seo_description": None,
        "short_description": f"{company.name} works in {company.industry}.\n\nFor customers everywhere 🚀",
        "total_funding": None,
        "total_funding_printed": None,
        "latest_funding_round_date": None,
        "latest_funding_stage": None,
        "funding_events": [],
        "technology_names": used,
        "current_technologies": [
            {"uid": name.lower().replace(" ", "_"), "name": name, "category": "Other"} for name in used
        ],
    }


def brief_organization(company: Company) -> dict[str, Any]:
    """The part of a company that company search gives."""
    return {
        "id": company.id24,
        "name": company_name(company),
        "website_url": f"http://www.{company.domain}",
        "blog_url": None,
        "angellist_url": None,
        "linkedin_url": f"http://www.linkedin.com/company/{company.linkedin_slug}",
        "twitter_url": None,
        "facebook_url": None,
        "primary_phone": {},
        "languages": [],
        "alexa_ranking": None,
        "phone": None,
        "linkedin_uid": company.linkedin_id,
        "founded_year": 1950 + company.index % 73 if company.index % 5 else None,
        "publicly_traded_symbol": None,
        "publicly_traded_exchange": None,
        "logo_url": None,
        "crunchbase_url": None,
        "primary_domain": company.domain,
    }


def _printed(amount: int) -> str:
    for size, letter in ((10**9, "B"), (10**6, "M"), (10**3, "K")):
        if amount >= size:
            return f"{amount / size:.4g}{letter}"
    return str(amount)
