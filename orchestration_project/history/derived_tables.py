"""The tables of history that are made of other ones: their columns, in words and types.

How they are made is in `derive.py`.
"""

from orchestration_project.history.columns import DAY, REF, SOURCE, TRACK, Column, HistoryTable, count

FUNNEL = HistoryTable(
    "funnel",
    "How many leads got how far, by source and track.",
    ("day", "source", "track"),
    (
        DAY,
        SOURCE,
        Column("track", "text", "of the newest decision; missing where there was none"),
        count("submitted", "submissions"),
        count("genuine", "of them, not in quarantine"),
        count("decided", "of them, with a decision"),
        count("acted", "of them, with at least one action done"),
        count("drafted", "of them, with a first mail drafted"),
        count("sent", "of them, whose draft a person has sent"),
        count("won", "of them, won"),
        count("lost", "of them, lost"),
        count("no_answer", "of them, who did not answer"),
        Column("value", "number", "of what was won", needed=True),
    ),
)
SPEED_TO_LEAD = HistoryTable(
    "speed_to_lead",
    "How long each lead waited: from the form to the decision, the draft and the sent mail, in seconds.",
    ("ref",),
    (
        REF,
        DAY,
        SOURCE,
        TRACK,
        Column("received_seconds", "number", "from the form to the ledger", needed=True),
        Column("decided_seconds", "number", "from the form to the first decision"),
        Column("drafted_seconds", "number", "from the form to the draft"),
        Column("sent_seconds", "number", "from the form to the mail that a person sent"),
    ),
)
SOURCE_QUALITY = HistoryTable(
    "source_quality",
    "What each source is worth: how many of its leads are genuine, score high and are won.",
    ("day", "source", "utm_source"),
    (
        DAY,
        SOURCE,
        Column("utm_source", "text", "where the visit came from"),
        count("submitted", "submissions"),
        count("spam", "of them, spam"),
        count("duplicates", "of them, duplicates"),
        count("scored", "of them, with a score"),
        count("score_sum", "of their newest scores, to take means of"),
        count("high", "of them, with a score of 8 or more"),
        count("won", "of them, won"),
        count("lost", "of them, lost"),
        Column("value", "number", "of what was won", needed=True),
    ),
)
AI_COSTS = HistoryTable(
    "ai_costs",
    "What the AI has cost, by day and model.",
    ("day", "model"),
    (
        Column("day", "day", "the day it was asked, in the business' time zone", needed=True),
        Column("model", "text", "the model that was asked", needed=True),
        count("answers", "that were paid for"),
        count("input_tokens", "of the questions"),
        count("output_tokens", "of the answers"),
        Column("cost_usd", "number", "US dollars; answers without a price count nothing", needed=True),
        count("unpriced", "answers of a model that has no price in the playbook"),
    ),
)
DERIVED_TABLES: tuple[HistoryTable, ...] = (FUNNEL, SPEED_TO_LEAD, SOURCE_QUALITY, AI_COSTS)
