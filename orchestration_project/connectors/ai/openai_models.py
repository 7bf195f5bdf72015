"""What a list of models says of the one that the playbook names: whether it is there, and until when.

Asking for the list is `openai.py`.
"""

from datetime import date, timedelta

from pydantic import BaseModel, ValidationError

from orchestration_project.connectors.base import Health

WARNED_BEFORE = timedelta(days=60)
"""So long before a model is shut down, doctor says what to do. OpenAI tells at least some months before."""
_CHOOSE = (
    "Choose another `model` under `ai` in playbook.yaml and give its price there; "
    "developers.openai.com/api/docs/deprecations names what replaces it."
)


class _Model(BaseModel):
    id: str
    shutdown_date: date | None = None  # of OpenAI's own; others do not know the word


class _Models(BaseModel):
    data: list[_Model]


def model_health(accepted: str, listed: str, model: str, today: date, *, own: bool) -> Health:
    """`listed` is the answer to `GET /models`. Only OpenAI's `own` list is complete; a compatible server may
    answer for models that it does not list."""
    try:
        models = {one.id: one for one in _Models.model_validate_json(listed).data}
    except ValidationError:
        return Health(
            ok=False, says="answered with something that is no list of models.", mend="Check OPENAI_BASE_URL."
        )
    if not model:
        return Health(ok=True, says=accepted)
    if model not in models:
        missing = f"{accepted} It lists no model {model}."
        return Health(ok=False, says=missing, mend=_CHOOSE) if own else Health(ok=True, says=missing)
    ends = models[model].shutdown_date
    if ends is None:
        return Health(ok=True, says=f"{accepted} The model is {model}.")
    if ends <= today:
        return Health(ok=False, says=f"{model} was shut down on {ends}.", mend=_CHOOSE)
    says = f"{accepted} {model} is shut down on {ends}, in {(ends - today).days} days."
    return Health(ok=True, says=says, mend=_CHOOSE if ends - today <= WARNED_BEFORE else "", ends=ends)
