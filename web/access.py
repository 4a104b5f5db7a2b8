"""Who may use an endpoint, said in one line above its view and enforced before the view runs.

Every endpoint carries exactly one of ``@public``, ``@signed_in``, ``@operator_only`` or ``@allowed``. The order is
always: load the record through what the actor may see (else 404), ask ``can`` (else 403), and only then let the view
begin to write, which loads and authorises once more with ``for_writing``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, abort, g
from flask_login import current_user
from flask_security.decorators import auth_required

from models.actor import VISITOR, Action, Actor, load_actor
from models.base import Base, utc_now
from models.database import begin_write
from models.person import Person
from models.policy import can
from web.database import db

Record = TypeVar("Record", bound=Base)
Loader = Callable[[Actor, int], Record]
View = Callable[..., Any]

# Flask's own static files, and Flask-Security's endpoints, which do their own checking.
UNDECLARED_ENDPOINTS = frozenset({"static"})
UNDECLARED_BLUEPRINTS = frozenset({"security"})


@dataclass(frozen=True)
class Access:
    """What an endpoint declared, for the start-up check and for the test that walks every route."""

    who: str
    action: Action | None = None
    argument: str | None = None


def public(view: View) -> View:
    """Anybody, signed in or not."""
    view.access = Access("public")  # type: ignore[attr-defined] # The declaration travels on the view.
    return view


def signed_in(view: View) -> View:
    """Anybody with an account, whether or not they belong to an organisation."""
    guarded = auth_required("session")(view)
    guarded.access = Access("signed_in")
    return guarded  # type: ignore[no-any-return] # The library ships no types.


def operator_only(view: View) -> View:
    """The platform's operators."""

    @wraps(view)
    def guarded(*arguments: Any, **named: Any) -> Any:
        if not current_actor().is_operator:
            abort(403)
        return view(*arguments, **named)

    guarded = auth_required("session")(guarded)
    guarded.access = Access("operator")  # type: ignore[attr-defined] # The declaration travels on the view.
    return guarded


def allowed(action: Action, loader: Loader[Any], argument: str) -> Callable[[View], View]:
    """Whoever may do ``action`` to the record that ``loader`` finds by the URL's ``argument``.

    The view gets the record as its first parameter in place of that argument.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(**url_arguments: Any) -> Any:
            record = authorised(action, loader, url_arguments.pop(argument))
            return view(record, **url_arguments)

        guarded = auth_required("session")(guarded)
        guarded.access = Access("allowed", action, argument)  # type: ignore[attr-defined] # As above.
        return guarded

    return decorate


def current_actor() -> Actor:
    """The actor of this request, with rights as the current transaction sees them."""
    # The proxy itself would look for the request at each touch.
    kept = g._get_current_object()
    if "actor" not in kept:
        kept.actor = (
            load_actor(db.session, current_user.person_id) if current_user.is_authenticated else VISITOR
        )
    actor: Actor = kept.actor
    return actor


def current_person() -> Person:
    """The person of this request, where nobody comes without being signed in."""
    return db.session.get_one(Person, current_person_id())


def current_person_id() -> int:
    """The id of the same, also where the record was expired."""
    person_id = current_actor().person_id
    assert person_id is not None
    return person_id


def authorised(action: Action, loader: Loader[Record], record_id: int) -> Record:
    """The record, loaded through what the actor may see; ends the request with 404 or 403 otherwise."""
    actor = current_actor()
    record = loader(actor, record_id)
    if not can(actor, action, record, utc_now()):
        abort(403)
    return record


def for_writing(action: Action, loader: Loader[Record], record_id: int) -> Record:
    """Begin the write transaction, then load and authorise the record again: rights and rows may have
    changed meanwhile.
    """
    begin_write(db.session)
    g.pop("actor", None)
    return authorised(action, loader, record_id)


def check_every_endpoint_declares(app: Flask) -> None:
    """Refuse to start with an endpoint that does not say who may use it. Raises RuntimeError naming them."""
    undeclared = [
        endpoint
        for endpoint, view in app.view_functions.items()
        if endpoint not in UNDECLARED_ENDPOINTS
        and endpoint.split(".")[0] not in UNDECLARED_BLUEPRINTS
        and not hasattr(view, "access")
    ]
    if undeclared:
        raise RuntimeError(f"Say in web/access.py's words who may use: {', '.join(sorted(undeclared))}")
