"""Settings: each missing or wrong one is one clear sentence that names the variable, before any call."""

from __future__ import annotations

import os

import pytest

from pipeline.errors import ConfigurationError
from resources.addresses import is_loopback
from resources.settings import load_settings, require_vendors

CREDENTIALS = {
    "APOLLO_API_KEY": "apollo-key",
    "ZOHO_CLIENT_ID": "1000.client",
    "ZOHO_CLIENT_SECRET": "zoho-secret",
    "ZOHO_REFRESH_TOKEN": "1000.refresh",
    "GHL_TOKEN": "pit-token",
    "GHL_LOCATION_ID": "location",
}
LOCAL = {
    "APOLLO_BASE_URL": "http://127.0.0.1:9/apollo/api/v1",
    "ZOHO_ACCOUNTS_URL": "http://127.0.0.1:9/zoho/accounts",
    "ZOHO_API_URL": "http://127.0.0.1:9/zoho/api",
    "GHL_BASE_URL": "http://localhost:9/ghl",
}
LIVE = {"LEADFLOW_ENV": "live", **CREDENTIALS}
SANDBOX = {**CREDENTIALS, **LOCAL}
SECRETS = ("apollo-key", "zoho-secret", "1000.refresh", "pit-token")


@pytest.fixture
def given(tmp_path, monkeypatch):
    """Load settings from these variables only."""
    for name in list(os.environ):
        if name.startswith(("LEADFLOW_", "APOLLO_", "ZOHO_", "GHL_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def load(variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return load_settings()

    return load


def refusal(given, variables):
    with pytest.raises(ConfigurationError) as refused:
        require_vendors(given(variables))
    told = str(refused.value)
    assert refused.value.exit_code == 2
    assert "\n" not in told
    assert not any(secret in told for secret in SECRETS)
    return told


def test_everything_is_optional_in_the_sandbox(given):
    settings = given({})
    assert (settings.env, settings.workspace, settings.apply, settings.time_scale) == ("sandbox", "default", "auto", 60)
    assert settings.data_dir.parts[-3:] == ("data", "sandbox", "default")
    assert settings.inbox == settings.data_dir / "inbox"


def test_live_waits_for_a_person_and_keeps_real_time_unless_told_otherwise(given):
    settings = given(LIVE)
    assert (settings.apply, settings.time_scale, settings.external_key) == ("review", 1.0, "Leadflow_ID")
    require_vendors(settings)


@pytest.mark.parametrize("name", CREDENTIALS)
def test_live_names_the_credential_that_is_missing(given, name):
    told = refusal(given, {key: value for key, value in LIVE.items() if key != name})
    assert told.startswith(f"{name} is not set")


@pytest.mark.parametrize("name", CREDENTIALS)
def test_an_empty_credential_is_a_missing_one(given, name):
    assert refusal(given, {**LIVE, name: ""}).startswith(f"{name} is not set")


def test_all_missing_credentials_are_named_at_once(given):
    told = refusal(given, {"LEADFLOW_ENV": "live"})
    assert all(name in told for name in CREDENTIALS)


@pytest.mark.parametrize("name", LOCAL)
def test_the_sandbox_names_the_address_that_is_missing(given, name):
    told = refusal(given, {key: value for key, value in SANDBOX.items() if key != name})
    assert "no sandbox is running" in told
    assert name in told


@pytest.mark.parametrize("name", [*LOCAL, "ZOHO_UPLOAD_URL"])
def test_the_sandbox_never_meets_an_address_outside_this_machine(given, name):
    told = refusal(given, {**SANDBOX, name: "https://vendor.example/api", "LEADFLOW_TIME_SCALE": "1"})
    assert told.startswith(f"{name} is https://vendor.example/api")
    assert "LEADFLOW_ENV" in told


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("LEADFLOW_ENV", "production", "live"),
        ("LEADFLOW_APPLY", "always", "within_limits"),
        ("LEADFLOW_TIME_SCALE", "0", "greater than 0"),
        ("LEADFLOW_TIME_SCALE", "fast", "number"),
        ("LEADFLOW_TIME_SCALE", "inf", "finite"),
        ("LEADFLOW_TIME_SCALE", "nan", "finite"),
        ("LEADFLOW_WORKSPACE", "../other", "match"),
        ("LEADFLOW_EXTERNAL_KEY", "Leadflow ID", "match"),
        ("ZOHO_DATA_CENTER", "mars", "eu"),
        ("ZOHO_API_VERSION", "v9", "v8"),
        ("ZOHO_API_URL", "zoho.example", "https://host"),
        ("GHL_BASE_URL", "ftp://127.0.0.1/", "https://host"),
        ("GHL_BASE_URL", "http://127.0.0.1:port/", "https://host"),
        ("GHL_BASE_URL", "http://127.0.0.1:99999/", "https://host"),
        ("APOLLO_BASE_URL", "http://api.apollo.example/v1", "loopback"),
        ("ZOHO_ACCOUNTS_URL", "https://me:word@accounts.zoho.example", "user name or password"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(given, name, value, allowed):
    told = refusal(given, {**LIVE, name: value})
    assert name in told
    assert allowed in told


def test_a_wrong_address_does_not_show_the_password_in_it(given):
    assert "word@" not in refusal(given, {**LIVE, "GHL_BASE_URL": "https://me:word@ghl.example"})


def test_time_runs_faster_only_when_every_address_is_loopback(given):
    assert given({**LIVE, **LOCAL, "LEADFLOW_TIME_SCALE": "60"}).time_scale == 60


@pytest.mark.parametrize("name", LOCAL)
def test_live_time_never_runs_faster_when_one_vendor_is_the_real_one(given, name):
    some = {key: value for key, value in LOCAL.items() if key != name}
    assert "LEADFLOW_TIME_SCALE is 60" in refusal(given, {**LIVE, **some, "LEADFLOW_TIME_SCALE": "60"})


@pytest.mark.parametrize(
    ("url", "stays"),
    [
        ("http://127.0.0.1:80", True),
        ("http://127.8.8.8", True),
        ("http://[::1]:8000/x", True),
        ("http://localhost", True),
        ("http://localhost.example.com", False),
        ("http://127.0.0.1.nip.example", False),
        ("http://10.0.0.1", False),
        ("http://0.0.0.0", False),
    ],
)
def test_loopback_is_judged_by_the_host_itself(url, stays):
    assert is_loopback(url) is stays


def test_a_dotenv_file_counts_and_the_environment_wins(given, tmp_path):
    (tmp_path / ".env").write_text('LEADFLOW_WORKSPACE="acme"\nLEADFLOW_APPLY=review\n', encoding="utf-8")
    settings = given({"LEADFLOW_APPLY": "within_limits"})
    assert (settings.workspace, settings.apply) == ("acme", "within_limits")


def test_settings_hide_their_secrets_when_printed(given):
    printed = repr(given(LIVE))
    assert not any(secret in printed for secret in SECRETS)
