"""Pictures of a file on their way to its tasks: kept while the file is looked through, named by the tasks, let go."""

from collections.abc import Iterable, Iterator, Mapping

from talkoo.lib.tables import OBJECT, Rejected, Row
from talkoo.microtasks.models import Picture, Upload
from talkoo.microtasks.queries.pictures import refer

WEIGHT = 8_000_000  # bytes of pictures held before they are written
NAME = 200


def picture_of(upload: Upload, row: Row) -> Picture:
    """The picture of a row as it will be stored."""
    held = row.picture
    assert held is not None
    name = " ".join(row.cells[0].split())[-NAME:]
    return Picture(
        upload=upload, line=row.line, name=name, media=held.media, width=held.width, height=held.height,
        content=held.content,
    )  # fmt: skip


def kept_pictures(upload: Upload) -> dict[int, str]:
    """The words that stand for each picture that was kept, by its line."""
    return {picture.line: refer(picture) for picture in Picture.objects.filter(upload=upload).defer("content")}


def naming(kept: Mapping[int, str], table: Iterable[Row | Rejected]) -> Iterator[Row | Rejected]:
    """The rows, with the kept picture named where one belongs; a row whose picture was not taken is passed over."""
    for row in table:
        if isinstance(row, Row) and OBJECT in row.cells:
            if row.line in kept:
                yield Row(row.line, [kept[row.line] if cell == OBJECT else cell for cell in row.cells])
        else:
            yield row


def forget_other_pictures(upload: Upload) -> None:
    """Delete what earlier files of the batch brought: their tasks are gone."""
    Picture.objects.filter(upload__batch=upload.batch_id).exclude(upload=upload).delete()
