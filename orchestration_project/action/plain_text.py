"""Markdown as the plain text a person would have typed, for the text part of a mail.

The HTML part is markdown-it's own; which text is read belongs to `template.py`.
"""

import textwrap
from collections.abc import Sequence

from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode


def plain_text(tokens: Sequence[Token]) -> str:
    return _blocks(SyntaxTreeNode(tokens)) + "\n"


def _blocks(node: SyntaxTreeNode, between: str = "\n\n") -> str:
    return between.join(text for text in map(_block, node.children) if text)


def _block(node: SyntaxTreeNode) -> str:
    match node.type:
        case "bullet_list" | "ordered_list":
            return _list(node)
        case "blockquote":
            return textwrap.indent(_blocks(node), "> ", lambda _: True)
        case "hr":
            return "---"
        case "fence":
            return node.content.rstrip("\n")
        case "inline":
            return _inlines(node)
        case _:
            return _blocks(node)


def _list(node: SyntaxTreeNode) -> str:
    first = int(node.attrs.get("start", 1))
    lines: list[str] = []
    for number, item in enumerate(node.children, first):
        marker = f"{number}. " if node.type == "ordered_list" else "- "
        indented = textwrap.indent(_blocks(item, "\n"), " " * len(marker))
        lines.append(marker + indented.lstrip(" "))
    return "\n".join(lines)


def _inlines(node: SyntaxTreeNode) -> str:
    return "".join(map(_inline, node.children))


def _inline(node: SyntaxTreeNode) -> str:
    match node.type:
        case "softbreak" | "hardbreak":
            return "\n"
        case "link":
            label, target = _inlines(node), str(node.attrs["href"]).removeprefix("mailto:")
            return label if label == target else f"{label} ({target})"
        case _:
            return _inlines(node) or node.content
