"""Signed links that stop a kind of mail without signing in. Whoever holds one can stop it, and nothing else."""

from dataclasses import dataclass

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from web.letters import public_url

KINDS = ("setting", "search")


@dataclass(frozen=True)
class StopLink:
    """``kind`` "setting": new posts that fit a unit's; "search": a saved search. ``record_id`` is the row's."""

    kind: str
    record_id: int


def stop_url(kind: str, record_id: int) -> str:
    """The address for the mail's header. It never runs out: an old mail must still be able to stop the next one."""
    return public_url("alerts.stop", {"token": _signer().dumps([kind, record_id])})


def read_stop_link(token: str) -> StopLink | None:
    """What a token stops; None if it is not ours."""
    try:
        kind, record_id = _signer().loads(token)
    except (BadSignature, ValueError, TypeError):
        return None
    return StopLink(kind, record_id) if kind in KINDS and isinstance(record_id, int) else None


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.extensions["settings"].secret_key, salt="alerts.stop")
