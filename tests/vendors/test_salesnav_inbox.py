"""The inbox reads what Excel, exporters and people make of CSV."""

from __future__ import annotations

import csv
import hashlib
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.salesnav import Inbox, UnreadableFile, parse

HEADER = "First Name,Last Name,Email,Company\n"
APOLLO = "First Name;Last Name;Company Name for Emails;Person Linkedin Url;Title\r\nZoë;Müller;Café;;Chef\r\n"


def cells(content, *, name="list.csv"):
    if isinstance(content, str):
        content = content.encode()
    return parse(content, name=name)


def test_a_file_tells_its_hash_format_dialect_lines_and_original_headers():
    content = b"\xef\xbb\xbf" + b"First Name,Last Name, Email \nAl,Bo,al@bo.co\n\nCy,Di,\n"
    file = parse(content, name="x.csv")
    assert (file.sha256, file.encoding) == (hashlib.sha256(content).hexdigest(), "utf-8-sig")
    assert (file.format, file.delimiter, file.headers) == (
        "generic",
        ",",
        ("First Name", "Last Name", "Email"),
    )
    assert file.rows == [
        (2, {"First Name": "Al", "Last Name": "Bo", "Email": "al@bo.co"}),
        (4, {"First Name": "Cy", "Last Name": "Di", "Email": ""}),
    ]


@pytest.mark.parametrize(
    ("encoding", "told"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("cp1252", "cp1252"), ("utf-16", "utf-16")],
)
def test_encodings_are_recognised(encoding, told):
    file = parse(APOLLO.encode(encoding), name="x.csv")
    assert (file.encoding, file.format, file.delimiter) == (told, "apollo_export", ";")
    assert file.rows[0].cells["Last Name"] == "Müller"
    assert bool(file.warnings) == (encoding == "cp1252")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_recognised(encoding):
    assert (
        parse(HEADER.replace(",", "\t").encode(encoding) + "Al\tBo\t\tX\n".encode(encoding), name="x").delimiter == "\t"
    )


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_endings_are_recognised(delimiter, ending):
    text = delimiter.join(["First Name", "Last Name", '"a, b; c"', "Email"]) + ending
    file = cells(text + delimiter.join(["Al", "Bo", '"x\n""y"""', "a@b.co"]) + ending)
    assert (file.delimiter, [row.line_no for row in file.rows]) == (delimiter, [2])
    assert file.rows[0].cells["a, b; c"] == 'x\n"y"'


def test_excels_separator_line_is_no_header():
    file = cells("sep=;\r\nFirst Name;Last Name\r\nAl;Bo\r\n")
    assert file.rows == [(3, {"First Name": "Al", "Last Name": "Bo"})]


def test_a_preamble_is_skipped():
    preamble = 'Notes:\n"When exporting your data, some of the addresses may be missing."\n\n'
    file = cells(
        preamble + "First Name,Last Name,URL,Email Address,Company,Position,Connected On\nAl,Bo,,,X,VP,15 Mar 2024\n"
    )
    assert (file.format, file.rows[0].line_no) == ("linkedin_connections", 5)


def test_repeated_and_empty_headers_get_names_of_their_own():
    assert cells("Email,Email,,Email\na@b.co,1,2,3\n").headers == ("Email", "Email.2", "column 3", "Email.3")


def test_short_lines_are_padded_and_long_ones_are_rejects_with_their_text():
    file = cells(HEADER + "Al,Bo\nCy,Di,c@d.co,X,extra\nEd,Fo,,Y,,\n")
    assert [row.cells["Company"] for row in file.rows] == ["", "Y"]
    assert file.rejects == [(3, "5 cells in a file of 4 columns", "Cy,Di,c@d.co,X,extra")]


def test_a_quote_that_is_never_closed_costs_only_its_own_line():
    file = cells(HEADER + 'Al,Bo,,X\n"Cy,Di,,X\nEd,Fo,,X\nGu,Ha,,X\n')
    assert [row.cells["First Name"] for row in file.rows] == ["Al", "Ed", "Gu"]
    assert file.rejects == [(3, "a quote is opened and not closed", '"Cy,Di,,X')]


def test_a_quote_closed_by_the_next_line_does_not_merge_two_people():
    file = cells(HEADER + 'Al,Bo,,"X\n"Cy","Di",,"Y"\nEd,Fo,,X\n')
    assert [row.cells["First Name"] for row in file.rows] == ["Cy", "Ed"]
    assert [reject.line_no for reject in file.rejects] == [2]


def test_stray_quotes_inside_a_cell_are_forgiven():
    file = cells(HEADER + 'Al "Ace" Bo,Bo,,X\n"Cy "Big" C",Di,,"say ""hi""\nthere"\n')
    assert [row.line_no for row in file.rows] == [2, 3]
    assert file.rows[1].cells["Company"] == 'say "hi"\nthere'


def test_a_last_line_without_an_end_is_kept():
    assert len(cells(HEADER + "Al,Bo,,X\nCy,Di,,Y").rows) == 2


def test_very_long_cells_are_read():
    assert len(cells(HEADER + f'Al,Bo,,"{"k" * 300_000}"\n').rows[0].cells["Company"]) == 300_000


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \r\n", "is empty"),
        (HEADER.encode(), "no line below"),
        (b"PK\x03\x04rest", "Excel workbook"),
        (bytes(range(256)) * 20, "binary"),
        (b"Company,Website\nAcme,acme.com\n", r"'Company', 'Website'.*evaboot.*generic"),
        (b"\xff\xfeA", "no utf-16 text"),
    ],
)
def test_what_is_no_lead_list_is_one_sentence_that_names_the_file(content, words):
    with pytest.raises(UnreadableFile, match=rf"^odd\.csv was not read: .*{words}"):
        parse(content, name="odd.csv")


def test_the_inbox_lists_csv_files_only_by_name(tmp_path):
    for name in ("b.csv", "A.CSV", "~$b.csv", ".hidden.csv", "x.txt"):
        (tmp_path / name).write_text(HEADER + "Al,Bo,,X\n")
    (tmp_path / "folder.csv").mkdir()
    inbox = Inbox()
    assert [path.name for path in inbox.files(tmp_path)] == ["A.CSV", "b.csv"]
    assert inbox.files(tmp_path / "missing") == []
    assert inbox.read(tmp_path / "b.csv").name == "b.csv"


CELL = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\t"), max_size=12)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=8),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_a_csv_writer_wrote_is_read_back_unchanged(rows, delimiter, encoding):
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(["First Name", "Last Name", "Email"])
    writer.writerows(rows)
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    if not filled:
        return
    file = parse(out.getvalue().encode(encoding), name="x.csv")
    assert [tuple(row.cells.values()) for row in file.rows] == filled
    assert file.rejects == []


@settings(max_examples=80, deadline=None)
@given(st.text(st.sampled_from('ab,";\n\r\t '), max_size=200))
def test_no_broken_text_raises_anything_but_a_sentence_and_no_line_vanishes(text):
    try:
        file = cells(HEADER + text)
    except UnreadableFile:
        return
    lines = io.StringIO(text, newline="").readlines()
    assert all(2 <= row.line_no <= len(lines) + 1 for row in file.rows)
    assert len({row.line_no for row in file.rows} | {each.line_no for each in file.rejects}) == len(file.rows) + len(
        file.rejects
    )
