"""Reading a chat completion: the text, the refusal, and the tokens that it took.

Whether the answer is to be believed is decided in `decision/answer.py`.
"""

from pydantic import BaseModel, Field, ValidationError

from orchestration_project.connectors.ai.interface import Answer
from orchestration_project.connectors.ai.openai_errors import SERVICE
from orchestration_project.errors import PermanentServiceError, TransientServiceError
from orchestration_project.model import Usage


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Tokens(BaseModel):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _Completion(BaseModel):
    """What we read of a chat completion. The library would take any JSON with status 200 for one."""

    model: str
    choices: list[_Choice] = Field(min_length=1)
    usage: _Tokens | None = None


def read_answer(text: str) -> Answer:
    """Raises TransientServiceError for what is no JSON, PermanentServiceError for JSON of another shape."""
    try:
        completion = _Completion.model_validate_json(text)
    except ValidationError as error:
        # a proxy's page or a cut line will pass, another schema will not
        is_json = error.errors(include_input=False)[0]["type"] != "json_invalid"
        kind = PermanentServiceError if is_json else TransientServiceError
        told = "answered with something that is no chat completion."
        # without its cause, which quotes the answer
        raise kind(SERVICE, told, "Check OPENAI_BASE_URL.") from None
    choice = completion.choices[0]
    filtered = choice.finish_reason == "content_filter"
    tokens = completion.usage or _Tokens()
    return Answer(
        text=choice.message.content,
        refusal=choice.message.refusal or ("content filter" if filtered else None),
        model=completion.model,
        usage=Usage(input_tokens=tokens.prompt_tokens, output_tokens=tokens.completion_tokens),
        cut_off=choice.finish_reason == "length",
    )
