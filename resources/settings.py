"""Settings: environment variables and `.env`, validated once, before any call.

Everything is optional in the sandbox; live names each missing variable in one sentence. The table of variables
is in `.env.example`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from pipeline.errors import ConfigurationError
from resources.addresses import check_setting, is_loopback

PROJECT = Path(__file__).resolve().parent.parent
"""Root of the checkout: leadflow is an application, installed editable."""

APOLLO_URL = "https://api.apollo.io/api/v1"
GHL_URL = "https://services.leadconnectorhq.com"

ApplyMode = Literal["review", "within_limits", "auto"]
DataCenter = Literal["us", "eu", "in", "au", "jp", "cn", "ca", "sa", "uk"]


class Settings(BaseSettings):
    """What leadflow needs to know from outside. Build it with `load_settings`."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True, env_ignore_empty=True
    )

    env: Literal["sandbox", "live"] = Field("sandbox", validation_alias="LEADFLOW_ENV")
    workspace: str = Field(
        "default", validation_alias="LEADFLOW_WORKSPACE", pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$"
    )
    data_dir_setting: Path | None = Field(None, validation_alias="LEADFLOW_DATA_DIR")
    inbox_setting: Path | None = Field(None, validation_alias="LEADFLOW_INBOX")
    ledger_url_setting: str | None = Field(None, validation_alias="LEADFLOW_LEDGER_URL")
    rules_dir: Path | None = Field(None, validation_alias="LEADFLOW_RULES")
    apply_setting: ApplyMode | None = Field(None, validation_alias="LEADFLOW_APPLY")
    external_key: str = Field(
        "Leadflow_ID", validation_alias="LEADFLOW_EXTERNAL_KEY", pattern=r"^[A-Za-z][A-Za-z0-9_]{0,59}$"
    )
    time_scale_setting: float | None = Field(None, validation_alias="LEADFLOW_TIME_SCALE", gt=0, allow_inf_nan=False)

    apollo_api_key: SecretStr | None = Field(None, validation_alias="APOLLO_API_KEY")
    apollo_base_url: str | None = Field(None, validation_alias="APOLLO_BASE_URL")
    zoho_client_id: str | None = Field(None, validation_alias="ZOHO_CLIENT_ID")
    zoho_client_secret: SecretStr | None = Field(None, validation_alias="ZOHO_CLIENT_SECRET")
    zoho_refresh_token: SecretStr | None = Field(None, validation_alias="ZOHO_REFRESH_TOKEN")
    zoho_data_center: DataCenter = Field("us", validation_alias="ZOHO_DATA_CENTER")
    zoho_api_version: Literal["v2", "v8"] = Field("v2", validation_alias="ZOHO_API_VERSION")
    zoho_accounts_url: str | None = Field(None, validation_alias="ZOHO_ACCOUNTS_URL")
    zoho_api_url: str | None = Field(None, validation_alias="ZOHO_API_URL")
    zoho_upload_url: str | None = Field(None, validation_alias="ZOHO_UPLOAD_URL")
    ghl_token: SecretStr | None = Field(None, validation_alias="GHL_TOKEN")
    ghl_location_id: str | None = Field(None, validation_alias="GHL_LOCATION_ID")
    ghl_base_url: str | None = Field(None, validation_alias="GHL_BASE_URL")

    @property
    def data_dir(self) -> Path:
        """Return the folder of this workspace, absolute."""
        return (self.data_dir_setting or PROJECT / "data" / self.env / self.workspace).absolute()

    @property
    def inbox(self) -> Path:
        """Return the folder in which CSV files are dropped, absolute."""
        return (self.inbox_setting or self.data_dir / "inbox").absolute()

    @property
    def ledger_url(self) -> str:
        """Return the SQLAlchemy address of the ledger."""
        return self.ledger_url_setting or f"sqlite:///{self.data_dir / 'ledger.db'}"

    @property
    def apply(self) -> ApplyMode:
        """Return how plans are applied: live waits for a person unless told otherwise."""
        return self.apply_setting or ("auto" if self.env == "sandbox" else "review")

    @property
    def time_scale(self) -> float:
        """Return what divides every limit window, token life, pause and horizon."""
        return self.time_scale_setting or (60.0 if self.env == "sandbox" else 1.0)

    @property
    def base_urls(self) -> dict[str, str]:
        """Return the addresses that were set, by variable."""
        given = {
            "APOLLO_BASE_URL": self.apollo_base_url,
            "ZOHO_ACCOUNTS_URL": self.zoho_accounts_url,
            "ZOHO_API_URL": self.zoho_api_url,
            "ZOHO_UPLOAD_URL": self.zoho_upload_url,
            "GHL_BASE_URL": self.ghl_base_url,
        }
        return {name: url for name, url in given.items() if url}

    @property
    def credentials(self) -> dict[str, str | None]:
        """Return the credentials without which no vendor can be asked, by variable."""
        return {
            "APOLLO_API_KEY": _shown(self.apollo_api_key),
            "ZOHO_CLIENT_ID": self.zoho_client_id,
            "ZOHO_CLIENT_SECRET": _shown(self.zoho_client_secret),
            "ZOHO_REFRESH_TOKEN": _shown(self.zoho_refresh_token),
            "GHL_TOKEN": _shown(self.ghl_token),
            "GHL_LOCATION_ID": self.ghl_location_id,
        }


