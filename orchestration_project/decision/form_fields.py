"""Answers of a form that no lead field takes, found by the name that the playbook calls them.

What an answer is worth is said in `signals.py`, whether a model reads it in `prompt.py`.
"""

from orchestration_project.model import Lead


def plain(name: str) -> str:
    """Compared without case and punctuation: `Team size` and `team_size` are one."""
    return "".join(character for character in name.casefold() if character.isalnum())


def answers_named(lead: Lead, names: frozenset[str]) -> dict[str, str]:
    """By their own names, as far as the playbook calls them (`names` are plain); `answers.seats` goes by its
    end, too. Blank ones are left out."""
    return {
        path: text
        for path, text in lead.extra.items()
        if text.strip() and not names.isdisjoint({plain(path), plain(path.rpartition(".")[2])})
    }
