"""What came back from very many requests, as one table: a line for each role or form, a column for each status."""

from collections import Counter


class Tally:
    def __init__(self, title: str) -> None:
        self.title = title
        self.seen: Counter[tuple[str, int]] = Counter()

    def add(self, row: str, status: int) -> None:
        self.seen[row, status] += 1

    def table(self) -> str:
        rows, statuses = (sorted({key[at] for key in self.seen}) for at in (0, 1))
        wide = max([len(self.title), *map(len, rows)])
        lines = [[self.title, *map(str, statuses), "all"]]
        lines += [[row, *(self._cell(row, status) for status in statuses), self._sum(row)] for row in rows]
        lines += [
            ["all", *(str(sum(self.seen[row, each] for row in rows)) for each in statuses), str(self.seen.total())]
        ]
        return "\n".join(f"{line[0]:{wide}}" + "".join(f"{cell:>7}" for cell in line[1:]) for line in lines)

    def _cell(self, row: str, status: int) -> str:
        return str(self.seen[row, status] or "·")

    def _sum(self, row: str) -> str:
        return str(sum(count for (name, _status), count in self.seen.items() if name == row))
