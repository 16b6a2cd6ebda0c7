"""A CSV file as rows of cells: opened, decoded and split, or refused with the place of the first fault."""

from __future__ import annotations

import codecs
import csv
import os
import re
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LIMIT = 512 * 1024 * 1024
"""Bytes that a file may have."""

DELIMITERS = {";": "a semicolon", ",": "a comma", "\t": "a tab"}


@dataclass(eq=False)
class Unreadable(Exception):
    """The file can't be read, from this place on: a line and a column, counted from 1."""

    reason: str
    line: int | None = None
    column: int | None = None


def read_text(path: Path) -> str:
    """Read a file as text: UTF-8, or Windows-1252 where nothing speaks against it. Raises Unreadable."""
    content = _content(path)
    _refuse_other_encodings(content)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = _windows(content)
    else:
        _refuse(text, _CONTROL, _TWICE_READ)
        # Where nothing else is written with accents: a name that only looks so stands among others.
        if _TWICE.sub("", text).isascii():
            _refuse(text, _TWICE, _TWICE_READ)
    _refuse(text, _LOST, "has a character that was lost when it was saved (U+FFFD)")
    if not text.strip():
        raise Unreadable("is empty; a header line is needed at least")
    return text


def _content(path: Path) -> bytes:
    try:
        # Without waiting: to open a pipe would wait for its other end.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:  # noqa: PTH123
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise Unreadable("is no regular file")
            if found.st_size > LIMIT:
                raise Unreadable(f"has {found.st_size} bytes; at most {LIMIT} are read")
            return file.read(LIMIT)
    except OSError as error:
        raise Unreadable(f"can't be read: {error.strerror}") from error


def _refuse_other_encodings(content: bytes) -> None:
    for name, marks in (
        ("UTF-32", (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)),
        ("UTF-16", (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)),
    ):
        if content.startswith(marks):
            raise Unreadable(f"is {name}; save it as UTF-8")
    if b"\0" in content:
        if content.count(b"\0") * 4 > len(content):
            raise Unreadable("looks like UTF-16; save it as UTF-8")
        raise Unreadable(
            "has a NUL: it is not text", _line_of(content.decode("latin-1"), content.index(b"\0"))
        )


_FRENCH = "àâäçéèêëîïôöùûüÿœæñÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸŒÆÑ’‘“”«»–—…€°·²³\u00a0\u202f"
_MISREAD = [
    "".join(bytes([byte]).decode("cp1252", "replace").replace("�", chr(byte)) for byte in sign.encode())
    for sign in _FRENCH
]
_TWICE = re.compile("|".join(re.escape(text) for text in _MISREAD))
"""What French signs in UTF-8 look like where they are read as Windows-1252."""

_TWICE_READ = "reads « {} »: it was read in the wrong encoding once; save it anew as UTF-8"

_LOST = re.compile("�")
_CONTROL = re.compile("[\x80-\x9f]")
_LETTER, _CAPITAL = r"[^\W\d_]", "[A-ZÀ-ÖØ-Þ]"
# Not é, è, à, ç and ù, which are typed among capitals: French keyboards have them as small letters alone.
_SMALL = "[âäêëîïôöûüÿœæåìóòíúáñ]"
_STRANGE = re.compile(
    rf"""
    [ŽžŠšÐðÞþÝýƒˆ˜†‡‰¤¦¬¶¯¸‚„Ò]                                  # what no French name has
    |(?<={_LETTER})[™“”•‘…‹›](?={_LETTER})|(?<!\d)[¼½¾×€](?={_LETTER})|(?<={_LETTER})[¼½¾]  # a sign in a word
    |(?<=[a-z])[–—](?=[a-z])|€…
    |(?<={_LETTER})(?<![lL])·(?={_LETTER})                         # l·l is Catalan
    |(?<={_CAPITAL}){_SMALL}(?={_CAPITAL})|\b{_SMALL}(?={_CAPITAL}{{2}})|(?<={_CAPITAL}{{2}}){_SMALL}\b
    |(?<=[a-z])Œ|Ÿ(?=[a-z])|(?<={_LETTER})Ï(?=[a-z])|Ï(?=u)|Î(?=[uU])|\bæ(?=[a-z])  # a letter out of place
    |IÔ|(?<={_LETTER})[ÓØ]|(?<![AEIOUaeiou])Ë|(?<![Oo])Ù|ÇÊ|ÊÈ
    |\b(?:[cdjlmnstCDJLMNST]|[Qq]u|QU)Õ
    """,
    re.VERBOSE,
)
"""What French signs in another encoding (of a Macintosh, DOS, Latin-9) look like where they are read so."""


