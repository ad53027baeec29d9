"""One hex per role becomes the sixteen steps of a Designsystemet theme, in light and in dark.

An organisation brings one colour and gets a whole interface in it without anybody checking contrast: each step is
set by its relative luminance (WCAG 2.2, from which contrast follows whatever the hue) and searched in OKLCH
(Björn Ottosson, "A perceptual color space for image processing", 2020), keeping as much chroma as sRGB can show.
"""

import argparse
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.utils.translation import gettext as _

from talkoo.lib.errors import Invalid

Colour = tuple[float, float, float]  # linear red, green, blue
Step = tuple[float | None, float]  # wanted luminance (None: of the colour itself), share of its chroma

ROLES = {  # role: hex
    "accent": "#1d5f50",  # spruce: actions, progress, links
    "brand1": "#a5721c",  # ochre: the warm note; forecasts, "you", the band of the mark
    "success": "#2a7d4f",
    "neutral": "#8a8068",  # warm paper greys
}
PAPER = {"neutral"}
# fmt: off
NAMES = (
    "background-default", "background-tinted", "surface-default", "surface-tinted", "surface-hover", "surface-active",
    "border-subtle", "border-default", "border-strong", "text-subtle", "text-default", "base-default", "base-hover",
    "base-active", "base-contrast-subtle", "base-contrast-default")
# fmt: on
BASE_LUMINANCE = 0.16  # at most, so that white words on the colour reach 5:1

# fmt: off
LIGHT: tuple[Step, ...] = (
    (1, 0), (.915, .16), (1, 0), (.845, .25), (.76, .35), (.66, .45), (.56, .45), (.2, 1), (.105, 1), (.1, 1),
    (.028, .6), (None, 1), (.065, 1), (.04, 1), (.82, .25), (1, 0))
DARK: tuple[Step, ...] = (
    (.012, .2), (.014, .2), (.018, .25), (.03, .4), (.042, .45), (.058, .5), (.085, .5), (.22, .8), (.42, .7),
    (.42, .7), (.8, .3), (.34, .75), (.44, .7), (.54, .65), (.03, .4), (0, 0))
PAPER_LIGHT: tuple[Step, ...] = (
    (1, 0), (.93, .17), (1, 0), (.88, .2), (.83, .2), (.75, .25), (.73, .24), (.27, .35), (.13, .35),
    (.108, .35), (.0135, .3), (.02, .3), (.04, .3), (.07, .3), (.8, .2), (1, 0))
PAPER_DARK: tuple[Step, ...] = (
    (.0125, .16), (.0085, .16), (.0165, .16), (.025, .18), (.034, .2), (.046, .2), (.05, .2), (.2, .25),
    (.42, .25), (.4, .22), (.83, .12), (.8, .12), (.7, .12), (.6, .12), (.03, .2), (0, 0))
# fmt: on


def _rgb(lightness: float, chroma: float, hue: float) -> Colour:
    """OKLCH to linear sRGB; values outside 0..1 cannot be shown."""
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )


