"""A file is read as what it is, or refused with the first place that is at fault."""

from __future__ import annotations

import csv
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.csvtext import LIMIT, Unreadable, read_rows, read_text

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "compte_client;raison_sociale\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Name a file that can be written."""
    return tmp_path / "clients.csv"


def fault(file: Path) -> tuple[str, int | None]:
    """Tell why a file is refused, and the line."""
    with pytest.raises(Unreadable) as refused:
        list(read_rows(read_text(file)))
    return refused.value.reason, refused.value.line


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize(
    "name",
    [
        "Société Générale d’Été",
        "Œuvre « Noël », à l’angle — 50 € n° 1",
        "ÇA VA, LOÏC À SÈTE",
        "CAFÉ\u00a0: «CAFÉ»",
        "Simões & Peña, Müller, Ægir",
        "L’HAŸ-LES-ROSES, MÜLLER, RAPHAËL, ÎLOT",
        "SOCIéTé, Col·legi, Straße, Nº 4, Paris – Lyon",
        "½ journée, 10 €, 2×4",
        "plain",
    ],
)
def test_french_in_either_encoding_arrives_whole(file: Path, encoding: str, name: str) -> None:
    """With or without a mark in front."""
    file.write_bytes((HEAD + f"C1;{name}\n").encode(encoding))
    assert list(read_rows(read_text(file))) == [(1, ["compte_client", "raison_sociale"]), (2, ["C1", name])]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_one_line_in_another_encoding_is_named(file: Path, end: str) -> None:
    """A UTF-8 file with one line in Windows-1252 is not read whole as Windows-1252, nor the other way round."""
    lines = [HEAD.strip(), "C1;Été", "C2;Forêt", "C3;Pêche", "C4;Noël"]
    encoded = [line.encode("cp1252" if line.startswith("C3") else "utf-8") for line in lines]
    file.write_bytes(end.encode().join(encoded))
    assert fault(file) == ("is not UTF-8, and line 2 is; save the file as UTF-8", 4)
    encoded = [line.encode("utf-8" if line.startswith("C3") else "cp1252") for line in lines]
    file.write_bytes(end.encode().join(encoded))
    assert fault(file) == ("is UTF-8, and line 2 is not; save the file as UTF-8", 4)


@pytest.mark.parametrize("encoding", ["mac_roman", "cp850", "cp437", "iso8859-15"])
@pytest.mark.parametrize(
    "name",
    [
        "Société Générale",
        "Forêt",
        "Hôtel",
        "Cœur",
        "L’Entrepôt",
        "SOCIÉTÉ",
        "l'œuvre",
        "L'HAŸ",
        "Müller",
        "HÔTEL",
        "MAÎTRE",
        "FORÊT",
        "GARÇON",
        "CHÂTEAU",
        "MAÏS",
        "BŒUF",
        "ÎLE",
        "DÉJÀ",
        "Noël",
        "Août",
        "Çà",
    ],
)
def test_letters_that_no_french_name_has_are_refused(file: Path, encoding: str, name: str) -> None:
    """A Macintosh's or DOS' encoding, or Latin-9, is not taken for Windows-1252; or reads the same."""
    raw = name.encode(encoding, "ignore")
    file.write_bytes(HEAD.encode() + b"C1;Centre\nC2;" + raw + b"\n")
    if raw.decode("cp1252", "replace") == raw.decode(encoding):
        assert list(read_rows(read_text(file)))
    else:
        assert fault(file)[1] == 3


@pytest.mark.parametrize("name", ["SociÃ©tÃ©", "Dâ€™Azur", "CÅ“ur", "SOCIÃ\x89TÃ\x89", "Lâ\x80\x99Été"])
def test_what_was_misread_before_is_refused(file: Path, name: str) -> None:
    """UTF-8 that was read as Windows-1252 once and saved: no accent in it is a real one."""
    file.write_text(HEAD + f"C1;Centre\nC2;{name}\n", encoding="utf-8")
    assert fault(file)[1] == 3


def test_a_name_that_only_looks_misread_is_a_name(file: Path) -> None:
    """Among others that have their accents: an export of it can be read again."""
    file.write_text(HEAD + "C1;Été\nC2;SociÃ©tÃ©\n", encoding="utf-8")
    assert list(read_rows(read_text(file)))[2] == (3, ["C2", "SociÃ©tÃ©"])


def test_characters_that_were_lost_are_told(file: Path) -> None:
    """By the sign that stands for them."""
    file.write_text(HEAD + "C1;Été\nC2;Caf\ufffd\n", encoding="utf-8")
    assert fault(file) == ("has a character that was lost when it was saved (U+FFFD)", 3)


