"""What Presidio finds in a whole text is what the scan finds, but for differences listed here.

Presidio's own engine runs in a process of its own, over each whole sentence, with the same
recognizers and with spaCy's blank English tokenizer for its context words. Compared are the type,
the text of the value and the score, from 0.4 on.
"""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from tokenward_plugins.pii.kinds import USUAL
from tokenward_plugins.pii.presidio import Presidio
from tokenward_plugins.pii.sources import SOURCES

HOST = "the host name in an e-mail address is not reported as well"
IP = "an IP address is not reported as a phone number as well"
SHAPE = "a number written like a phone number scores 0.6, and 'call' counts as a context word"
SAMPLE = "published sample numbers are found"
INNER = "where the longest match is refused, the shorter ones in it are tried"
FRACTION = "digits behind a decimal point, and parts of longer dotted numbers, are no value"
WORD = "a context word of up to three letters must be the whole word, not 'us' in 'status'"
EDGE = "quotes around a URL and the full stop behind it are not part of it"
ENDING = "a top-level domain must be the whole label, not '.py' in '.python'"
PRIVATE = "addresses under reserved and private endings are found"
CARDS = "cards of the 2-series, and of 19 digits, are found"
DOTTED = f"{WORD}; and a date in an IP address is not reported as well"
SCHEME = "a URL with a scheme is taken whole, with port and query, whatever its host"

SAME = (
    "Please charge my credit card 4111 1111 1111 1111 today.",
    "The card 4111-1111-1111-1111 was refused.",
    "My Amex is 378282246310005 and it expires soon.",
    "Card: 5555555555554444.",
    "Use 3530111333300000 for the JCB test.",
    "The order number 4111 1111 1111 1112 is not a card.",
    "Reference 1234567890123456 was closed.",
    "No mail here: jane at example dot com.",
    "Send it to IBAN DE89370400440532013000 by Friday.",
    "IBAN DE89 3704 0044 0532 0130 00 is ours.",
    "The account GB82 WEST 1234 5698 7654 32 is in London.",
    "FR14 2004 1010 0505 0001 3M02 606 works too.",
    "DE89370400440532013001 has a wrong check digit.",
    "Pay NL91ABNA0417164300 now.",
    "Ping 10.0.0.1/24 or 8.8.8.8 please.",
    "Address 2001:db8:85a3::8a2e:370:7334 is documented.",
    "The loopback ::1 and fe80::1ff:fe23:4567:890a are local.",
    "256.256.256.256 is no address.",
    "The MAC address is 00:1A:2B:3C:4D:5E on the card.",
    "Device 00-1a-2b-3c-4d-5e joined.",
    "Cisco writes 0012.3456.789a for it.",
    "Broadcast ff:ff:ff:ff:ff:ff goes to all.",
    "My social security number is 457-55-5462.",
    "SSN: 457 55 5462",
    "The value 457-55-5462 appears in the table.",
    "Numbers like 000-12-3456 and 666-12-3456 are never issued.",
    "The ITIN is 912-73-1234 for this taxpayer.",
    "An ITIN such as 912731234 has nine digits.",
    "Send the coins to wallet 16Yeky6GMjeNkAiNcBY7ZhrLoMSgg1BoyZ please.",
    "Or to bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq instead.",
    "16Yeky6GMjeNkAiNcBY7ZhrLoMSgg1BoyY is mistyped.",
    "The request id is 550e8400-e29b-41d4-a716-446655440000 here.",
    "The nil id 00000000-0000-0000-0000-000000000000 does not count.",
    "He was born on 12/05/1987 in Leeds.",
    "The date 1987-05-12 is written in ISO form.",
    "Deadline: 5-Jan-2024, no later.",
    "On 31.12.1999 the world did not end.",
    "It happened at 2024-01-15T10:00:00Z exactly.",
    "See https://example.com/path/page?id=7 for more.",
    "The site www.example.org has it.",
    "Visit http://sub.example.co.uk and register.",
    "My website is example.net/about now.",
    "It costs $12.50 or 1,234.56 dollars.",
    "In 1999 there were 42 people and 7 dogs.",
    "Version 3.2 came after 3.1 and 2.7.18.",
    "Chapter 12, page 345, line 6.",
    "The temperature was -3.5 degrees.",
    "The doctor's certificate BB1388568 is valid.",
    "DEA number AB1234563 was checked.",
    "Her passport is A12345678, issued in Boston.",
    "Passport number 123456789 was lost.",
    "Driver license B1234567 was shown.",
    "My bank account number is 945456787654.",
    "Ring 020 7946 0958 after six.",
    "Nothing to see in this plain sentence at all.",
    "The quick brown fox jumps over the lazy dog.",
    'He said: "meet me at noon, not at one".',
    "Use e.g. tea, i.e. no coffee, etc.",
    "The ratio 16:9 and the time 10:30 are fine.",
    "A list: 1, 2, 3, 4, 5.",
    "Coordinates 52.520008, 13.404954 are Berlin.",
    "Tracking 1Z999AA10123456784 shipped.",
    "ISBN 978-3-16-148410-0 is a book.",
)

