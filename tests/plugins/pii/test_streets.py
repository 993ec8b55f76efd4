"""Street addresses: forms of a dozen countries, where they end, and what only looks like one."""

from __future__ import annotations

import pytest

from tokenward.types import ScanContext

STREET = "STREET_ADDRESS"

WHOLE = (
    *("1600 Pennsylvania Ave NW, Apt 4", "221B Baker Street", "10 Downing Street", "123 MAIN ST"),
    *("742 Evergreen Terrace, Springfield, IL 62704", "P.O. Box 123", "PO Box 12", "P O Box 7"),
    *("P.O. Box 123, Springfield, IL 62704", "Flat 2, 14 High Road", "Suite 5, 12 Main Road"),
    *("Flat 2, 14 High Road, London SW1A 1AA", "45 Park Avenue South, New York, NY 10016-1234"),
    *("12 St. John Street", "55 5th Ave", "1234 NW 23rd Ave", "12/34 Smith Street", "3A Mill Lane"),
    *("12-14 High Street", "100 Congress Ave #400", "398 11th Street, 2nd Floor", "12 The Avenue"),
    *("1681 Broadway", "1 Infinite Loop", "12 Old Mill Rd., Unit 5", "77 Martin Luther King Blvd"),
    *("12 Smith St, Sydney NSW 2000", "12 King Street W, Toronto, ON M5H 1A1", "Postfach 12 34 56"),
    *("12 Oak Road\nSpringfield, IL 62704", "PSC 1234, Box 5678\nAPO AP 96326"),
    *(
        "Unit 4719 Box 7394, DPO AP 70942",
        "USS Example\nFPO AE 51332",
        "CMR 480 Box 12 APO AE 09128",
    ),
    *("Hauptstraße 12", "Hauptstr. 12a", "Lange Straße 5", "Frankfurter Ring 12", "Am Markt 5"),
    *("Unter den Linden 77", "Karl-Marx-Allee 3", "Hauptstr. 12, 10115 Berlin", "Obere Gasse 3"),
    *("Obere Bahnhofstraße 9", "Brucker Bundesstraße 31", "Sankt-Anna-Platz 5"),
    *("Keizersgracht 123, 1015 CJ Amsterdam", "Kungsgatan 12", "Mellemvej 32", "Sahantie 72"),
    *("Rákóczi út 81", "ul. Długa 5", "Gosposka ulica 61", "Trg revolucije 12"),
    *("12 rue de la Paix", "12, rue de la Paix", "12 rue de la Paix, 75002 Paris"),
    *("9 avenue d'Ouchy", "9 avenue d\u2019Ouchy", "12 bd Voltaire", "3 place de la République"),
    *("2 rue du 8 Mai 1945", "Avenue Louise 54", "Rue de la Loi 16, 1000 Bruxelles"),
    *("Calle Mayor 5", "calle de Alcalá nº 45", "C/ Mayor, 5", "Calle Mayor 5, 28013 Madrid"),
    *("Avenida Paulista, 1578", "Paseo del Prado 8", "Rua Augusta 1500", "rua Augusta, 1500"),
    *("Via Roma 10", "Piazza San Marco 1", "Corso Vittorio Emanuele 12, 20122 Milano"),
    *("14 Hauptstraße 12", "7 Calle Mayor 5", "3 12 Mill Lane", "8 P.O. Box 123"),
    *(
        "12 Oak Road, Dublin, Ireland",
        "12 Oak Road, Leeds, United Kingdom",
        "5 Mill Rd, Galle, Sri Lanka",
    ),
    "12 Oak Road, Apt. 5\nMillport\nNew Zealand 4012",
)
"""Addresses that are found from their first character to their last."""

AROUND = (
    "{}",
    "at {}",
    "He lives at {}.",
    "({})",
    '"{}"',
    "at {}; then",
    "x\n{}\n",
    "to {}, and on",
)

PARTS = (
    ("my zip code is 35350", "35350"),
    ("ZIP: 7412 SL, he said", "7412 SL"),
    ("Postal code: 394 13", "394 13"),
    ("Código postal: 90010-170 (Porto)", "90010-170"),
    ("PLZ 8004 ist falsch", "8004"),
    ("12 Oak Road, Apt. 5\nThanks for the card", "12 Oak Road, Apt. 5"),
    ("12 Oak Road\nApt. 5\nUpper Millport\nor so", "12 Oak Road\nApt. 5\nUpper Millport"),
    ("12 Oak Road, New Yorkers", "12 Oak Road"),
    ("in 2019 Hauptstraße 12", "Hauptstraße 12"),
    ("Ann Lee\n Apt. 735\nSpringfield", "Apt. 735"),
    ("Ann Lee\n> Suite 12b\n> Springfield", "Suite 12b"),
    ("Abito in via Roma 10 a Milano", "via Roma 10"),
    ("in der Hauptstraße 12 wohnt", "Hauptstraße 12"),
    ("in Berlin in der Lange Straße 12", "Lange Straße 12"),
    ("the Plaza Hotel 768 Fifth Avenue is", "768 Fifth Avenue"),
    ("12 Main St. He went home", "12 Main St"),
    ("2 Main Street and 4 High Road", "2 Main Street"),
    ("He lives at 97 guildry street now", "97 guildry street"),
    ("Address: Dašická 688, then", "Dašická 688"),
    ("lives on Parmova 109 with", "Parmova 109"),
    ("sent to Turjaška 46, Apt. 358 there", "Turjaška 46, Apt. 358"),
)
"""Addresses at the end of other words, or before them."""

