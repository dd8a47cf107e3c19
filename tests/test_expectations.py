"""Expectations: their notation, what they accept, and what they say of a reading without changing it."""

from __future__ import annotations

import csv
import json
import pickle
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import inkread
from inkread.errors import ExpectationError
from inkread.expectations import checked, checked_together, expectation_of
from inkread.expectations.automaton import SIGNS, Regex, accepts
from inkread.expectations.checkdigits import with_check_digit
from inkread.reading import Box, Digit, Line, Mark, Reading, Rejected
from made import draw_number


def accepted(pattern: str, text: str) -> bool:
    return accepts(expectation_of(pattern).automaton, text)


def line_of(text: str, **unsure: tuple[tuple[int, float], ...]) -> Reading:
    """A reading of one line; ``at2=((7, 0.1),)`` makes the third sign unsure, with these runners-up."""
    digits, marks = [], []
    for i, sign in enumerate(text):
        box = Box(30 * i, 10, 30 * i + 20, 40)
        others = unsure.get(f"at{i}", ())
        if sign.isdigit():
            sure = 0.99 - sum(share for _, share in others)
            digits.append(Digit(int(sign), sure, False, box, others))
        else:
            marks.append(Mark(sign, 0.95, box))
    return Reading((30 * len(text), 50), (Line(tuple(digits)),), tuple(marks))


@pytest.mark.parametrize(
    ("pattern", "right", "wrong"),
    [
        ("6", ["123456"], ["12345", "1234567", "12-3456"]),
        ("1-3", ["1", "123"], ["", "1234"]),
        ("dd/mm/yyyy", ["29/02/2024", "01/12/1987"], ["29/02/2023", "32/01/2000", "1/1/2000", "01/13/2000"]),
        ("d.m.yy", ["1.2.87", "31.12.99"], ["31.11.99", "0.1.87"]),
        ("YYYY-MM-DD", ["2024-02-29"], ["2024-2-29", "29-02-2024"]),
        ("hh:mm", ["09:59", "23:00"], ["09:60", "25:00"]),
        ("#,##0.00", ["0.50", "1,234.50", "1234.50", "12.00"], ["1,23.50", "12.5", "012.50", "1.234,50"]),
        ("#.##0,00", ["1.234,50"], ["1,234.50"]),
        ("#,##0", ["1,234", "0", "1234567"], ["1,2345", "01"]),
        ("000-0000", ["262-9664"], ["2629664", "26-29664"]),
        ("(000)", ["(512)"], ["512", "(12)"]),
        ("##", ["7", "42", ""], ["123"]),
        ("[0-9]{5}-[0-9]{4}", ["12345-6789"], ["12345", "1234-56789"]),
        ("[^0]\\d*", ["10", "7"], ["07"]),
        ("(1|2)?5+", ["5", "255", "15"], ["35", "1"]),
        ("7{0}1", ["1"], ["71"]),
        ("12|15|18", ["12", "18"], ["13", "1"]),
        ("0..100", ["0", "7", "100"], ["101", "-1", "1.5", "007"]),
        ("..5", ["0", "5"], ["6", "-1"]),
        ("0..10 step 0.5", ["9.5", "9,5", "10"], ["9.7", "10.5"]),
        ("-5..5", ["-5", "3"], ["-6", "--5"]),
        ("100..", ["100", "99999"[:4]], ["99"]),
        ("luhn", ["4539578763621486", "4539-5787-6362-1486"], ["4539578763621487", "4593578763621486"]),
        ("isbn", ["9783161484100", "978-3-16-148410-0", "0306406152"], ["9783161484101", "0306406153"]),
        ("isbn10", ["0306406152", "080442957X"], ["9783161484100", "0804429570", "X804429570"]),
        ("ean", ["4006381333931"], ["4006381333932"]),
        ("mod11", ["0306406152", "0-8044-2957-X"], ["0306406153", "080442957", "08044X2957"]),
        ("mod97", ["3214282912345698765432161182"], ["3214282912345698765432161181"]),
        ("luhn & 16", ["4539578763621486"], ["18", "4539578763621487"]),
    ],
)
def test_notations_accept_what_they_say(pattern: str, right: list[str], wrong: list[str]) -> None:
    assert [text for text in right if not accepted(pattern, text)] == []
    assert [text for text in wrong if accepted(pattern, text)] == []


@given(st.from_regex(r"[0-9]{1,9}", fullmatch=True), st.integers(0, 8), st.integers(1, 9))
def test_check_digits_of_iso_7064_show_one_wrong_digit(number: str, place: int, by: int) -> None:
    whole = with_check_digit(number)
    assert accepted("mod11-10", whole)
    place %= len(whole)
    wrong = whole[:place] + str((int(whole[place]) + by) % 10) + whole[place + 1 :]
    assert not accepted("mod11-10", wrong)


