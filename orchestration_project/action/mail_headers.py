"""Headers that hold a person's words, written so that every mail program reads back the same words.

The standard library is sound for all other headers; which ones a mail has is decided in `draft.py`.
"""

from email.header import Header
from email.headerregistry import Address, BaseHeader, UniqueAddressHeader, UniqueUnstructuredHeader
from email.policy import Policy
from email.utils import formataddr

# `fold` of Python 3.11 to 3.13, given a long value, loses blanks between foreign words and the quotes
# around a comma: one recipient becomes two. The older `email.header.Header` does this part well.


class _Text(UniqueUnstructuredHeader, BaseHeader):
    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {_encoded(str(self), self.name, policy)}{policy.linesep}"


class _OneAddress(UniqueAddressHeader, BaseHeader):
    def fold(self, *, policy: Policy) -> str:
        (address,) = self.addresses
        name, addr_spec = address.display_name, address.addr_spec
        if not name:
            return f"{self.name}: {addr_spec}{policy.linesep}"
        if name.isascii():
            phrase = formataddr((name, "x")).removesuffix(" <x>")
        else:
            phrase = _encoded(name, self.name, policy)
        break_ = policy.linesep if len(phrase) + len(addr_spec) > 60 else ""
        return f"{self.name}: {phrase}{break_} <{addr_spec}>{policy.linesep}"


def text_header(name: str, text: str) -> BaseHeader:
    """`text` is one line."""
    return _Text(name, text)


def address_header(name: str, address: Address) -> BaseHeader:
    return _OneAddress(name, address)


def _encoded(text: str, header_name: str, policy: Policy) -> str:
    charset = None if text.isascii() else "utf-8"
    return Header(text, charset, header_name=header_name).encode(linesep=policy.linesep)
