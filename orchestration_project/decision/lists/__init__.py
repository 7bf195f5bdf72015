"""Lists of words and patterns, as text files that a person can read and add to: `[section]`, then its lines.

What is made of them is said where they are read.
"""

from functools import cache
from importlib.resources import files


@cache
def sections(name: str) -> dict[str, tuple[str, ...]]:
    """The lines of each section of `name`.txt; lines that begin with # tell of it."""
    found: dict[str, list[str]] = {}
    for line in (files(__name__) / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            found[line[1:].partition("]")[0]] = []
        elif line and not line.startswith("#"):
            found[[*found][-1]].append(line)
    return {section: tuple(lines) for section, lines in found.items()}


@cache
def words(name: str, section: str) -> frozenset[str]:
    return frozenset(" ".join(sections(name)[section]).split())