def _linear(hex_colour: str) -> Colour:
    red, green, blue = (int(hex_colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return _decode(red), _decode(green), _decode(blue)


def _decode(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def _encode(value: float) -> int:
    shown = 12.92 * value if value <= 0.0031308 else 1.055 * float(max(0.0, value) ** (1 / 2.4)) - 0.055
    return round(255 * min(1.0, max(0.0, shown)))


def _chroma_hue(hex_colour: str) -> tuple[float, float]:
    red, green, blue = _linear(hex_colour)
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    a = 1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short
    return math.hypot(a, b), math.atan2(b, a)


def _luminance(colour: Colour) -> float:
    return 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two hex colours, 1..21 (WCAG 2.2, "contrast ratio")."""
    lighter, darker = sorted((_luminance(_linear(one)), _luminance(_linear(other))), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _of_luminance(chroma: float, hue: float, wanted: float) -> Colour:
    low, high = 0.0, 1.0
    for _step in range(32):
        middle = (low + high) / 2
        low, high = (middle, high) if _luminance(_rgb(middle, chroma, hue)) < wanted else (low, middle)
    return _rgb(middle, chroma, hue)


def _at(chroma: float, hue: float, wanted: float) -> str:
    """The hex of this hue with the wanted luminance, as much of the chroma as sRGB can show."""
    if wanted >= 1:
        return "#ffffff"
    if wanted <= 0:
        return "#000000"
    colour = _of_luminance(chroma, hue, wanted)
    while (min(colour) < -1e-3 or max(colour) > 1.001) and chroma >= 0.002:
        chroma *= 0.92
        colour = _of_luminance(chroma, hue, wanted)
    return "#{:02x}{:02x}{:02x}".format(*(_encode(value) for value in colour))


def steps(hex_colour: str, table: tuple[Step, ...]) -> dict[str, str]:
    """The sixteen steps of one colour: name of the step to hex."""
    chroma, hue = _chroma_hue(hex_colour)
    own = min(_luminance(_linear(hex_colour)), BASE_LUMINANCE)
    return {
        name: _at(chroma * share, hue, own if wanted is None else wanted)
        for name, (wanted, share) in zip(NAMES, table, strict=True)
    }


def _lines(roles: Mapping[str, str], dark: bool) -> str:
    lines: list[str] = []
    for role, colour in roles.items():
        table = (PAPER_DARK if dark else PAPER_LIGHT) if role in PAPER else (DARK if dark else LIGHT)
        lines += [f"  --ds-color-{role}-{name}: {value};" for name, value in steps(colour, table).items()]
    return "\n".join(lines)


def sheet(roles: Mapping[str, str] = ROLES) -> str:
    """The style sheet of these roles for light, dark and automatic schemes."""
    light, dark = _lines(roles, dark=False), _lines(roles, dark=True)
    return (
        f':root,\n[data-color-scheme="light"] {{\n  color-scheme: light;\n{light}\n}}\n\n'
        f'[data-color-scheme="dark"] {{\n  color-scheme: dark;\n{dark}\n}}\n\n'
        f'@media (prefers-color-scheme: dark) {{\n[data-color-scheme="auto"] {{\n  color-scheme: dark;\n{dark}\n}}\n}}\n'
    )


@dataclass(frozen=True, slots=True)
class Look:
    """What becomes of one colour: the hexes of a page and a button in light and in dark, and what of it was changed."""

    colour: str
    light: Mapping[str, str]
    dark: Mapping[str, str]

    @property
    def darkened(self) -> bool:
        """White words could not be read on the colour itself, so buttons stand in a darker shade of it."""
        return self.light["button"] != self.colour


def look_of(hex_colour: str) -> Look:
    """How pages and buttons look in one colour."""
    shown = {"page": "background-default", "tint": "surface-tinted", "button": "base-default",
             "words": "base-contrast-default", "link": "text-subtle", "edge": "border-subtle"}  # fmt: skip
    light, dark = (
        {name: made[step] for name, step in shown.items()}
        for made in (steps(hex_colour, LIGHT), steps(hex_colour, DARK))
    )
    return Look(hex_colour, light, dark)


@lru_cache(maxsize=256)
def organisation_sheet(hex_colour: str) -> str:
    """The style sheet of an organisation's one colour, for /theme/<org>.css. Raises Invalid unless it is #rrggbb."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", hex_colour):
        message = _("“%(colour)s” is no colour.") % {"colour": hex_colour[:20]}
        raise Invalid(message, remedy=_("Write it as # and six digits, such as #1d5f50."))
    return re.sub(r"\n\s*|(?<=[:,{])\s", "", sheet({"accent": hex_colour.lower()}))


def main() -> None:
    """Writes static/css/theme.css: python -m talkoo.lib.theme TARGET."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("target", type=Path)
    target: Path = parser.parse_args().target
    target.write_text(f"/* Generated by talkoo.lib.theme: do not edit. */\n{sheet()}", encoding="utf-8")


if __name__ == "__main__":
    main()
