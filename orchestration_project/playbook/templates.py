"""Reads the draft templates of drafts/, and tries each of them out.

Filling them in for a lead belongs to the action layer.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, nodes
from jinja2.meta import find_referenced_templates, find_undeclared_variables
from jinja2.sandbox import SandboxedEnvironment

from orchestration_project.playbook.files import draft_files
from orchestration_project.playbook.mistakes import Mistake, shown, suggest
from orchestration_project.playbook.model import TEMPLATE_NAMES, Template
from orchestration_project.playbook.yaml_file import read_text

_FRONT_MATTER = re.compile(
    r"\A---[ ]*\n(?P<front>.*?)^---[ ]*(?:\n|\Z)(?P<body>.*)\Z", re.DOTALL | re.MULTILINE
)
_EXAMPLE = "Begin the file with the three lines `---`, `subject: Your inquiry`, `---`."

_KNOWN_LEAD: dict[str, Any] = dict.fromkeys(TEMPLATE_NAMES, "x") | {"returning": True}
_OF_A_LEAD = ("given_name", "full_name", "company", "service", "opening")
_UNKNOWN_LEAD = _KNOWN_LEAD | dict.fromkeys(_OF_A_LEAD, "") | {"returning": False, "last_wrote": ""}


def read_templates(folder: Path, shown_folder: str) -> tuple[dict[str, Template], list[Mistake]]:
    templates: dict[str, Template] = {}
    mistakes: list[Mistake] = []
    for path in draft_files(folder):
        file = f"{shown_folder}/{path.name}"
        text, found = read_text(path, file)
        mistakes += found
        if text is not None:
            template, body_line, found = _split(path.name, text, file)
            mistakes += found
            mistakes += _jinja_mistakes(template.subject, file, _subject_line(text))
            mistakes += _jinja_mistakes(template.body, file, body_line)
            templates[path.name] = template
    return templates, mistakes


def _split(name: str, text: str, file: str) -> tuple[Template, int, list[Mistake]]:
    """The template, the line its body starts on, and what is wrong with its front matter.

    The front matter is one plain line rather than YAML, in which a subject with `{{ … }}` or a colon
    would need quotes that nobody expects to need.
    """
    match = _FRONT_MATTER.match(text)
    if not match:
        return (
            Template(file=name, subject="", body=text),
            1,
            [Mistake(file, 1, "There is no subject.", _EXAMPLE)],
        )
    subject = ""
    mistakes: list[Mistake] = []
    for number, line in enumerate(match["front"].splitlines(), start=2):
        key, _, value = line.partition(":")
        if key.strip() == "subject":
            subject = value.strip().strip("\"'")
        elif line.strip():
            what = f"There is no key `{shown(key.strip())}` between the `---` lines."
            mistakes.append(Mistake(file, number, what, suggest(key.strip(), ["subject"])))
    if not subject:
        mistakes.append(Mistake(file, 1, "There is no subject.", _EXAMPLE))
    body = match["body"].lstrip("\n")
    if not body.strip():
        mistakes.append(Mistake(file, 1, "There is no text below the subject.", "Write the mail there."))
    body_line = text[: len(text) - len(body)].count("\n") + 1
    return Template(file=name, subject=subject, body=body.rstrip("\n") + "\n"), body_line, mistakes


def _subject_line(text: str) -> int:
    lines = text.splitlines()
    return next((number for number, line in enumerate(lines, start=1) if line.startswith("subject")), 1)


@lru_cache(maxsize=128)
def _jinja_mistakes(source: str, file: str, first_line: int) -> tuple[Mistake, ...]:
    # trying out the drafts of a playbook takes 5 ms, and a process reads it with each tick and each run
    return tuple(_tried_out(source, file, first_line))


def _tried_out(source: str, file: str, first_line: int) -> Iterator[Mistake]:
    environment = SandboxedEnvironment(undefined=StrictUndefined)
    try:
        tree = environment.parse(source)
        template = environment.from_string(tree)
    except TemplateSyntaxError as error:
        line = first_line + error.lineno - 1
        yield Mistake(
            file, line, f"This is not a Jinja template: {error.message}.", "Compare with the other drafts."
        )
        return
    if [*find_referenced_templates(tree)]:
        yield Mistake(file, first_line, "A draft cannot include other files.", "Copy the text into it.")
        return
    unknown = find_undeclared_variables(tree) - TEMPLATE_NAMES
    for name in tree.find_all(nodes.Name):
        if name.name in unknown:
            what = f"A draft cannot use `{name.name}`."
            yield Mistake(file, first_line + name.lineno - 1, what, suggest(name.name, TEMPLATE_NAMES))
    if unknown:
        return
    for lead, who in (
        (_KNOWN_LEAD, "all of a lead"),
        (_UNKNOWN_LEAD, "nothing of a lead but the e-mail address"),
    ):
        try:
            text = template.render(lead)
        except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
            what = f"This cannot be filled in where we know {who}: {error}."
            yield Mistake(
                file, first_line, what, "Use the names as they are, and {% if … %} where one can be empty."
            )
            return
        if source.strip() and not text.strip():
            what = f"Nothing is left of this where we know {who}."
            yield Mistake(file, first_line, what, "Add words that do not depend on a name.")