ATOMS = st.sampled_from(["1", "2", "[1-3]", "[^2]", "\\d", "\\-", "(1|23)", "(?:12|3)?"])
QUANTIFIERS = st.sampled_from(["", "*", "+", "?", "{2}", "{1,3}", "{0,1}", "{2,}"])
PATTERNS = st.lists(st.tuples(ATOMS, QUANTIFIERS).map("".join), min_size=1, max_size=4).map("".join)


@settings(max_examples=300)
@given(PATTERNS, st.text("123-", max_size=8))
def test_regular_expressions_are_those_of_python(pattern: str, text: str) -> None:
    if "?" + "?" in pattern or re.search(r"\?[*+{]", pattern):  # lazy and possessive ones are not known
        return
    assert accepts(Regex(pattern), text) == bool(re.fullmatch(pattern, text))


@pytest.mark.parametrize(
    "pattern", ["", "abc", "[0-9", "(1", "1)", "9{3,1}", "9{200}", "..", "5..1", "0..5 step 0", "dd/xx", "*"]
)
def test_a_notation_that_is_none_says_what_to_give(pattern: str) -> None:
    with pytest.raises(ExpectationError, match=r"such as 6, 1-3, dd/mm/yyyy"):
        expectation_of(pattern)
    with pytest.raises(ExpectationError, match="at least one"):
        expectation_of([])


def test_what_satisfies_stays_as_it_is() -> None:
    reading = line_of("12/05/1987")
    found = checked(reading, expectation_of("dd/mm/yyyy"))
    assert found.expected is not None
    assert found.expected.satisfied
    assert (found.expected.text, found.expected.odds) == ("12/05/1987", 1.0)
    assert 0.85 < found.expected.confidence < 1
    assert found.digits == reading.digits


def test_what_is_implausible_is_doubted_and_not_replaced() -> None:
    reading = line_of("42/05/1987", at0=((1, 0.2), (9, 0.01)))
    found = checked(reading, expectation_of("dd/mm/yyyy"))
    assert found.expected is not None
    assert not found.expected.satisfied
    assert found.expected.text == "12/05/1987"
    assert 0.2 < found.expected.odds < 0.3
    assert found.written == "42/05/1987"
    assert all(digit.doubtful for digit in found.digits)
    assert [(d.value, d.confidence) for d in found.digits] == [
        (d.value, d.confidence) for d in reading.digits
    ]


def test_the_probabilities_choose_among_all_that_would_fit() -> None:
    """A Luhn number with one wrong digit: the unsure digit is the one that changes."""
    found = checked(line_of("4539578763621487", at15=((6, 0.3),)), expectation_of("luhn & 16"))
    assert found.expected is not None
    assert found.expected.text == "4539578763621486"
    again = checked(line_of("4539578263621486", at7=((7, 0.3),)), expectation_of("luhn & 16"))
    assert again.expected is not None
    assert again.expected.text == "4539578763621486"
    assert again.expected.odds > 0.3


def test_a_stroke_is_read_as_a_digit_or_a_mark() -> None:
    found = checked(line_of("314"), expectation_of("0/0")).expected
    assert found is not None
    assert (found.text, found.satisfied) == ("3/4", False)
    assert found.odds < 0.1
    with_a_mark = checked(line_of("3/4"), expectation_of("000")).expected
    assert with_a_mark is not None
    assert with_a_mark.text == "314"


def test_a_mark_that_was_left_unread_is_plausible_and_one_that_nobody_sees_is_not() -> None:
    reading = line_of("2629664")
    seen = Reading(reading.size_wh, reading.lines, rejected=(Rejected(Box(82, 22, 90, 26), "dash"),))
    for one, plausible in ((seen, True), (reading, False)):
        found = checked(one, expectation_of("000-0000"))
        assert found.expected is not None
        assert (found.expected.text, found.expected.satisfied) == ("262-9664", False)
        assert found.doubtful is not plausible


def test_nothing_that_fits_is_said() -> None:
    found = checked(line_of("12"), expectation_of("12345"))
    assert found.expected is not None
    assert (found.expected.text, found.expected.odds, found.expected.confidence) == (None, 0.0, 0.0)
    assert found.doubtful