def load_settings(*, env_file: Path | None = None) -> Settings:
    """Read the settings from the environment and `.env`.

    Raises:
        ConfigurationError: a value is not allowed; the message names the variable, the value and what is allowed.
    """
    try:
        settings = Settings(_env_file=env_file or Path(".env"))  # type: ignore[call-arg]
    except ValidationError as error:
        told = "; ".join(
            f"{item['loc'][0]} is {_safe(str(item['loc'][0]), item['input'])}: {item['msg']}" for item in error.errors()
        )
        raise ConfigurationError(told) from None
    for name, url in settings.base_urls.items():
        check_setting(name, url)
    if settings.time_scale > 1 and not all(is_loopback(url) for url in _used_urls(settings)):
        message = (
            f"LEADFLOW_TIME_SCALE is {settings.time_scale:g}: above 1 is allowed only when every base URL is loopback"
        )
        raise ConfigurationError(message)
    return settings


def require_vendors(settings: Settings) -> None:
    """Check that every vendor can be addressed, before any call.

    Raises:
        ConfigurationError: a credential or (in the sandbox) an address is missing, or the sandbox points outside.
    """
    missing = [name for name, value in settings.credentials.items() if not value]
    if settings.env == "sandbox":
        missing += [
            n
            for n in ("APOLLO_BASE_URL", "ZOHO_ACCOUNTS_URL", "ZOHO_API_URL", "GHL_BASE_URL")
            if n not in settings.base_urls
        ]
        for name, url in settings.base_urls.items():
            if not is_loopback(url):
                raise ConfigurationError(
                    f"{name} is {url}, but LEADFLOW_ENV is sandbox: only loopback addresses are allowed; "
                    "for a real account set LEADFLOW_ENV=live"
                )
        if missing:
            raise ConfigurationError(
                f"no sandbox is running ({', '.join(missing)} not set): "
                "start one with `leadflow sandbox -- <command>` or `make dev`"
            )
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        raise ConfigurationError(
            f"{', '.join(missing)} {verb} not set: "
            "LEADFLOW_ENV=live needs the credentials of every vendor (see .env.example)"
        )


def _used_urls(settings: Settings) -> list[str]:
    named = settings.base_urls
    if settings.env == "sandbox":
        return list(named.values())
    # An address that is not set falls back to the vendor's own, which is never loopback.
    defaults = ("APOLLO_BASE_URL", "ZOHO_ACCOUNTS_URL", "ZOHO_API_URL", "GHL_BASE_URL")
    return [named.get(name, "https://vendor.invalid") for name in defaults] + list(named.values())


def _shown(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


def _safe(name: str, value: object) -> str:
    return (
        "(hidden)"
        if any(word in name for word in ("KEY", "SECRET", "TOKEN")) and "EXTERNAL" not in name
        else repr(value)
    )
