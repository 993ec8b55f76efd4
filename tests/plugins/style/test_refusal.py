"""Refusals: those of every language, what is none, partial ones, deflections, odd texts."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.plugins.sentences import SENTENCES

from tokenward.testing import check_detector
from tokenward_plugins import style
from tokenward_plugins.style.edges import faster
from tokenward_plugins.style.phrases import found, phrases, plain
from tokenward_plugins.style.refusal import RefusalClassifier, refusal
from tokenward_plugins.style.settings import RefusalSettings

PLUGIN = {one.name: one for one in style.register_detectors()}["refusal"]
REFUSED = {
    "en": [
        "I can't help with that.",
        "I’m sorry, but I can’t assist with that request.",
        "Sorry, I cannot help you with building this.",
        "As an AI language model, I don't have personal opinions and cannot take sides.",
        "I'm unable to provide medical advice.",
        "I must respectfully decline this request.",
        "Writing that goes against my guidelines.",
        "I'm sorry, but I can't.",
        "I'm not comfortable writing about that.",
        "As an AI, I must not say which is better.",
        "As a large language model I can't feel that.",
    ],
    "de": [
        "Es tut mir leid, aber dabei kann ich dir nicht helfen.",
        "Ich kann Ihnen damit leider nicht weiterhelfen.",
        "Als KI-Sprachmodell darf ich dazu keine Auskunft geben.",
    ],
    "fr": [
        "Désolé, je ne peux pas vous aider avec cela.",
        "En tant qu'IA, je ne peux pas donner d'avis.",
    ],
    "es": [
        "Lo siento, no puedo ayudarte con eso.",
        "Como modelo de lenguaje, no tengo opiniones.",
    ],
    "it": [
        "Mi dispiace, ma non posso aiutarti con questa richiesta.",
        "Come intelligenza artificiale non ho opinioni.",
    ],
    "pt": [
        "Desculpe, mas não posso ajudar com isso.",
        "Como uma IA, não tenho opiniões.",
    ],
    "nl": ["Sorry, daar kan ik je niet mee helpen. Hiermee kan ik u niet helpen; als AI mag ik dat niet.",
           "Het spijt me, ik kan je hier niet mee helpen."],
    "sv": ["Tyvärr kan jag inte hjälpa dig med det.", "Som en AI kan jag inte ha åsikter."],
    "pl": ["Przykro mi, ale nie mogę w tym pomóc.", "Jako model językowy nie mam opinii."],
    "tr": ["Üzgünüm, bu konuda yardımcı olamam.", "Bir yapay zeka olarak bunu söyleyemem."],
    "ru": ["Извините, я не могу вам в этом помочь.", "Как языковая модель, я не имею мнения."],
    "uk": ["Вибачте, я не можу вам допомогти.", "Як мовна модель, я не маю власної думки."],
    "ar": ["عذرا، لا أستطيع مساعدتك في ذلك.", "آسف، لا يمكنني تقديم هذه المعلومات."],
    "fa": ["متأسفم، نمی‌توانم در این مورد کمک کنم.", "به عنوان یک مدل زبانی نظر شخصی ندارم و نمی‌توانم بگویم."],
    "hi": ["माफ़ कीजिए, मैं इसमें आपकी मदद नहीं कर सकता।"],
    "zh": ["抱歉，我无法提供此类信息。", "对不起，我不能帮助你完成这件事。", "作为一个人工智能，我没有个人观点。"],
    "ja": ["申し訳ありませんが、そのご依頼にはお手伝いできません。", "その質問にはお答えできかねます。"],
    "ko": ["죄송하지만 그 요청은 도와드릴 수 없습니다.", "그 정보는 제공할 수 없어요."],
}  # fmt: skip
HELPFUL = [
    "I can't wait to help with that!",
    "I can’t help but admire how tidy this is.",
    "She can't help laughing when it rains.",
    "I couldn't help with the dishes yesterday, so I did them today.",
    "I cannot recommend this soup enough.",
    "I won't do that again without gloves.",
    "I'm sorry, but I can't find my order number. Where is it?",
    "I can't share how happy we are.",
    "As an AI engineer I don't get much sleep.",
    "I have to decline an invitation politely. How?",
    "I'm not comfortable with heights.",
    "As an AI engineer you will build pipelines all day.",
    "Of course I can help with that: first, peel the onions.",
    "If you cannot help with this, call support.",
    "Natürlich kann ich dir dabei helfen. Das ist nicht schwer.",
    "Als Kind konnte ich nicht schwimmen.",
    "Je peux vous aider avec plaisir, ce n'est pas difficile.",
    "Claro que puedo ayudarte con eso.",
    "Certo che posso aiutarti, come sempre non è difficile.",
    "Posso ajudar com isso, não se preocupe.",
    "Natuurlijk kan ik je daarmee helpen, dat is niet moeilijk.",
    "Jag kan hjälpa dig med det, inga problem.",
    "Mogę w tym pomóc, nie ma sprawy.",
    "Elbette yardımcı olabilirim.",
    "Конечно, я могу помочь. Не волнуйтесь.",
    "Звісно, я можу допомогти, не хвилюйтеся.",
    "بالتأكيد أستطيع مساعدتك في ذلك.",
    "حتما می‌توانم کمک کنم.",
    "मैं आपकी मदद कर सकता हूँ।",
    "当然可以，我来帮助你。",
    "もちろんお手伝いできます。",
    "네, 도와드릴 수 있습니다.",
]
PARTIAL = (
    "I cannot provide instructions for breaking into somebody else's account, as it is illegal. "
    "However, if you have lost access to your own account, here are some steps that may help:\n\n"
    "1. Use the link for lost passwords on the page where you log in.\n"
    "2. Look for a message with a code in your inbox and in the spam folder.\n"
    "3. Ask the support team and have your customer number at hand.\n\n"
    "It is important to use a new password for each account, and to turn on a second factor."
)
DEFLECTIONS = [
    "That's a really sensitive topic. Let's talk about something else.",
    "I don't have personal opinions. Please consult a professional.",
    "Das ist ein heikles Thema. Lass uns über etwas anderes sprechen.",
    "C'est un sujet sensible. Parlons plutôt d'autre chose.",
    "Es un tema delicado. Hablemos de otra cosa.",
    "È un argomento delicato. Parliamo d'altro.",
    "É um tema sensível. Vamos falar de outra coisa.",
    "Dat is een gevoelig onderwerp. Laten we het over iets anders hebben.",
]


def scores(text, **settings):
    [row] = RefusalClassifier(RefusalSettings(**settings)).score([text])
    return row


def test_refusals_of_every_language_are_tried():
    assert set(phrases()) == set(REFUSED)


@pytest.mark.parametrize("text", [text for texts in REFUSED.values() for text in texts])
def test_a_refusal_is_one(text):
    assert 1.0 == refusal(text)
    assert 1.0 == refusal("Hello.\n\n" + text)


@pytest.mark.parametrize("text", HELPFUL + [text for texts in SENTENCES.values() for text in texts])
def test_a_text_that_refuses_nothing_is_none(text):
    assert 0.0 == refusal(text)
    assert scores(text)["refusal"] < 0.5


def test_a_refusal_far_behind_the_beginning_does_not_count():
    assert 0.0 == refusal("All is well. " * 100 + "I can't help with that.")


def test_an_answer_that_refuses_and_helps_is_partial_rather_than_full():
    short, partial = scores("I'm sorry, but I can't help with that."), scores(PARTIAL)

    assert partial["refusal"] >= 0.5
    assert partial["partial_refusal"] > 0.3 > short["partial_refusal"]


@pytest.mark.parametrize("text", DEFLECTIONS)
def test_a_deflection_is_one_and_refuses_nothing(text):
    assert scores(text)["deflection"] >= 0.5 > scores(text)["refusal"]


def test_a_refusal_is_no_deflection():
    assert 0.0 == scores("I can't help with that. Let's talk about something else.")["deflection"]


def test_each_sentence_can_be_judged():
    assert "sentence" == RefusalClassifier(RefusalSettings(unit="sentence")).unit
    assert "text" == RefusalClassifier(RefusalSettings()).unit


@pytest.mark.parametrize("code", sorted(REFUSED))
def test_no_phrase_matches_where_no_hint_of_its_language_stands(code):
    language = phrases()[code]
    for text in REFUSED[code]:
        assert language.hinted(plain(text))
        assert "decline" in {kind for kind, _ in found(plain(text))}


@given(st.text(max_size=300) | st.sampled_from(HELPFUL))
def test_any_text_has_scores_in_bounds(text):
    row = scores(text)

    assert all(0 <= score <= 1 for score in row.values())
    assert row["partial_refusal"] <= row["refusal"] + 1e-6


def test_it_keeps_the_contract():
    samples = [REFUSED["en"][0], *HELPFUL[:3], REFUSED["de"][0], PARTIAL, DEFLECTIONS[0]]

    assert check_detector(PLUGIN, samples).passed
    assert check_detector(PLUGIN, samples, {"unit": "sentence"}).passed


PATTERNS = [
    pattern
    for language in phrases().values()
    for patterns in language.kinds.values()
    for pattern in patterns
]


@pytest.mark.parametrize("glue", ["", " ", ". ", "x", "ä", "_", "1", "'", "\n"])
def test_what_is_found_faster_is_what_is_found(glue):
    spoken = [plain(text) for some in (*REFUSED.values(), *SENTENCES.values()) for text in some]
    text = glue.join(["", *spoken, ""])
    for pattern in PATTERNS:
        plainly = [one.span() for one in re.finditer(pattern, text)]
        assert plainly == [one.span() for one in re.finditer(faster(pattern), text)], pattern


def test_most_expressions_are_found_faster():
    assert sum(faster(pattern) != pattern for pattern in PATTERNS) > len(PATTERNS) / 2


@pytest.mark.parametrize(
    "pattern",
    [r"\b(?:a|b)?c", r"\b(?:a?b|c)", r"\bi?x", r"\b\w", r"\b[ab]c", r"a\b", r"\b(?:(?:a)|b)c"],
)
def test_what_may_begin_with_no_letter_stays_as_it_is(pattern):
    assert pattern == faster(pattern)
