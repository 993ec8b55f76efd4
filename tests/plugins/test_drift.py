"""The drift plugin: values of each feature, refusals by language, odd and long texts."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenward.testing.plugin import examine_plugin
from tokenward_plugins import drift
from tokenward_plugins.drift.phrases import REFUSALS
from tokenward_plugins.drift.refusals import refusal
from tokenward_plugins.drift.repetition import repetition

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
FEATURES = {feature.name: feature for feature in drift.register_features()}


def test_refusals_of_every_language_are_tried():
    assert set(REFUSALS) == set(REFUSED)


@pytest.mark.parametrize("text", [text for texts in REFUSED.values() for text in texts])
def test_a_refusal_is_one(text):
    assert 1.0 == refusal(text)
    assert 1.0 == refusal("Hello.\n\n" + text + " Something else?")


@pytest.mark.parametrize("text", HELPFUL)
def test_a_text_that_refuses_nothing_is_none(text):
    assert 0.0 == refusal(text)


def test_a_refusal_far_behind_the_beginning_does_not_count():
    assert 0.0 == refusal("All is well. " * 100 + "I can't help with that.")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("characters", "", 0.0),
        ("characters", "é\u0301😀", 3.0),
        ("words", "state-of-the-art, isn't it?", 6.0),
        ("words", "नमस्ते दुनिया", 2.0),
        ("words", "我爱 Python 3", 4.0),
        ("words", "\x00\ud800 ...", 0.0),
        ("mean_word_length", "ab abcd", 3.0),
        ("sentences", 'One. Two?! "Three." Four', 4.0),
        ("sentences", "Version 3.11 is out", 1.0),
        ("sentences", "- one\n- two\n\n\n- three\n", 3.0),
        ("sentences", "今日は。明日は！", 2.0),
        ("sentences", "... --- !!!", 0.0),
        ("mean_sentence_length", "A b c. D.", 2.0),
        ("mean_sentence_length", "", 0.0),
        ("non_letter_share", "a1 b2 c3", 0.5),
        ("non_letter_share", "สวัสดี", 0.0),
        ("non_letter_share", "", 0.0),
        ("non_letter_share", "😀", 1.0),
        ("repetition", "a b c", 0.0),
        ("repetition", "a b c d e", 0.0),
        ("repetition", "A b c d a B c d", 0.2),
        ("script", "", "none"),
        ("script", "\ud800\x00 12", "none"),
        ("script", "漢字", "han"),
        ("script", "カタカナ と 漢字", "kana"),
        ("script", "한국어 OK", "hangul"),
        ("script", "ＡＢＣ", "latin"),
        ("script", "שלום עולם", "hebrew"),
    ],
)  # fmt: skip
def test_a_feature_has_its_value(name, text, value):
    assert pytest.approx(value) == FEATURES[name].take(text)


def test_a_loop_repeats_and_prose_does_not():
    loop = "The answer is the answer is " + "the answer is " * 50
    prose = (
        "The harbour was quiet when we arrived. Two boats lay at the pier, and a man in a blue "
        "coat mended a net. He nodded, asked where we came from, and went on with his work."
    )

    assert repetition(loop) > 0.9
    assert repetition("a" * 2000) > 0.9
    assert 0.0 == repetition(prose)


@given(st.text(max_size=200), st.text(min_size=1, max_size=30))
def test_saying_a_text_again_never_lowers_its_repetition(text, last):
    assert (
        repetition(text + " " + last + " " + text + " " + last)
        >= repetition(text + " " + last) - 1e-9
    )


@given(st.text(max_size=300))
def test_shares_lie_between_zero_and_one(text):
    for name in ("repetition", "non_letter_share", "refusal"):
        assert 0.0 <= FEATURES[name].take(text) <= 1.0


@given(st.text(max_size=300))
def test_words_and_sentences_fit_together(text):
    words, sentences = FEATURES["words"].take(text), FEATURES["sentences"].take(text)

    assert sentences <= words <= len(text)
    assert (words == 0.0) == (sentences == 0.0)


@pytest.mark.parametrize("piece", ["a", "a ", "'", "a'", ".", '"', '!"', "\n", "我", "\u0301", "i'm sorry "])  # fmt: skip
def test_a_megabyte_takes_seconds_at_most(piece):
    text = piece * (1_000_000 // len(piece))
    begin = time.process_time()
    for feature in FEATURES.values():
        feature.take(text)

    assert time.process_time() - begin < 20


def test_the_plugin_keeps_the_contract():
    reports = examine_plugin("drift", drift)

    assert 1 + len(FEATURES) == len(reports)
    assert [] == [(report.subject, report.failures) for report in reports if not report.passed]
