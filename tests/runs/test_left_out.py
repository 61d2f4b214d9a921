"""Statistics are what a day can do without: a key that does not reach them is a warning, and nothing stops."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from assets.raw.apollo import apollo_sequences
from assets.raw.ghl import ghl_email_stats
from pipeline.errors import CredentialsRejected, QuotaExhausted, RequestRefused, VendorUnavailable


class Stage:
    """As much of a stage as a feed asks for."""

    def __init__(self, **vendors):
        self.vendors = SimpleNamespace(**vendors)
        self.warnings = []
        self.log = SimpleNamespace(warning=lambda *words: self.warnings.append(words))


def raising(error):
    def ask():
        raise error

    return ask


def told(pages):
    return [item for page in pages for item in json.loads(page.content)["items"]]


def test_campaigns_are_kept_when_the_token_does_not_reach_the_other_statistics():
    refusal = CredentialsRejected("no scope", vendor="ghl", status=401)
    ghl = SimpleNamespace(email_campaigns=lambda: iter([([{"id": "c"}], b"")]), email_stats=raising(refusal))
    stage = Stage(ghl=ghl)
    assert told(ghl_email_stats(stage, None)) == [{"id": "c"}]
    assert len(stage.warnings) == 1


def test_each_source_of_statistics_has_an_id_of_its_own():
    rows = [{"source": "workflow-campaigns", "sourceId": "w", "stats": {"sent": 1}}]
    ghl = SimpleNamespace(email_campaigns=lambda: iter([]), email_stats=lambda: iter([(rows, b"")]))
    assert [row["id"] for row in told(ghl_email_stats(Stage(ghl=ghl), None))] == ["workflow-campaigns:w"]


@pytest.mark.parametrize(
    "error",
    [
        CredentialsRejected("out of scope", vendor="apollo", status=403),
        CredentialsRejected("told by whoever buys people", vendor="apollo", status=401),
        RequestRefused("paid plans only", vendor="apollo", status=403),
        VendorUnavailable("down", vendor="apollo", status=503),
        QuotaExhausted("used up", resumes_at=datetime(2026, 11, 22, tzinfo=UTC)),
    ],
)
def test_sequences_out_of_reach_are_left_out(error):
    stage = Stage(apollo=SimpleNamespace(sequences=raising(error)))
    assert told(apollo_sequences(stage, None)) == []
    assert len(stage.warnings) == 1
