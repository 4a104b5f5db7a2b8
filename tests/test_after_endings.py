"""Every page, for everybody concerned, once an organisation was merged, separated again, or closed."""

import pytest
from flask import Flask

from tests.dealings import url_arguments
from tests.merging_scene import Scene
from tests.partnering import FIRST, partnership_arguments


@pytest.fixture
def scene(app: Flask) -> Scene:
    return Scene(app)


@pytest.mark.parametrize("ending", ["merge", "separate", "close"])
def test_no_page_fails_for_anybody_afterwards(scene: Scene, ending: str) -> None:
    if ending in {"merge", "separate"}:
        scene.merge()
    if ending == "separate":
        scene.browse.post(f"/approvals/{scene.old}/separate", {}, 303)
    if ending == "close":
        page = scene.browse.get(f"/approvals/{scene.old}/close")
        scene.browse.submit(page, "Close the organisation", {"reason": "It ceased."})
    failed = []
    for name in ("carl", "olga", "dora", "opal"):
        client = scene.browse.sign_in(name).client
        for path in _every_page(scene):
            status = client.get(path).status_code
            if status >= 500:
                failed.append(f"{name} {path}: {status}")
    assert not failed, "\n".join(failed)


def _every_page(scene: Scene) -> set[str]:
    """Each address, aimed at each of the dealings and at the unit and the organisation that moved."""
    paths = set()
    for dealt in (scene.met, scene.between):
        arguments: dict[str, int | str] = {
            **url_arguments(dealt),
            **partnership_arguments(FIRST),
            "organisation_id": scene.old,
            "unit_id": scene.world.units["corvus"],
            "post_id": scene.world.posts["corvus need"],
            "person_id": scene.world.people["carl"],
            "membership_id": 7,
            "dismissal_id": 1,
            "mail_id": 1,
            "saved_search_id": 1,
        }
        for rule in scene.app.url_map.iter_rules():
            if "GET" in (rule.methods or set()) and rule.endpoint != "static":
                values = {name: arguments[name] for name in rule.arguments if name in arguments}
                if values.keys() == rule.arguments:
                    paths.add(scene.app.url_map.bind("localhost").build(rule.endpoint, values))
    return paths
