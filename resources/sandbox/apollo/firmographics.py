"""Company enrichment: one credit for each company found (Apollo fact sheet §8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resources.sandbox.apollo.enrichment import MOST
from resources.sandbox.apollo.organizations import organization
from resources.sandbox.apollo.parameters import Parameters, parameters
from resources.sandbox.apollo.refusals import Refusal, failed

if TYPE_CHECKING:
    from resources.sandbox.apollo.directory import Directory
    from resources.sandbox.apollo.team import Team
    from resources.sandbox.calls import Call
    from resources.sandbox.world import Company


class Firmographics:
    """organizations/enrich and bulk_enrich, on one team's account."""

    def __init__(self, directory: Directory, team: Team) -> None:
        self._directory = directory
        self._team = team

    def company(self, call: Call) -> dict[str, Any]:
        """One company by domain, website, profile or name."""
        company = self._company(parameters(call))
        if company is None:
            raise Refusal(422, {"error": "Required parameter 'domain' missing"})
        self._team.pay(1.0)
        return {"organization": organization(company, self._directory.world)}

    def companies(self, call: Call) -> dict[str, Any]:
        """Up to ten companies by domain; details win over domains."""
        wanted = parameters(call)
        details = wanted.get("details") or [{"domain": domain} for domain in wanted.get("domains") or ()]
        if not details:
            raise failed(400, "INVALID_REQUEST", "invalid request, missing domains")
        if len(details) > MOST:
            raise failed(400, "RECORD_LIMIT_EXCEEDED", "domain count cannot be more than 10")
        found = [self._company(detail) for detail in details]
        unique = {company.id24: company for company in found if company}
        self._team.pay(float(len(unique)))
        world = self._directory.world
        return {
            "status": "success",
            "error_code": None,
            "error_message": None,
            "total_requested_domains": len(details),
            "unique_domains": len({str(detail.get("domain")) for detail in details}),
            "unique_enriched_records": len(unique),
            "missing_records": found.count(None),
            "organizations": [organization(company, world) if company else None for company in found],
        }

    def _company(self, wanted: Parameters) -> Company | None:
        site = str(wanted.get("domain") or wanted.get("website") or "").lower()
        domain = site.split("//")[-1].removeprefix("www.").split("/")[0]
        if domain:
            return self._directory.by_domain.get(domain)
        profile = str(wanted.get("linkedin_url") or "").rstrip("/").rsplit("/", 1)[-1]
        name = str(wanted.get("name") or "").lower()
        for company in self._directory.world.companies:
            if (profile and profile in {company.linkedin_slug, company.linkedin_id}) or (
                name and name == company.name.lower()
            ):
                return company
        return None
