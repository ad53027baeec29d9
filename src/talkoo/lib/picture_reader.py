"""Looks at pictures one by one and writes each anew. Runs as a program of its own: see `pictures.py`.

Decoders of pictures are large and old, so this process may have little memory and, for each picture, little time. It
imports nothing of Talkoo. It gets a length and that many bytes, and says a line of JSON and what it made:
{"media": "image/jpeg", "width": w, "height": h, "length": n} and n bytes, or {"fault": "…"}.
"""

import io
import json
import resource
import sys
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont, ImageOps

MOST_PIXELS = 50_000_000
LONGEST = 2400  # pixels of the longer side: a page of A4 at 200 dots an inch
KINDS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
MARK_LEAST, MARK_PART = 13, 55  # pixels that letters of a mark have at least; a part of the longer side
MARK_DARK, MARK_LIGHT = 70, 110  # of 255: how much covers what is there
FONTS, LETTERS = Path(__file__).parents[1] / "static/vendor/fonts", ("inter-latin.woff2", "inter-latin-ext.woff2")
LARGE = 3_000_000  # bytes; a PNG above that is a photograph, and goes as JPEG
Image.MAX_IMAGE_PIXELS = None  # we ask ourselves, before anything is decoded


class Refused(Exception):
    """Why a picture is not taken."""


def main(memory: str, seconds: str) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while head := sys.stdin.buffer.readline():
        used = resource.getrusage(resource.RUSAGE_SELF)
        until = int(used.ru_utime + used.ru_stime) + 1 + int(seconds)
        resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))
        length, _space, mark = head.partition(b" ")
        told, content = answer(sys.stdin.buffer.read(int(length)), json.loads(mark) if mark.strip() else None)
        sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + content)
        sys.stdout.buffer.flush()
    return 0


def answer(content: bytes, mark: list[Any] | None = None) -> tuple[dict[str, Any], bytes]:
    try:
        media, width, height, made = marked(content, *mark) if mark else anew(content)
    except Refused as refusal:
        return {"fault": str(refusal)}, b""
    except MemoryError:
        return {"fault": "large"}, b""
    except Exception:  # noqa: BLE001 - whatever a decoder stumbles over, the picture is damaged
        return {"fault": "damaged"}, b""
    return {"media": media, "width": width, "height": height, "length": len(made)}, made


def marked(content: bytes, names: list[str], time: str) -> tuple[str, int, int, bytes]:
    """The picture with a name and the time over all of it, again and again: the first of `names` that can be drawn."""
    with Image.open(io.BytesIO(content), formats=list(KINDS)) as image:
        if image.width * image.height > MOST_PIXELS:
            raise Refused("pixels")
        kind = "PNG" if image.format == "PNG" else "JPEG"  # a WebP is written too slowly while somebody waits
        seen = image.convert("RGBA")
    size = max(MARK_LEAST, max(seen.size) // MARK_PART)
    fonts = [ImageFont.truetype(FONTS / name, size) for name in LETTERS]
    runs = next((found for name in names if (found := _runs(fonts, f"{name}  ·  {time}"))), None)
    if runs is None:
        raise Refused("letters")
    across, down, edge = (
        round(sum(font.getlength(words) for words, font in runs)) + 5 * size,
        4 * size,
        max(1, size // 14),
    )
    over = Image.new("RGBA", seen.size)
    pen = ImageDraw.Draw(over)
    for row, y in enumerate(range(down // 3, seen.height + down, down)):
        for at in range(-across // 2 * (row % 2), seen.width, across):
            x = float(at)
            for words, font in runs:  # dark shows on light, its light edge on dark
                pen.text((x + edge, y + edge), words, font=font, fill=(255, 255, 255, MARK_LIGHT), anchor="ls")
                pen.text((x, y), words, font=font, fill=(0, 0, 0, MARK_DARK), anchor="ls")
                x += font.getlength(words)
    seen.alpha_composite(over)
    made = _saved(seen if kind == "PNG" else seen.convert("RGB"), kind, quick=True)
    return KINDS[kind], seen.width, seen.height, made


def _runs(fonts: "list[ImageFont.FreeTypeFont]", words: str) -> "list[tuple[str, ImageFont.FreeTypeFont]]":
    """The words in pieces, each with the font that has its letters; nothing where one has a letter that none has."""
    boxes = [bytes(font.getmask("\uffff")) for font in fonts]
    runs: list[tuple[str, ImageFont.FreeTypeFont]] = []
    for letter in words:
        known = [font for font, box in zip(fonts, boxes, strict=True) if bytes(font.getmask(letter)) != box]
        if not known:
            return []
        if runs and runs[-1][1] in known:
            runs[-1] = (runs[-1][0] + letter, runs[-1][1])
        else:
            runs.append((letter, known[0]))
    return runs


def anew(content: bytes) -> tuple[str, int, int, bytes]:
    """The picture as it is seen, upright, at most LONGEST a side, without anything but its pixels."""
    with Image.open(io.BytesIO(content), formats=list(KINDS)) as image:
        if image.width * image.height > MOST_PIXELS:
            raise Refused("pixels")
        if getattr(image, "n_frames", 1) > 1:
            raise Refused("moving")
        kind = str(image.format)
        if kind == "JPEG":
            image.draft("RGB", (LONGEST, LONGEST))
        seen = _plain(ImageOps.exif_transpose(image))
    seen.thumbnail((LONGEST, LONGEST))
    seen.info.clear()
    made = _saved(seen, kind)
    if kind == "PNG" and len(made) > LARGE and seen.mode in {"L", "RGB"}:
        kind, made = "JPEG", _saved(seen, "JPEG")
    return KINDS[kind], seen.width, seen.height, made


def _plain(image: Image.Image) -> Image.Image:
    """In grey or in red, green, blue; with transparency where there was any."""
    if image.mode in {"L", "RGB", "RGBA"} and "transparency" not in image.info:
        return image
    if image.mode.startswith("I"):  # 16 bits a point
        return image.convert("I").point(lambda value: value / 256).convert("L")
    clear = "transparency" in image.info or image.mode in {"LA", "PA", "La"}
    return image.convert("RGBA" if clear else "L" if image.mode == "1" else "RGB")


def _saved(image: Image.Image, kind: str, *, quick: bool = False) -> bytes:
    held = io.BytesIO()
    options = {
        "JPEG": {"quality": 88},
        "WEBP": {"quality": 88},
        "PNG": {"compress_level": 1 if quick else 6},
    }[kind]
    (image.convert("RGB") if kind == "JPEG" and image.mode == "RGBA" else image).save(held, kind, **options)
    return held.getvalue()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
