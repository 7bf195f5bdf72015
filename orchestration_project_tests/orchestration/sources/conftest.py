"""A source that gives out the pages a test puts into it, and its reader over a real ledger.

What they show is in the tests beside it.
"""

import json
from dataclasses import dataclass, field

import pytest

from orchestration_project.errors import TransientServiceError
from orchestration_project.installation import WORKING_COPY
from orchestration_project.ledger import Ledger
from orchestration_project.model import Delivery, Page
from orchestration_project.offer import capabilities
from orchestration_project.orchestration.sources import Reader
from orchestration_project.playbook.load import load_playbook
from orchestration_project.playbook.model import Playbook

DOWN = TransientServiceError("Typeform", "it is down.", "Wait.")


@dataclass
class Form:
    """A source that gives out these pages, one a request, and then empty ones."""

    pages: list[Page | Exception] = field(default_factory=list[Page | Exception])
    cursors: list[str | None] = field(default_factory=list[str | None])  # it was asked with
    stored_pages: list[Page] = field(default_factory=list[Page])
    wrong: list[BaseException] = field(default_factory=list[BaseException])  # when told that a page is stored
    takes: float = 0.0  # seconds a page
    seconds: float = 1000.0  # that have passed

    def fetch(self, cursor: str | None) -> Page:
        self.cursors.append(cursor)
        self.seconds += self.takes
        page = self.pages.pop(0) if self.pages else Page(deliveries=(), cursor=cursor)
        if isinstance(page, Exception):
            raise page
        return page

    def stored(self, page: Page) -> None:
        self.stored_pages.append(page)
        if self.wrong:
            raise self.wrong.pop(0)

    def monotonic(self) -> float:
        return self.seconds


def delivery(number: int) -> Delivery:
    payload = {
        "id": f"s{number}",
        "name": "Maeve O'Brien",
        "email": f"maeve{number}@harbour-joinery.example",
        "message": "Our bookkeeper has left.",
    }
    return Delivery(external_id=payload["id"], raw=json.dumps(payload).encode())


def page(*numbers: int, cursor: str = "after") -> Page:
    return Page(deliveries=tuple(delivery(number) for number in numbers), cursor=cursor)


@pytest.fixture(scope="module")
def playbook() -> Playbook:
    return load_playbook(WORKING_COPY / "playbook", capabilities())


@pytest.fixture
def form() -> Form:
    return Form()


@pytest.fixture
def reader(ledger: Ledger, playbook: Playbook, form: Form) -> Reader:
    return Reader(
        source="typeform",
        connection="form_source typeform",
        every_seconds=30.0,
        fetch=form.fetch,
        stored=form.stored,
        ledger=ledger,
        playbook=playbook,
        monotonic=form.monotonic,
    )


def ids(reader: Reader) -> list[str]:
    return [lead.external_id for lead in reader.ledger.stories.list_leads()]