def test_each_line_is_checked_and_a_page_joins_them() -> None:
    upper, lower = line_of("123"), line_of("45")
    moved = [
        Digit(d.value, d.confidence, False, Box(d.box.left, 110, d.box.right, 140)) for d in lower.digits
    ]
    page = Reading((100, 200), (upper.lines[0], Line(tuple(moved))))
    found = checked(page, expectation_of("3"))
    assert [line.expected is not None and line.expected.satisfied for line in found.lines] == [True, False]
    assert [line.doubtful for line in found.lines] == [False, True]
    assert found.expected is not None
    assert (found.expected.satisfied, found.expected.text) == (False, None)
    assert checked(Reading((9, 9)), expectation_of("3")).expected is None


@given(
    st.text("0123456789", min_size=1, max_size=6),
    st.sampled_from(["1-4", "luhn", "#,##0.00", "0..500", "\\d+"]),
)
@settings(max_examples=60, deadline=None)
def test_what_is_told_survives_json_and_is_accepted(text: str, pattern: str) -> None:
    found = checked(line_of(text, at0=((3, 0.2),)), expectation_of(pattern))
    assert found.text == text
    again = Reading.from_dict(json.loads(found.to_json()))
    assert again.expected is not None
    assert found.expected is not None
    assert again.expected.text == found.expected.text
    assert found.expected.satisfied == accepted(pattern, text)
    for one in [found.expected.text, *(other for other, _ in found.expected.alternatives)]:
        assert one is None or accepted(pattern, one)
    assert found.expected.confidence + sum(share for _, share in found.expected.alternatives) <= 1


def test_readers_check_what_they_are_told(tmp_path: Path) -> None:
    page = draw_number("2024", seed=3)
    reader = inkread.Reader()
    assert reader.read(page).expected is None
    fits = reader.read(page, expect="4").expected
    assert fits is not None
    assert (fits.satisfied, fits.text) == (True, "2024")
    unlike = pickle.loads(pickle.dumps(inkread.Reader(expect=[1999, 2023]))).read(page)
    assert unlike.text == "2024"
    assert unlike.expected is not None
    assert (unlike.expected.satisfied, unlike.expected.text) == (False, "2023")
    assert unlike.doubtful
    many = list(inkread.read_many([page, page], expect="3"))
    assert [one.expected is not None and one.expected.satisfied for one in many] == [False, False]
    assert inkread.read(page).expected is None
    assert set(SIGNS) >= set("0123456789-")


def rows_of(*texts: str) -> Reading:
    """A reading with these lines below each other."""
    lines = []
    for row, text in enumerate(texts):
        digits = (
            replace(d, box=Box(d.box.left, 60 * row, d.box.right, 60 * row + 30)) for d in line_of(text)
        )
        lines.append(Line(tuple(digits)))
    return Reading((400, 60 * len(texts)), tuple(lines))


@pytest.mark.parametrize(
    ("pattern", "texts", "wrong"),
    [
        ("rising", ["10234", "10391", "10544"], []),
        ("rising", ["10234", "90391", "10544", "10600"], [1]),
        ("rising", ["10234", "10391", "10144", "10600"], [2]),
        ("rising from 10300", ["10234", "10391", "10544"], [0]),
        ("rising by 0..400", ["10234", "10991", "10844", "11001"], [1]),
        ("rising from 500 by 1..", ["501", "501", "503"], [1]),
        ("rising & 5", ["10234", "1039", "10544"], [1]),
    ],
)
def test_a_line_that_breaks_a_rising_series_is_implausible(
    pattern: str, texts: list[str], wrong: list[int]
) -> None:
    found = checked(rows_of(*texts), expectation_of(pattern))
    assert [i for i, line in enumerate(found.lines) if line.doubtful] == wrong
    assert found.text == "\n".join(texts)
    assert found.expected is not None
    assert found.expected.satisfied is not bool(wrong)


def test_a_series_takes_what_else_a_line_may_say() -> None:
    page = rows_of("10234", "70391", "10544")
    digits = list(page.lines[1].digits)
    digits[0] = replace(digits[0], confidence=0.8, runners_up=((1, 0.15),))
    page = replace(page, lines=(page.lines[0], Line(tuple(digits)), page.lines[2]))
    second = checked(page, expectation_of("rising")).lines[1].expected
    assert second is not None
    assert (second.satisfied, second.text) == (False, "10391")
    assert 0.1 < second.odds < 0.3


def run_read(*words: str) -> tuple[int, str, str]:
    """What ``inkread read`` says: exit status, standard output, standard error."""
    done = subprocess.run(
        [sys.executable, "-m", "inkread", "read", *words], capture_output=True, encoding="utf-8", check=False
    )
    return done.returncode, done.stdout, done.stderr


