"""Pictures are written anew: what was hidden in them goes no further, and one made to hurt its reader is refused."""

import io
import struct
import zlib

import pytest
from PIL import Image

from talkoo.lib import pictures
from talkoo.lib.pictures import Cleaner, Unfit
from tests.microtasks.drafts import picture


@pytest.fixture
def clean():
    with Cleaner() as cleaner:
        yield cleaner.clean


def opened(found):
    return Image.open(io.BytesIO(found.content))


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">L", len(content)) + name + content + struct.pack(">L", zlib.crc32(name + content))


def png(width: int, height: int) -> bytes:
    """A picture that says it is this large and holds next to nothing."""
    head = struct.pack(">LLBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xd8\xff" + b"junk" * 100, "damaged"),
        (picture("JPEG", (600, 400))[:900], "damaged"),
        (png(60_000, 60_000), "more than 50 million points"),
        (png(4_000, 4_000), "damaged"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "damaged"),
        (b"", "damaged"),
    ],
)
def test_a_picture_that_cannot_be_shown_is_refused_with_the_reason(clean, content, words):
    with pytest.raises(Unfit, match=words):
        clean(content)
    assert clean(picture()).width == 60  # and the next one is none the worse for it


def test_a_moving_picture_is_refused(clean):
    held = io.BytesIO()
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    frames[0].save(held, "WEBP", save_all=True, append_images=frames[1:])
    with pytest.raises(Unfit, match="moves"):
        clean(held.getvalue())


def test_a_file_too_large_for_a_picture_is_not_looked_at(clean, monkeypatch):
    monkeypatch.setattr(pictures, "BYTES_LIMIT", 100_000)
    with pytest.raises(Unfit, match="larger than 0 MB"):
        clean(b"x" * 100_001)


def test_a_picture_that_takes_too_much_memory_ends_its_reader_and_not_us(monkeypatch):
    monkeypatch.setattr(pictures, "MEMORY", 120_000_000)
    with Cleaner() as cleaner:
        with pytest.raises(Unfit, match="more memory or time"):
            cleaner.clean(picture("PNG", (7000, 7000)))
        with pytest.raises(Unfit):
            cleaner.clean(picture("PNG", (7000, 7000)))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_nothing_but_the_pixels_comes_through(clean, kind):
    exif = Image.Exif()
    exif[0x010E] = "taken at 60.1699 N by Aino"
    exif[0x0112] = 6  # lies on its side
    more = {"exif": exif, "xmp": b"<x>Aino</x>"} if kind == "WEBP" else {"exif": exif}
    if kind == "JPEG":
        more["comment"] = b"written by Aino"
    before = picture(kind, (60, 40), icc_profile=b"Aino" * 40, **more)
    assert b"Aino" in before
    found = clean(before)
    assert b"Aino" not in found.content
    image = opened(found)
    assert (image.size, found.width, found.height) == ((40, 60), 40, 60)
    assert (image.format, found.media) == (kind, f"image/{kind.lower()}")
    assert not image.getexif()
    assert not {"comment", "icc_profile", "exif", "xmp"} & set(image.info)


def test_a_large_picture_is_made_smaller_and_a_small_one_is_not_made_larger(clean):
    assert (clean(picture("JPEG", (6000, 3000))).width, clean(picture("JPEG", (6000, 3000))).height) == (2400, 1200)
    assert clean(picture("JPEG", (30, 20))).width == 30


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16", "YCbCr"])
def test_every_kind_of_colour_is_shown(clean, mode):
    held = io.BytesIO()
    kind = "JPEG" if mode in {"CMYK", "YCbCr"} else "PNG"
    Image.new(mode, (12, 8)).save(held, kind)
    assert opened(clean(held.getvalue())).mode in {"L", "RGB", "RGBA"}
