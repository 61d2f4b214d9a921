"""Keys of real people and companies: born once, redirected on a merge, kept by one side on a split.

A key is a hash of its founding record and never changes meaning afterwards. Clusters are computed anew in
each run; `assign` matches them to the keys already given out, so that a rebuild gives every person the key
they had.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Record = tuple[str, str]
"""A record of a source or platform: `(source, source_id)`, as `("zoho:Leads", "4150868000000225")`."""

PERSON_PREFIX = "lf_"
COMPANY_PREFIX = "lc_"
PLATFORM_TRUST = {"zoho:Contacts": 4, "zoho:Accounts": 4, "zoho:Leads": 3, "ghl:contact": 2}
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class KnownKeys:
    """The keys given out so far, as the ledger holds them.

    `members`: record → key it had last; `born`: key → when it was first given out (aware UTC);
    `redirects`: key merged away → key that took it over (chains are allowed, cycles never occur).
    """

    members: Mapping[Record, str] = field(default_factory=dict)
    born: Mapping[str, datetime] = field(default_factory=dict)
    redirects: Mapping[str, str] = field(default_factory=dict)

    def living(self, key: str) -> str:
        """Return the key that stands for `key` today, after following every redirect."""
        return follow(key, self.redirects)


@dataclass(frozen=True, slots=True)
class KeyDecision:
    """What one build decided: to be recorded by the ledger in one transaction.

    `assigned`: every record of the build → its living key; `born`: keys given out for the first time →
    founding record; `redirects`: keys merged away by this build only → living key.
    """

    assigned: Mapping[Record, str] = field(default_factory=dict)
    born: Mapping[str, Record] = field(default_factory=dict)
    redirects: Mapping[str, str] = field(default_factory=dict)


class _Claim(NamedTuple):
    """How well one cluster can claim one key: compared from left to right, more is better."""

    confirmed: int = 0
    platform: int = 0
    founder: int = 0
    members: int = 0

    def joined(self, other: _Claim) -> _Claim:
        return _Claim(
            max(self.confirmed, other.confirmed),
            max(self.platform, other.platform),
            max(self.founder, other.founder),
            self.members + other.members,
        )


def follow(key: str, redirects: Mapping[str, str]) -> str:
    """Return the end of a chain of redirects; a cycle, which must not exist, ends where it began."""
    if key not in redirects:
        return key
    seen = {key}
    while (after := redirects.get(key)) is not None and after not in seen:
        seen.add(after)
        key = after
    return key


def key_of(founder: Record, *, prefix: str = PERSON_PREFIX, generation: int = 0) -> str:
    """Return the key founded by a record; `generation` counts keys that the same record founded before."""
    text = "\x1f".join((*founder, str(generation))) if generation else "\x1f".join(founder)
    return prefix + hashlib.sha256(text.encode()).hexdigest()[:24]


def assign(
    clusters: Iterable[Sequence[Record]],
    known: KnownKeys,
    crm_confirmed: Mapping[Record, str],
    *,
    prefix: str = PERSON_PREFIX,
) -> KeyDecision:
    """Give each cluster its key.

    Args:
        clusters: disjoint clusters; the first record of each is its founder (oldest first).
        known: what the ledger holds.
        crm_confirmed: platform record → key stored in it, as the platform said.
        prefix: first characters of the keys of this kind.

    A key claimed by several clusters (a split) stays with the side that holds the platform record storing it,
    then any platform record of it, then its founding record, then the most of its records. A cluster left
    with several keys (a merge) keeps the one stored in a platform, then the oldest; the others redirect.
    A key found in a platform but unknown to the ledger is adopted: that heals a lost ledger.
    """
    ordered = sorted((tuple(cluster) for cluster in clusters if cluster), key=min)
    claims = [_claims(cluster, known, crm_confirmed, prefix) for cluster in ordered]
    owner = _owners(claims)
    taken = {*known.born, *known.redirects, *known.redirects.values(), *owner, *known.members.values()}
    assigned: dict[Record, str] = {}
    born: dict[str, Record] = {}
    redirects: dict[str, str] = {}
    for number, cluster in enumerate(ordered):
        won = {key: claim for key, claim in claims[number].items() if owner[key] == number}
        if won:
            key = _survivor(won, known)
            redirects.update({other: key for other in won if other != key})
            if key not in known.born:
                born[key] = cluster[0]
        else:
            key = _new_key(cluster[0], taken, prefix)
            taken.add(key)
            born[key] = cluster[0]
        assigned.update(dict.fromkeys(cluster, key))
    return KeyDecision(assigned=assigned, born=born, redirects=redirects)


def _claims(
    cluster: Sequence[Record], known: KnownKeys, confirmed: Mapping[Record, str], prefix: str
) -> dict[str, _Claim]:
    found: dict[str, _Claim] = {}
    for record in cluster:
        trust = PLATFORM_TRUST.get(record[0], 0)
        stored = confirmed.get(record)
        if stored is not None:
            _join(found, known.living(stored), _Claim(confirmed=max(trust, 1)))
        member_of = known.members.get(record)
        if member_of is not None:
            key = known.living(member_of)
            founded = int(key_of(record, prefix=prefix) == key)
            _join(found, key, _Claim(platform=trust, founder=founded, members=1))
    return found


def _join(found: dict[str, _Claim], key: str, claim: _Claim) -> None:
    before = found.get(key)
    found[key] = claim if before is None else before.joined(claim)


def _owners(claims: Sequence[Mapping[str, _Claim]]) -> dict[str, int]:
    """Return key → number of the one cluster that keeps it; ties go to the smallest record."""
    owner: dict[str, int] = {}
    for number, claimed in enumerate(claims):
        for key, claim in claimed.items():
            if key not in owner or claim > claims[owner[key]][key]:
                owner[key] = number
    return owner


def _survivor(won: Mapping[str, _Claim], known: KnownKeys) -> str:
    return min(won, key=lambda key: (-won[key].confirmed, known.born.get(key, _NEVER), key))


def _new_key(founder: Record, taken: set[str], prefix: str) -> str:
    generation = 0
    while (key := key_of(founder, prefix=prefix, generation=generation)) in taken:
        generation += 1
    return key
