"""Looks at pictures one by one and writes each anew. Runs as a program of its own: see `pictures.py`.

Decoders of pictures are large and old, so this process may have little memory and, for each picture, little time. It
imports nothing of Talkoo. It gets a length and that many bytes, and says a line of JSON and what it made:
{"media": "image/jpeg", "width": w, "height": h, "length": n} and n bytes, or {"fault": "…"}.
"""

import io
import json
import resource
import sys
from typing import Any

from PIL import Image, ImageOps

MOST_PIXELS = 50_000_000
LONGEST = 2400  # pixels of the longer side: a page of A4 at 200 dots an inch
KINDS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
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
        told, content = answer(sys.stdin.buffer.read(int(head)))
        sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + content)
        sys.stdout.buffer.flush()
    return 0


def answer(content: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        media, width, height, made = anew(content)
    except Refused as refusal:
        return {"fault": str(refusal)}, b""
    except MemoryError:
        return {"fault": "large"}, b""
    except Exception:  # noqa: BLE001 - whatever a decoder stumbles over, the picture is damaged
        return {"fault": "damaged"}, b""
    return {"media": media, "width": width, "height": height, "length": len(made)}, made


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


def _saved(image: Image.Image, kind: str) -> bytes:
    held = io.BytesIO()
    options = {"JPEG": {"quality": 88}, "WEBP": {"quality": 88}, "PNG": {}}[kind]
    (image.convert("RGB") if kind == "JPEG" and image.mode == "RGBA" else image).save(held, kind, **options)
    return held.getvalue()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
