r"""Which characters can stand in a value, and which end one.

A *token* is a run of characters of which an e-mail address, a URL, a code or a number can consist
without a space. All else closes it: spaces, brackets, quotes, commas, symbols, and the letters of
scripts written without spaces (Chinese, Japanese, Thai, Lao, Khmer, Burmese, Tibetan, Yi), so that
text in them is never held. Everything here is the inside of a character class.
"""

from __future__ import annotations

UNSPACED = (
    r"\u0e00-\u109f\u1780-\u17ff\u1950-\u19ff\u1a20-\u1aaf\u2e80-\u2fdf\u3005-\u3007\u3021-\u30ff"
    r"\u3100-\u318f\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua9e0-\ua9ff"
    r"\uaa60-\uaadf\uf900-\ufaff\uff66-\uff9f\U00016f00-\U0001b2ff\U00020000-\U0003ffff"
)
"""Letters of scripts that put no space between words."""
FIRST_UNSPACED = "\u0e00"

CLOSING = (
    r'\x00-\x21\x7f-\xa9\xab-\xb4\xb6-\xb9\xbb-\xbf\xd7\xf7"(),;<>?{}\[\]\\'
    r"\u0589\u05be\u05c0\u05c3\u05f3\u05f4\u060c\u060d\u061b\u061e\u061f\u066a-\u066d\u06d4"
    r"\u0964\u0965\u10fb\u1360-\u1368\u1680\u2000-\u2bff\u2e00-\u33ff\u4dc0-\u4dff"
    r"\ud800-\uf8ff\ufd3e\ufd3f\ufe00-\ufe6f\ufeff\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40"
    r"\uff5b-\uff65\uffe0-\uffff\U0001f000-\U0001faff\U000e0000-\U0010ffff" + UNSPACED
)
"""Characters that end a token: also "!", "?" and braces, which may be in the name of a mailbox, and
never are where a sentence does not end."""

WITHIN = (
    r"#-'*+\--:=@-Z\^-z|~\xaa\xb5\xba\xc0-\xd6\xd8-\xf6\xf8-\u0588\u058a-\u05bd\u05bf\u05c1\u05c2"
    r"\u05c4-\u05f2\u05f5-\u060b\u060e-\u061a\u061c\u061d\u0620-\u0669\u066e-\u06d3\u06d5-\u0963"
    r"\u0966-\u0dff\u10a0-\u10fa\u10fc-\u135f\u1369-\u167f\u1681-\u177f\u1800-\u194f\u1a00-\u1a1f"
    r"\u1ab0-\u1fff\u2c00-\u2dff\ua4d0-\ua9df\uaa00-\uaa5f\uaae0-\ud7ff\ufb00-\ufd3d\ufd40-\ufdff"
    r"\ufe70-\ufefe\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uffa0-\uffdf"
    r"\U00010000-\U00016eff\U0001b300-\U0001efff\U0001fb00-\U0001ffff\U00040000-\U000dffff"
)
"""All other characters. A set of them does what the complement of the set above does, and is
compiled and matched faster: a letter is found in it at once."""

PATH_CLOSING = (
    r"\s()<>\"'\u2018-\u201f\u2026\u3000-\u3004\u3008-\u3020\u3030\u303d\ufe30-\ufe4f\ufe50-\ufe6f"
    r"\uff01-\uff0f\uff1a-\uff20\uff3b-\uff3d\uff5b-\uff65"
)
"""Characters that end a URL once its path has begun: Presidio's, quotes, full-width marks."""

NUMBER_SPACE = (
    r" \u00a0\u00ad\u2007\u2009\u200b\u2010-\u2015\u202f\u2060\u2212\u3000()\[\]"
    r"\uff08\uff09\uff0d-\uff0f\uff3b\uff3d"
)
"""Closing characters over which a number may go on."""

NUMBER_DOT = r"\-./~"
"""Token characters that may stand between the digits of a number."""

MARKS = "_*`"
"""Marks of Markdown, and underscores, that may stand between groups of digits as well."""

LEADS = r"(\[\uff08\uff3b"
"""Brackets that may stand before the first digit of a phone number."""

LOCAL = r"!#$%&'*+\-/=?^_`{|}~.\w"
"""Characters of the local part of an e-mail address, as Presidio's pattern has them."""

_DASHES = range(0x2010, 0x2016)
PLAIN_TABLE = {
    **dict.fromkeys((0xA0, 0x2007, 0x2009, 0x202F, 0x2060, 0x3000), " "),
    **dict.fromkeys((*_DASHES, 0x2212, 0xFF0D), "-"),
}
"""Typographic spaces and dashes, which models like to write, as the ones the patterns know."""
