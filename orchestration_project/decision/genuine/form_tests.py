"""Honest tests of a form, in several languages: somebody of the business tries out whether it works.

"We want to test a new payroll provider" is none: a text counts only if less is left without the words of a
test than there are such words.
"""

import re

from orchestration_project.decision.lists import sections, words
from orchestration_project.decision.words import exact_phrases, without_exact
from orchestration_project.model import Lead
from orchestration_project.playbook.model import Junk

_WORDS = (*sorted(words("form_tests", "words")), *sections("form_tests")["phrases"])
_FILLER = words("form_tests", "filler")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_NO_SPACES = re.compile(r"测试|測試|试试|テスト|테스트|اختبار|تجربة|परीक्षण|בדיקה")
_SHORT = 4  # characters beside a test word in a script without spaces
_SAYS_LITTLE = 3  # words


def form_test(lead: Lead, junk: Junk) -> str | None:
    """Why it is one, in a sentence; None: it is none."""
    known = (*junk.test_words, *_WORDS)
    full_name = lead.person.full_name or lead.person.given_name or ""
    local_part = (lead.person.email or "").partition("@")[0]
    said, left = _counts(lead.message, known, ignoring=full_name)
    if said and left < said:
        hits = ", ".join(f'"{word}"' for word in sorted(exact_phrases(lead.message, known)))
        return f"The message is little more than a test: it says {hits}."
    if (found := _NO_SPACES.search(lead.message)) and len(lead.message) <= len(found.group()) * 3 + _SHORT:
        return f'The message is little more than a test: it says "{found.group()}".'
    if _is_only(full_name, known):
        return "The name is a test word."
    # somebody at a test centre may have such an address: then the message says what they want
    if _is_only(local_part, known) and len(_WORD.findall(lead.message)) - said <= _SAYS_LITTLE:
        return "The e-mail address is a test word, and the message says little."
    return None


def _is_only(text: str, known: tuple[str, ...]) -> bool:
    # as words, since "_" and digits would join a test word to its neighbours: test_user1
    said, left = _counts(" ".join(_WORD.findall(text)), known)
    return said > 0 and left == 0


def _counts(text: str, known: tuple[str, ...], ignoring: str = "") -> tuple[int, int]:
    """How many words are of a test, and how many others say something."""
    rest = _WORD.findall(without_exact(text, known).casefold())
    meaningless = _FILLER.union(_WORD.findall(ignoring.casefold()))
    said = len(_WORD.findall(text.casefold())) - len(rest)
    return said, sum(word not in meaningless for word in rest)
