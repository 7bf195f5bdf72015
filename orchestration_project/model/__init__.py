"""The frozen types that pass between the rooms: one module a layer, read in the order a lead meets them,
and the Protocols by which one room asks another (`ports.py`).

No behaviour that needs the outside world, no SQL and no dagster belongs here.
"""

from orchestration_project.model.action import Erased, NotDone, Receipt, ReceiptStatus, Written
from orchestration_project.model.common import Batch, Clock, Frozen, HasRef, JsonObject, Ref
from orchestration_project.model.data import (
    Attribution,
    Company,
    CompanyProfile,
    Contact,
    Context,
    EarlierLead,
    Finding,
    FoundT,
    Lead,
    Person,
    Problem,
    Standing,
    Submission,
    WebPage,
)
from orchestration_project.model.decision import (
    AI_AWAY,
    Decided,
    Decision,
    Doubt,
    DoubtKind,
    Reason,
    Score,
    ScoreStatus,
    Scoring,
    Usage,
    Verdict,
)
from orchestration_project.model.intake import Delivery, Page
from orchestration_project.model.labels import Correction, CorrectionKind, Outcome, OutcomeKind
from orchestration_project.model.rescoring import Rescored
from orchestration_project.model.state import OPEN, STATES, Carried, LeaseLost, State

__all__ = [
    "AI_AWAY",
    "OPEN",
    "STATES",
    "Attribution",
    "Batch",
    "Carried",
    "Clock",
    "Company",
    "CompanyProfile",
    "Contact",
    "Context",
    "Correction",
    "CorrectionKind",
    "Decided",
    "Decision",
    "Delivery",
    "Doubt",
    "DoubtKind",
    "EarlierLead",
    "Erased",
    "Finding",
    "FoundT",
    "Frozen",
    "HasRef",
    "JsonObject",
    "Lead",
    "LeaseLost",
    "NotDone",
    "Outcome",
    "OutcomeKind",
    "Page",
    "Person",
    "Problem",
    "Reason",
    "Receipt",
    "ReceiptStatus",
    "Ref",
    "Rescored",
    "Score",
    "ScoreStatus",
    "Scoring",
    "Standing",
    "State",
    "Submission",
    "Usage",
    "Verdict",
    "WebPage",
    "Written",
]
