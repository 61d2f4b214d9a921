"""Telling people how a run ended: from the command line, the Dagster UI and schedules alike.

Nothing here fails a run: what cannot be told is a problem in the run's summary, in `leadflow status` and in the
log, and is tried again at the end of the next run. Without a configured channel nothing is read or done.
"""

from __future__ import annotations

import logging
from contextlib import closing
from datetime import UTC
from typing import TYPE_CHECKING, Any

from assets.alertfacts import gather
from pipeline.alerts.decide import alerts
from pipeline.alerts.settings import AlertRules
from pipeline.alerts.texts import digest, trial
from pipeline.errors import ConfigurationError, CredentialsRejected, LeadflowError
from pipeline.planview.masks import mask_reason
from pipeline.rules import parse
from resources.alerting.channels import channels, environment, problem_of
from resources.alerting.outbox import Outbox, Told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assets.runs import RunReport
    from resources.alerting.channels import Channel
    from resources.settings import Settings
    from resources.workspace import Workspace

LOG = logging.getLogger("leadflow.alerts")


def outbox_of(settings: Settings) -> Outbox:
    """Return the outbox of a workspace."""
    return Outbox(settings.data_dir / "state" / "alerts.json")


def configured(workspace: Workspace) -> tuple[AlertRules, list[Channel]]:
    """Return the rules in force and the channels that are configured; ConfigurationError names what is wrong."""
    rules = parse(AlertRules, "alerts", workspace.rules)
    return rules, channels(rules, environment())


def tell(workspace: Workspace, report: RunReport, *, job: str) -> dict[str, Any]:
    """Send the alerts and the digest of a run that ended; return what became of them, empty where all is off.

    The keys: `delivered`, `waiting` (tried again after the next run), `problems`.
    """
    try:
        rules, ways = configured(workspace)
        if not ways:
            return {}
        told = _told(workspace, report, rules, ways, job=job)
    except LeadflowError as error:
        told = Told(problems=[problem_of(error)])
    except Exception as error:
        # An alert that breaks must not break the run that it is about.
        LOG.warning("alerts broke", exc_info=True)
        told = Told(problems=[f"alerts broke: {type(error).__name__}; see the log"])
    for problem in told.problems:
        LOG.warning("not told: %s", mask_reason(problem))
    return {"delivered": told.delivered, "waiting": told.waiting, "problems": [mask_reason(p) for p in told.problems]}


def tell_refusal(settings: Settings, error: LeadflowError, *, job: str) -> None:
    """Tell of a run that could not even begin, because a vendor refused or a setting is wrong."""
    from assets.runs import RunReport
    from resources.workspace import Workspace

    with closing(Workspace.open(settings)) as workspace:
        report = RunReport(run_id="not-begun", as_of=workspace.default_as_of())
        report.note(error.exit_code, str(error))
        if isinstance(error, CredentialsRejected):
            report.refused.append(error.vendor)
        tell(workspace, report, job=job)


def send_trial(workspace: Workspace) -> Told:
    """Send a trial message over each channel, as often as one asks for it.

    Raises:
        ConfigurationError: no channel is configured, or one is wrong.
    """
    rules, ways = configured(workspace)
    if not ways:
        raise ConfigurationError(
            f"no channel is configured: set {rules.webhook.url_variable}, or smtp.host, smtp.sender and "
            "smtp.recipients in rules/alerts.yaml (LEADFLOW_ALERT_SMTP_HOST, _FROM, _TO)"
        )
    now = workspace.now()
    message = trial(workspace.settings.workspace, workspace.settings.env, now.date().isoformat())
    told = Told()
    for way in ways:
        try:
            note = way.send(message)
        except LeadflowError as error:
            told.note(f"{way.name}: {problem_of(error)}")
        else:
            told.delivered += 1
            if note:
                told.note(f"{way.name}: {note}")
        finally:
            way.close()
    return told


def _told(workspace: Workspace, report: RunReport, rules: AlertRules, ways: Sequence[Channel], *, job: str) -> Told:
    box = outbox_of(workspace.settings)
    doubts = box.doubts()
    facts = gather(workspace, report, job=job, rules=rules, doubts=doubts)
    found = alerts(facts, rules)
    messages = [alert for alert in found if alert.kind in rules.immediate]
    has_digest = job in rules.digest_after and report.run_id != "not-begun"
    if has_digest:
        messages.append(digest(facts, found, rules))
    try:
        told = box.post(messages, ways, now=workspace.now().astimezone(UTC))
    finally:
        for way in ways:
            way.close()
    if has_digest and doubts and not told.waiting and not told.problems:
        box.mention(doubts)
    return told
