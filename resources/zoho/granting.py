"""A grant code becomes a refresh token, once, before a workspace exists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resources.http import Door
from resources.zoho import grant

if TYPE_CHECKING:
    from resources.http import Transport


def refresh_token(
    *, accounts_url: str, client_id: str, client_secret: str, code: str, transport: Transport | None = None
) -> str:
    """Return the refresh token of a grant code (Zoho fact sheet §1, self client).

    Raises:
        CredentialsRejected: the code, client or secret was refused; the message says what to do.
        LeadflowError: no usable answer.
    """
    door = Door(
        vendor="zoho",
        base_url=accounts_url,
        authorize=lambda _: {},
        read_error=grant.read_error,
        token_refused=lambda _: False,
        transport=transport,
    )
    try:
        return grant.exchange_code(door, client_id=client_id, client_secret=client_secret, code=code)
    finally:
        door.close()
