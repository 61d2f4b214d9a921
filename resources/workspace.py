"""A workspace: one CRM organisation and one GoHighLevel location behind one folder, opened for one process."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pipeline import quality
from pipeline.errors import LeadflowError
from pipeline.limits import Limits
from pipeline.planning.cost import Prices
from pipeline.rules import fingerprint, parse
from resources.allowances import allowance_of
from resources.identifying import identified
from resources.jobs import JobLimits
from resources.landing import Landing
from resources.ledger import Ledger
from resources.purchasing import Price, Purchaser
from resources.rules import check_rules, rule_texts
from resources.salesnav import Inbox
from resources.settings import Settings, load_settings
from resources.vendors import Vendors, connect
from resources.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pipeline.errors import Away

PLAN_TABLES: Mapping[str, str] = {"crm.zoho__plan": "zoho", "outreach.ghl__plan": "ghl"}


def utc_now() -> datetime:
    """Return the present, aware UTC."""
    return datetime.now(UTC)


class Workspace:
    """The open resources of a workspace. Vendors are connected, and verified, when first asked for.

    `blind_until`: vendor → when it can be looked at again, after it refused for want of credits or calls.
    `lookouts`: vendor → who looks at the vendors while a plan toward it is sent and read back.
    `interrupted`: vendor → why it could not be read, or to its end, in this process; only opt-outs are sent then.
    """

    def __init__(self, settings: Settings, *, now: Callable[[], datetime] = utc_now) -> None:
        self.settings = settings
        self.now = now
        self.rules = rule_texts(settings.rules_dir)
        self.rules_version = fingerprint(self.rules)
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        settings.inbox.mkdir(parents=True, exist_ok=True)
        self.warehouse = Warehouse(settings.data_dir / "warehouse.duckdb")
        self.landing = Landing(settings.data_dir / "landing")
        self.ledger = Ledger.open(settings.ledger_url, clock=now)
        self._refusal: LeadflowError | None = None
        self._has_good_rules = False
        self.interrupted: dict[str, Away] = {}
        self.lookouts: dict[str, Any] = {}
        self.blind_until: dict[str, datetime] = {}

    @classmethod
    def open(cls, settings: Settings | None = None) -> Workspace:
        """Open the workspace that the environment names."""
        return cls(settings or load_settings())

    def require_rules(self) -> None:
        """Check every rule file, once; ConfigurationError names file, key, value and what is allowed."""
        if not self._has_good_rules:
            check_rules(self.rules)
            self._has_good_rules = True

    @property
    def vendors(self) -> Vendors:
        """Return the clients; the warehouse is let go first, because they are about to be asked.

        A failure is remembered: ten stages that each ask for a token would only meet the vendor's throttle.
        """
        self.warehouse.release()
        if self._refusal is not None:
            raise self._refusal
        try:
            return self._vendors
        except LeadflowError as error:
            self._refusal = error
            raise

    @cached_property
    def _vendors(self) -> Vendors:
        """Return the clients, after the vendors answered that they are those this folder belongs to.

        Raises:
            ConfigurationError: a credential, address or the key field is missing, or a rule is wrong.
            WorkspaceMismatch, QuotaExhausted, VendorError: see `identified`.
        """
        self.require_rules()
        allowed = self.limits.vendors["zoho"]
        vendors = connect(
            self.settings,
            credits_per_day=allowed.units_per_day,
            concurrent_calls=allowed.concurrency or 10,
            reserved={name: vendor.reserved_share for name, vendor in self.limits.vendors.items()},
        )
        try:
            ours = {"environment": self.settings.env, "key_field": self.settings.external_key}
            verified, away = identified(vendors, self.ledger, ours)
        except BaseException:
            vendors.close()
            raise
        self.interrupted = away | self.interrupted
        return verified

    @cached_property
    def limits(self) -> Limits:
        """Return what the vendors allow, dated."""
        return parse(Limits, "limits", self.rules)

    @property
    def horizon_seconds(self) -> float:
        """Return how long a call whose answer was lost may still be executing."""
        return self.limits.horizons.single_call_seconds / self.settings.time_scale

    def job_limits(self, most: int) -> JobLimits:
        """Return how bulk jobs are run: `most` at once, polled and waited for in scaled seconds."""
        scale = self.settings.time_scale
        return JobLimits(
            most=most,
            poll_seconds=5.0 / scale,
            patience_seconds=1200.0 / scale,
            horizon_seconds=self.limits.horizons.bulk_job_seconds / scale,
        )

    def inbox_files(self) -> list[Path]:
        """Return the CSV files that wait in the inbox."""
        return Inbox().files(self.settings.inbox)

    def purchaser(self, *, run_id: str, day: date) -> Purchaser:
        """Return what buys people from Apollo for one run."""
        price = parse(Prices, "prices", self.rules).vendors["apollo"]
        return Purchaser(
            ledger=self.ledger,
            apollo=self.vendors.apollo,
            landing=self.landing,
            run_id=run_id,
            day=day,
            now=self.now,
            time_scale=self.settings.time_scale,
            price=Price(usd=price.usd_per_unit, as_of=price.as_of),
        )

    def book_calls(self, run_id: str) -> None:
        """Book what the calls of this process cost since the last time, one charge per vendor and purpose."""
        if "_vendors" not in self.__dict__:
            return
        prices = parse(Prices, "prices", self.rules).vendors
        taken = self._vendors.meter.take()
        limits, now = self.settings.data_dir / "state" / "limits.db", self.now()
        left = {vendor: allowance_of(vendor, limits, now) for vendor in {vendor for vendor, _, _ in taken}}
        for vendor, purpose, units in taken:
            price, allowance = prices[vendor], left[vendor]
            self.ledger.record_spend(
                run_id,
                vendor,
                price.unit,
                units,
                purpose=purpose,
                unit_price_usd=price.usd_per_unit,
                price_as_of=price.as_of,
                left_after=None if allowance is None else allowance.left,
            )

    def default_as_of(self) -> date:
        """Return today, or the latest day that was ever run: business days never go back."""
        last = self.ledger.last_as_of()
        today = self.now().date()
        return max(last, today) if last else today

    def judge(self, check: quality.Check, *, as_of: date) -> list[dict[str, Any]]:
        """Return the rows that offend a check; for a plan table the verdict is kept under the plan's hash."""
        with self.warehouse.open() as session:
            offending = session.rows(check.select, quality.values(check, as_of=as_of, texts=self.rules))
            hashes = []
            if check.table in PLAN_TABLES:
                hashes = [row["h"] for row in session.rows(f"SELECT DISTINCT plan_hash AS h FROM {check.table}")]
        if check.table in PLAN_TABLES and not hashes:
            latest = self.ledger.latest_plan(PLAN_TABLES[check.table])
            hashes = [latest.plan_hash] if latest else []
        for plan_hash in hashes:
            self.ledger.record_verdict(plan_hash, check.name, not offending, f"{len(offending)} offending rows")
        return offending

    def close(self) -> None:
        """Close the warehouse, the connections and the ledger."""
        self.warehouse.release()
        if "_vendors" in self.__dict__:
            self._vendors.close()
        self.ledger.close()
