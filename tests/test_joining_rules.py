"""What tells organisations apart: identifiers with their check digits, and names."""

import pytest

from models.joining import folded_organisation_name, is_lei, is_ror


@pytest.mark.parametrize("code", ["05a28rw58", "02mhbdp94", "042nb2s44", "03yrm5c26", "052gg0110"])
def test_registered_ror_identifiers_pass_and_their_neighbours_do_not(code: str) -> None:
    assert is_ror(code)
    assert not is_ror(code[:-1] + str((int(code[-1]) + 1) % 10))
    assert not is_ror(code[:2] + ("b" if code[2] != "b" else "c") + code[3:])


def test_registered_leis_pass_and_exchanged_digits_do_not() -> None:
    assert is_lei("5493000IBP32UQZ0KL24")
    assert is_lei("7LTWFZYICNSX8D621K86")
    assert not is_lei("7LTWFZYICNSX8D621K68")
    assert not is_lei("7LTWFZYICNSX8D62IK86")


def test_names_are_compared_without_accents_case_and_legal_form() -> None:
    assert folded_organisation_name("Müller & Söhne GmbH") == folded_organisation_name("MULLER  SOHNE")
    assert folded_organisation_name("GmbH") == "gmbh"
    assert folded_organisation_name("東京大学") == folded_organisation_name("東京大学 ")
