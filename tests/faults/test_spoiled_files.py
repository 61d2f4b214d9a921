"""Files of the inbox that are no lead list, or a broken one: told by name, and the others are imported."""

from __future__ import annotations

import duckdb

from tests.faults.conftest import EXPORT, Place, Town

GOOD = EXPORT.read_text(encoding="utf-8").splitlines(keepends=True)
HEADER, LINES = GOOD[0], GOOD[1:9]
UNREADABLE = {
    "empty.csv": (b"", "it is empty"),
    "blank.csv": (b"\xef\xbb\xbf\r\n\r\n", "it is empty"),
    "header_only.csv": (HEADER.encode(), "it has a header row but no line below it"),
    "binary.csv": (bytes(range(256)) * 20, "it is binary, not text"),
    "workbook.csv": (b"PK\x03\x04" + bytes(200), "it is an Excel workbook or a zip file, not text"),
    "shopping.csv": (b"bread,milk\n2,1\n", "no header row was recognised"),
    "utf16_cut.csv": (HEADER.encode("utf-16")[:-1], "its bytes are no utf-16 text"),
}


def rejected(place: Place) -> list[tuple[str, ...]]:
    """Return the lines that were rejected, without their text."""
    with duckdb.connect(str(place.folder / "data" / "warehouse.duckdb"), read_only=True) as session:
        return session.execute("SELECT * EXCLUDE (payload) FROM staging.rejects").fetchall()


def test_unreadable_files_are_told_by_name_and_lose_nothing_of_the_others(town: Town) -> None:
    place = town.at_day(1)
    for name, (content, _) in UNREADABLE.items():
        (place.inbox / name).write_bytes(content)

    report = place.run()

    assert report.exit_code == 1
    assert len(report.messages) == 1
    for name, (_, reason) in UNREADABLE.items():
        assert f"{name} was not read: {reason}" in report.messages[0]
    town.as_undisturbed(place, day=1)
    again = place.run()
    assert (again.exit_code, again.messages) == (0, [])
    town.as_undisturbed(place, day=1)


def test_broken_lines_of_a_utf_16_file_are_rejects_and_the_lines_around_them_arrive(town: Town) -> None:
    place = town.at_day(1)
    unclosed = LINES[0].replace(",", ',"', 1)
    ragged = LINES[0].rstrip() + ",one,too,many\n"
    (place.inbox / "export.csv").write_bytes("".join((HEADER, unclosed, *LINES, ragged)).encode("utf-16"))

    report = place.run()

    assert (report.exit_code, report.messages) == (0, [])
    assert len(rejected(place)) == 2, rejected(place)
    town.as_undisturbed(place, day=1)
