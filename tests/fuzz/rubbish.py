"""What nobody fills in, made from a generator of random numbers: values, fields, and bodies that are no form at all."""

from collections.abc import Mapping, Sequence
from random import Random
from urllib.parse import quote_plus

Fields = list[tuple[str, str]]

NUMBERS = ("0", "-1", "1", "2147483648", "9223372036854775808", "-9223372036854775809", "9" * 400, "1e999", "NaN", "inf",
           "²", "٣", "0x10", "1.5", "1,5", "1_000", " 7 ", "+7", "-0", "1e-400")  # fmt: skip
DAYS = ("2026-02-30", "0000-00-00", "0001-01-01", "9999-12-31", "10000-01-01", "2026-13-01", "1.1.2026", "2026-01-01T00:00",
        "2026-W01-1", "٢٠٢٦-٠١-٠١")  # fmt: skip
WORDS = ("", " ", "\x00", "a\x00b", "\ud800", "x\udfff", "\ufeff", "\u202e\u2066", "\U0010ffff", "e\u0301" * 50, "<script>",
         "{{ 7*7 }}", "%s%n%(x)s", "' OR 1=1 --", "../../etc/x", "on", "off", "yes", "some", "all", "choice", "owner", "null",
         "[]", "{}", '{"a": 1}', "true", "a@b", "a@b.example", "x@" + "y" * 300 + ".example", "http://[", "https://127.0.0.1/",
         "//elsewhere.example/", "javascript:alert(1)", "\r\nSet-Cookie: x=1", "\t", "\u2028", "ÿ" * 300, "-" * 41,
         "00000000-0000-4000-8000-000000000000", "{" * 2000, "[" * 2000)  # fmt: skip
ENDINGS = ("[]", "[0]", "-0", "_1", "__in", "\x00", "")
STRANGE_BYTES = (b"\xff\xfe", b"%", b"%zz", b"&&==&", b";", b"+%00", b"note=%ED%A0%80", b"q=%FF", b"=", b"\x00\x01\x02")
STRANGE_KINDS = ("multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=" + "x" * 500,
                 "multipart/form-data; boundary=é", "application/x-www-form-urlencoded; charset=utf-7",
                 "application/x-www-form-urlencoded; charset=nothing", "application/json", "text/plain", "application/xml",
                 "", "/", "x" * 3000)  # fmt: skip
CONTENTS = (b"", b"\x00", b"a,b\n1,2\n", b"a;b\n\xff\xfe", b"PK\x03\x04" + b"\x00" * 40, b"\x89PNG\r\n\x1a\n" + b"\x00" * 40,
            b'{"a": 1}\n{"a":', b'"' * 999, b"\xef\xbb\xbfname,email\nA,a@b.example\n", b"GIF89a" + b"\xff" * 30, b"a" * 70_000)  # fmt: skip
FILENAMES = ("items.csv", "people.csv", "x.xlsx", "x.zip", "x.png", "x.jsonl", "a\x00b.csv", "../../x.csv", "", "." * 300 + "csv",
             "no-ending", "\u202egnp.exe", "CON", "x.csv\r\nX: y")  # fmt: skip
FORM = "application/x-www-form-urlencoded"


class Rubbish:
    """Bodies for one form. `known` are its own fields as a browser sends them, `names` others that there are somewhere,
    `ids` what stands for things of others."""

    def __init__(self, rng: Random, known: Fields, names: Sequence[str], ids: Sequence[str]) -> None:
        self.rng, self.known, self.names, self.ids = rng, known, names, ids

    def value(self, was: str = "") -> str:
        draw = self.rng.random()
        if draw < 0.03:
            return self.rng.choice("x\n9<é") * 1_000_000
        if draw < 0.08:
            return "".join(
                chr(self.rng.choice((self.rng.randrange(0x80), self.rng.randrange(0xD000)))) for _ in range(40)
            )
        if draw < 0.13:
            return was * 2 + self.rng.choice(WORDS)
        return self.rng.choice(self.rng.choice((NUMBERS, DAYS, WORDS, WORDS, self.ids)))

    def fields(self) -> Fields:
        """Its own fields, mostly; a few of them changed, left out, doubled, made lists, or others added."""
        found, rng = list(self.known), self.rng
        for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 6))):
            at = rng.randrange(len(found)) if found else 0
            way = (
                rng.choice(["changed", "changed", "changed", "changed", "left", "doubled", "list", "added"])
                if found
                else "added"
            )
            if way == "changed":
                found[at] = (found[at][0], self.value(found[at][1]))
            elif way == "left":
                found.pop(at)
            elif way == "doubled":
                found.insert(at, (found[at][0], self.value()))
            elif way == "list":
                found += [(found[at][0] + rng.choice(ENDINGS), self.value()) for _ in range(rng.choice((1, 3, 200)))]
            else:
                found.append((rng.choice(self.names), self.value()))
        return found

    def body(self) -> tuple[bytes, str]:
        """A body and its type: a form, a form with files, one cut off, too much of everything, or something else."""
        draw = self.rng.random()
        if draw < 0.66:
            return encoded(self.fields()), FORM
        if draw < 0.84:
            whole, kind = parts(self.fields(), [self._file() for _ in range(self.rng.choice((0, 1, 1, 2)))])
            return whole[: self.rng.choice((len(whole), len(whole), self.rng.randrange(len(whole))))], kind
        if draw < 0.88:
            return self._too_much()
        if draw < 0.94:
            return encoded(self.fields()) + b"&" + self.rng.choice(STRANGE_BYTES), FORM
        return encoded(self.fields()), self.rng.choice(STRANGE_KINDS)

    def _file(self) -> tuple[str, str, bytes]:
        name = self.rng.choice(("file", "file", self.rng.choice(self.names)))
        return name, self.rng.choice(FILENAMES), self.rng.choice(CONTENTS)

    def _too_much(self) -> tuple[bytes, str]:
        """More files, fields or bytes than anybody reads."""
        name = self.rng.choice(self.names)
        return self.rng.choice(
            (
                lambda: parts(self.known, [("file", f"{number}.csv", b"a,b\n1,2\n") for number in range(101)]),
                lambda: (encoded([(name, "1")] * 1001), FORM),
                lambda: (encoded([(name, "x" * 2_700_000)]), FORM),
                lambda: parts([(name, "x" * 2_700_000)], []),
            )
        )()


def encoded(fields: Fields) -> bytes:
    """Half characters travel as the bytes that would be theirs."""
    return "&".join(
        f"{quote_plus(name.encode(errors='surrogatepass'))}={quote_plus(value.encode(errors='surrogatepass'))}"
        for name, value in fields
    ).encode()


def parts(fields: Fields, files: Sequence[tuple[str, str, bytes]]) -> tuple[bytes, str]:
    """The same as a browser sends it with files."""
    head = '--edge\r\nContent-Disposition: form-data; name="{}"'
    lines = [f"{head.format(name)}\r\n\r\n{value}\r\n".encode(errors="surrogatepass") for name, value in fields]
    lines += [
        f'{head.format(name)}; filename="{called}"\r\nContent-Type: text/csv\r\n\r\n'.encode() + content + b"\r\n"
        for name, called, content in files
    ]
    return b"".join([*lines, b"--edge--\r\n"]), "multipart/form-data; boundary=edge"


def listed(data: Mapping[str, str | list[str]]) -> Fields:
    return [(name, each) for name, said in data.items() for each in (said if isinstance(said, list) else [str(said)])]
