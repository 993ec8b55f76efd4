"""The words that streets are named with, in lower case."""

from __future__ import annotations

SURE = frozenset(
    "street st avenue ave av road rd lane ln drive dr boulevard blvd court ct terrace ter square sq"
    " crescent cres parkway pkwy highway hwy circle cir close mews gardens gdns grove alley aly"
    " turnpike tpke causeway esplanade strand broadway str freeway fwy trail trl".split()
)
"""English words that end a street's name, and mean little else behind a number and a name."""

LOOSE = frozenset(
    "place pl way loop row hill green walk path pike plaza plz park rise view vale parade bend"
    " ridge crossing point heights quay wharf end gate yard common dell glen hollow landing run"
    " pass bridge mall mount cross bypass dam manor extension summit courts streets roads lanes"
    " drives avenues greens forks spur fields village trace trafficway overpass".split()
)
"""English words that end a street's name, but are common in names of other things too."""

FRENCH = frozenset(
    "rue avenue av boulevard bd bld boul place pl allée allee allées chemin ch impasse imp quai"
    " cours route rte square passage villa sentier faubourg ruelle promenade montée venelle".split()
)
"""French words that begin a street's name behind the number."""

BEFORE_NAME = frozenset(
    "calle c/ avenida avda av paseo pso carrer carretera ctra camino travesía ronda glorieta"
    " via viale piazza piazzale corso vicolo vico largo strada lungotevere lungarno contrada"
    " rua travessa praça avda alameda rúa"
    " rue avenue boulevard chaussée quai impasse chemin allée"
    " ulica ul aleja aleje osiedle plac trg cesta calea bulevardul strada unter".split()
)
"""Spanish, Italian, Portuguese, French, Polish ... words that begin a name before the number."""

SHARED = frozenset("avenue boulevard av plaza".split())
"""Those of them that are English words too: what follows the number is looked at."""

LOWER = frozenset(
    "avenida c/ calle carrer corso paseo piazza rua rúa rue trg ul ulica via viale".split()
)
"""Those that count in small letters too."""

SLAVIC = frozenset("cesta trg ul ulica".split())
"""Those of them behind which a name may have small letters only."""

VIA = frozenset("in di da a alla della nella sita abito abita residente indirizzo sede e".split())
"""Words before a ``via`` in small letters that is a street, and not the English word."""

ENDINGS = (
    *("straße", "strasse", "weg", "gasse", "platz", "allee", "damm", "ufer", "chaussee", "str"),
    *("steig", "stieg", "pfad", "straat", "laan", "plein", "gracht", "kade", "singel", "dijk"),
    *("dreef", "steeg", "gatan", "vägen", "gränd", "stigen", "torget", "vej", "gade", "vænget"),
    *("veien", "vegen", "katu", "ntie", "nkuja", "npolku", "kaari", "utca", "braut", "vegur"),
    *("stígur", "brücke", "stræde", "gata", "promenade", "rinne", "markt", "plads", "stien"),
)
"""Ends of words that are a street's name by themselves, in German, Dutch, Nordic languages."""

NOT_STREETS = frozenset(
    "agata regata fregata blockade arkade barrikade dekade brigade renegade promenade supermarkt"
    " markt arbeitsmarkt aktienmarkt ersatz ufer bahnsteig umweg ausweg rückweg heimweg hinweg"
    " rechtsweg einsatz arbeitsplatz marktplatz parkplatz bildungsweg ausstieg einstieg aufstieg"
    " abstieg anstieg umstieg christien sebastien sitzplatz stellplatz spielplatz radweg fußweg"
    " gehweg".split()
)
"""Words with such an ending that are none, or not with a number behind them."""

ALONE = frozenset(
    "straße strasse str weg ring platz gasse allee damm ufer chaussee markt steig"
    " út útja utca u tér tere krt körút sor sétány köz gate gata gatan vei veg vej gade"
    " straat laan plein gracht kade baan plads ulica ulice cesta trg náměstí nám põik tee"
    " tänav".split()
)
"""Words that end a street's name of several words before the number."""