def _windows(content: bytes) -> str:
    text = content.decode("cp1252", "replace")
    if "�" in text:
        text = "".join(sign if sign != "�" else chr(byte) for sign, byte in zip(text, content, strict=True))
    _refuse_mixture(content, text)
    _refuse(text, _CONTROL, "is neither UTF-8 nor Windows-1252")
    _refuse(text, _STRANGE, "reads « {} » in Windows-1252, as no French name does; save it as UTF-8")
    return text


def _refuse_mixture(content: bytes, text: str) -> None:
    if not _TWICE.search(text):
        return
    lines = _LINE_END.split(text)
    raw = re.split(rb"\r\n|\r|\n", content)
    modern = [number for number, line in enumerate(lines, 1) if _TWICE.search(line)]
    other = [number for number, line in enumerate(raw, 1) if not _is_utf8(line)]
    if len(other) <= len(modern):
        raise Unreadable(f"is not UTF-8, and line {modern[0]} is; save the file as UTF-8", other[0])
    raise Unreadable(f"is UTF-8, and line {other[0]} is not; save the file as UTF-8", modern[0])


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _refuse(text: str, pattern: re.Pattern[str], reason: str) -> None:
    if found := pattern.search(text):
        raise Unreadable(reason.format(found[0]), _line_of(text, found.start()))


_LINE_END = re.compile(r"\r\n|\r|\n")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


def _line_of(text: str, position: int) -> int:
    return len(_LINE_END.findall(text, 0, position)) + 1


def read_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Split text into rows of cells, each with the line on which it begins. Raises Unreadable.

    A first line such as `sep=;` tells spreadsheets what is between the cells; it is no row.
    """
    first, *_ = _LINE_END.split(text, 1)
    told = re.fullmatch(r'"?sep=(.)"?', first.strip(" "), re.IGNORECASE)
    delimiter = told[1] if told else max(DELIMITERS, key=first.count)
    if delimiter not in DELIMITERS:
        raise Unreadable(
            f"« {delimiter} » can't stand between cells; it is {' or '.join(DELIMITERS.values())}", 1
        )
    # Line by line: a file of text in memory would take four bytes for each character.
    lines = (line[0] for line in _LINE.finditer(text))
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    if told:
        next(reader)
    while True:
        start = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise _misquoted(text, start, delimiter) from None
        yield start, cells


def _misquoted(text: str, start: int, delimiter: str) -> Unreadable:
    """Find the quote at which the row that begins on a line goes wrong."""
    lines = _LINE_END.finditer(text)
    at = next((end.end() for number, end in enumerate(lines, 2) if number == start), 0)
    whole = re.compile(rf'(?:"(?:[^"]++|"")*+"|(?!")[^{delimiter}\r\n]*+)({delimiter}|(?=[\r\n]|\Z))')
    column = 1
    while (found := whole.match(text, at)) and found[1]:
        column, at = column + 1, found.end()
    line = _line_of(text, at)
    if found:
        return Unreadable(f"a cell has more than {csv.field_size_limit()} characters", line, column)
    if closed := re.compile(r'"(?:[^"]++|"")*+"').match(text, at):
        beyond = f"and text follows where it closes, on line {_line_of(text, closed.end())}"
        return Unreadable(f'a quote (") opens here, {beyond}; write "" for a quote in a cell', line, column)
    return Unreadable('a quote (") opens here and is never closed', line, column)
