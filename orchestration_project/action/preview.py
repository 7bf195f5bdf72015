"""What would be written of that which is only planned: by what was decided then, and by the rules of now.

Nothing is kept of it: raise the autonomy, or change a draft's template, and this is what would come of it.
"""

from collections.abc import Mapping
from datetime import datetime

from orchestration_project.action.base import Brief, Previews
from orchestration_project.action.registry import ACTIONS
from orchestration_project.errors import LeadsError
from orchestration_project.model import Decided, Receipt, ReceiptStatus
from orchestration_project.model.records import Withdrawn
from orchestration_project.playbook.model import Playbook


def previews(
    decided: Decided,
    playbook: Playbook,
    receipts: Mapping[str, Receipt],
    now: datetime,
    withdrawn: Withdrawn | None = None,
) -> dict[str, str]:
    """By action, in the order of the registry; as if all that is planned were done."""
    planned = [name for name in ACTIONS if _is_planned(receipts.get(name))]
    done = {name: receipts[name].model_copy(update={"status": ReceiptStatus.DONE}) for name in planned}
    brief = Brief(
        context=decided.context,
        decision=decided.decision,
        playbook=playbook,
        receipts={**receipts, **done},
        withdrawn=withdrawn,
    )
    return {name: _preview(name, brief, now) for name in planned}


def _is_planned(receipt: Receipt | None) -> bool:
    return receipt is not None and receipt.status is ReceiptStatus.PLANNED


def _preview(name: str, brief: Brief, now: datetime) -> str:
    action = ACTIONS[name]
    if why_not := action.skip(brief):
        return f"Nothing: {why_not}."
    if not isinstance(action, Previews):
        return "What it would write is known only when it is done."
    try:
        return action.preview(brief, now)
    except LeadsError as error:
        return f"It could not be written: {error}"
