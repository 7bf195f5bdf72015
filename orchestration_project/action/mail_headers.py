"""Headers that hold a person's words, written so that every mail program reads back the same words.

The standard library is sound for all other headers; which ones a mail has is decided in `draft.py`.
"""

from email.header import Header
from email.headerregistry import Address, BaseHeader, UniqueAddressHeader, UniqueUnstructuredHeader
from email.policy import Policy
from email.utils import formataddr

ROOM = 70
"""Characters of name and address that one line takes."""

# `fold` of Python 3.11 to 3.13, given a long value, loses blanks between foreign words and the quotes
# around a comma: one recipient becomes two. The older `email.header.Header` does this part well.

# The pairs of base classes are how `HeaderRegistry` itself puts headers together; its type stubs disagree.


class _Text(UniqueUnstructuredHeader, BaseHeader):  # pyright: ignore[reportIncompatibleVariableOverride]
    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {_encoded(str(self), self.name, policy)}{policy.linesep}"


class _OneAddress(  # pyright: ignore[reportIncompatibleVariableOverride, reportIncompatibleMethodOverride]
    UniqueAddressHeader, BaseHeader
):
    def fold(self, *, policy: Policy) -> str:
        (address,) = self.addresses
        name, addr_spec = address.display_name, address.addr_spec
        if not name:
            return f"{self.name}: {addr_spec}{policy.linesep}"
        # `formataddr` is there for the quotes only
        ascii_phrase = formataddr((name, "x")).removesuffix(" <x>") if name.isascii() else None
        phrase = ascii_phrase or _encoded(name, self.name, policy)
        own_line = policy.linesep if len(phrase) + len(addr_spec) > ROOM else ""
        return f"{self.name}: {phrase}{own_line} <{addr_spec}>{policy.linesep}"


def text_header(name: str, text: str) -> BaseHeader:
    """`text` is one line."""
    return _Text(name, text)


def address_header(name: str, address: Address) -> BaseHeader:
    return _OneAddress(name, address)


def _encoded(text: str, header_name: str, policy: Policy) -> str:
    charset = None if text.isascii() else "utf-8"
    return Header(text, charset, header_name=header_name).encode(linesep=policy.linesep)
