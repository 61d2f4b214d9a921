"""Evidence that two records are one person, in bits: log2 of how much likelier the pair is if they are.

Bits of different kinds add. A pair needs as many bits as there are doublings up to the number of records
(`Reference.need`), because so many strangers could agree by chance, and `LINK` more to be held together.
All figures below are what we believe of B2B lists in general; none is fitted to one list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pipeline.identity.engine.features import IS_BARE, IS_FREE
from pipeline.identity.engine.likeness import name_bits
from pipeline.identity.engine.reference import BITS

if TYPE_CHECKING:
    from pipeline.identity.engine.pairs import Pairs
    from pipeline.identity.engine.text import Bools

KINDS = ("strong", "email", "profile", "member", "phone", "name", "organisation", "place", "title", "namesakes")
LINK = 2.0
DOUBT = -3.0
"""Pairs between `DOUBT` and `LINK` are for people to look at."""
CONTRADICTED = -40.0
AMBIGUOUS = -0.5
"""How far below what is needed a name at a firm stays that two known people bear."""
OTHER_NAME = -5.0
"""Names with fewer bits than this exclude each other within a cluster."""

Bits = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Evidence:
    """`bits`: one row per kind of `KINDS`, one column per pair; `is_contradicted`: strong ids that exclude."""

    bits: Bits
    is_contradicted: Bools
    has_id: Bools

    @property
    def total(self) -> Bits:
        """Sum of all kinds."""
        total: Bits = self.bits.sum(axis=0)
        return total


def contradictions(pairs: Pairs) -> Bools:
    """Return the pairs whose ids exclude that they are one person.

    Two Sales Navigator members, two public profiles (other than one with and one without LinkedIn's ending),
    numbered twins of one mail domain (`j.smith@`, `j.smith2@`), Jr against Sr.
    """
    bare_left, bare_right = pairs.has_flag(IS_BARE)
    renamed = pairs.same("stem") & (bare_left != bare_right)
    shared = (pairs.left_rare["is_slug_shared"] | pairs.right_rare["is_slug_shared"]) != 0
    slugs = pairs.differ("slug") & ~renamed & ~shared
    shared = (pairs.left_rare["is_member_shared"] | pairs.right_rare["is_member_shared"]) != 0
    members = pairs.differ("member") & ~shared
    is_free, _ = pairs.has_flag(IS_FREE)
    twins = pairs.same("letters") & pairs.same("domain") & (pairs.left["digits"] != pairs.right["digits"]) & ~is_free
    found: Bools = slugs | members | twins | pairs.differ("suffix")
    return found


def weigh(pairs: Pairs, need: float) -> Evidence:
    """Weigh pairs. Symmetric: the order of the two sides makes no difference."""
    size = len(pairs.left)
    bits = {name: np.zeros(size, dtype=np.float32) for name in KINDS}
    strong = ((pairs.left_strong == pairs.right_strong) & (pairs.left_strong != 0)).any(axis=1)
    bits["strong"][strong] = need + 60
    names = name_bits(pairs)
    bits["name"] = names.bits
    email, profile, member = pairs.same("email"), pairs.same("slug"), pairs.same("member")
    phone = pairs.same("phone")
    # Who marries keeps mailbox, phone or profile; without them another surname is another person.
    married = names.is_other_surname & ~(email | profile | member | phone)
    bits["name"] = bits["name"] - np.where(married, 5, 0)
    shared = pairs.left_rare["is_email_shared"] != 0
    bits["email"] = np.where(email, np.where(shared, np.minimum(pairs.rarity("email_bits"), need - 3), need + 4), 0)
    bits["email"] += _other_mailbox(pairs)
    shared = pairs.left_rare["is_slug_shared"] != 0
    bits["profile"] = np.where(profile, np.where(shared, np.minimum(pairs.rarity("slug_bits"), need - 3), need + 15), 0)
    shared = pairs.left_rare["is_member_shared"] != 0
    bits["member"] = np.where(member, np.where(shared, need - 3, need + 18), 0)
    shared = pairs.left_rare["is_phone_shared"] != 0
    bits["phone"] = np.where(phone, np.minimum(pairs.rarity("phone_bits"), need - 4), 0)
    bits["phone"] -= np.where(pairs.differ("phone"), 0.5, 0)
    organisation, together = _organisation(pairs)
    # A switchboard says where somebody works: it counts once, with the organisation.
    bits["phone"] = np.where(
        phone & shared & (organisation > 0), np.maximum(bits["phone"] - organisation, 0), bits["phone"]
    )
    bits["organisation"] = np.where(email & together, 0, organisation)
    bits["place"] = _place(pairs, together)
    bits["title"] = _title(pairs, together)
    # A bare name is nobody, however rare: something else must agree before it holds two records together.
    others = sum((bits[name] > 0 for name in KINDS if name != "name"), start=np.zeros(size, dtype=np.int64))
    bits["name"] = np.where(others == 0, np.minimum(bits["name"], need), bits["name"])
    has_id = strong | email & names.is_compatible | profile | member | pairs.same("suffix")
    contradicted = contradictions(pairs) & ~strong
    # Where two people of that name are known at the firm, name and firm do not suffice: what else agrees decides.
    beyond = np.maximum(bits["name"] + bits["organisation"] - (need + AMBIGUOUS), 0)
    bits["namesakes"] = np.where(contradicted, CONTRADICTED, np.where(pairs.namesakes & ~has_id, -beyond, 0))
    return Evidence(np.stack([bits[name].astype(np.float32) for name in KINDS]), contradicted, has_id)


def _other_mailbox(pairs: Pairs) -> Bits:
    """Two mailboxes at one domain are seldom one person's; two free ones often are, unless numbered."""
    other = pairs.differ("email")
    is_free, other_free = pairs.has_flag(IS_FREE)
    one_domain = pairs.same("domain") & other
    alias = one_domain & pairs.same("letters") & (pairs.left["digits"] == pairs.right["digits"])
    numbered = pairs.same("letters") & (pairs.left["digits"] != pairs.right["digits"]) & is_free & other_free
    bits = np.where(one_domain & ~is_free & ~alias, -4.5, 0)
    bits += np.where(other & is_free & other_free & ~alias, -1.5, 0)
    bits += np.where(numbered & other, -3, 0)
    return bits.astype(np.float32)


def _organisation(pairs: Pairs) -> tuple[Bits, Bools]:
    left, right = pairs.left_rare, pairs.right_rare
    bits = np.zeros(len(left), dtype=np.float32)
    for one in ("org", "other_org"):
        for other in ("org", "other_org"):
            same = (left[one] == right[other]) & (left[one] != 0)
            bits = np.maximum(bits, np.where(same, left[f"{one}_bits"].astype(np.float32) / np.float32(BITS), 0))
    together = bits > 0
    apart = ~together & (left["org"] != 0) & (right["org"] != 0)
    return np.where(apart, np.float32(-3), bits), together


def _title(pairs: Pairs, together: Bools) -> Bits:
    left, right = pairs.left["title_words"], pairs.right["title_words"]
    related = (left & right) != 0
    strangers = ~related & (left != 0) & (right != 0)
    bits = np.where(pairs.same("title"), np.minimum(pairs.rarity("title_bits") * 0.7, 4), np.where(related, 1.0, 0))
    # Who changes the firm often changes the work with it.
    bits = np.where(strangers, np.where(together, -2.0, -0.5), bits)
    return bits.astype(np.float32)


def _place(pairs: Pairs, together: Bools) -> Bits:
    # Names go with countries: of two namesakes at different firms, many live in one city.
    share = np.where(together, 0.5, 0.4)
    bits = np.where(pairs.same("city"), np.minimum(pairs.rarity("city_bits") * share, 3), 0)
    bits -= np.where(pairs.differ("city"), 1.5, 0)
    bits -= np.where(pairs.differ("country"), 2, 0)
    return bits.astype(np.float32)
