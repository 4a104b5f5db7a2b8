"""Long lists page by page: which page the address asks for, and the ways to its neighbours."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import request


@dataclass(frozen=True)
class Paging:
    """Where in a long list one is, for ``page.pagination``. ``skipped`` rows stand on the pages before."""

    page: int
    pages: int
    skipped: int
    previous_url: str | None
    next_url: str | None


def asked_page() -> int:
    """The number of the page that the address asks for, at least 1; it may lie behind the last one."""
    return max(1, request.args.get("page", 1, type=int))


def paging_of(total: int, size: int, address: Callable[[int], str]) -> Paging:
    """The page of the address, or the last one, of ``total`` rows in pages of ``size``; ``address`` leads to a page."""
    pages = max(1, -(-total // size))
    return paging_at(min(asked_page(), pages), pages, size, address)


def paging_at(page: int, pages: int, size: int, address: Callable[[int], str]) -> Paging:
    """The same for a page that is known."""
    return Paging(
        page=page,
        pages=pages,
        skipped=(page - 1) * size,
        previous_url=address(page - 1) if page > 1 else None,
        next_url=address(page + 1) if page < pages else None,
    )
