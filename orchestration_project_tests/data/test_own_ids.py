"""An edited submission of a sender that has an id of its own is no other lead; secrets are not shown."""

import json
from collections.abc import Mapping

import pytest
from pydantic import JsonValue

from orchestration_project.data.fields import map_fields
from orchestration_project.data.own_ids import with_own_id
from orchestration_project.data.secrets import masked
from orchestration_project.model import Delivery, JsonObject
from orchestration_project_tests.data.senders.payloads import PAYLOADS, TEXT

SECRET = "hooks-7f3a9"


def id_of(raw: bytes, given: str | None = None) -> str | None:
    return with_own_id(Delivery(external_id=given, raw=raw)).external_id


@pytest.mark.parametrize(("sender", "own"), [("Jotform", "5699"), ("Tally", "sub1"), ("Typeform", "tok1")])
def test_a_submission_that_was_edited_comes_under_the_id_it_had(sender: str, own: str) -> None:
    raw = json.dumps(PAYLOADS[sender])
    edited = raw.replace("Our books are behind", "Our books are far behind")
    assert edited != raw
    assert (id_of(raw.encode()), id_of(edited.encode())) == (own, own)
    assert id_of(raw.encode(), "given") == "given"


def test_jotform_s_id_is_found_in_the_body_of_a_form_too() -> None:
    body = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in PAYLOADS["Jotform"].items()
    )
    assert id_of(f"{body}--x--\r\n".encode()) == "5699"


@pytest.mark.parametrize(
    "payload",
    [
        {"email": "a@b.example", "submissionID": "7"},
        {"email": "a@b.example", "submissionId": "7"},
        {"formID": "1", "submissionID": None},
        {"form_response": "of a person"},
        {"formID": "1", "submissionID": " "},
    ],
)
def test_what_no_sender_calls_so_is_no_id(payload: JsonObject) -> None:
    assert id_of(json.dumps(payload).encode()) is None
    assert id_of(b"submissionID, and no JSON") is None


WITH_SECRETS: Mapping[str, Mapping[str, JsonValue]] = {
    "Formstack": {"HandshakeKey": SECRET},
    "Jotform": {"webhookURL": f"https://larkfield.example/{SECRET}"},
    "Netlify": {"HandshakeKey": SECRET},
}


@pytest.mark.parametrize("sender", WITH_SECRETS)
def test_a_shared_secret_is_no_answer_and_is_not_shown(sender: str) -> None:
    payload = {**PAYLOADS[sender], **WITH_SECRETS[sender]}
    mapped = map_fields(payload, {})
    assert SECRET not in str(mapped)
    shown = masked(json.dumps(payload))
    assert SECRET not in shown
    assert {*json.loads(shown)} == {*payload}
    if sender == "Formstack":
        assert TEXT in shown


@pytest.mark.parametrize(
    "raw",
    [
        f"FormID=1&HandshakeKey={SECRET}&UniqueID=2",
        f'--x\r\nContent-Disposition: form-data; name="HandshakeKey"\r\n\r\n{SECRET}\r\n--x--',
        json.dumps(
            {"rawRequest": json.dumps({"webhookURL": f"https:\\/\\/a.example\\/{SECRET}", "q3_a": "b"})}
        ),
    ],
)
def test_a_secret_is_not_shown_however_it_came(raw: str) -> None:
    assert SECRET not in masked(raw)
    assert masked(raw).startswith(raw[:10]) and masked(raw).endswith(raw[-5:])