@pytest.mark.parametrize(
    ("content", "reason", "line"),
    [
        (b"", "is empty; a header line is needed at least", None),
        (b" \r\n", "is empty; a header line is needed at least", None),
        (b"\xef\xbb\xbf", "is empty; a header line is needed at least", None),
        (b"\xef\xbb\xbf\n", "is empty; a header line is needed at least", None),
        (HEAD.encode("utf-16"), "is UTF-16; save it as UTF-8", None),
        (b"\xfe\xff" + HEAD.encode("utf-16-be"), "is UTF-16; save it as UTF-8", None),
        (HEAD.encode("utf-32"), "is UTF-32; save it as UTF-8", None),
        (HEAD.encode("utf-16-le"), "looks like UTF-16; save it as UTF-8", None),
        (HEAD.encode() + b"C1;a\0b\n", "has a NUL: it is not text", 2),
        (HEAD.encode() + b"C1;a\x81b\n", "is neither UTF-8 nor Windows-1252", 2),
        (
            b"sep=|\n" + HEAD.encode(),
            "« | » can't stand between cells; it is a semicolon or a comma or a tab",
            1,
        ),
    ],
)
def test_what_is_no_text_is_named_as_what_it_is(
    file: Path, content: bytes, reason: str, line: int | None
) -> None:
    """With what to do about it."""
    file.write_bytes(content)
    assert fault(file) == (reason, line)


def test_a_pipe_does_not_hang_and_a_device_has_no_end(tmp_path: Path, file: Path) -> None:
    """Only regular files are read, also through a link."""
    os.mkfifo(file)
    (tmp_path / "zero").symlink_to("/dev/zero")
    for path in (file, tmp_path / "zero"):
        assert fault(path) == ("is no regular file", None)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "real").write_text(HEAD)
    assert read_text(tmp_path / "link") == HEAD


def test_a_file_without_measure_is_refused(file: Path) -> None:
    """Before it is read."""
    with file.open("wb") as sparse:
        sparse.truncate(LIMIT + 1)
    assert fault(file) == (f"has {LIMIT + 1} bytes; at most {LIMIT} are read", None)


def test_a_file_that_is_not_there_is_told(file: Path) -> None:
    """With the system's own reason."""
    assert fault(file) == ("can't be read: No such file or directory", None)


@pytest.mark.parametrize("first", ["", "sep=;\n", '"sep=;"\r\n', "SEP=;\n"])
def test_a_spreadsheets_hint_is_no_row(first: str) -> None:
    """What follows it is counted as the lines are."""
    offset = 1 if first else 0
    assert list(read_rows(f"{first}a;b\n1;2,3\n")) == [(1 + offset, ["a", "b"]), (2 + offset, ["1", "2,3"])]


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_cells_are_between_semicolons_commas_or_tabs(delimiter: str) -> None:
    """As the header has them."""
    assert list(read_rows(f"a{delimiter}b\n1{delimiter}2\n")) == [(1, ["a", "b"]), (2, ["1", "2"])]
    assert list(read_rows(f"sep={delimiter}\na{delimiter}b\n")) == [(2, ["a", "b"])]


@pytest.mark.parametrize(
    ("text", "reason", "place"),
    [
        ('a;b\n1;"x\n2;y\n3;z\n', "never closed", (2, 2)),
        ('a;b\n"1\n";"x\n2;y\n', "never closed", (3, 2)),
        ('a;b\n"0";"y"\n"1";x\n2;"y ""z\n', "never closed", (4, 2)),
        ('a;b\n1;"x\n2;"y"\n', "on line 3", (2, 2)),
        ('a;b\n1;"Le "Bon" coin"\n', "on line 2", (2, 2)),
        ("a;b\n1;" + "x" * 200_000 + "\n", "more than 131072 characters", (2, 2)),
        ('a;b\n1;"' + "x\n" * 100_000, "never closed", (2, 2)),
    ],
)
def test_a_quote_that_goes_wrong_is_named_where_it_opens(
    text: str, reason: str, place: tuple[int, int]
) -> None:
    """Not where the reader gave up."""
    with pytest.raises(Unreadable) as refused:
        list(read_rows(text))
    assert reason in refused.value.reason
    assert (refused.value.line, refused.value.column) == place


@given(st.lists(st.lists(st.text(), min_size=2, max_size=3), min_size=1, max_size=4), st.sampled_from(";,\t"))
def test_whatever_a_writer_quotes_is_read_back(rows: list[list[str]], delimiter: str) -> None:
    """Every row with the line on which it begins."""
    text = "".join(
        delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n"
        for row in [["sep", "x"], *rows]
    )
    read = [cells for _, cells in read_rows(f"sep={delimiter}\n{text}")]
    assert read == [["sep", "x"], *rows]


def test_a_row_over_several_lines_is_named_by_its_first() -> None:
    """Where a person looks for it."""
    assert [line for line, _ in read_rows('a;b\n"1\n2";x\n3;y\n')] == [1, 2, 4]
    assert csv.field_size_limit() == 131072
