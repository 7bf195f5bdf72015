"""A lead of a Facebook or Instagram ad, as the Graph API gives it: `field_data`, each with its values.

As https://developers.facebook.com/docs/marketing-api/guides/lead-ads/retrieving has it.
"""

from collections.abc import Iterator

from orchestration_project.data.senders.form import Answer, answer, mappings, others
from orchestration_project.model import JsonObject

_AT_WORK = {"work_email": "email", "work_phone_number": "phone"}


def read(payload: JsonObject) -> Iterator[Answer] | None:
    match payload:
        case {"field_data": list(data)} if data and all(
            isinstance(one, dict) and "name" in one and "values" in one for one in data
        ):
            return _read(payload)
        case _:
            return None


def _read(payload: JsonObject) -> Iterator[Answer]:
    for one in mappings(payload["field_data"]):
        name = str(one["name"])
        # a question of one's own is `what_is_your_budget?`
        yield from answer(
            f"field_data.{name}", one["values"], name, name.replace("_", " "), meant=_AT_WORK.get(name)
        )
    yield from others(payload, {"field_data", "custom_disclaimer_responses"})
    for one in mappings(payload.get("custom_disclaimer_responses")):
        key = str(one.get("checkbox_key"))
        yield from answer(f"custom_disclaimer_responses.{key}", one.get("is_checked"), key)
