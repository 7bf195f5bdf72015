"""A copy of the project's own playbook that a test may spoil.

The rules themselves are not repeated here.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration_project.playbook.capabilities import Capabilities

OWN_PLAYBOOK = Path(__file__).resolve().parents[2] / "playbook"

KNOWN = Capabilities(
    actions=frozenset({"crm_contact", "task", "draft", "folder", "calendar_hold", "sequence", "chat"}),
    connectors={
        "form_source": frozenset({"inbox", "typeform"}),
        "crm": frozenset({"local", "hubspot"}),
        "company": frozenset({"none"}),
        "website": frozenset({"reader", "none"}),
        "ai": frozenset({"offline", "openai"}),
        "mail": frozenset({"outbox"}),
        "chat": frozenset({"file", "slack"}),
        "calendar": frozenset({"ics"}),
        "folder": frozenset({"disk"}),
        "sequence": frozenset({"local"}),
    },
    reserved=frozenset({"validate_leads"}),
    after={"task": ("crm_contact",), "chat": ("*",)},
)

Edit = Callable[[str, str, str], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(OWN_PLAYBOOK, tmp_path / "playbook"))


@pytest.fixture
def edit(folder: Path) -> Edit:
    """Replaces a text that is in the file exactly once."""

    def replace(file: str, old: str, new: str) -> None:
        path = folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    return replace