DIFFERENT = (
    (
        "Write to jane.doe@example.com for details.",
        HOST,
        [("URL", "example.com", 0.5), ("URL", "jane.do", 0.5)],
        [],
    ),
    (
        "Contact: jane+news@mail.example.co.uk, or call.",
        HOST,
        [("URL", "mail.example.co.uk", 0.5)],
        [],
    ),
    ("Is (jane_doe@example.org) your address?", HOST, [("URL", "example.org", 0.5)], []),
    (
        "Mail jane@example.com, john@example.net and jim@example.org.",
        HOST,
        [("URL", "example.com", 0.5), ("URL", "example.net", 0.5), ("URL", "example.org", 0.5)],
        [],
    ),
    ("My email is o'brien@example.ie!", HOST, [("URL", "example.ie", 0.5)], []),
    ("The server 192.168.10.25 is down.", IP, [("PHONE_NUMBER", "192.168.10.25", 0.4)], []),
    (
        "His NHS number is 943 476 5919.",
        SHAPE,
        [("PHONE_NUMBER", "943 476 5919", 0.75)],
        [("PHONE_NUMBER", "943 476 5919", 0.95)],
    ),
    (
        "Call me at +44 20 7946 0958 tomorrow.",
        SHAPE,
        [("PHONE_NUMBER", "+44 20 7946 0958", 0.4)],
        [("PHONE_NUMBER", "+44 20 7946 0958", 0.95)],
    ),
    (
        "The office phone is +49 30 901820.",
        SHAPE,
        [("PHONE_NUMBER", "+49 30 901820", 0.75)],
        [("PHONE_NUMBER", "+49 30 901820", 0.95)],
    ),
    (
        "My phone number is 212-456-7890.",
        SHAPE,
        [("PHONE_NUMBER", "212-456-7890", 0.75)],
        [("PHONE_NUMBER", "212-456-7890", 0.95)],
    ),
    ("Email: a@b.co and phone: 0171 2345678.", HOST, [("URL", "b.co", 0.5)], []),
    ("My SSN is 123-45-6789, as in every example.", SAMPLE, [], [("US_SSN", "123-45-6789", 0.85)]),
    (
        "Order 1234 4111 1111 1111 1111 was paid.",
        INNER,
        [],
        [("CREDIT_CARD", "4111 1111 1111 1111", 1.0)],
    ),
    (
        "The number 0.4111111111111111 is a fraction.",
        FRACTION,
        [("CREDIT_CARD", "4111111111111111", 1.0)],
        [],
    ),
    ("Version 1.2.3.4.5 is out.", FRACTION, [("IP_ADDRESS", "1.2.3.4", 0.6)], []),
    ("My status 123456789 is public.", WORD, [("US_PASSPORT", "123456789", 0.4)], []),
    (
        'The link "https://example.com/a" is quoted.',
        EDGE,
        [("URL", '"https://example.com/a"', 0.95)],
        [("URL", "https://example.com/a", 0.95)],
    ),
    (
        "It ends here: https://example.com/a.",
        EDGE,
        [("URL", "https://example.com/a.", 0.6)],
        [("URL", "https://example.com/a", 0.6)],
    ),
    ("Open main.python in the editor.", ENDING, [("URL", "main.py", 0.5)], []),
    (
        "Text jane.doe@example.com.Please reply soon.",
        INNER,
        [("URL", "example.com.Pl", 0.5), ("URL", "jane.do", 0.5)],
        [("EMAIL_ADDRESS", "jane.doe@example.com", 1.0)],
    ),
    (
        "Reach ops@server.local on the inside.",
        PRIVATE,
        [],
        [("EMAIL_ADDRESS", "ops@server.local", 0.5)],
    ),
    (
        "Call (212) 555-0143 or (555) 010-1234 now.",
        SHAPE,
        [("PHONE_NUMBER", "(212) 555-0143", 0.4), ("PHONE_NUMBER", "(555) 010-1234", 0.4)],
        [("PHONE_NUMBER", "(212) 555-0143", 0.95), ("PHONE_NUMBER", "(555) 010-1234", 0.95)],
    ),
    (
        "The new card 2223003122003222 is a Mastercard.",
        CARDS,
        [],
        [("CREDIT_CARD", "2223003122003222", 1.0)],
    ),
    (
        "Ship to DE12 from 10.12.20.5 then.",
        DOTTED,
        [("DATE_TIME", "10.12.20", 0.6), ("IP_ADDRESS", "10.12.20.5", 0.95)],
        [("IP_ADDRESS", "10.12.20.5", 0.6)],
    ),
    (
        "Bill to AT61 1904 3002 3457 3201 PLEASE.",
        INNER,
        [("CREDIT_CARD", "1904 3002 3457 3201", 1.0)],
        [("IBAN_CODE", "AT61 1904 3002 3457 3201", 1.0)],
    ),
    (
        "The server https://intranet.corp:8443/reset?token=abc is internal.",
        SCHEME,
        [("URL", "https://intranet.co", 0.6)],
        [("URL", "https://intranet.corp:8443/reset?token=abc", 0.5)],
    ),
)


@pytest.fixture(scope="module")
def presidio(ask_presidio) -> dict[str, set[tuple[str, str, float]]]:
    return ask_presidio(USUAL, [*SAME, *(row[0] for row in DIFFERENT)])


@pytest.fixture(scope="module")
def ours(find):
    def run(text):
        found = [one for one in find(text, size=3) if one.score >= 0.4]
        return {(one.type, text[one.start : one.end], one.score) for one in found}

    return run


@pytest.mark.slow
@pytest.mark.parametrize("text", SAME)
def test_the_scan_finds_what_presidio_finds(presidio, ours, text):
    assert ours(text) == presidio[text]


@pytest.mark.slow
@pytest.mark.parametrize(("text", "why", "lost", "gained"), DIFFERENT)
def test_the_scan_differs_from_presidio_only_as_listed(presidio, ours, text, why, lost, gained):
    assert presidio[text] - ours(text) == set(lost), why
    assert ours(text) - presidio[text] == set(gained), why


def test_the_recognizers_of_both_are_the_same_files():
    root = find_spec("presidio_analyzer").submodule_search_locations[0]
    presidio = Presidio()
    for kind in SOURCES:
        assert presidio.load(kind).__init__.__code__.co_filename.startswith(root)
