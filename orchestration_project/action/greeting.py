"""Whether what stands in the name's field is a name, so that a mail may begin with it.

How a name is split into its parts is decided in `data/names.py`.
"""

import re

from orchestration_project.decision.lists import words
from orchestration_project.links import has_link
from orchestration_project.model import Person

_MOST_WORDS, _LONGEST = 6, 60
_DOTTED = re.compile(r"\w\w\.\w")  # J.R. is no domain
_NO_NAME = words("no_names", "no_name")
_OF_A_COMPANY = words("no_names", "of_a_company")
# In a name of several words none of these stands: with one it is a sentence.
_OF_A_SENTENCE = words("no_names", "of_a_sentence")
_HONEST_PARTS = words("no_names", "parts_of_names")


def may_be_greeted(person: Person) -> bool:
    """False for a link, a mention, a sentence, a company, "None" and the like: then nobody is named."""
    return all(_is_a_name(name) for name in (person.full_name, person.given_name) if name)


def _is_a_name(name: str) -> bool:
    parts = [word.strip(".,()'\u2019").casefold() for word in name.split()]
    meant = set(parts) - _HONEST_PARTS
    return not (
        len(parts) > _MOST_WORDS
        or len(name) > _LONGEST
        or any(letter.isdigit() or letter in '@#/\\<>{}[]|_=+*:;!?"' for letter in name)
        or has_link(name)
        or _DOTTED.search(name)
        or " ".join(parts) in _NO_NAME
        or meant & _OF_A_COMPANY
        or (len(parts) > 1 and meant & _OF_A_SENTENCE)
        or set(parts) <= _NO_NAME
    )
