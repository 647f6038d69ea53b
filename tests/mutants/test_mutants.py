"""The changes that `script/mutants` makes, and where it tries them."""

from __future__ import annotations

from argparse import ArgumentTypeError
from pathlib import Path

import pytest

from tests.mutants.__main__ import EQUIVALENT, equivalent, place
from tests.mutants.mutations import mutants
from tests.mutants.trial import ROOT, Copy, likely_tests


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        ("x = a < b", ["x = a <= b"]),
        ("x = a <= b < c", ["x = a < b < c", "x = a <= b <= c"]),
        ("x = a is None or b", ["x = a is None and b", "x = a is not None or b"]),
        ("x = not a", ["x = (a)"]),
        ("x = f(1, True)", ["x = f(2, True)", "x = f(1, False)"]),
        ("x = min(a, b) + c", ["x = min(a, b) - c", "x = max(a, b) + c"]),
        ("x = [a for a in b if a]", ["x = [a for a in b if (not (a))]"]),
        ("x = a if b else c", ["x = a if (not (b)) else c"]),
        ("f(å, 'å')", ["pass"]),
    ],
)
def test_a_line_is_changed_in_each_way_once(line: str, changed: list[str]) -> None:
    """Comparisons, conditions, numbers, sums; a call whose answer nobody wants is left out."""
    assert sorted(one.after for one in mutants("file.py", f"{line}\n")) == sorted(changed)


def test_what_says_nothing_of_what_is_done_stays() -> None:
    """Annotations, decorators and texts: a test that noticed them would hold the words."""
    source = '@dataclass(frozen=True)\nclass A:\n    """One."""\n\n    a: Literal[1] = f(f"{1} of {2 + 3}")\n'
    assert mutants("file.py", source) == []


def test_a_mutant_is_the_file_with_one_line_changed() -> None:
    """The rest of it, comments and all, is as it was; its name does not change when lines come before it."""
    source = "# why\ndef f(a: int) -> int:\n    return a\n"
    (one,) = mutants("file.py", source)
    assert (one.line, one.before, one.after) == (3, "return a", "return None")
    assert one.source == "# why\ndef f(a: int) -> int:\n    return None\n"
    assert mutants("file.py", f"import os\n{source}")[0].name == one.name


def test_each_that_is_said_to_change_nothing_can_be_made() -> None:
    """One that can not is left over from code that is gone."""
    files = {file for file, _, _ in equivalent()}
    made = {one.name for file in files for one in mutants(file, (ROOT / file).read_text(encoding="utf-8"))}
    assert equivalent() - made == set(), f"take them out of {EQUIVALENT}"


def test_the_likely_tests_of_a_module_begin_with_its_own() -> None:
    """Of rules all of tests/rules are asked."""
    likely = likely_tests("rules/plan.py")
    assert likely[0] == "tests/rules/test_plan.py"
    assert {str(path.relative_to(ROOT)) for path in (ROOT / "tests" / "rules").glob("test_*.py")} == set(likely)


@pytest.mark.parametrize(
    ("written", "seen_from_the_root"),
    [("rules", "rules"), ("./rules/", "rules"), (str(ROOT / "sync_daemon" / "cycle"), "sync_daemon/cycle")],
)
def test_a_place_may_be_written_in_several_ways(written: str, seen_from_the_root: str) -> None:
    """Whatever a shell completes."""
    assert place(written) == seen_from_the_root


@pytest.mark.parametrize("written", ["rule", "tests", ".", "..", "/tmp", "rules/../tests"])  # noqa: S108 - not used
def test_a_place_elsewhere_is_refused_before_anything_is_tried(written: str) -> None:
    """How much is to be noticed there nobody has said."""
    with pytest.raises(ArgumentTypeError, match="is no file or folder of the code"):
        place(written)


@pytest.mark.long
def test_a_mutant_is_tried_in_a_copy(tmp_path: Path) -> None:
    """The tests there see it, and the copy is as it was afterwards; the tree itself is never touched."""
    original = (ROOT / "rules" / "by_hand.py").read_text(encoding="utf-8")
    an_hour_becomes_two = next(one for one in mutants("rules/by_hand.py", original) if "hours=2" in one.after)
    copy = Copy(tmp_path / "copy")
    assert not copy.survives(an_hour_becomes_two, quick=True, seconds=300)
    for tree in (ROOT, copy.folder):
        assert (tree / "rules" / "by_hand.py").read_text(encoding="utf-8") == original
