"""What the metadata of a view and the value of a button name: a draft, and what was shown of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from domain.values import DraftId


class Stale(Exception):
    """A view or a button holds what none of this version's do: it is too old, or forged (R14)."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


@dataclass(frozen=True)
class Names:
    """A draft, and the fingerprint of the plan that is confirmed, or the generation of the boxes."""

    draft: DraftId
    shown: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read it as it comes back: whose the draft is, the domain checks. Raises Stale."""
        found = re.fullmatch(r"([0-9a-f]{32})(?: ([0-9a-f]{1,32}))?", text)
        if not found:
            raise Stale("draft")
        return cls(DraftId(found[1]), found[2] or "")

    def encode(self) -> str:
        """Write it into a view or a button."""
        return f"{self.draft} {self.shown}" if self.shown else self.draft


@dataclass(frozen=True)
class Listing:
    """A list: what was searched, and the page."""

    text: str = ""
    page: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read it as it comes back. Raises Stale."""
        found = re.fullmatch(r"([0-9]{1,9}) (.*)", text, re.DOTALL)
        if not found:
            raise Stale("list")
        return cls(found[2], int(found[1]))

    def encode(self) -> str:
        """Write it into a view."""
        return f"{self.page} {self.text}"
