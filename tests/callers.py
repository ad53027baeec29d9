"""Programs that call the API, with the tokens that people and organisations give them."""

import json
from dataclasses import dataclass, field
from typing import Any

from django.test.client import Client

from talkoo.access.actions.tokens import make_personal_token, make_service_token
from talkoo.access.scopes import Scope, for_services
from talkoo.access.subject import Subject
from talkoo.people.models import Organisation

EVERY = [scope.value for scope in Scope]
OF_SERVICES = [scope.value for scope in for_services()]


def token_of(by: Subject, *scopes: str, days: int = 90) -> str:
    """The secret of a personal token; without scopes named, of all of them."""
    return make_personal_token(by=by, name="A test", scopes=scopes or EVERY, days=days)[1]


def service_of(by: Subject, organisation: Organisation, *scopes: str) -> str:
    """The secret of a service token that an administrator makes."""
    return make_service_token(
        by=by, organisation_id=organisation.pk, organisation_code=organisation.code, name="Case system",
        scopes=scopes or OF_SERVICES,
    )[1]  # fmt: skip


@dataclass
class Caller:
    """Speaks JSON to the API with one token. Faults of ours are answers here (500)."""

    secret: str = ""
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        said = {"Authorization": f"Bearer {self.secret}", **headers} if self.secret else headers
        where = path if path.startswith("/api/") else f"/api/v1{path}"
        content = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        return self.client.generic(method, where, headers=said, **content)

    def get(self, path: str, **headers: str) -> Any:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.call("POST", path, {} if body is None else body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        return self.call("PATCH", path, body, **headers)

    def delete(self, path: str) -> Any:
        return self.call("DELETE", path)

    def upload(self, path: str, file: Any, **fields: str) -> Any:
        """A multipart body, as browsers and every library send files."""
        said = {"Authorization": f"Bearer {self.secret}"}
        return self.client.post(f"/api/v1{path}", {"file": file, **fields}, headers=said)
