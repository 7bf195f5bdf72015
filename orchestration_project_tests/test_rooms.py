"""Who may import whom: arrows go down the list only, so that each room can be read without those above it.

What a room is for is said in its own `__init__.py`.
"""

import ast
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from orchestration_project.installation import WORKING_COPY

PACKAGE = "orchestration_project"
FLOORS = (
    ("errors", "clock", "text", "crash", "process"),
    ("timezones", "prices", "links", "file_locks", "private_files", "domains", "together"),
    ("model", "embedded_server"),
    ("playbook",),
    ("ledger", "connectors"),
    ("data", "installation", "healing"),
    ("decision",),
    ("action",),
    ("intake", "offer", "connecting", "records"),
    ("fake_services",),
    ("history", "watch", "orchestration"),
    ("definitions",),
    ("cli", "worker", "zygote"),
    ("serving",),
)
"""The lowest first. Rooms of one floor do not know each other, and nobody knows a room above."""
HEIGHT = {room: height for height, floor in enumerate(FLOORS) for room in floor}

OF_DAGSTER = {"definitions", "orchestration", "history", "watch", "worker"}
ALSO_OF_DAGSTER = {"cli/processing.py"}
"""The rest of the command line does without: Dagster takes seconds to import."""


class Arrow(NamedTuple):
    """One import: from a file to a module."""

    file: str  # below the package
    module: str

    @property
    def room(self) -> str:
        return self.file.split("/")[0].removesuffix(".py")

    @property
    def other(self) -> str | None:
        """The room it leads to; None: it leads out of the package."""
        package, _, rest = self.module.partition(".")
        return rest.split(".")[0] if package == PACKAGE and rest else None


def arrows_of(file: str, source: str) -> Iterator[Arrow]:
    """Every import, those inside of functions and of `if TYPE_CHECKING` too."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from (Arrow(file, name.name) for name in names)
            case ast.ImportFrom(module="orchestration_project", names=names):
                yield from (Arrow(file, f"{PACKAGE}.{name.name}") for name in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield Arrow(file, module)
            case ast.ImportFrom(level=level) if level:
                raise AssertionError(f"{file} imports relatively; write the whole name of the module.")
            case _:
                pass


def complaint(arrow: Arrow) -> str | None:
    """What is wrong with the import, as a sentence; None: nothing."""
    if arrow.module.split(".")[0].startswith("dagster"):
        if arrow.room in OF_DAGSTER or arrow.file in ALSO_OF_DAGSTER:
            return None
        return f"{arrow.file} imports {arrow.module}: Dagster is for {', '.join(sorted(OF_DAGSTER))} alone."
    if arrow.other is None or arrow.other == arrow.room:
        return None
    for room in (arrow.room, arrow.other):
        if room not in HEIGHT:
            return f"{arrow.file} imports {arrow.module}: `{room}` has no floor yet; give it one in FLOORS."
    if HEIGHT[arrow.other] < HEIGHT[arrow.room]:
        return None
    where = "beside" if HEIGHT[arrow.other] == HEIGHT[arrow.room] else "above"
    return (
        f"{arrow.file} imports {arrow.module}: `{arrow.other}` is {where} `{arrow.room}`. Hand it in as an "
        "argument (a Protocol in model/ports.py), or move what both speak of into model/."
    )


def test_no_room_knows_one_above_or_beside_it() -> None:
    root = WORKING_COPY / PACKAGE
    files = sorted(file for file in root.rglob("*.py") if file != root / "__init__.py")
    assert len(files) > 100
    complaints = [
        sentence
        for file in files
        for arrow in arrows_of(file.relative_to(root).as_posix(), file.read_text(encoding="utf-8"))
        if (sentence := complaint(arrow))
    ]
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize(
    ("file", "source", "words"),
    [
        ("ledger/people.py", "from orchestration_project.data.emails import person_key", "`data` is above"),
        ("ledger/paces.py", "import orchestration_project.connectors.rate", "`connectors` is beside"),
        ("connectors/rate.py", "from orchestration_project.ledger.paces import x", "`ledger` is beside"),
        ("data/gather.py", "from orchestration_project import decision", "`decision` is above"),
        ("model/data.py", "def f():\n    from orchestration_project.playbook.model import X", "is above"),
        ("action/once.py", "import dagster as dg", "Dagster is for"),
        ("cli/view.py", "from dagster import job", "Dagster is for"),
        ("attic/app.py", "from orchestration_project.model import Lead", "no floor yet"),
    ],
)
def test_an_arrow_up_is_told_in_a_sentence(file: str, source: str, words: str) -> None:
    (arrow,) = arrows_of(file, source)
    sentence = complaint(arrow)
    assert sentence is not None
    assert sentence.startswith(f"{file} imports ")
    assert words in sentence


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("action/once.py", "from orchestration_project.ledger import Ledger"),
        ("orchestration/graph.py", "import dagster as dg"),
        ("data/names.py", "from orchestration_project.data.fields import map_fields"),
        ("data/names.py", "import re"),
    ],
)
def test_an_arrow_down_is_fine(file: str, source: str) -> None:
    assert [complaint(arrow) for arrow in arrows_of(file, source)] == [None]