def test_the_command_prints_what_was_read_and_what_fits(tmp_path: Path) -> None:
    path = tmp_path / "number.png"
    Image.fromarray(draw_number("2024", seed=3)).save(path)
    status, out, notes = run_read(str(path), "--expect", "2023|1999")
    assert (status, out) == (0, "2024\n")
    assert "(2024 is not as expected; 2023 is, at odds of " in notes
    fields = json.loads(run_read(str(path), "--json", "--expect", "2023|1999")[1])
    assert fields["text"] == "2024"
    assert fields["lines"][0]["expected"] == fields["expected"]
    assert (fields["expected"]["satisfied"], fields["expected"]["text"]) == (False, "2023")
    row = next(csv.DictReader(run_read(str(path), "--format", "csv", "--expect", "4")[1].splitlines()))
    assert (row["satisfied"], row["expected"], row["odds"]) == ("1", "2024", "1.0")
    status, _, notes = run_read(str(path), "--expect", "abc")
    assert status != 0
    assert notes.count("\n") == 1
    assert "cannot expect 'abc'" in notes


def test_bulk_has_a_column_for_what_was_expected(tmp_path: Path) -> None:
    Image.fromarray(draw_number("2024", seed=3)).save(tmp_path / "number.png")
    out = tmp_path / "rows.csv"
    command = [
        sys.executable,
        "-m",
        "inkread",
        "bulk",
        str(tmp_path),
        "-o",
        str(out),
        "--expect",
        "1999|2023",
    ]
    done = subprocess.run([*command, "--jobs", "1"], capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    (row,) = csv.DictReader(out.read_text(encoding="utf-8").splitlines())
    assert (row["text"], row["satisfied"], row["expected"], row["doubtful"]) == (
        "2024",
        "false",
        "2023",
        "true",
    )
    assert 0 < float(row["odds"]) < 0.1


def test_a_check_digit_x_is_found_in_ink_that_was_left_unread() -> None:
    reading = line_of("080442957")
    unread = Rejected(Box(270, 10, 292, 40), "not a digit")
    found = checked(replace(reading, size_wh=(300, 50), rejected=(unread,)), expectation_of("isbn10"))
    assert found.expected is not None
    assert (found.text, found.expected.text, found.expected.satisfied) == ("080442957", "080442957X", False)
    assert found.doubtful
    alone = checked(reading, expectation_of("isbn10")).expected
    assert alone is not None
    assert (alone.text, alone.satisfied) == (None, False)


def meter(*numbers: int) -> list[Reading]:
    """A reading for each number."""
    return [line_of(str(number)) for number in numbers]


def test_a_series_goes_over_pictures_if_that_is_expected() -> None:
    readings = meter(12010, 12250, 72480, 12730, 12960)
    doubted = [each.doubtful for each in checked_together(readings, expectation_of("rising over pictures"))]
    assert doubted == [False, False, True, False, False]
    later = checked_together(readings[:2], expectation_of("rising over pictures from 12100"))
    assert [each.doubtful for each in later] == [True, False]
    named = [replace(each, region=name) for each, name in zip(meter(90, 10, 95, 12), "abab", strict=True)]
    assert not any(each.doubtful for each in checked_together(named, expectation_of("rising over pictures")))


def test_steps_unlike_the_others_are_doubted_though_all_numbers_rise() -> None:
    values = [10_000, 10_210, 10_400, 10_620, 10_830, 11_020, 11_230]
    assert not any(
        each.doubtful for each in checked_together(meter(*values), expectation_of("rising over pictures"))
    )
    values[3] = 10_820
    doubted = [
        each.doubtful for each in checked_together(meter(*values), expectation_of("rising over pictures"))
    ]
    assert [i for i, doubt in enumerate(doubted) if doubt] == [3]


def test_pictures_of_a_list_and_of_a_command_are_one_series(tmp_path: Path) -> None:
    pictures = [draw_number(text, seed=3) for text in ("2204", "9230", "2250", "2298")]
    found = list(inkread.read_many(pictures, expect="rising over pictures"))
    assert [each.text for each in found] == ["2204", "9230", "2250", "2298"]
    assert found[1].doubtful
    assert [each.expected is not None and each.expected.satisfied for each in found] == [
        True,
        False,
        True,
        True,
    ]
    paths = [tmp_path / f"{i}.png" for i in range(4)]
    for path, picture in zip(paths, pictures, strict=True):
        Image.fromarray(picture).save(path)
    command = [
        sys.executable,
        "-m",
        "inkread",
        "read",
        "--json",
        "--expect",
        "rising over pictures",
        *map(str, paths),
    ]
    lines = subprocess.run(command, capture_output=True, check=True, text=True).stdout.splitlines()
    assert [json.loads(line)["expected"]["satisfied"] for line in lines] == [True, False, True, True]
