"""Two people change one post at once: nothing is overwritten, and each field says whose words it shows."""

from dataclasses import dataclass

from wtforms import BooleanField, Field

from models.base import utc_now
from models.post import Post, PostState
from web.localisation import gettext
from web.places import PlaceField
from web.posts.forms import PostForm
from web.posts.records import STATE, digest_of, digests_of, seen_digests, values_of_record
from web.posts.words import state_of


@dataclass(frozen=True)
class CrossedField:
    """A field that somebody else changed meanwhile, and what it says now. The form keeps what was typed there;
    ``is_taken_over``: nothing was, so the form shows what it says now.
    """

    label: str
    now: str
    is_taken_over: bool


def merge_crossed(form: PostForm, post: Post, is_publishing: bool) -> list[CrossedField]:
    """Put into the form what somebody else changed where this person did not, and name all that was changed.

    Where nothing is named, as for a button that is pressed twice, the form may be kept. ``is_publishing`` says that
    keeping it publishes the post: then it is no news that somebody else did.
    """
    now, seen = values_of_record(post), seen_digests(form)
    recorded = PostForm(formdata=None, obj=post)
    crossed = []
    is_as_wanted = is_publishing and post.state is PostState.PUBLISHED
    if not is_as_wanted and seen.get(STATE) != digest_of(post.state.value):
        crossed.append(
            CrossedField(gettext("State"), state_of(post.state, post.closes_at, utc_now()).word, False)
        )
    for name in now:
        if name not in form or _typed(form[name]) == now[name] or seen.get(name) == digest_of(now[name]):
            continue
        is_untouched = seen.get(name) == digest_of(_typed(form[name]))
        crossed.append(
            CrossedField(str(form[name].label.text), _in_words(form[name], now[name]), is_untouched)
        )
        if is_untouched:
            form[name].data = recorded[name].data
            # A number or a date is shown as it was sent, unless it was not.
            form[name].raw_data = None
    form.version.data = str(post.version)
    form.seen.data = digests_of(post)
    return crossed


def _typed(field: Field) -> str:
    """What was typed, as the record says the same."""
    if isinstance(field, PlaceField) and field.choice is not None:
        return field.choice.label
    return "" if field.data is None else str(field.data)


def _in_words(field: Field, value: str) -> str:
    """A value as the field's choices say it."""
    if isinstance(field, BooleanField):
        return str(gettext("yes") if value == "True" else gettext("no"))
    labels = {choice.value: str(choice.label) for choice in getattr(field, "choices", [])}
    return labels.get(value, value)
