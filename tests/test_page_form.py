"""What forged and odd requests get to read: our words at the field, never those of the form library."""

import pytest

from tests.browsing import Browser, Page
from tests.world import World

LIBRARY_WORDS = ("not a valid", "coerce", "invalid choice", "this field is required")
CHOOSE_AGAIN = "This is not one of the choices. Choose again."


def is_ours(page: Page) -> bool:
    return not any(words in page.words.casefold() for words in LIBRARY_WORDS)


def test_a_day_that_is_none_is_told_in_our_words(browse: Browser, world: World) -> None:
    path = f"/units/{world.units['alba plant']}/search?q=cells&from=soon"
    page = browse.sign_in("max").get(path, 422)
    assert "Write the date as year-month-day" in page.error_of("from")
    assert is_ours(page)


@pytest.mark.parametrize(
    ("who", "path", "values", "field"),
    [
        ("max", "/units/{alba plant}/partners/{boreal}/dismiss", {"reason": "boredom"}, "reason"),
        ("ada", "/organisations/{alba}/edit", {"sector": "witchcraft"}, "sector"),
        ("ada", "/units/{alba}/edit", {"name": "Cells", "version": "old"}, "version"),
        ("ada", "/settings", {"name": "Ada", "zone": "Mars/Base"}, "zone"),
        ("ada", "/settings", {"name": "Ada", "contact_permission": "never"}, "contact_permission"),
        ("ada", "/settings", {"name": "Ada"}, "locale"),
        ("uma", "/join/new", {"kind": "coven"}, "kind"),
        ("uma", "/join/new", {"sector": "witchcraft"}, "sector"),
    ],
)
def test_a_forged_choice_is_told_in_our_words(
    browse: Browser, world: World, who: str, path: str, values: dict[str, str], field: str
) -> None:
    place = path.format(**(world.organisations | world.units))
    page = browse.sign_in(who).post(place, values, 422)
    assert is_ours(page)
    if page.find(attrs={"name": field, "type": "hidden"}) is None:
        assert page.error_of(field)


@pytest.mark.parametrize(
    "name", ["Ada\nExample", "Ada\tExample", "Ada\x85Example", "Ada\u2028Example", "Ada\u202eelpmaxE"]
)
@pytest.mark.parametrize(
    ("who", "path"),
    [("ada", "/settings"), ("ada", "/units/{alba}/new-unit"), ("uma", "/join/new"), ("", "/register")],
)
def test_a_name_is_one_line(browse: Browser, world: World, who: str, path: str, name: str) -> None:
    page = browse.sign_in(who).post(path.format(**world.units), {"name": name}, 422)
    assert "This has to be one line" in page.error_of("name")
