"""Addresses that hold the number of a record: those of many records on one page, and what a query names."""

from collections.abc import Iterable
from typing import Any

from flask import g, request, url_for

from web.protection import LARGEST_ID


def record_url(endpoint: str, argument: str, record_id: int) -> str:
    """What ``url_for`` says for the record, asked once a request: a list has several such addresses in each line."""
    # The proxy itself would take longer than all the rest.
    kept: dict[str, tuple[str, str]] = g._get_current_object().setdefault("record_addresses", {})
    if endpoint not in kept:
        values: dict[str, Any] = {argument: LARGEST_ID}
        before, _, after = url_for(endpoint, **values).partition(str(LARGEST_ID))
        kept[endpoint] = before, after
    before, after = kept[endpoint]
    return f"{before}{record_id}{after}"


def id_in_address(name: str) -> int | None:
    """The record's number that ``name`` of the query is; None where it is none, or one that no record can have."""
    number = request.args.get(name, type=int)
    return number if number is not None and _may_be_id(number) else None


def possible_ids(numbers: Iterable[int]) -> list[int]:
    """Those of the numbers that a record can have: with the others a database could not even be asked."""
    return [number for number in numbers if _may_be_id(number)]


def _may_be_id(number: int) -> bool:
    return 0 < number <= LARGEST_ID
