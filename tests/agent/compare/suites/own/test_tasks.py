"""Tasks: every answer is reckoned again here, from the words of the task alone."""

from __future__ import annotations

import calendar
import datetime as dt
import json
import re

import pytest
from jsonschema import Draft202012Validator

from tokenward.compare.suites.answers import formed, right
from tokenward.compare.suites.known import own_suite
from tokenward.compare.suites.own.tasks import GENERATORS
from tokenward.compare.suites.own.tasks.drawn import lists

CASES = own_suite("tasks").cases
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
UNITS = {"metres": 1, "kilometres": 1000, "centimetres": 0.01, "seconds": 1, "minutes": 60, "hours": 3600,
         "grams": 1, "kilograms": 1000, "days": 86400, "weeks": 604800, "months": 1, "years": 12,
         "millilitres": 1, "litres": 1000}  # fmt: skip
ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50}


def ints(text):
    return [int(number) for number in re.findall(r"\d+", text)]


def items(text):
    """Returns the list that stands in a task: words or numbers separated by commas."""
    bare = re.sub(
        r",? (alphabetically, )?(only, )?separated by commas|largest,|smallest,", "", text
    )
    return max((m[0] for m in re.finditer(r"\w+(?:, \w+)+", bare)), key=len).split(", ")


def quoted(text):
    return re.findall(r'"([^"]+)"', text)


def table(text):
    lines = [line.split(" | ") for line in text.splitlines() if " | " in line]
    return [(item, colour, int(price)) for item, colour, price in lines[1:]]


def row(text, at=0):
    """Returns the row of the item that the question names."""
    question = text.rsplit("\n\n", 1)[1]
    named = [one for one in table(text) if re.search(rf"\b{one[0]}\b", question)]
    return named[at]


def roman(text):
    values = [ROMAN[letter] for letter in re.search(r"numeral ([IVXL]+)", text)[1]]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return sum(-value if value < following else value for value, following in pairs)


def convert(text):
    words = re.search(r"How many (\w+) are (\d+) (\w+)\?", text)
    small, count, large = words.groups() if words else re.search(
        r"Convert (\d+) (\w+) to (\w+)\.", text
    ).group(3, 1, 2)  # fmt: skip
    return round(int(count) * UNITS[large] / UNITS[small])


def clock(text):
    hour, minute, more = ints(text)[:3]
    then = dt.timedelta(hours=hour, minutes=minute + more)
    return f"{then}"[:-3].zfill(5)


def date(text):
    day, month, year = re.search(r"(\d+) (\w+) (\d{4})", text).groups()
    return dt.date(int(year), list(calendar.month_name).index(month), int(day)).isoformat()


def later(text):
    start = dt.date.fromisoformat(re.search(r"\d{4}-\d\d-\d\d", text)[0])
    return (start + dt.timedelta(days=ints(text)[0])).isoformat()


def weekday(text):
    today = re.search(r"Today is (\w+)", text)[1]
    return DAYS[(DAYS.index(today) + ints(text)[0]) % 7]


def taller(text):
    a, _, c = re.match(r"(\w+) is taller than (\w+)\. \2 is taller than (\w+)\.", text).groups()
    return a if "tallest" in text else c


def person(text):
    there = re.search(r"(\w+) is (\d+) years old and lives in (\w+)\.", text)
    if there:
        name, age, city = there.groups()
    else:
        city, name, age = re.search(r"In (\w+) I met (\w+), aged (\d+)\.", text).groups()
    return {"name": name, "age": int(age), "city": city}


def order(text):
    count, item, paid = re.search(
        r"orders (\d+) pieces of the (\w+) and pays (.+?)\.", text
    ).groups()
    return {"item": item, "count": int(count), "invoice": paid == "by invoice"}


def row_json(text):
    item, colour, price = row(text)
    return {"item": item, "colour": colour, "price": price}


def place(text):
    return items(text)[
        ("second", "third", "fourth").index(re.search(r"the (\w+) word", text)[1]) + 1
    ]


def replaced(text):
    old, new = quoted(text)
    return text.rsplit(": ", 1)[1].replace(old, new)


LABELS = {
    "sentiment": {"slow": "negative", "wonderful": "positive", "regret": "negative"},
    "topic": {"penalty": "sports", "dough": "food", "Fog": "weather"},
    "language": {"Brille": "German", "chat": "French", "Mañana": "Spanish"},
    "kind": {"?": "question", "Close": "order", "museum": "statement"},
    "both": {"roses": "yes", "No bird": "no", "The box": "yes"},
}


def labelled(kind):
    def label(text):
        said = text.rsplit("\n\n", 1)[-1]
        return next(value for key, value in LABELS[kind].items() if key in said)

    return label


