"""What credentials may do, as each service tells it, against what the owner's lines need."""

import base64
import json

import anyio
import httpx
import pytest
import stamina
from pydantic import SecretStr

from orchestration_project import connecting
from orchestration_project.connectors.microsoft_token import scopes_of
from orchestration_project.connectors.opened import lines_of
from orchestration_project.fake_services.drilled import LINES, DrilledOffice
from orchestration_project.fake_services.faults import Away
from orchestration_project.fake_services.in_memory import in_memory
from orchestration_project.playbook.model import Connection
from orchestration_project.watch.causes import connections
from orchestration_project.watch.causes.base import Seen
from orchestration_project.watch.scopes import Rights, look_at_rights
from orchestration_project_tests.orchestration.test_services_demo import at_once
from orchestration_project_tests.watch.conftest import Watching

GOOGLE = "https://www.googleapis.com/auth/"


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> DrilledOffice:
    office = DrilledOffice()
    transport = in_memory(*office.services.values())
    monkeypatch.setenv(connecting.UNPACED, "yes")
    monkeypatch.setattr(
        "orchestration_project.watch.opening.http_client", lambda: httpx.AsyncClient(transport=transport)
    )
    monkeypatch.setattr("orchestration_project.watch.opening.take_turn", at_once)
    for name, value in office.environment.items():
        monkeypatch.setenv(name, value)
    return office


@pytest.fixture
def seen(watching: Watching, office: DrilledOffice) -> Seen:
    """Every line of connections.yaml with a service behind it, and a form of HubSpot's."""
    found = watching()
    assert found.playbook is not None
    lines = {
        kind: Connection(
            connector=line["connector"], options={n: v for n, v in line.items() if n != "connector"}
        )
        for (kind, name), line in LINES.items()
        if name not in ("pipedrive", "microsoft", "apollo", "claude", "brevo")
    }
    forms = {"web": Connection(connector="hubspot_forms", options={"form": "1234"})}
    wired = found.playbook.connections.model_copy(update={**lines, "form_sources": forms})
    found.playbook = found.playbook.model_copy(update={"connections": wired})
    return found


def rights(seen: Seen) -> dict[str, Rights]:
    assert seen.playbook is not None
    found = anyio.run(look_at_rights, lines_of(seen.playbook.connections), seen.given())
    return {one.credential: one for one in found}


def test_each_credential_is_held_against_all_lines_that_use_it(seen: Seen) -> None:
    found = rights(seen)
    assert found["HUBSPOT_TOKEN"].lines == ("crm (hubspot)", "web (hubspot_forms)")
    assert found["GOOGLE_REFRESH_TOKEN"].lines == ("calendar (google)", "folder (drive)", "mail (gmail)")
    assert {name for name, one in found.items() if one.told} == {
        "HUBSPOT_TOKEN",
        "GOOGLE_REFRESH_TOKEN",
        "SLACK_TOKEN",
    }
    assert not any(one.missing or one.too_many for one in found.values())
    assert not found["OPENAI_API_KEY"].told, "keys without scopes are said to be such"
    assert list(connections.rights(seen)) == []


def test_what_is_missing_is_a_warning_and_what_is_too_much_a_note(seen: Seen, office: DrilledOffice) -> None:
    office.hubspot.scopes = office.hubspot.scopes - {"forms", "crm.schemas.contacts.write"}
    office.slack.scopes = "chat:write,groups:history,admin"
    office.gmail.scopes = [f"{GOOGLE}{name}" for name in ("gmail.modify", "calendar.events", "drive")]
    google, hubspot, slack = sorted(connections.rights(seen), key=lambda trouble: trouble.subject)
    assert (hubspot.severity, hubspot.what) == (
        "warning",
        "HUBSPOT_TOKEN, for crm (hubspot), web (hubspot_forms), lacks crm.schemas.contacts.write, forms.",
    )
    assert (slack.severity, slack.what) == (
        "note",
        "SLACK_TOKEN, for chat (slack), has more than is needed: admin.",
    )
    assert google.severity == "note", "a wider right does, and is more than is needed"
    assert google.what.endswith(f"needed: {GOOGLE}drive, {GOOGLE}gmail.modify.")


def test_a_service_that_does_not_answer_says_nothing_of_its_credential(
    seen: Seen, office: DrilledOffice
) -> None:
    office.slack.go_away(Away.UNAVAILABLE)
    office.hubspot.go_away(Away.UNAUTHORIZED)
    with stamina.set_testing(True, attempts=2, cap=True):
        assert {name for name, one in rights(seen).items() if one.told} == {"GOOGLE_REFRESH_TOKEN"}


def jwt(claims: dict[str, object]) -> SecretStr:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return SecretStr(f"e30.{payload}.x")


@pytest.mark.parametrize(
    ("token", "told"),
    [
        (jwt({"scp": "Mail.ReadWrite User.Read"}), {"Mail.ReadWrite", "User.Read"}),
        (jwt({"roles": ["Mail.ReadWrite", "Mail.Send"]}), {"Mail.ReadWrite", "Mail.Send"}),
        (jwt({"aud": "x"}), None),
        (SecretStr("an opaque token"), None),
        (SecretStr("a.%.c"), None),
    ],
)
def test_what_microsofts_token_says_of_itself(token: SecretStr, told: set[str] | None) -> None:
    assert scopes_of(token) == told
