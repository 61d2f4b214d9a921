"""GoHighLevel (LeadConnector) API v2, one location.

Docs: https://highlevel.stoplight.io/docs/integrations (GoHighLevel fact sheet §0, §4, §6).
Oddities: a version header for each resource; unknown body keys are refused, and each verb takes other keys;
`tags` in a body overwrites all tags, so tags have their own calls; the search index lags seconds behind, so
nothing is decided by searching; the message export leaves e-mail out unless it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from pipeline.errors import AnswerLost, RequestRefused
from resources.ghl.answers import item, items, mapping
from resources.ghl.door import CONTACTS_VERSION
from resources.ghl.feeds import Feeds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.models import Json
    from resources.http import Reply

    Row = dict[str, Json]


class GhlClient(Feeds):
    """Contacts, settings and (inherited) feeds of one location. The door knows the token and the limits."""

    def location(self) -> Row:
        """Return the location: `id`, `name`, `timezone`, `settings`."""
        return item(self._read(f"/locations/{_id(self.location_id)}"), "location")

    def custom_fields(self) -> list[Row]:
        """Return the custom fields of contacts: `id`, `fieldKey` ("contact.lead_score"), `dataType`."""
        path = f"/locations/{_id(self.location_id)}/customFields"
        return items(self._read(path, model="contact"), "customFields")

    def tags(self) -> list[Row]:
        """Return the tags of the location: `id`, `name`."""
        return items(self._read(f"/locations/{_id(self.location_id)}/tags"), "tags")

    def workflows(self) -> list[Row]:
        """Return the workflows: `id`, `name`, `status`."""
        return items(self._read("/workflows/", locationId=self.location_id), "workflows")

    def users(self) -> list[Row]:
        """Return the users of the location: `id`, `name`, `email`."""
        return items(self._read("/users/", locationId=self.location_id), "users")

    def contact(self, contact_id: str) -> Row | None:
        """Return a contact as stored now, None when it does not exist (any more)."""
        try:
            return item(self._read(f"/contacts/{_id(contact_id)}"), "contact")
        except RequestRefused as error:
            if error.code == "not_found":
                return None
            raise

    def duplicate(self, *, email: str | None = None, phone: str | None = None) -> Row | None:
        """Return the contact that holds this address or number, None when nobody does."""
        given = {"email": email, "number": phone}
        asked = {name: value for name, value in given.items() if value}
        try:
            reply = self._read("/contacts/search/duplicate", locationId=self.location_id, **asked)
        except RequestRefused as error:
            if error.code == "not_found":
                return None
            raise
        contact = mapping(reply).get("contact")
        return contact if isinstance(contact, dict) and contact.get("id") else None

    def upsert(self, body: Mapping[str, Json]) -> Row:
        """Create a contact, or change the one with the same e-mail address, else phone; return it with `new`.

        A repeat does no harm. Raises AnswerLost also when the answer names no contact.
        """
        answer = self._write("POST", "/contacts/upsert", {**body, "locationId": self.location_id})
        contact = answer.get("contact")
        if not isinstance(contact, dict) or not contact.get("id"):
            raise AnswerLost(
                f"GoHighLevel answered an upsert without `contact.id` (but {', '.join(sorted(answer))})",
                vendor="ghl",
                answer=answer,
            )
        return {**contact, "new": answer.get("new")}

    def update(self, contact_id: str, body: Mapping[str, Json]) -> Row:
        """Change a contact by id and return the answer; keys that are left out stay as they are."""
        return self._write("PUT", f"/contacts/{_id(contact_id)}", body)

    def add_tags(self, contact_id: str, tags: Sequence[str]) -> Row:
        """Add tags to a contact; others stay."""
        return self._write("POST", f"/contacts/{_id(contact_id)}/tags", {"tags": list(tags)})

    def remove_tags(self, contact_id: str, tags: Sequence[str]) -> Row:
        """Take tags from a contact; others stay."""
        return self._write("DELETE", f"/contacts/{_id(contact_id)}/tags", {"tags": list(tags)})

    def enrol(self, contact_id: str, workflow_id: str) -> Row:
        """Start a workflow for a contact. Nobody can ask later whether it runs: a lost answer stays lost."""
        path = f"/contacts/{_id(contact_id)}/workflow/{_id(workflow_id)}"
        return self._write("POST", path, {}, repeatable=False)

    def unenrol(self, contact_id: str, workflow_id: str) -> Row:
        """Take a contact out of a workflow; a repeat does no harm."""
        return self._write("DELETE", f"/contacts/{_id(contact_id)}/workflow/{_id(workflow_id)}", {})

    def _read(self, path: str, **params: str) -> Reply:
        return self.door.call(
            "GET", path, params=params, headers={"Version": CONTACTS_VERSION}, repeatable=True, purpose="read back"
        )

    def _write(self, method: str, path: str, body: Mapping[str, Json], *, repeatable: bool = True) -> Row:
        """Return the answer of an executed write; what is no object says nothing beyond its status."""
        headers = {"Version": CONTACTS_VERSION}
        answer = self.door.call(
            method, path, json=dict(body), headers=headers, repeatable=repeatable, purpose="write"
        ).json()
        return answer if isinstance(answer, dict) else {}


def _id(text: str) -> str:
    return quote(text, safe="")
