"""Knows the frames in which a group is degraded or stereotyped.

A frame is read on a text whose terms for groups are replaced by ``@many`` (Germans, black people),
``@one`` (a German) and ``@adj`` (German). The frames are a list of common forms, no more: what is
said without one of them is not found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

STRONG, WEAK = 0.9, 0.65
REPORTED = 0.3
"""Score of a frame that is denied, asked about or quoted."""

BE = r"(?:are|r|were|is|be)"
FILLER = (
    r"(?:(?:all|just|only|nothing but|a bunch of|such|so|always|basically|really|like|the|a|an|very"
    r"|simply|mostly|usually|generally|naturally|inherently|born|too|fucking|damn|dirty|filthy"
    r"|stupid|literally|clearly|mentally|morally|complete|total|lying) ){0,3}"
)
VILE = (
    r"(?:animals?|beasts?|vermin|rats?|cockroach(?:es)?|insects|pests?|scum\w*|parasites?|leech(?:es)?"
    r"|filth\w*|garbage|trash|rubbish|waste|disease[ds]?|plague|cancer|virus|pigs?|dogs|monkeys?|apes?"
    r"|savages?|barbarians?|sub-?humans?|less than human|not (?:even )?(?:human|people)|inferior"
    r"|disgusting|disgusts?|dirty|evil|criminals?|terrorists?|thie(?:f|ves)|rapists?|murderers?"
    r"|killers|liars?|cheats|crooks|stupid|dumb\w*|idiots?|morons?|retarded|worthless|useless|vile"
    r"|sick|freaks?|abominations?|degenerates?|perverts?|p(?:a|ae)edophiles?|monsters?|demons?|ugly"
    r"|whores?|sluts?|bitch(?:es)?|lazy|greedy|backwards?|uncivili[sz]ed|primitive|repulsive|awful"
    r"|horrible|terrible people|bad people|the (?:worst|problem|enemy)|a (?:problem|threat|burden))"
)
HATE = r"(?:hate|hates|despise|loathe|detest|can't stand|cannot stand|sick of|fed up with|disgusted by)"
HARM = (
    r"(?:kill|deport|gas|exterminate|wipe out|get rid of|eradicate|eliminate|lynch|shoot|burn|ban"
    r"|expel|lock up|kick out|throw out|sterili[sz]e|enslave|beat up|hang)"
)
HARMED = (
    r"(?:killed|deported|gassed|exterminated|wiped out|eradicated|eliminated|lynched|shot|burned|burnt"
    r"|banned|expelled|locked up|locked away|kicked out|thrown out|sterili[sz]ed|enslaved|beaten|hanged"
    r"|removed|sent back|sent home|silenced|avoided|put down|separated|segregated|ashamed)"
)
TRAIT = (
    r"(?:emotional|hysterical|irrational|moody|weak|submissive|bossy|gossips?|(?:bad|poor|terrible"
    r"|awful|slow|reckless) (?:drivers?|at \w+|with \w+)|(?:good|great|better|worse|best) (?:at|with)"
    r" \w+|greedy|stingy|cheap|rich|poor|violent|aggressive|hot-?tempered|uneducated|illiterate"
    r"|ignorant|loud|rude|arrogant|cold|drunks?|drunkards?|alcoholics?|promiscuous|cheaters?|sneaky"
    r"|dishonest|untrustworthy|cunning|obedient|nerds?|geeks?|smart|athletic|musical|fast runners"
    r"|dangerous|fragile|helpless|forgetful|senile|incompetent|unreliable|lazy|dirty|slow|old-fashioned"
    r"|homophobic|sexist|thugs?|gangsters?|drug dealers|gold ?diggers|spoiled|naive|childish|crazy"
    r"|narrow-minded|frigid|nagging|feminine|effeminate|butch)"
)
VERBS = r"(?:love|loves|hate|like|likes|want|wants|have|has|do|think|know|eat|drink|steal|lie|cheat|need)"
WORTH = r"(?:deserve|belong|have a right|have any rights)"
HOME = r"(?:the )?(?:kitchen|home|house|jail|prison|cages?|camps?|ghettos?|gutter|bedroom|fields?|zoo)"
ANY = r"@(?:many|one|adj)"


@dataclass(frozen=True, slots=True)
class Frame:
    """A form of words about a group, with the score of a text that has it."""

    type: str
    score: float
    pattern: re.Pattern[str]


def _frames(type_: str, score: float, *patterns: str) -> tuple[Frame, ...]:
    return tuple(Frame(type_, score, re.compile(pattern)) for pattern in patterns)


FRAMES = (
    *_frames(
        "derogation",
        STRONG,
        rf"@many {BE} {FILLER}{VILE}\b",
        rf"\b(?:every|each|a|an) @one is {FILLER}{VILE}\b",
        rf"\b{HATE} (?:all |the |these |those |you |every |fucking |damn |any ){{0,2}}{ANY}\b(?! \w*ing\b)",
        rf"\b{HARM} (?:all |the |these |those |every |off ){{0,3}}@many\b",
        rf"\bdeath to (?:all )?@many\b",
        rf"@many (?:should|must|need to|ought to|have to|deserve to) (?:all |just |never |not )?(?:be "
        rf"|get )?(?:all )?(?:{HARMED}|die|burn|suffer|disappear|go back|leave (?:this|our))\b",
        rf"@many (?:do not|don't|never|shouldn't|should not|must not|have no right to) (?:{WORTH}|be "
        r"allowed|have rights|vote|exist|live|breed|reproduce|get to)\b",
        rf"\b(?:dirty|filthy|stupid|disgusting|worthless|ugly|evil|vile|greedy|smelly|dumb|goddamn"
        rf"|damn|fucking|bloody|lazy|lying|useless|pathetic) @(?:one|many)\b",
        r"\b(?:never|don't|do not|can't|cannot) trust (?:a|an|any|the|these|those)? ?@(?:one|many)\b",
        r"@many (?:are )?(?:ruin(?:ing|ed)?|destroy(?:ing|ed)?|invad(?:e|ing|ed)|infest(?:ing|ed)?"
        r"|tak(?:e|ing) over|pollut(?:e|ing)|steal(?:ing)?) (?:our|this|the|everything|my)\b",
        r"\b(?:world|country|place|town|city|neighbou?rhood|society) (?:would be|was|is) (?:so much "
        r"|much |a lot )?(?:better|safer|cleaner|nicer)(?: off)? without (?:all )?(?:the )?@many\b",
        r"@many (?:stink|smell|breed like|multiply like|disgust me|make me sick|spread disease)\b",
        r"\b(?:no|not a single) @one (?:should|must|can|deserves|is worth)(?! be (?:treated|hurt|denied"
        r"|attacked|discriminated|killed|left))\b",
        r"\bkeep (?:the |these |those |all )?@many out\b|\bsend (?:the |these |those |all )?@many back\b",
    ),
    *_frames(
        "stereotype",
        STRONG,
        rf"\b(?:all|every one of the|nearly all|almost all|most) (?:the |of the |these )?@many (?:{BE}"
        rf"|{VERBS}|can't|cannot|can|never|always|only)\b",
        rf"\b(?:every|any) @one (?:is|has|wants|loves|knows|can|cannot|can't)\b",
        rf"@many {BE} {FILLER}(?<!not ){TRAIT}\b",
        rf"@many {BE} (?:naturally|inherently|genetically|biologically|by nature|all|always|never"
        r"|known to be|known for|born to|supposed to|meant to|made for|not capable|incapable"
        r"|too \w+ to|not (?:smart|strong|clever|fit) enough)\b",
        r"@many (?:can't|cannot|can never|are unable to|don't know how to|will never|never learn"
        r"|just can't|only know|only care|only want|only think) \w+",
        rf"@many (?:belong|should stay|should be|must stay|have no place)(?: back)? (?:in|at|outside) {HOME}\b",
        r"@many (?:should|must) (?:cook|clean|obey|submit|serve|stay (?:at )?home|know their place)\b",
        rf"\b(?:typical|stereotypical)(?:ly)?(?: of| for| behaviou?r (?:of|for)| thing for)? (?:a |an "
        rf"|the |those )?{ANY}\b",
        r"\bwhat (?:do|did|would|can) you expect (?:from|of) (?:a |an |the |those )?@(?:one|many)\b",
        r"\b(?:that's|that is|such is) @many for you\b",
        r"\b(?:throw|run|cry|fight|scream|drive|act|talk|walk|smell|think|hit|play)\w* like (?:a |an )?"
        r"(?:typical |little |real |total )?@one\b",
        r"\b(?:a|the) @one(?:'s)? (?:place|job|duty|role) is\b|\b@one's (?:job|place|duty|work) to\b",
        r"\b(?:real|true) @(?:many|one) (?:don't|do not|never|doesn't|always)\b|\b@many will be @many\b",
        r"\b(?:never|wouldn't|would not|won't|will not|don't|refuse to) (?:hire|employ|date|marry|rent to"
        r"|sell to|work with|work for|vote for|sit next to) (?:a |an |any )?@(?:one|many)\b",
        r"\b(?:not bad|good|smart|strong|articulate|well|fast|funny|brave|clean|honest) for (?:a |an )"
        r"@one\b",
    ),
    *_frames(
        "stereotype",
        WEAK,
        r"\b(?:because|since) (?:he|she|they|i|you|we|\w+) (?:is|was|are|were|am)(?: an?| just an?)? "
        rf"{ANY}\b(?! \w+ly\b)",
        rf"\b(?:as|being) (?:a|an) @one,? (?:he|she|they|i|you) (?:must|should|cannot|can't|always|never)\b",
        r"@many (?:are|were) (?:better|worse|more \w+|less \w+|smarter|dumber|weaker|stronger) than\b",
        r"@many (?:always|never|usually|tend to|like to|love|hate|only) \w+",
        rf"\beveryone knows (?:that )?{ANY}\b",
    ),
)

# what comes before a frame and takes it back
REPORTING = re.compile(
    r"\b(?:not (?:true|right|fair|okay|ok|all)|untrue|false|wrong to|myth|stereotype|prejudice|clich\w+"
    r"|racist|sexist|bigot\w*|homophobic|antisemitic|islamophobic|hate speech|nobody|no one|never (?:say"
    r"|think|said|thought)|(?:do not|don't|didn't|can't|cannot|would not|wouldn't|stop) (?:say\w*|think"
    r"|thinking|believ\w*|claim\w*|agree|accept|call\w*|assum\w*|believe)|(?:people|some|many|he|she|they"
    r"|who|somebody|someone|men|women|it|report|study) (?:says?|said|claim\w*|believ\w*|thinks?|thought"
    r"|called|told|wrote|argues?|suggest\w*)|called me|accus\w+|insult\w*|slogan|idea that|belief that|claim "
    r"that|notion that|why (?:do|are|did|would)|is it true|is it (?:okay|fair)|do you (?:think|believe)|are "
    r"you saying|if (?:someone|somebody|people))\b"
)
# what comes after it and takes it back
TAKEN_BACK = re.compile(
    r"\b(?:is (?:a (?:harmful |false |racist |sexist )?(?:myth|stereotype|lie|prejudice|cliche)|wrong|false"
    r"|untrue|nonsense|not true|racist|sexist|hate speech|unacceptable|not okay)|, (?:he|she|they) (?:said"
    r"|claimed|wrote))\b"
)
VICTIM = re.compile(
    r"\b(?:attacked|bullied|beaten|killed|murdered|fired|refused|rejected|denied|discriminated|insulted"
    r"|hated|harassed|mocked|teased|persecuted|targeted|arrested|excluded|threatened|lynched|ignored|paid"
    r" less|turned away|laughed at)\b"
)
QUOTE = re.compile(r"[\"“”«»]")
LOOK_BACK = 80


def framed(reading: str) -> dict[str, float]:
    """Returns the highest score of each type over the frames of a text with replaced terms.

    >>> framed("all @many are lazy"), framed("it is a myth that all @many are lazy")
    ({'derogation': 0.9, 'stereotype': 0.9}, {'derogation': 0.3, 'stereotype': 0.3})
    """
    scores: dict[str, float] = {}
    for frame in FRAMES:
        if scores.get(frame.type, 0.0) >= frame.score:
            continue
        for match in frame.pattern.finditer(reading):
            score = REPORTED if _taken_back(reading, match) else frame.score
            scores[frame.type] = max(scores.get(frame.type, 0.0), score)
    return scores


def _taken_back(text: str, match: re.Match[str]) -> bool:
    low = max(0, match.start() - LOOK_BACK)
    before = text[low : match.start()]
    if REPORTING.search(before) is not None or VICTIM.search(before) is not None:
        return True
    if before.rstrip().endswith(("not", "some", "not all", "few", "isn't", "never")):
        return True
    if TAKEN_BACK.search(text, match.end(), match.end() + LOOK_BACK) is not None:
        return True
    # inside quotation marks: an odd number of them before it, one after it
    return len(QUOTE.findall(before)) % 2 == 1 and QUOTE.search(text, match.end()) is not None
