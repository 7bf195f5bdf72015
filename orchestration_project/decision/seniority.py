"""How senior a job title is, in the languages our forms are answered in.

What seniority is worth is a line of the scorecard.
"""

import re

from orchestration_project.playbook.scorecard import Seniority

# Tried from top to bottom: an intern of the CEO is no CEO, a vice president is no president. In a word, `(a)`
# may be there or not, and `*` is the rest of a compound.
_TITLES: dict[Seniority, str] = {
    "student": "student(in) intern trainee apprentice praktikant(in) azubi werkstudent(in) stagiaire "
    "étudiant(e) becario becaria estudiante",
    "vp": "vp svp evp avp vice-president vizepräsident(in)",
    "owner": "founder cofounder co-founder owner co-owner proprietor partner sole-trader self-employed "
    "inhaber(in) gründer(in) mitgründer(in) selbständig gérant(e) fondateur fondatrice patron(ne) "
    "dueño dueña fundador(a) propietario propietaria titolare fondatore eigenaar oprichter sócio sócia",
    "c_level": "c-suite c-level executive ceo cfo cio cto cmo chro cpo cro coo ciso cdo cco "
    "chief president managing-director md "
    "geschäftsführer(in) geschäftsführung vorstand vorständin pdg directeur-général directrice-générale "
    "director-general directora-general amministratore-delegato consejero-delegado consejera-delegada "
    "algemeen-directeur",
    "director": "director direktor(in) directeur directrice directora direttore direttrice diretor diretora",
    "head": "head lead leiter(in) leitung *leiter(in) *leitung responsable jefe jefa chef(fe) hoofd "
    "responsabile",
    "manager": "manager(in) supervisor principal gerente gestor(a) coordinator koordinator(in)",
}
# Words of rank that give none: who assists somebody, who owns a backlog.
_NO_RANK = re.compile(
    r"(?<!\w)(?:(?:assistant|assistan[tz]|assistentin?|secretary|sekretärin?)(?= (?:to|of|der|des|de)\b)"
    r"|(?:product|process) owner|(?:business|hr|people|channel) partner|partner manager)"
)


def _pattern(words: str) -> re.Pattern[str]:
    ready = re.sub(r"\((\w+)\)", r"(?:\1)?", words).replace("*", r"\w+").replace("-", r"[\s-]?")
    return re.compile(rf"(?<!\w)(?:{'|'.join(ready.split())})(?!\w)", re.IGNORECASE)


_PATTERNS: dict[Seniority, re.Pattern[str]] = {level: _pattern(words) for level, words in _TITLES.items()}


def seniority(title: str | None) -> Seniority | None:
    """None without a title; `staff` is a title that tells of no rank, as an assistant's to one who has it."""
    if not title or not title.strip():
        return None
    plain = title.casefold()
    if _NO_RANK.search(plain):
        return "staff"
    for level, pattern in _PATTERNS.items():
        if pattern.search(plain):
            return level
    return "staff"
