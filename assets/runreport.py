"""What a run came to, read from its events: rows and seconds, checks, reasons in words, and an exit code."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    import dagster as dg

STATUS_BY_EXIT = {0: "done", 1: "failed", 2: "failed", 3: "stopped", 4: "waiting", 75: "incomplete"}

# The worst news decides the exit code: a mistake of configuration explains everything after it.
SEVERITY = (2, 1, 3, 75, 4, 0)


@dataclass(slots=True)
class RunReport:
    """What a run did: rows and seconds per asset, checks, and why it stopped, if it did.

    `refused`: vendors that refused our credentials.
    """

    run_id: str
    as_of: date
    exit_code: int = 0
    assets: dict[str, dict[str, float]] = field(default_factory=dict)
    passed: int = 0
    failed: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    resumes_at: str | None = None

    @property
    def status(self) -> str:
        """Return done, failed, stopped, waiting or incomplete."""
        return STATUS_BY_EXIT[self.exit_code]

    def note(self, exit_code: int, message: str) -> None:
        """Record one reason; the most severe exit code wins."""
        if message not in self.messages:
            self.messages.append(message)
        self.exit_code = min(self.exit_code, exit_code, key=SEVERITY.index)


def read_events(events: Sequence[dg.DagsterEvent], *, run_id: str, as_of: date, is_success: bool) -> RunReport:
    """Return the report of a finished run from its events."""
    report = RunReport(run_id=run_id, as_of=as_of)
    seconds = {
        event.step_key: event.step_success_data.duration_ms / 1000
        for event in events
        if event.event_type_value == "STEP_SUCCESS"
    }
    for event in events:
        if event.event_type_value == "ASSET_MATERIALIZATION":
            materialization = event.step_materialization_data.materialization
            rows = materialization.metadata.get("dagster/row_count")
            name = "/".join(materialization.asset_key.path)
            report.assets[name] = {
                "rows": int(str(rows.value)) if rows is not None else 0,
                "seconds": round(seconds.get(event.step_key, 0.0), 3),
            }
            note_materialization(report, materialization.metadata)
        elif event.event_type_value == "ASSET_CHECK_EVALUATION":
            evaluation = event.asset_check_evaluation_data
            name = f"{'.'.join(evaluation.asset_key.path)}__{evaluation.check_name}"
            if evaluation.passed:
                report.passed += 1
            else:
                report.failed.append(name)
                offending = evaluation.metadata.get("offending_rows")
                count = offending.value if offending is not None else "some"
                report.note(
                    3,
                    f"check {name} found {count} offending rows: {evaluation.description or 'see the Dagster run'}",
                )
        elif event.event_type_value in {"STEP_FAILURE", "RUN_FAILURE", "PIPELINE_FAILURE"}:
            note_failure(report, event)
    if not is_success and report.exit_code == 0:
        report.note(1, "the run failed; see the Dagster run")
    return report


def note_materialization(report: RunReport, metadata: Mapping[str, Any]) -> None:
    """Record what an asset tells that was filled, but not as it should be."""
    if "resumes_at" in metadata:
        report.resumes_at = str(metadata["resumes_at"].value)
    _note_refusal(report, metadata)
    stated = metadata.get("exit_code")
    for key, exit_code in (
        ("waiting", 4),
        ("held_by_pause", 4),
        ("problems", 1 if stated is None else int(str(stated.value))),
        ("unanswered", 1),
        ("refused", 1),
        ("incomplete", 75),
        ("told", 0),
    ):
        if key in metadata:
            report.note(exit_code, str(metadata[key].value))


def note_failure(report: RunReport, event: dg.DagsterEvent) -> None:
    """Record why a step failed: our own sentence where we raised it, else the name of the error."""
    if event.event_type_value != "STEP_FAILURE":
        error = getattr(event.event_specific_data, "error", None)
        if error is not None and not report.messages:
            report.note(*_unexpected(error.message, error.cause))
        return
    data = event.step_failure_data
    if data.user_failure_data is None:
        # A blocking check that failed is told by its own event.
        if data.error is not None and "DagsterAssetCheckFailedError" not in (data.error.cls_name or ""):
            code, told = _unexpected(data.error.message, data.error.cause)
            report.note(code, f"{event.step_key}: {told}")
        return
    metadata = data.user_failure_data.metadata
    stated = metadata.get("exit_code")
    resumes = metadata.get("resumes_at")
    if resumes is not None:
        report.resumes_at = str(resumes.value)
    _note_refusal(report, metadata)
    exit_code = int(str(stated.value)) if stated is not None else 1
    report.note(exit_code, data.user_failure_data.description or "failed")


def _note_refusal(report: RunReport, metadata: Mapping[str, Any]) -> None:
    if (refused := metadata.get("refused_by")) is not None and str(refused.value) not in report.refused:
        report.refused.append(str(refused.value))


def _unexpected(message: str, cause: Any) -> tuple[int, str]:
    while cause is not None and cause.cause is not None:
        cause = cause.cause
    told = (cause.message if cause is not None else message).strip()
    # What went wrong stands first; advice and addresses of manuals follow.
    return 1, told.splitlines()[0] if told else "failed"


def as_json(
    report: RunReport, *, writes: Mapping[str, Any], spend: Mapping[str, Any], plans: Mapping[str, str]
) -> dict[str, Any]:
    """Return the object that `--json` prints (DESIGN: command line)."""
    return {
        "status": report.status,
        "run_id": report.run_id,
        "as_of": report.as_of.isoformat(),
        "assets": report.assets,
        "checks": {"passed": report.passed, "failed": report.failed},
        "writes": writes,
        "spend": spend,
        "plans": plans,
        "messages": report.messages,
        **({"resumes_at": report.resumes_at} if report.resumes_at else {}),
    }