SOLVED = {
    "add": lambda text: sum(ints(text)),
    "subtract": lambda text: ints(text)[0] - ints(text)[1],
    "multiply": lambda text: ints(text)[0] * ints(text)[1],
    "divide": lambda text: ints(text)[0] / ints(text)[1],
    "remainder": lambda text: ints(text)[0] % ints(text)[1],
    "mixed": lambda text: eval(re.search(r"Compute (.*?)\. ", text)[1]),
    "change": lambda text: ints(text)[2] - ints(text)[1] - ints(text)[0],
    "percent": lambda text: ints(text)[0] * ints(text)[1] / 100,
    "average": lambda text: sum(ints(text)) / 3,
    "largest": lambda text: max(ints(text)),
    "sequence": lambda text: 2 * ints(text)[-1] - ints(text)[-2],
    "doubling": lambda text: 2 * ints(text)[-1],
    "roman": roman,
    "convert": convert,
    "clock": clock,
    "date": date,
    "later": later,
    "weekday": weekday,
    "copy": lambda text: re.split(r": |\n", text)[-1],
    "code": lambda text: text.rsplit(": ", 1)[1],
    "reverse_list": lambda text: ", ".join(reversed(items(text))),
    "sort_numbers": lambda text: ", ".join(map(str, sorted(map(int, items(text))))),
    "sort_words": lambda text: ", ".join(sorted(items(text))),
    "falling": lambda text: ", ".join(map(str, sorted(map(int, items(text)))[::-1])),
    "upper": lambda text: quoted(text)[0].upper(),
    "initials": lambda text: "".join(word[0] for word in items(text)),
    "last": lambda text: items(text)[-1],
    "nth": place,
    "longest": lambda text: max(items(text), key=len),
    "without": lambda text: ", ".join(w for w in items(text) if w != quoted(text)[0]),
    "replace": replaced,
    "count_words": lambda text: len(items(text)),
    "count_of": lambda text: items(text).count(quoted(text)[0]),
    "backwards": lambda text: "".join(reversed(quoted(text)[0])),
    "price": lambda text: row(text)[2],
    "item": lambda text: next(one[0] for one in table(text) if one[2] == ints(text)[-1]),
    "cheapest": lambda text: min((price, item) for item, _, price in table(text))[1],
    "colour": lambda text: row(text)[1],
    "total": lambda text: row(text, 0)[2] + row(text, 1)[2],
    "person_json": person,
    "list_json": items,
    "order_json": order,
    "table_json": row_json,
    "mail": lambda text: re.search(r"\S+@\S+", text)[0],
    "ticket": lambda text: re.search(r"\d{5}", text)[0],
    "who": lambda text: re.search(r"round (\w+)", text)[1],
    "taller": taller,
    "rule": lambda text: "no" if "does not have" in text else "yes",
    "greater": lambda text: "yes" if ints(text)[0] > ints(text)[1] else "no",
    "even": lambda text: "odd" if ints(text)[0] & 1 else "even",
    **{kind: labelled(kind) for kind in LABELS},
}  # fmt: skip


def test_every_kind_of_task_is_reckoned_again():
    assert set(SOLVED) == set(GENERATORS) == {kind for kind, _ in lists()["skeletons"]}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_expected_answer_is_the_right_one(case):
    solved = SOLVED[case.expect["kind"]](case.prompt[0]["content"])
    answer = json.dumps(solved) if "schema" in case.expect else str(solved)
    if isinstance(solved, float):
        assert solved == int(solved)
    assert right(answer, case.expect)
    assert right(f"Answer: {answer}", case.expect) == ("schema" not in case.expect)
    assert not right(f"{answer}7", case.expect)
    assert not right("", case.expect)


def test_answers_of_one_way_to_ask_are_not_all_alike():
    answers = {}
    for case in CASES:
        answers.setdefault(case.cluster, set()).add(case.expect["exact"])
    assert [] == [cluster for cluster, found in answers.items() if len(found) == 1]


def test_schemas_are_valid_and_admit_their_form_whatever_the_values():
    for case in CASES:
        if "schema" in case.expect:
            Draft202012Validator.check_schema(case.expect["schema"])
            other = json.loads(case.expect["exact"])
            if isinstance(other, dict):
                other[next(iter(other))] = "somebody else"
                assert not right(json.dumps({**other, "more": 1}), case.expect)
                assert not formed(json.dumps({**other, "more": 1}), case.expect)
            else:
                other = other[::-1]
                assert not formed(json.dumps([1]), case.expect)
            assert formed(json.dumps(other), case.expect)
            assert not right(json.dumps(other), case.expect)
