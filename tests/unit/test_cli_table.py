"""Tables in a terminal."""

from typing import Any

import pytest

from quafu_runtime.cli.table import Column, Redrawn, drawn_table

COLUMNS = (Column("NAME", "name", elastic=True), Column("STATUS", "status"))


@pytest.fixture(autouse=True)
def _width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")


def rows(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "status": "Done"} for name in names]


def test_the_cells_of_a_column_stand_under_each_other() -> None:
    assert drawn_table(rows("a", "bcd"), COLUMNS) == "NAME  STATUS\na     Done\nbcd   Done\n"


def test_a_chinese_name_takes_two_columns_a_character() -> None:
    assert drawn_table(rows("量子", "abcde"), COLUMNS) == "NAME   STATUS\n量子   Done\nabcde  Done\n"


def test_a_long_cell_is_cut_to_the_terminal() -> None:
    table = drawn_table(rows("x" * 100), COLUMNS)
    assert max(map(len, table.splitlines())) <= 30
    assert "x…  Done" in table


def test_what_a_terminal_would_obey_is_not_shown() -> None:
    assert "\x1b" not in drawn_table(rows("\x1b[2Jname\n"), COLUMNS)


def test_a_table_that_is_shown_again_takes_its_own_place(capsys: pytest.CaptureFixture[str]) -> None:
    table = Redrawn()
    table.show("a\nb\n")
    table.show("c\n")
    assert capsys.readouterr().out == "a\nb\n\x1b[2F\x1b[Jc\n"