NONE = (
    "Cello\n\nSuite 5\n\nBach",
    "The piece:\nSuite 5\nBach",
    "Bach\nSuite 5 is short\n",
    *("20 minutes later", "5 Star Hotel", "3 Way Street parking", "a 2 way street", "1 Way"),
    *("24 Hour Drive", "2 Bedroom Court", "12 Days of Christmas", "The 100 Best Places"),
    *("Chapter 3 The Long Road", "Episode 4 Park Avenue", "Route 66 Highway", "Boeing 747 Drive"),
    *(
        "In 2005 Main Street was closed",
        "On May 5, 2005 Wall Street fell",
        "a 2011 US Court verdict",
    ),
    *("on 9 September Street parties began", "iPhone 12 Pro", "Windows 11 Home", "The Ring 2"),
    *(
        "Brigade 12 came",
        "Agata 5 and",
        "Supermarkt 7",
        "Norway 12",
        "sent via Twitter 24 hours ago",
    ),
    *(
        "12 (High Road)",
        "12: High Road",
        "$12 Main Street bonds",
        "3.12 Main Street",
        "12 high roads",
    ),
    *(
        "Main Street",
        "Baker Street, London",
        "P.O. Box",
        "Apt 4",
        "Flat 2, 14",
        "Hauptstraße",
        "12",
    ),
    *(
        "Saturday Night Live on November 16, 2013",
        "12 Main\n\n\n\n\n\n\n\nStreet",
        "12 dogs. Main Street",
    ),
    *("It is 5 Place settings", "12 square Miles", "3 place Points", "Postfach voll", "Unit 5 Box"),
)


def streets(values, text, **options):
    return [value for kind, value in values(text, types=[STREET], **options)]


@pytest.mark.parametrize("address", WHOLE)
def test_an_address_is_found_whole_wherever_it_stands(values, address):
    for around in AROUND:
        for size in (0, 1, 6):
            assert streets(values, around.format(address), size=size) == [address], around


@pytest.mark.parametrize(("text", "address"), PARTS)
def test_an_address_begins_and_ends_with_its_words(values, text, address):
    for size in (0, 1, 6):
        assert streets(values, text, size=size)[0] == address


@pytest.mark.parametrize("text", NONE)
def test_what_only_looks_like_an_address_is_none(values, text):
    for size in (0, 1, 6):
        assert streets(values, text, size=size) == []


def test_a_flat_or_a_town_makes_it_surer_and_a_common_last_word_less(find):
    def score(text):
        (found,) = find(text, types=[STREET])
        return found.score

    sure, plain = score("12 Oak Road, Apt 4"), score("12 Oak Road")
    assert sure > plain > score("12 Oak Hill") >= 0.6
    assert score("12 Oak Road, Springfield, IL 62704") == sure


@pytest.mark.parametrize("address", WHOLE)
def test_an_address_may_be_cut_anywhere(find, address):
    text = f"He lives at {address} today."
    whole = find(text, types=[STREET])
    for at in range(12, 13 + len(address)):
        assert find([text[:at], text[at:]], types=[STREET]) == whole


def test_an_address_is_not_longer_than_its_limit(find):
    for text in ("12 " + "Old " * 60 + "Road", "Via " + "Roma " * 60 + "10", "12 " + "O" * 500):
        assert find(text, types=[STREET]) == []
    long = "12 Old Mill Road, Suite 1234, Llanfairpwllgwyngyll Gogerychwyrndrobwll, " + "X" * 80
    (found,) = find(long, types=[STREET])
    assert found.end - found.start <= 120


def held(detector, text):
    scan = detector.open(ScanContext("pii", "output", frozenset({STREET})))
    return [at + 1 - scan.feed(character)[1] for at, character in enumerate(text)]


def test_small_letters_are_not_held(detector):
    sizes = held(detector, "it was only a quiet road, and 20 dogs went along it, in a row.")
    assert max(sizes) <= len("20 dogs ")
    assert sum(sizes) / len(sizes) < 1.5
    assert max(held(detector, "In 1999 The President went to Washington, and Mr Smith did.")) <= 26
    assert set(held(detector, "今天天气很好，我们去公园散步。")) == {0}


@pytest.mark.parametrize("text", ["12 Main " * 400, "Via Roma Via " * 300, "Unit 4 Box 5 " * 300])
def test_never_more_is_held_than_the_detector_says(detector, text):
    assert max(held(detector, text)) <= detector.hold_back_of(frozenset({STREET}))
