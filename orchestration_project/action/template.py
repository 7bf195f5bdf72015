"""Fills in a draft template: one Markdown text becomes a plain and an HTML one that say the same.

Making values from a form harmless comes before this; headers and addresses are `draft.py`.
"""

import html
import re
from collections.abc import Mapping
from functools import lru_cache

import jinja2
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment
from markdown_it import MarkdownIt

from orchestration_project.action.plain_text import plain_text
from orchestration_project.action.safe_text import markdown_escape
from orchestration_project.errors import PlaybookError
from orchestration_project.model import Frozen
from orchestration_project.playbook.model import TEMPLATE_NAMES, Template

_PAGE = """<!DOCTYPE html>
<html lang="{language}">
<head><meta charset="utf-8"><title>{title}</title></head>
<body>
{body}</body>
</html>
"""
# A line that is only a tag leaves no line behind. (Jinja's trim_blocks would also join a line that merely
# ends in a tag with the one after it.)
_TAG_LINE = re.compile(r"^[ \t]*(\{%[^%]*%\})[ \t]*\n", re.MULTILINE)
# `Hello {{ given_name }},` without a name leaves a gap before the comma.
_GAP = re.compile(r"(?<=\S) +(?=[,.](?:\s|$))", re.MULTILINE)


class RenderedDraft(Frozen):
    subject: str
    text: str
    html: str


_JINJA = SandboxedEnvironment(
    undefined=StrictUndefined,
    autoescape=False,  # values are escaped for Markdown, from which the HTML is made
)
# A line's end in the template is one in the mail, and an indented line is no code: what the author sees.
_MARKDOWN = MarkdownIt("commonmark", {"html": False, "breaks": True}).disable("code")


def render(template: Template, values: Mapping[str, str | bool], language: str) -> RenderedDraft:
    """The draft with `values`, which are exactly TEMPLATE_NAMES. Raises PlaybookError, naming the file,
    if the template cannot be filled in."""
    if wrong := TEMPLATE_NAMES ^ set(values):
        raise ValueError(f"not exactly the names of a template: {sorted(wrong)}")
    subject = " ".join(_fill(template, template.subject, values).split())
    escaped = {
        name: value if isinstance(value, bool) else markdown_escape(value) for name, value in values.items()
    }
    tokens = _MARKDOWN.parse(_fill(template, template.body, escaped))
    page = _PAGE.format(
        language=html.escape(language),
        title=html.escape(subject),
        body=_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}),
    )
    return RenderedDraft(subject=subject, text=plain_text(tokens), html=page)


@lru_cache(maxsize=64)
def _compiled(source: str) -> jinja2.Template:
    return _JINJA.from_string(_TAG_LINE.sub(r"\1", source))


def _fill(template: Template, source: str, values: Mapping[str, str | bool]) -> str:
    try:
        filled = _compiled(source).render(values)
    except (TemplateError, TypeError, ArithmeticError) as error:
        known = ", ".join(sorted(TEMPLATE_NAMES))
        raise PlaybookError(
            f"drafts/{template.file} cannot be filled in: {error}. A draft may use {known}."
        ) from error
    return _GAP.sub("", filled)
