"""What the types of every layer are made of: the ref, the frozen base, the batch, the clock.

What one layer says to the next is in the module of that layer.
"""

from datetime import datetime
from typing import Generic, NewType, Protocol, TypeVar, runtime_checkable

from pydantic import BaseModel, ConfigDict, JsonValue

Ref = NewType("Ref", str)
"""The short public id of a lead, `L-` and ten letters; safe to log, tag and print."""


JsonObject = dict[str, JsonValue]


class Frozen(BaseModel):
    # what a person wrote must not turn up in an error message and from there in a log
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


@runtime_checkable
class HasRef(Protocol):
    @property
    def ref(self) -> Ref: ...


ItemT_co = TypeVar("ItemT_co", bound=HasRef, covariant=True)


class Batch(Frozen, Generic[ItemT_co]):
    """The leads one run carries through an op, one item a lead: one on a quiet day, many in a burst."""

    # what it may hold is a protocol, which pydantic can only check with isinstance
    model_config = ConfigDict(arbitrary_types_allowed=True)

    items: tuple[ItemT_co, ...] = ()

    @property
    def refs(self) -> tuple[Ref, ...]:
        return tuple(item.ref for item in self.items)


class Clock(Protocol):
    """Tells the time, in UTC. Passed in wherever time matters, so that tests do not wait."""

    def __call__(self) -> datetime: ...
