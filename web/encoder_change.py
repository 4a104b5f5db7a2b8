"""Changing the encoder in the background: fill the new vectors while the old ones serve, then switch."""

from sqlalchemy.orm import Session

from matching.encoder import Encoder, Progress
from matching.passages import active_encoder
from matching.reencoding import (
    STORED_AT_ONCE,
    encode_batch,
    ensure_encoder,
    next_batch,
    progress_of,
    store_batch,
    switch_over,
)
from models.database import begin_write
from models.passage import EncoderRecord


def change_encoder(session: Session, encoder: Encoder, on_progress: Progress | None = None) -> bool:
    """Make this encoder the one whose vectors serve. Returns False if there was nothing to do.

    Can be stopped at any moment and started again: what is done stays done. Commits after each few posts.
    """
    record = _recorded(session, encoder)
    changed = False
    while batch := next_batch(session, record):
        changed = True
        made = encode_batch(batch, encoder, record.id)
        for start in range(0, len(batch), STORED_AT_ONCE):
            some = slice(start, start + STORED_AT_ONCE)
            begin_write(session)
            store_batch(session, batch[some], made[some])
            session.commit()
        if on_progress is not None:
            progress = progress_of(session, record)
            on_progress(progress.done, progress.total)
    active = active_encoder(session)
    if active is not None and active.id == record.id:
        return changed
    begin_write(session)
    is_switched = switch_over(session, record.id)
    session.commit()
    # A post that was published between the last batch and the switch asks for one more round.
    return is_switched or change_encoder(session, encoder, on_progress)


def _recorded(session: Session, encoder: Encoder) -> EncoderRecord:
    active = active_encoder(session)
    if active is not None and active.key == encoder.key:
        return active
    begin_write(session)
    record = ensure_encoder(session, encoder)
    session.commit()
    return record
