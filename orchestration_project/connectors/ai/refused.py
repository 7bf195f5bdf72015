"""Which optional parameters a model does not take, as far as this process knows, and what all have learned.

What a refusal looks like, each service's module knows.
"""

from collections.abc import Sequence
from functools import partial

from anyio import to_thread

from orchestration_project.model.ports import RefusedParameters
from orchestration_project.together import Together


class Refused:
    """Of one server. The leads of a run begin side by side: what they all ask first is asked once."""

    def __init__(self, server: str, refusals: RefusedParameters | None) -> None:
        self._server = server
        self._refusals = refusals
        self._known: dict[str, set[str]] = {}
        self._looks = None if refusals is None else Together(partial(_known_each, server, refusals))

    def so_far(self, model: str) -> set[str]:
        return self._known.get(model, set())

    async def by(self, model: str) -> set[str]:
        """The names of the parameters; grows with `add`."""
        if model not in self._known:
            known = frozenset[str]() if self._looks is None else await self._looks.ask(model)
            self._known.setdefault(model, set(known))
        return self._known[model]

    async def add(self, model: str, parameter: str) -> None:
        (await self.by(model)).add(parameter)
        if self._refusals is not None:
            await to_thread.run_sync(self._refusals.add, self._server, model, parameter)


def _known_each(server: str, refusals: RefusedParameters, models: Sequence[str]) -> Sequence[frozenset[str]]:
    found = {model: refusals.known(server, model) for model in set(models)}
    return [found[model] for model in models]
