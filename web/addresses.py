"""Addresses that hold the number of a record: those of many records on one page, and what a query names."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from flask import g, request, url_for

from web.acting import acting_unit, is_unit_in_address
from web.protection import LARGEST_ID

# Some dozens for each unit whose pages are asked for.
MOST_KEPT = 10_000


def record_url(endpoint: str, argument: str, record_id: int) -> str:
    """What ``url_for`` says for the record. A list has several such addresses in each line."""
    # The proxy itself would take longer than all the rest.
    kept: dict[str, tuple[str, str]] = g._get_current_object().setdefault("record_addresses", {})
    if endpoint not in kept:
        unit = acting_unit()
        unit_id = unit.id if unit is not None else None
        kept[endpoint] = _around_number(
            endpoint, argument, request.script_root, unit_id, is_unit_in_address()
        )
    before, after = kept[endpoint]
    return f"{before}{record_id}{after}"


def with_query(address: str, named: Mapping[str, str | int | None]) -> str:
    """The address, as ``url_for`` gave it once, with what is not None as its query: for the many ways to one list."""
    query = urlencode({name: value for name, value in named.items() if value is not None})
    return f"{address}{'&' if '?' in address else '?'}{query}" if query else address


def id_in_address(name: str) -> int | None:
    """The record's number that ``name`` of the query is; None where it is none, or one that no record can have."""
    number = request.args.get(name, type=int)
    return number if number is not None and _may_be_id(number) else None


def possible_ids(numbers: Iterable[int]) -> list[int]:
    """Those of the numbers that a record can have: with the others a database could not even be asked."""
    return [number for number in numbers if _may_be_id(number)]


def _may_be_id(number: int) -> bool:
    return 0 < number <= LARGEST_ID


@lru_cache(MOST_KEPT)
def _around_number(
    endpoint: str, argument: str, script_root: str, unit_id: int | None, says_unit: bool
) -> tuple[str, str]:
    """What stands before and behind the record's number; of the request it depends on nothing but the last three."""
    values: dict[str, Any] = {argument: LARGEST_ID}
    before, _, after = url_for(endpoint, **values).partition(str(LARGEST_ID))
    return before, after
