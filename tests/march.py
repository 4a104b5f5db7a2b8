"""The page of the relationship of Alba's plant with Boreal's engineering, on a day in March 2027."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.dealings import Dealings

NOW = "2027-03-10T12:00:00+00:00"


@pytest.fixture(autouse=True)
def in_march() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def path_of(dealt: Dealings, rest: str = "") -> str:
    return f"/relationships/{dealt.ours}{rest}"
