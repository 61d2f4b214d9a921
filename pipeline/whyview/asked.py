"""What a person asks by: an e-mail address, a key of ours, a vendor's id, a LinkedIn or vendor's web address."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.identity.keys import PERSON_PREFIX
from pipeline.normalize.emails import canonical
from pipeline.salesnav.urls import MEMBER_ID, profile

_WEB = re.compile(r"https?://", re.IGNORECASE)
_NAMED = re.compile(r"[/#?=&]+")
_LONGEST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question as typed, what it was read as (in words), and the forms to look for."""

    text: str
    read_as: str
    email: str | None = None
    key: str | None = None
    slug: str | None = None
    member: str | None = None
    id: str | None = None

    @property
    def forms(self) -> dict[str, str | None]:
        """Return the values that `sql/why/matches.sql` binds."""
        return {"email": self.email, "key": self.key, "slug": self.slug, "member": self.member, "id": self.id}


def read(text: str) -> Asked:
    """Return what a text asks for; anything that is nothing else is a vendor's id.

    A web address of a vendor's page (`.../tab/Leads/4150868000000225`) is read as the id at its end.
    """
    bare = text.strip().strip("<>\"'")[:_LONGEST]
    linkedin = profile(bare)
    if linkedin is not None:
        member = linkedin.member_id
        words = "a Sales Navigator member" if member else "a LinkedIn profile"
        return Asked(text=bare, read_as=words, slug=linkedin.slug, member=member)
    email = None if _WEB.match(bare) else canonical(bare)
    if email is not None:
        return Asked(text=bare, read_as="an e-mail address", email=email)
    if bare.startswith(PERSON_PREFIX):
        return Asked(text=bare, read_as="a key of ours", key=bare)
    if MEMBER_ID.fullmatch(bare):
        return Asked(text=bare, read_as="a Sales Navigator member", member=bare)
    if _WEB.match(bare):
        parts = [part for part in _NAMED.split(bare) if part]
        return Asked(text=bare, read_as="the id at the end of a web address", id=parts[-1])
    return Asked(text=bare, read_as="a vendor's id", id=bare.removeprefix("zcrm_"))
