"""Hands batches from op to op through the ledger: a step can be re-executed on any machine.

Only Batch outputs come this way; the rows are read and written by `ledger/facts.py`.
"""

from typing import Any, get_args

import dagster as dg

from orchestration_project.ledger import Ledger
from orchestration_project.ledger.facts import Place
from orchestration_project.model import Batch, HasRef


class LedgerIOManager(dg.ConfigurableIOManager):
    ledger: dg.ResourceDependency[Ledger]

    def handle_output(self, context: dg.OutputContext, obj: Batch[HasRef]) -> None:
        self.ledger.facts.write(Place(context.run_id, context.step_key, context.name), obj.items)

    def load_input(self, context: dg.InputContext) -> Batch[HasRef]:
        # of a re-executed run, `upstream_output` names the run that made the output
        upstream = context.upstream_output
        if upstream is None:
            raise dg.DagsterInvariantViolationError("A batch is only ever handed on by another op.")
        items = self.ledger.facts.read(Place(upstream.run_id, upstream.step_key, upstream.name))
        return _batch_type(context.dagster_type.typing_type).model_validate({"items": items})


def _batch_type(annotation: Any) -> type[Batch[HasRef]]:
    """`Batch[Receipt]` from itself, or from the `list[Batch[Receipt]]` of a fan-in."""
    inner = get_args(annotation)
    return inner[0] if inner else annotation
