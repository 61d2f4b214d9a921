"""What differs between the vendors that plans are made for and sent to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assets.duplicates import refusing_records
from pipeline import quality
from pipeline.mapping import VendorMapping, load
from pipeline.planning import gates

if TYPE_CHECKING:
    from assets.boundary import Stage
    from pipeline.models import BulkWriter, Intent, Surveyor, Writer
    from pipeline.planning.capabilities import Capabilities
    from pipeline.planning.desired import Desired
    from pipeline.planning.workflows import Workflow
    from resources.freshness import Delta

Watermarks = Mapping[str, str]
"""Feed → up to where it was read, ISO 8601."""
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One vendor as a target of plans.

    Attributes:
        vendor: zoho or ghl.
        layer: crm or outreach, where its tables are.
        writer: gives the vendor's writer of a stage.
        key_field: name of the key field for a stage, None: the mapping's.
        capabilities: live fields, from the metadata in the warehouse.
        users: e-mail address → id of active users.
        place: (object, record id) of a row of the vendor's plan statement.
        told: more `Desired` arguments for a row, and entries for second records.
        seconds: second records of people to name in the plan; by default those of people who said no.
        untouchable: second records, as (object, record id), and people that are not to be merged; without it second
            records of this vendor are never merged.
        companies: what we want the records of companies to be.
        delta: what changed among the records of people at the vendor since watermarks (feed → moment), else since the
            mirror was read.
        refused: those of it who say no by now, where that costs less to ask; by default all of `delta`.
        companies_delta: what changed among the records of companies.
        follow_ups: updates of the records of companies that conversions made.
        bulk: the vendor's asynchronous route for many records, where there is one.
        surveyor: the vendor's way of reading back many records at once, where there is one.
        converts_to: the object that a conversion makes.
        workflows: what people can be enrolled in, where the platform has such a thing.
    """

    vendor: str
    layer: str
    writer: Callable[[Stage], Writer]
    capabilities: Callable[[Stage], Capabilities]
    users: Callable[[Stage], Mapping[str, str]]
    place: Callable[[Row], tuple[str | None, str | None]]
    told: Callable[[Row], dict[str, Any]]
    delta: Callable[[Stage, Watermarks], Delta]
    refused: Callable[[Stage, Watermarks], Delta] | None = None
    seconds: Callable[[Stage, Target], Sequence[Desired]] = refusing_records
    untouchable: Callable[[Stage], tuple[set[tuple[str, str]], set[str]]] | None = None
    companies: Callable[[Stage, Target, VendorMapping], Sequence[Desired]] = lambda _stage, _target, _mapping: ()
    follow_ups: Callable[[Stage, Target, VendorMapping], Sequence[Intent]] = lambda _stage, _target, _mapping: ()
    companies_delta: Callable[[Stage, Watermarks], Delta | None] = lambda _stage, _watermarks: None
    bulk: Callable[[Stage], BulkWriter | None] = lambda _stage: None
    surveyor: Callable[[Stage], Surveyor | None] = lambda _stage: None
    converts_to: str | None = None
    workflows: Callable[[Stage], Sequence[Workflow]] | None = None
    key_field: Callable[[Stage], str | None] = lambda _stage: None

    def table(self, what: str) -> str:
        """Return the name of one of the vendor's tables: plan, writes, readback, ..."""
        return f"{self.layer}.{self.vendor}__{what}"

    def mapping(self, stage: Stage) -> VendorMapping:
        """Return the mapping in force."""
        return load(self.vendor, stage.rules, key_field=self.key_field(stage))

    def required_checks(self) -> list[str]:
        """Return the verdicts without which a plan's normal lane is not sent."""
        judged = [check.name for check in quality.checks() if check.table == self.table("plan")]
        return [*judged, *gates.GATE_CHECKS]


TARGETS: dict[str, Target] = {}
"""Every target by vendor."""


def registered(target: Target) -> Target:
    """Add a target to those whose opt-outs hold everywhere; return it."""
    TARGETS[target.vendor] = target
    return target
