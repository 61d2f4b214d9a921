"""The applier of a vendor for one run: what it needs from the rules, the mapping and the vendor's routes."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from pipeline.mapping import desired_values
from pipeline.planning import gates, routes
from pipeline.planning.prices import Prices
from pipeline.rules import parse
from pipeline.sql import statement

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from assets.boundary import Stage
    from assets.targets import Target
    from pipeline.mapping import VendorMapping
    from pipeline.models import Intent, Json
    from resources.applier import Applier


def applier(
    stage: Stage,
    target: Target,
    *,
    guard: Callable[[Intent], str | None] | None = None,
    freshness: Callable[[Sequence[Intent]], Mapping[str, str]] | None = None,
    needs_approval: bool = False,
    meanwhile: Callable[[], Sequence[Intent]] = lambda: (),
    lock_wait: float | None = None,
) -> Applier:
    """Return the applier of a vendor for this run."""
    from resources.applier import LOCK_WAIT_SECONDS, Applier

    mapping = target.mapping(stage)
    bulk = target.bulk(stage)
    prices = parse(Prices, "prices", stage.rules).vendors[target.vendor]
    return Applier(
        ledger=stage.ledger,
        writer=target.writer(stage),
        run_id=stage.run_id,
        clock=stage.now,
        lock_path=stage.data_dir / f"{target.vendor}.lock",
        horizon_seconds=lambda _operation: stage.opened.horizon_seconds,
        required_checks=target.required_checks(),
        guard=guard,
        freshness=freshness,
        moved_share=parse(gates.Gates, "gates", stage.rules).moved_share,
        needs_approval=needs_approval,
        key_field=mapping.key_field,
        kind_of=mapping.kind,
        patience_seconds=150.0 / stage.opened.settings.time_scale,
        bulk=bulk,
        split=lambda intents: routes.split(
            intents,
            prices,
            may=lambda intent: (
                bulk is not None
                and bulk.takes(intent.object, intent.operation)
                and routes.may_go_by_bulk(intent, mapping)
            ),
        ),
        is_ours=lambda intent: routes.may_go_by_bulk(intent, mapping),
        job_limits=stage.opened.job_limits(prices.bulk.in_flight if prices.bulk else 1),
        carried_fields=carried(stage, target, mapping),
        surveyor=target.surveyor(stage),
        meanwhile=meanwhile,
        lock_wait=LOCK_WAIT_SECONDS if lock_wait is None else lock_wait,
        follow_ups=lambda: target.follow_ups(stage, target, mapping),
    )


def carried(stage: Stage, target: Target, mapping: VendorMapping) -> Callable[[str], Mapping[str, Json]]:
    """Return person key → the fields of our own that the record made by a conversion should have."""
    kind = target.converts_to
    if kind is None:
        return lambda _person_key: {}

    @cache
    def known() -> tuple[dict[str, Mapping[str, Json]], list[str]]:
        with stage.warehouse.open() as session:
            rows = session.rows(statement(f"{target.layer}/{target.vendor}__plan"))
        live = target.capabilities(stage)
        fields = mapping.objects[kind].fields
        ours = [name for name, rule in fields.items() if rule.policy == "ours" and live.takes(kind, name)]
        stage.warehouse.release()
        return {row["person_key"]: row for row in rows}, ours

    def values(person_key: str) -> dict[str, Json]:
        rows, ours = known()
        told = desired_values(rows.get(person_key, {}), mapping, kind=kind)
        return {name: told[name] for name in ours if told[name] is not None}

    return values
