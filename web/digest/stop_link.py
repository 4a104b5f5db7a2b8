"""The signed address that stops somebody's digest without signing in. Whoever holds it can stop it, nothing else."""

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from web.letters import public_url


def stop_url(person_id: int) -> str:
    """The address for the mail's header. It never runs out: an old mail must still be able to stop the next one."""
    return public_url("digest.stop", {"token": _signer().dumps(person_id)})


def read_stop_link(token: str) -> int | None:
    """Whose digest a token stops; None if it is not ours."""
    try:
        person_id = _signer().loads(token)
    except (BadSignature, ValueError, TypeError):
        return None
    return person_id if isinstance(person_id, int) else None


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.extensions["settings"].secret_key, salt="digest.stop")
