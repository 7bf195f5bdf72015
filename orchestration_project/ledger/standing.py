"""Which of the words that people said of leads still stand: those that nobody has taken back since.

What is learned from them is `own_words.py`, `calibrations.py` and `labels.py`.
"""

from sqlalchemy import ColumnElement, exists
from sqlalchemy.sql.selectable import NamedFromClause

from orchestration_project.ledger import tables
from orchestration_project.model import CorrectionKind

STANDS = f"""NOT EXISTS (
    SELECT FROM leads.verdicts back
    WHERE back.lead_id = v.lead_id AND back.id >= v.id AND back.kind = '{CorrectionKind.TAKEN_BACK.value}')"""
"""The same for a query in SQL, of `leads.verdicts v`."""


def stands(said: NamedFromClause = tables.verdicts) -> ColumnElement[bool]:
    """Of a row of `verdicts`. The word that takes back does not stand itself."""
    back = tables.verdicts.alias("back")
    later = (back.c.lead_id == said.c.lead_id) & (back.c.id >= said.c.id)
    return ~exists().where(later, back.c.kind == CorrectionKind.TAKEN_BACK.value)
