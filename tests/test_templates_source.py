"""What holds for the source of every template and for the colours: nothing inline, known icons, contrast."""

import re

import pytest

from tests.bare_look import TEMPLATES, WEB

BANNED_CLASSES = ("btn-outline-warning", "btn-outline-info", "badge bg-info")


def test_no_template_uses_anything_inline_or_a_class_of_poor_contrast() -> None:
    for path in TEMPLATES.rglob("*.html"):
        written = path.read_text(encoding="utf-8")
        source = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", "", written, flags=re.DOTALL)
        where = path.relative_to(TEMPLATES)
        assert not re.search(r"\s(style|on[a-z]+)=[\"']", source), f"{where} has an inline style or handler"
        assert not re.search(r"<script(?![^>]*\ssrc=)", source), f"{where} has an inline script"
        for banned in BANNED_CLASSES:
            assert banned not in written, f"{where} uses {banned}, whose contrast is below 2:1"


def test_every_icon_named_in_a_template_is_in_the_sprite() -> None:
    sprite = (WEB / "static" / "vendor" / "lucide" / "icons.svg").read_text(encoding="utf-8")
    known = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    for path in TEMPLATES.rglob("*.html"):
        for name in re.findall(r'icon(?:_name)?(?:\(|=)"([a-z0-9-]+)"', path.read_text(encoding="utf-8")):
            assert name in known, f"{path.name} names the icon {name}: add it to ICONS in web/vendor.py"


def test_every_kind_of_button_has_its_colours() -> None:
    sheet = (WEB / "static" / "css" / "counterpart.css").read_text(encoding="utf-8")
    named: set[str] = set()
    for path in TEMPLATES.rglob("*.html"):
        named |= set(re.findall(r'submit\(.*?kind="([a-z]+)"', path.read_text(encoding="utf-8")))
    assert named >= {"danger", "secondary"}
    for kind in named:
        assert f"\n.btn-{kind} {{" in sheet, f"the sheet has no .btn-{kind}, which a macro puts together"


def brightness(colour: str) -> float:
    """Relative luminance of "#RRGGBB", as WCAG 2.2 defines it."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels
    ]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((brightness(one), brightness(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_colour_can_be_read_on_every_ground(scheme: str) -> None:
    sheet = (WEB / "static" / "css" / "counterpart.css").read_text(encoding="utf-8")
    light, dark = sheet.split("@media (prefers-color-scheme: dark)")[:2]
    tokens = dict(re.findall(r"--([a-z-]+): (#[0-9A-F]{6});", light))
    if scheme == "dark":
        tokens |= dict(re.findall(r"--([a-z-]+): (#[0-9A-F]{6});", dark.split("/* Bootstrap")[0]))
    pairs = [
        (text, ground)
        for text in ("ink", "muted", "link", "danger", "ok", "get", "give")
        for ground in ("paper", "surface")
    ]
    pairs += [
        ("ink", "mark"),
        ("muted", "sunken"),
        ("ink", "info-wash"),
        ("on-button", "button"),
        ("on-button", "button-hover"),
    ]
    pairs += [(side, f"{side}-wash") for side in ("get", "give", "danger", "ok")]
    poor = [
        f"{text} on {ground}: {contrast(tokens[text], tokens[ground]):.2f}"
        for text, ground in pairs
        if contrast(tokens[text], tokens[ground]) < 4.5
    ]
    assert poor == []
    assert contrast(tokens["input-border"], tokens["paper"]) >= 3
