"""OpenAI's Batch API: many questions in a file, answered within a day, at half the price.

One question at a time is `openai.py`; which leads are asked about, and what is kept, `history/rescoring/`.
"""

import json
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING

from pydantic import BaseModel, JsonValue, ValidationError

from orchestration_project.connectors.ai.interface import Answer, BatchState, Question
from orchestration_project.connectors.ai.openai import OpenAiModel
from orchestration_project.connectors.ai.openai_answer import read_answer
from orchestration_project.connectors.ai.openai_errors import SERVICE, classified_errors
from orchestration_project.errors import ServiceError

if TYPE_CHECKING:
    import openai

ENDPOINT = "/v1/chat/completions"
_OK = 200
_FILE_SECONDS = 120.0
_OVER = frozenset({"completed", "failed", "expired", "cancelled"})


class _Response(BaseModel):
    status_code: int
    body: JsonValue


class _Line(BaseModel):
    custom_id: str
    response: _Response | None = None


class OpenAiBatches:
    def __init__(self, model: OpenAiModel) -> None:
        self._model = model

    @property
    def service(self) -> str:
        return SERVICE

    async def hand_in(self, key: str, questions: Mapping[str, Question]) -> str:
        """The id of the batch. `key` is kept with it, so that it is found again where the id got lost."""
        lines = [
            {"custom_id": name, "method": "POST", "url": ENDPOINT, "body": await self._model.body(question)}
            for name, question in questions.items()
        ]
        content = "\n".join(json.dumps(line) for line in lines).encode()
        with classified_errors():
            file = await self._client.files.create(
                file=(f"{key}.jsonl", content), purpose="batch", timeout=_FILE_SECONDS
            )
            batch = await self._client.batches.create(
                input_file_id=file.id,
                endpoint=ENDPOINT,
                completion_window="24h",
                metadata={"key": key},
                timeout=_FILE_SECONDS,
            )
        return batch.id

    async def find(self, key: str) -> str | None:
        """The batch of that key, if it was handed in."""
        with classified_errors():
            async for batch in self._client.batches.list(limit=100, timeout=_FILE_SECONDS):
                if (batch.metadata or {}).get("key") == key:
                    return batch.id
        return None

    async def look(self, batch_id: str) -> BatchState:
        with classified_errors():
            batch = await self._client.batches.retrieve(batch_id, timeout=_FILE_SECONDS)
        counts, errors = batch.request_counts, batch.errors.data if batch.errors else None
        return BatchState(
            over=batch.status in _OVER,
            status=batch.status,
            answered=counts.completed if counts else 0,
            said="; ".join(error.code for error in errors or () if error.code),
            files=tuple(filter(None, (batch.output_file_id, batch.error_file_id))),
            question_file=batch.input_file_id,
        )

    async def answers(self, state: BatchState) -> AsyncIterator[tuple[str, Answer]]:
        """By the names of the questions; of a question without one there is none."""
        for file in state.files:
            with classified_errors():
                content = await self._client.files.content(file, timeout=_FILE_SECONDS)
            for text in content.text.splitlines():
                if (answered := _read(text)) is not None:
                    yield answered

    async def forget(self, state: BatchState) -> None:
        """Deletes the files: people's words are in them."""
        for file in (*state.files, state.question_file):
            with classified_errors():
                await self._client.files.delete(file, timeout=_FILE_SECONDS)

    @property
    def _client(self) -> "openai.AsyncOpenAI":
        return self._model.client


def _read(text: str) -> tuple[str, Answer] | None:
    try:
        line = _Line.model_validate_json(text)
        if line.response is None or line.response.status_code != _OK:
            return None
        return line.custom_id, read_answer(json.dumps(line.response.body))
    except (ValidationError, ServiceError):
        return None
