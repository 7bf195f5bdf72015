"""What the parts of the ledger are made of: a base for those that only read, and one for those that also ask
the time.

Which parts there are is in `__init__.py`. They share these two since a dataclass costs a third of a
millisecond to make, and there are more than forty.
"""

from dataclasses import dataclass

from sqlalchemy import Engine

from orchestration_project.model import Clock


@dataclass(frozen=True)
class ReadingPart:
    engine: Engine


@dataclass(frozen=True)
class Part:
    engine: Engine
    clock: Clock