ADJECTIVES = frozenset(
    "alte alter alten neue neuer neuen große grosse großer kleine kleiner lange langer kurze hohe"
    " hoher breite obere oberer untere unterer vordere hintere mittlere äußere innere sankt st"
    " oude nieuwe grote lange korte hoge lage eerste tweede derde van der am".split()
)
"""Words before such a name that belong to it."""

PARTICLES = frozenset(
    "of the de la le les du des del della dei degli di da do dos das et und and y e van von der den"
    " dalla dalle dal nel nella sul sulla dello delle san op het aan"
    " ter ten la los las el al in im am zum zur aux au en sur sous l d à".split()
)
"""Small words inside a street's or a town's name."""

LINKS = frozenset("of the de la le du van von der den st".split())
"""Those of them that stand in English names too."""

DIRECTIONS = frozenset(
    "n s e w ne nw se sw north south east west northeast northwest southeast southwest".split()
)

UNITS = frozenset(
    "apt apartment suite ste unit flat floor fl room rm building bldg lot no # app appt étage"
    " whg wohnung piso interno int".split()
)
"""Words before the number of a flat, behind the street."""

FLATS = frozenset("flat apt apartment unit suite studio room shop".split())
"""Words before the number of a flat, in front of the street."""

BOXES = (
    *(("p.o", "box"), ("po", "box"), ("p", "o", "box"), ("post", "office", "box"), ("gpo", "box")),
    *(
        ("post", "box"),
        ("locked", "bag"),
        ("private", "bag"),
        ("postfach",),
        ("casella", "postale"),
    ),
    *(("apartado", "de", "correos"), ("apartado", "postal"), ("apartado",), ("caixa", "postal")),
)
"""Words before the number of a box."""

SHIPS = frozenset("uss usns uscgc usnv".split())
ARMED = frozenset("psc cmr unit".split())
"""Words that begin a military address of the US: a ship, or a unit with a box."""

STATES = frozenset(
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ"
    " NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY PR"
    " ON QC BC AB MB SK NS NB NL PE YT NT NU NSW VIC QLD TAS ACT".split()
)
"""States and provinces of the US, Canada and Australia, as they are written behind a town."""

COUNTERS = frozenset(
    "way star day days hour hours minute minutes week weeks month months year years man men piece"
    " door lane mile miles point points percent million billion thousand storey story bed bedroom"
    " bedrooms part parts step steps time times car cars ways stars world".split()
)
"""Words behind a number that are counted, and name no street."""

MONTHS = frozenset(
    "january february march april may june july august september october november december jan feb"
    " mar apr jun jul aug sep sept oct nov dec".split()
)

NUMBERED = frozenset(
    "chapter season episode part volume vol page section article route highway interstate line"
    " bus platform track room phase level grade class type model version figure fig table"
    " boeing airbus windows psalm psalms act scene match game round world formula top".split()
)
"""Words before a number that is no house number."""

DATING = frozenset(
    "in since circa ca from by until till around before after year years and of to between during"
    " summer winter spring autumn fall early late mid the a an this that".split()
)
"""Words before a number of a year's size that is a year."""

FIRM_CUES = (
    r"(?:address(?: is| was| to)?|lives? (?:at|on)|living (?:at|on)"
    r"|located (?:at|on)|resid(?:es?|ing) (?:at|on)|adresse|anschrift|wohnt"
    r"|direcci[óo]n|indirizzo|endere[çc]o)"
)
"""Words right behind which any name and number are an address."""

CUES = (
    r"(?:address|addresses|adresse|anschrift|direcci[óo]n|indirizzo|endere[çc]o|lives?|living|lived"
    r"|located|reside[sd]?|residing|office|offices|deliver(?:y|ed)?|ship(?:ped|ping)?|mail(?:ed|ing)?"
    r"|sent|send|moved|taxi|return|home|house|meet|wohnt|wohne|habite|vive)"
)
"""Words that announce an address, behind which small letters are read as capitals."""
