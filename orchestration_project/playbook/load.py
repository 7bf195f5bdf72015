"""Reads a playbook folder, checks all of it, and makes a `Playbook` of it or a list of mistakes.

What a file may say is in the modules beside this one.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from orchestration_project.playbook.audience import sources_of
from orchestration_project.playbook.capabilities import Capabilities, Names
from orchestration_project.playbook.connections import ConnectionsShape, secret_mistakes
from orchestration_project.playbook.coverage import coverage_mistakes
from orchestration_project.playbook.files import (
    CONNECTIONS,
    DRAFTS,
    IDEAL_CUSTOMER,
    PLAYBOOK,
    draft_files,
    rules_files,
    version_of,
)
from orchestration_project.playbook.mistakes import Mistake, playbook_error
from orchestration_project.playbook.model import Connection, Playbook, Template
from orchestration_project.playbook.record_shapes import SYSTEMS, record_mistakes
from orchestration_project.playbook.shapes import PlaybookShape
from orchestration_project.playbook.templates import read_templates
from orchestration_project.playbook.track_shapes import Tracks
from orchestration_project.playbook.tracks import Condition
from orchestration_project.playbook.translate import shape_mistakes
from orchestration_project.playbook.yaml_file import YamlFile, read_text, read_yaml

_TRANSLATED = {"services", "categories", "tracks", "limits", "history", "when_ai_fails", "alerts", "records"}
"""What `Playbook` holds otherwise than the owner writes it."""

ShapeT = TypeVar("ShapeT", bound=BaseModel)


def load_playbook(folder: Path, capabilities: Capabilities) -> Playbook:
    """The playbook in that folder. Raises PlaybookError, whose text lists every mistake in it."""
    playbook, mistakes = _read(folder, capabilities)
    if mistakes or playbook is None:
        raise playbook_error(mistakes)
    return playbook


def check_playbook(folder: Path, capabilities: Capabilities) -> tuple[Mistake, ...]:
    """Every mistake in the playbook of that folder, in the order of its files and lines."""
    return _read(folder, capabilities)[1]


def _read(folder: Path, capabilities: Capabilities) -> tuple[Playbook | None, tuple[Mistake, ...]]:
    if not folder.is_dir():
        what = f"There is no playbook folder at {folder}."
        return None, (Mistake(folder.name, None, what, "Create it, or set LEADS_PLAYBOOK to where it is."),)
    name = folder.resolve().name
    mistakes: list[Mistake] = []

    ideal_file = f"{name}/{IDEAL_CUSTOMER}"
    ideal_customer, found = read_text(folder / IDEAL_CUSTOMER, ideal_file)
    mistakes += found
    if ideal_customer is not None and not ideal_customer.strip():
        mend = "Write down who is a good customer and why: the AI reads it."
        mistakes.append(Mistake(ideal_file, None, "This file is empty.", mend))

    templates, found = read_templates(folder / DRAFTS, f"{name}/{DRAFTS}")
    mistakes += found

    wiring, found = read_yaml(folder / CONNECTIONS, f"{name}/{CONNECTIONS}")
    mistakes += found
    playbook: PlaybookShape | None = None
    rules, found = read_yaml(folder / PLAYBOOK, f"{name}/{PLAYBOOK}")
    mistakes += found
    if rules:
        drafts = frozenset(path.name for path in draft_files(folder / DRAFTS))
        names = _names(rules, capabilities, drafts, sources_of(wiring))
        playbook, found = _shaped(PlaybookShape, rules, names)
        mistakes += found + _coverage(rules, names)

    connections: ConnectionsShape | None = None
    if wiring:
        connections, found = _shaped(ConnectionsShape, wiring, Names(capabilities))
        mistakes += [*found, *secret_mistakes(wiring)]
    if rules and playbook and connections:
        mistakes += record_mistakes(rules, playbook.records, _by_kind(connections), capabilities)

    mistakes.sort(key=lambda mistake: (mistake.file, mistake.line or 0))
    if mistakes or ideal_customer is None or playbook is None or connections is None:
        return None, tuple(mistakes)
    return _assemble(rules_files(folder), ideal_customer, templates, playbook, connections), ()


def _names(
    rules: YamlFile, capabilities: Capabilities, drafts: frozenset[str], sources: frozenset[str]
) -> Names:
    def keys(section: str) -> frozenset[str]:
        value = rules.data.get(section)
        return frozenset(map(str, value)) if isinstance(value, dict) else frozenset()

    return Names(capabilities, keys("services"), keys("categories"), keys("tracks"), drafts, sources)


def _shaped(shape: type[ShapeT], yaml: YamlFile, names: Names) -> tuple[ShapeT | None, list[Mistake]]:
    try:
        return shape.model_validate(yaml.data, context=names), []
    except ValidationError as error:
        return None, [*shape_mistakes(yaml, shape, error)]


def _coverage(rules: YamlFile, names: Names) -> list[Mistake]:
    try:
        tracks = TypeAdapter(Tracks).validate_python(rules.data.get("tracks"), context=names)
    except ValidationError:
        return []  # among the mistakes of the shape already; which scores are caught cannot be told
    conditions = {name: Condition.model_validate(track.when.model_dump()) for name, track in tracks.items()}
    return [*coverage_mistakes(conditions, rules)]


def _assemble(
    files: dict[str, bytes],
    ideal_customer: str,
    templates: dict[str, Template],
    playbook: PlaybookShape,
    connections: ConnectionsShape,
) -> Playbook:
    """From the shapes, which know the owner's way of writing, to the plain types."""

    def named(items: Mapping[str, BaseModel]) -> list[dict[str, Any]]:
        return [{"name": name, **item.model_dump()} for name, item in items.items()]

    return Playbook.model_validate(
        playbook.model_dump(exclude=_TRANSLATED)
        | {
            "fallback_track": playbook.when_ai_fails or playbook.fallback_track,
            "version": version_of(files),
            "files": files,
            "ideal_customer": ideal_customer,
            "services": named(playbook.services),
            "categories": named(playbook.categories),
            "tracks": named(playbook.tracks),
            "limits": playbook.limits.as_limits(),
            "history_from": playbook.history.begins,
            "alerts": playbook.alerts.as_rules(),
            "records": playbook.records.as_records(_by_kind(connections)),
            "templates": templates,
            "connections": connections.model_dump(),
        }
    )


def _by_kind(connections: ConnectionsShape) -> dict[str, Connection]:
    """The lines that can be a record of something."""
    return {kind: getattr(connections, kind) for kind in SYSTEMS if hasattr(connections, kind)}
