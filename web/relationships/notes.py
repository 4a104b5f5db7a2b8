"""Private notes: what our side keeps to itself. Those who take part and the office read and write them."""

from flask import redirect, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from models.actor import Action
from models.audit import note_action
from models.base import utc_now
from models.once import TWICE_WITHIN
from models.relationship import PrivateNote, Relationship
from web.access import allowed, current_person_id, for_writing
from web.database import db
from web.loaders import load_relationship
from web.relationships import blueprint
from web.relationships.forms import NoteForm, PersonForm
from web.relationships.showing import show_page


@blueprint.post("/relationships/<int:relationship_id>/notes")
@allowed(Action.RELATIONSHIP_READ, load_relationship, "relationship_id")
def note(ours: Relationship) -> Response | tuple[str, int]:
    """Keep a note."""
    form = NoteForm()
    if not form.validate_on_submit():
        return show_page(ours, form, PersonForm(formdata=None)), 422
    ours = for_writing(Action.RELATIONSHIP_READ, load_relationship, ours.id)
    person_id = current_person_id()
    if not _was_kept(ours, person_id, form.text.data):
        kept = PrivateNote(relationship_id=ours.id, person_id=person_id, text=form.text.data)
        db.session.add(kept)
        db.session.flush()
        note_action(db.session, person_id, "relationship.note", kept, ours.unit_id)
    db.session.commit()
    return redirect(url_for("relationships.show", relationship_id=ours.id) + "#notes", 303)


def _was_kept(ours: Relationship, person_id: int, text: str) -> bool:
    """Whether the same note of this person was kept moments ago."""
    same = select(PrivateNote.id).where(
        PrivateNote.relationship_id == ours.id,
        PrivateNote.person_id == person_id,
        PrivateNote.text == text,
        PrivateNote.created_at > utc_now() - TWICE_WITHIN,
    )
    return db.session.scalar(same.limit(1)) is not None
