"""Names of countries, as they stand at the end of an address."""

from __future__ import annotations

from tokenward_plugins.pii.phrases import Reader, Word

NAMES = """
Afghanistan, Albania, Algeria, Andorra, Angola, Argentina, Armenia, Australia, Austria, Azerbaijan,
Bahamas, Bahrain, Bangladesh, Barbados, Belarus, Belgium, Belize, Benin, Bhutan, Bolivia, Botswana,
Brazil, Brunei, Bulgaria, Burundi, Cambodia, Cameroon, Canada, Chad, Chile, China, Colombia, Congo,
Costa Rica, Croatia, Cuba, Cyprus, Czechia, Czech Republic, Denmark, Djibouti, Dominican Republic,
Ecuador, Egypt, El Salvador, England, Eritrea, Estonia, Eswatini, Ethiopia, Fiji, Finland, France,
Gabon, Gambia, Georgia, Germany, Ghana, Great Britain, Greece, Greenland, Grenada, Guatemala,
Guinea, Guyana, Haiti, Honduras, Hong Kong, Hungary, Iceland, India, Indonesia, Iran, Iraq, Ireland,
Israel, Italy, Ivory Coast, Jamaica, Japan, Jordan, Kazakhstan, Kenya, Kosovo, Kuwait, Kyrgyzstan,
Laos, Latvia, Lebanon, Lesotho, Liberia, Libya, Liechtenstein, Lithuania, Luxembourg, Madagascar,
Malawi, Malaysia, Maldives, Mali, Malta, Mauritania, Mauritius, Mexico, Moldova, Monaco, Mongolia,
Montenegro, Morocco, Mozambique, Myanmar, Namibia, Nepal, Netherlands, New Zealand, Nicaragua,
Niger, Nigeria, Northern Ireland, North Macedonia, Norway, Oman, Pakistan, Panama, Paraguay, Peru,
Philippines, Poland, Portugal, Puerto Rico, Qatar, Romania, Russia, Rwanda, Samoa, San Marino,
Saudi Arabia, Scotland, Senegal, Serbia, Seychelles, Sierra Leone, Singapore, Slovakia, Slovenia,
Somalia, South Africa, South Korea, Spain, Sri Lanka, Sudan, Suriname, Sweden, Switzerland, Syria,
Taiwan, Tajikistan, Tanzania, Thailand, Togo, Tonga, Tunisia, Turkey, Turkmenistan, Uganda, Ukraine,
United Arab Emirates, United Kingdom, United States, Uruguay, Uzbekistan, Vanuatu, Venezuela,
Vietnam, Wales, Yemen, Zambia, Zimbabwe, UK, USA, UAE, U.K, U.S.A, Deutschland, Österreich, Schweiz,
Suisse, Svizzera, Belgique, België, Nederland, España, Italia, Brasil, México, Polska, Sverige,
Norge, Danmark, Suomi, Česko, Magyarország, Slovenija, Hrvatska, România, Türkiye
"""
"""Short names in English, and own names of some."""


def _by_first() -> dict[str, list[tuple[str, ...]]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for name in NAMES.split(","):
        first, *rest = name.lower().split()
        found.setdefault(first, []).append(tuple(rest))
    return {first: sorted(some, key=len, reverse=True) for first, some in found.items()}


COUNTRIES = _by_first()
"""The first word of each name, with the words behind it, the longest ones first; in lower case."""


def country(reader: Reader, first: Word) -> Word | None:
    """Returns the last word of the country that a word begins; ``None`` if it begins none."""
    if not first.capital:
        return None
    for rest in COUNTRIES.get(first.lower, ()):
        word: Word | None = first
        for expected in rest:
            word = reader.after(word) if word and not word.closed else None
            if word is None or word.lower != expected:
                word = None
                break
        if word is not None:
            return word
    return None
