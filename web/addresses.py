"""The addresses of many records on one page, which differ in nothing but the record's number."""

from typing import Any

from flask import g, url_for

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
