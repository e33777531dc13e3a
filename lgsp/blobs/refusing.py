"""What is said when a blob store does not answer."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from lgsp.model.errors import Problem, StoreUnavailable
from lgsp.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def not_available(where: object, *errors: type[Exception]) -> Iterator[None]:
    """Say StoreUnavailable of what the machine, or the store's library, says."""
    told: tuple[type[Exception], ...] = (OSError, *errors)
    try:
        yield
    except told as error:
        expected = Text("room for large documents that answers", "nơi lưu văn bản lớn hoạt động")
        raise StoreUnavailable(Problem(element=str(where), expected=expected, found=str(error)[:200])) from error
