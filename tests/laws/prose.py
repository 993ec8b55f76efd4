"""Prose of our own in ten scripts, and machines' text: JSON, code, logs, tables, base 64, runs."""

from __future__ import annotations

import base64
import json

PROSE = {
    "Latin": (
        "The committee met on a rainy morning to talk about the new harbour. Nobody had read the "
        "long report, but everybody had an opinion about the cranes, the noise and the price of "
        "fish. Later, over soup, they agreed to meet again; it wasn't the first time. "
    ),
    "Latin with accents": (
        "Der Zug fährt über die Brücke, und die Möwen schreien. L'été dernier, nous avons mangé des "
        "pêches près de la forêt. ¿Dónde está la llave del jardín? Żółte liście spadły w nocy. "
    ),
    "Cyrillic": (
        "Утром комиссия собралась у реки, чтобы поговорить о новом мосте. Никто не читал длинный "
        "отчёт, но у каждого было своё мнение о шуме и о цене рыбы. "
    ),
    "Greek": (
        "Το πρωί έβρεχε και η επιτροπή μίλησε για το νέο λιμάνι. Κανείς δεν είχε διαβάσει την "
        "έκθεση, αλλά όλοι είχαν γνώμη για τους γερανούς. "
    ),
    "Arabic": (
        "اجتمعت اللجنة صباحا لتتحدث عن الميناء الجديد، ولم يقرأ أحد التقرير الطويل. قال المهندس إن "
        "الجسر قديم؛ هل نبني جسرا آخر؟ "
    ),
    "Hebrew": "הוועדה נפגשה בבוקר גשום כדי לדבר על הנמל החדש. איש לא קרא את הדוח, אבל לכולם הייתה דעה. ",
    "Devanagari": (
        "समिति बरसात की सुबह नए बंदरगाह के बारे में बात करने के लिए मिली। किसी ने लंबी रिपोर्ट नहीं पढ़ी थी, "
        "लेकिन सबकी अपनी राय थी। "
    ),
    "Korean": "위원회는 비 오는 아침에 모여 새 항구에 대해 이야기했다. 아무도 긴 보고서를 읽지 않았지만 모두 의견이 있었다. ",
    "Chinese": (
        "委员会在一个下雨的早晨开会，讨论新港口的事。没有人读过那份很长的报告，但是每个人都有自己的看法。"
        "后来大家同意再开一次会，少喝一点咖啡，并且请一位工程师来算一算费用。"
    ),
    "Japanese": (
        "雨の朝、委員会は新しい港について話し合うために集まった。長い報告書を読んだ人は誰もいなかったが、"
        "みんな意見を持っていた。「来週また会いましょう」と議長は言った。"
    ),
    "Thai": "คณะกรรมการประชุมกันในเช้าวันฝนตกเพื่อพูดคุยเรื่องท่าเรือใหม่ ไม่มีใครอ่านรายงานฉบับยาว แต่ทุกคนมีความเห็น ",
}
"""Sentences without a value and without a digit, by script."""

SPACED = tuple(name for name in PROSE if name not in ("Chinese", "Japanese", "Thai"))
"""Scripts whose words stand apart."""

JSON = json.dumps(
    {
        "id": 4821, "state": "open", "tags": ["new", "late"], "total": 12.5, "ok": True, "by": None,
        "lines": [{"sku": "A-17", "n": 3}, {"sku": "B-22", "n": 1}], "note": "leave it at the door",
    },
    separators=(",", ":"),
)  # fmt: skip

CODE = (
    "def area(radius: float) -> float:\n"
    '    """Returns the area; raises for r < 0."""\n'
    '    if radius < 0:\n        raise ValueError(f"radius is {radius!r}")\n'
    "    return 3.14159 * radius ** 2  # close enough\n\n"
    'items = {"a": [1, 2, 3], "b": {"c": None}}\nfor key, value in items.items():\n    print(key, value)\n'
)

LOG = (
    "2024-05-06T07:08:09.123Z INFO worker-3 request=8f3a took=12ms status=200 path=/v1/items?page=2\n"
    "2024-05-06T07:08:10.001Z WARN worker-1 retry=2 queue=mail depth=1043 (limit 5000)\n"
)

MARKDOWN = (
    "# A title\n\nSome *text* with `code`, a [link](https://example.org/a) and a list:\n\n"
    "1. one\n2. two\n   - nested\n\n> quoted, **bold**\n\n```python\nx = 1\n```\n\n"
)

TABLE = "| name | count | share |\n|---|---:|---:|\n| north | 1,204 | 12.5 % |\n| south | 98 | 1.0 % |\n"

NUMBERS = "".join(f"{n * 7919 % 100000}\n" for n in range(1, 40))

BASE64 = base64.b64encode(bytes(range(256)) * 2).decode()

DIFF = "--- a/x.py\n+++ b/x.py\n@@ -1,3 +1,4 @@\n-old = 1\n+new = 2\n e4d909c290d0fb1ca068ffaddf22cbd0\n"

MACHINE = {
    "JSON": JSON, "code": CODE, "a log": LOG, "Markdown": MARKDOWN, "a table": TABLE,
    "numbers": NUMBERS, "base 64": BASE64, "a diff": DIFF,
}  # fmt: skip

HOSTILE = (
    "0", "4", "9", "@", "=", ".", "-", ":", "/", "(", "[", '"', "\\", "a", "A", "é", "中", "ก", "\n", " ",
    "a.a.a.", "a@a.co@", "12 34 56 ", "4111 1111 ", "1-", "1.1.", "::", "f:", "((((", '{"a":', "[[{",
    "eyJ", "sk-", "-----BEGIN ", "http://a.", "a:b@", "key=", 'password="', "\\n", "%40", "&#64;", "٣", "\u200b",
    "xn--", "+1 ", "DE89", "<A>", "[EMAIL_1] ", "\U0001f469\u200d",
)  # fmt: skip
"""What is repeated to long runs; each keeps some pattern open, or makes a careless one backtrack."""


def run(piece, length):
    """Returns a piece repeated to a length."""
    return (piece * (length // len(piece) + 1))[:length]
