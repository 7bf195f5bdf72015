"""What the decision layer asks of a language model. Prompt, schema and judging the answer are its part."""

from typing import Protocol

from orchestration_project.connectors.base import Connector
from orchestration_project.errors import RefusedForNow, TransientServiceError
from orchestration_project.model import Frozen, JsonObject, Usage


class Question(Frozen):
    system: str
    user: str
    schema_name: str
    answer_schema: JsonObject  # JSON schema, strict
    model: str
    reasoning_effort: str | None = None  # None: as the model likes
    most_tokens: int  # of the answer, with what the model thinks before it
    timeout_seconds: float


class Answer(Frozen):
    """The text the model gave, or its refusal; tokens as the service counted them, cost not yet known."""

    text: str | None
    refusal: str | None = None
    model: str
    usage: Usage
    cut_off: bool = False  # the answer hit a length limit
    lost: int = 0  # tries before this one that were sent and got no answer; they may be billed


class BatchState(Frozen):
    """How many questions fare that were handed in together. `over`: nothing more comes of it."""

    over: bool
    status: str  # in the service's word
    answered: int = 0
    said: str = ""  # why it failed, as far as the service says
    files: tuple[str, ...] = ()  # in which the answers are
    question_file: str


class AnswerLostError(TransientServiceError):
    """The question was sent `lost` times, and no answer came: each of them may be billed."""

    def __init__(self, service: str, said: str, mend: str = "", *, lost: int = 1) -> None:
        super().__init__(service, said, mend)
        self.lost = lost


class ModelTimeoutError(AnswerLostError):
    """No answer within the time the question allows."""


class ModelRateLimitedError(RefusedForNow):
    """The service refuses more questions for now (429)."""


class AnswersQuestions(Protocol):
    @property
    def service(self) -> str:
        """How a person knows it: "OpenAI"."""
        ...

    async def ask(self, question: Question) -> Answer:
        """Raises TransientServiceError (AnswerLostError, ModelTimeoutError and ModelRateLimitedError say
        which kind), CredentialError, SetupError (no such model, no credit), LeadRefusedError (this question
        is too long, or filtered) or PermanentServiceError."""
        ...


class LanguageModel(AnswersQuestions, Connector, Protocol):
    """A connector that can be asked."""
