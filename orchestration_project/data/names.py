"""Reading the name of a person, in any script. What is given in two fields stays in two.

How a name is used in a greeting is the draft's part; capitals are put right in `casing.py`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from orchestration_project.data.casing import cased
from orchestration_project.data.firms import looks_like_company, several_people
from orchestration_project.data.no_names import (
    apart,
    by_patronymic,
    is_code,
    is_handle,
    is_salutation,
    without_programs,
)
from orchestration_project.links import is_link
from orchestration_project.model import Problem
from orchestration_project.text import as_shown, one_line, words

if TYPE_CHECKING:
    from nameparser import Parser

_MAX_CHARACTERS = 120
# Han, Kana and Hangul: written family name first and often without a space, so a split would be a guess
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003fffd]")
_SURELY_LINK = re.compile(
    r"[/\\]{2}|\bwww\.|@|＠|\S*\.\S*/\S|\S/\S*\.\w|(?:\d{1,3}\.){3}\d|=\?|\b\w+:\S", re.IGNORECASE
)
_EVERYWHERE = frozenset(
    {"com", "net", "org", "info", "biz", "xyz", "online", "site", "shop", "top", "app", "dev"}
)
_TITLE = re.compile(
    r"(?:dr|prof|mag|ing|dipl|ddr|priv|doz|univ|dott|sig|avv|arch|rag|geom|mr|mrs|ms|mme|mlle|md|mohd|st|"
    r"ma|fr|rev|hon|sr|sra"
    r"|dra|dña|lic|eng|engr|adv|jr|phil|med|rer|nat|jur|h|habil|lek|mgr|inż|bc|judr|mudr|phdr|paeddr|"
    r"rndr|csc)",
    re.IGNORECASE,
)
_ABBREVIATION = re.compile(r"^(?P<before>[^\W\d_]+)\.(?P<after>[^\W\d_]+)[.,]?$")
_TWO = 2

_TITLES = words(
    """
    dr prof professor mr mrs ms miss mx mister madam sir dame herr frau frl doktor magister mag ing dipl.-ing
    dipl.ing dr.in prof.in mag.a mag.in ddr ra rain monsieur madame mme mlle m. maître me señor señora sr sra
    srta don doña d. dña signor signora sig sig.ra dott dott.ssa dottore avv prof.ssa dhr mevr mw drs ir pan
    pani mgr inż dhr. meneer mevrouw hr fru fr rev reverend fr. hon eng engr dra doutor doutora judr mudr
    phdr rndr bc
    """
)
_FIRST_OF_TWO = words(
    """
    santiago mateo lautaro santino thiago alma davi vitor ravi enzo kauã nahuel benjamín alejandro fernando
    jorge diego sergio maría maria marie mary mª ma. josé jose juan ana anna anne luis luz rosa jean hans
    karl carl klaus jan pedro joão joao miguel carlos francisco antonio manuel marco gian pier giovan lars
    per eva lisa emma
    """
)
_SECOND_OF_TWO = words(
    """
    josé jose carlos luis antonio manuel maría maria mária pablo fernanda isabel carmen teresa elena dolores
    ángeles angeles pilar jesús jesus miguel ángel angel ignacio javier francisco eduardo paula clara laura
    cristina victoria belén belen luisa rosa ramón ramon andrés andres alberto enrique fernando rafael
    vicente sofía sofia lucía lucia eugenia mercedes guadalupe josefa soledad rosario concepción concepcion
    inés ines beatriz martín martin diego david daniel alejandro felipe esteban pierre claude paul marc luc
    michel françois francois baptiste philippe jacques louis christophe yves noël noel charles sophie france
    christine thérèse therese laure hélène helene cécile cecile claire caroline peter jürgen juergen werner
    heinz dieter josef joachim lena sophia henrik erik olof anders johan gustav ole otto luca carlo paolo
    piero giulia rita margherita grazia pia vittoria chiara beatrice paulo pedro vitória júlia julia luiza
    eduarda cecília cecilia alice helena clemens friedrich georg wilhelm ludwig august gabriel henrique
    nicolas nicolás valentina nahuel benjamin benjamín lucca lucas bautista mari carolina lourdes manuela
    milagros agustín agustina gabriela fernandes daniela mariana alejandra guillermo arturo gonzalo jorge
    hugo mateo mathias
    """
)
_VIETNAMESE = re.compile("[ạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹđơư]", re.IGNORECASE)
_FAMILY_FIRST = words(
    """
    nguyễn trần lê phạm huỳnh hoàng phan vũ võ đặng bùi đỗ hồ ngô dương lý đinh đoàn trương mai tô hà
    """
)


@dataclass(frozen=True)
class Name:
    """A person's name as far as it can be told apart; a full name alone is left whole."""

    full: str | None = None
    given: str | None = None
    family: str | None = None
    company: bool = False  # what stands there is a company's


