"""A department has the rules that the configuration gives it, and no other department's."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.municipality import Municipality

_DEPARTMENTS = """\
[[tenants.departments]]
name = "Jour"
rules = {lunch = false}
[[tenants.departments]]
name = "Skola"
rules = {lunch = ["11:30", "12:30"]}
[[tenants.departments]]
name = "IFO"
emergency = "0952-140 00"
"""


def test_each_department_has_its_own_lunch(tmp_path: Path) -> None:
    """A meeting until 11.50: by shift without lunch, at school until 12.30, and elsewhere until 13.00 as the tenant."""
    town = Municipality(tmp_path, _DEPARTMENTS)
    ends = {}
    for extension, department in enumerate(("Jour", "Skola", "IFO", ""), start=5001):
        calendar = town.moves_in(f"p{extension}", str(extension))
        town.lists(f"p{extension}", f"p{extension}@sorsele.se,P,{extension},{department},")
        calendar.books("SAM:", "10:00", "11:50")
    town.once("06:00")
    for extension, department in enumerate(("Jour", "Skola", "IFO", ""), start=5001):
        (row,) = town.rows(extension=str(extension))
        ends[department] = row.split()[4]
    assert ends == {"Jour": "11:55", "Skola": "12:30", "IFO": "13:00", "": "13:00"}
