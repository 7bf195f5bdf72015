"""What the ledger's tables have in common: their schema, a moment, the lead a row belongs to.

Which tables there are is in the modules beside this one.
"""

from sqlalchemy import Column, DateTime, ForeignKey, Integer, MetaData

SCHEMA = "leads"
metadata = MetaData(schema=SCHEMA)


def moment(name: str, *, nullable: bool = False) -> Column[object]:
    """A column of a time with its zone."""
    return Column(name, DateTime(timezone=True), nullable=nullable)


def lead(*, primary_key: bool = False) -> Column[int]:
    """The column `lead_id`: what is of a lead goes with it."""
    return Column(
        "lead_id",
        Integer,
        ForeignKey(f"{SCHEMA}.submissions.id", ondelete="CASCADE"),
        nullable=False,
        primary_key=primary_key,
    )