def read_name(full: str, given: str, family: str, company: str = "") -> tuple[Name, Problem | None]:
    """The name from a form's one name field, its two, or all three; `company` is what the form has as that.
    Words in capitals only, or in small letters only, get the usual case; a name in mixed case is left as
    its bearer wrote it."""
    typed = full, given, family
    full, given, family = without_programs([one_line(part, _MAX_CHARACTERS) for part in typed])
    if any(map(_holds_link, (full, given, family))):
        return Name(), Problem(
            field="name",
            code="ignored",
            message="The name holds a link or an e-mail address, which is how spam reaches a greeting. "
            "It is left out; the submission itself is kept.",
        )
    if any(map(is_code, (full, given, family))):
        return Name(full=full or f"{given} {family}".strip()), Problem(
            field="name",
            code="unclear",
            message="What stands in the field for a name holds signs that no name has. Nobody is greeted by "
            "it; ask whom you write to.",
        )
    if given == family and " " in given:  # a browser fills both with the whole name
        full, given, family = given, "", ""
    name = _two_fields(full, given, family) if given or family else _one_field(full, company)
    if not (name.full or name.given or name.family) and any(map(str.strip, typed)):
        return name, Problem(
            field="name",
            code="unclear",
            message="What stands in the field for a name is what a program writes where it found none. Ask "
            "whom you write to.",
        )
    if max(map(len, typed)) > _MAX_CHARACTERS:
        return name, Problem(
            field="name",
            code="too_long",
            message=f"The name is longer than {_MAX_CHARACTERS} characters; the rest was cut off.",
        )
    if name.company:
        return name, Problem(
            field="name",
            code="unclear",
            message="What stands in the field for a name looks like a company's. Nobody is greeted by it; "
            "ask whom you write to.",
        )
    return name, None


def _holds_link(text: str) -> bool:
    # an end of a sentence or an initial is no address: `J.Ng`, `Dr.in Maria Huber`
    return any(
        _SURELY_LINK.search(word) is not None or (is_link(word) and not _abbreviates(word))
        for reading in {as_shown(text), text}
        for word in reading.split()
    )


def _abbreviates(word: str) -> bool:
    """Parts between dots that begin with a capital after an initial, or stand behind a title."""
    found = _ABBREVIATION.match(word)
    if found is None:
        parts = [part for part in re.split(r"[.,-]", word) if part]
        return (
            bool(parts)
            and all(len(part) <= _TWO or _TITLE.fullmatch(part) for part in parts[:-1])
            and (len(parts) > _TWO or _TITLE.fullmatch(parts[0]) is not None or "-" in word)
            and parts[-1].casefold() not in _EVERYWHERE
        )
    before, after = found["before"], found["after"]
    if after.casefold() in _EVERYWHERE:
        return False
    if _TITLE.fullmatch(before):
        return True
    return len(before) <= _TWO and before[0].isupper() and after[0].isupper()


def _one_field(text: str, company: str) -> Name:
    if not text:
        return Name()
    if looks_like_company(text) or text.casefold() == company.strip().casefold() != "":
        return Name(full=text, company=True)
    if _CJK.search(text) or several_people(text) or is_handle(text):
        return Name(full=text)
    parsed = _parser().parse(apart(by_patronymic(text)))
    ordered = str(parsed) if "," in text else text
    regular = cased(ordered)
    title = parsed.title
    words = [part for part in (parsed.given, parsed.middle) if part]
    given, family = " ".join(words[:1]), parsed.family
    if not given and title and not family:
        return Name(full=regular)
    if (
        _VIETNAMESE.search(text)
        and text.split(maxsplit=1)[0].casefold() in _FAMILY_FIRST
        and len(text.split()) > _TWO
    ):
        *_, given = text.split()
        family = text.split(maxsplit=1)[0]
    elif parsed.middle:
        given = " ".join(_given_names(given, parsed.middle.split()))
    if "-" in text and " " not in text and not _double(text):
        return Name(full=regular)  # Anne-Marie or Smith-Jones
    return Name(
        full=regular,
        given=_beyond_initial(cased(given, text) if _one_case(text) else given),
        family=(_cased_family(family, text) if _one_case(text) else family) or None,
    )


def _given_names(given: str, middle: list[str]) -> Iterator[str]:
    """`María José` is one name, and `John Edward` are two."""
    yield given
    if given.casefold() in _FIRST_OF_TWO and middle and middle[0].casefold() in _SECOND_OF_TWO:
        yield middle[0]


def _double(text: str) -> bool:
    first = text.partition("-")[0].casefold()
    return first in _FIRST_OF_TWO


def _one_case(text: str) -> bool:
    return text.isupper() or text.islower()


def _two_fields(full: str, given: str, family: str) -> Name:
    if _CJK.search(given + family):
        return Name(full=full or f"{family} {given}".strip(), given=given or None, family=family or None)
    given, family = cased(given, family), _cased_family(family, given)
    whole = cased(full) or f"{given} {family}".strip()
    return Name(full=whole, given=None if is_salutation(given) else given or None, family=family or None)


def _cased_family(text: str, beside: str = "") -> str:
    """With a word before it, so that a particle at its beginning is one."""
    if not _one_case(text):
        return text
    before = "A " if text.isupper() else "a "
    return cased(before + text, beside)[len(before) :]


def _beyond_initial(given: str) -> str | None:
    """Nobody wants to be greeted as "Hello J."."""
    return given if len(given.rstrip(".")) > 1 else None


@cache
def _parser() -> "Parser":
    """By itself it takes Sultan, Sheikh, Prince and Dean for titles: most who bear them are so called."""
    from nameparser import Lexicon, Parser  # noqa: PLC0415 - costs start-up time

    lexicon = Lexicon.default()
    lost = {title for title in lexicon.titles if title.isascii()} - _TITLES
    return Parser(lexicon.remove(titles=lost, given_name_titles=lost & lexicon.given_name_titles))
