"""How models refuse, by language: regular expressions over small letters with plain apostrophes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

CANNOT = (
    r"(?:can't|cannot|can not|won't|will not|'m unable to|am unable to|'m not able to"
    r"|am not able to|'m not going to|am not going to)"
)
HELP = (
    # what is helped with, or nothing more: "can't help but", "can't help laughing" are no refusals
    r"(?:(?:help|assist)(?: you)? (?:with|to|in|by|because|since|as)\b"
    r"|(?:help|assist|comply|do (?:that|this|so))(?: you)?(?= *[.,!;:—–\n]| *\Z)"
    r"|(?:fulfill?|comply with|engage in|participate in|support) (?:that|this|your|such|any)\b"
    r"|(?:provide|give|offer|disclose|discuss)(?: you)? (?:with )?(?:that|this|any|such|details"
    r"|instructions|information|advice|guidance|medical|legal|financial|personal)\b"
    r"|(?:write|create|generate|produce|answer) (?:that|this|such|any|content|explicit)\b)"
)
SAME_SENTENCE = r"[^.\n]{0,60}?"
AI = (
    r"(?:ai|artificial intelligence|language model)"
    r"(?: (?:assistant|model|language model|system|chatbot"
    r"|(?:made|created|developed|trained) by \w+))*"
)

REFUSALS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "en": (
            rf"\bi ?(?:really |simply |just )?{CANNOT} {HELP}",
            (
                rf"\bas an? (?:\w+ )?{AI},? i(?:'m|'d| am)?"
                r" (?:simply |also )?(?:can't|cannot|unable|not able|don't|do not|won't|must)\b"
            ),
            (
                r"\bi(?:'m| am) (?:very |so |really )?sorry,? (?:but )?i (?:can't|cannot|won't)"
                r"(?= *[.!]| *\Z)"
            ),
            (
                r"\bi (?:must|have to|need to) (?:respectfully |politely )?(?:decline|refuse)"
                r"(?= *[.,;]| *\Z| to (?:help|assist|answer|provide)| (?:this|that|your) request)"
            ),
            r"\b(?:against|violates?) my (?:guidelines|programming)\b",
            r"\bi(?:'m| am) not comfortable (?:helping|providing|writing|creating|discussing)\b",
        ),
        "de": (
            (
                r"\b(?:kann|darf|werde) (?:ich )?(?:dir|ihnen|euch)? ?"
                r"(?:dabei|damit|hierbei|hiermit) (?:leider )?nicht "
                r"(?:weiter)?(?:helfen|behilflich sein|unterstützen|dienen)\b"
            ),
            (
                r"\b(?:kann|darf) ich (?:dir |ihnen |euch )?(?:leider )?nicht (?:weiter)?"
                r"(?:helfen|beantworten|unterstützen)\b"
            ),
            (
                r"\bich (?:kann|darf|werde) (?:dir |ihnen |euch )?(?:leider )?"
                r"(?:dabei |damit |diese anfrage |diese frage )?nicht "
                r"(?:weiterhelfen|helfen|beantworten|erfüllen|bearbeiten)\b"
            ),
            r"\bals (?:ki|künstliche intelligenz|sprachmodell|ki-\w+)\b"
            + SAME_SENTENCE
            + r" (?:nicht|kein\w*)\b",
        ),
        "fr": (
            (
                r"\bje ne (?:peux|pourrai|suis) pas (?:en mesure )?(?:de )?(?:vous |t')?"
                r"(?:aider|répondre à (?:cette|votre)|satisfaire|fournir (?:ce|cette|ces|d))"
            ),
            r"\bje ne (?:peux|pourrai) pas (?:vous )?(?:aider|assister)\b",
            r"\ben tant qu(?:e |')(?:ia|intelligence artificielle|modèle de langage|assistant)"
            + SAME_SENTENCE
            + r" (?:ne |n')\w+ pas\b",
        ),
        "es": (
            r"\bno puedo (?:ayudar(?:te|le|los)?|asistir(?:te|le)?) (?:con|en|a) ",
            (
                r"\bno puedo (?:ayudar(?:te|le|los)|cumplir con|responder a (?:esa|esta)"
                r"|proporcionar(?:te|le)? (?:esa|ese|esta|este|información|instrucciones))\b"
            ),
            r"\bcomo (?:una? )?(?:ia|inteligencia artificial|modelo de lenguaje)\b"
            + SAME_SENTENCE
            + r"\bno \w+",
        ),
        "it": (
            (
                r"\bnon posso (?:aiutar(?:ti|la|vi)|assister(?:ti|la)|soddisfare|rispondere a quest"
                r"|fornir(?:e|ti|le) (?:quest|informazioni|istruzioni))"
            ),
            r"\bcome (?:ia|intelligenza artificiale|modello linguistico)\b"
            + SAME_SENTENCE
            + r"\bnon \w+",
        ),
        "pt": (
            (
                r"\bnão posso (?:te |lhe |o |a )?(?:ajudar(?:-lo|-la|-te)?|auxiliar|atender) "
                r"?(?:com|nisso|em|você|a esse|esse|essa|$|(?=[.,!]))"
            ),
            r"\bnão posso (?:fornecer|responder a) (?:ess|est|informaç|instruç)",
            r"\bcomo (?:uma? )?(?:ia|inteligência artificial|modelo de linguagem)\b"
            + SAME_SENTENCE
            + r"\bnão \w+",
        ),
        "nl": (
            r"\b(?:ik kan|kan ik) [^.,\n]{0,30}?\bniet (?:mee |bij |verder )?(?:verder)?helpen\b",
            r"\bals (?:ai|taalmodel|ai-\w+)\b" + SAME_SENTENCE + r" (?:niet|geen)\b",
        ),
        "sv": (
            (
                r"\b(?:jag kan|kan jag) (?:tyvärr )?inte "
                r"(?:hjälpa (?:dig |till )?(?:med|$|(?=[.,!]))|svara på den|uppfylla)"
            ),
            r"\bsom (?:en )?(?:ai|språkmodell|ai-\w+)\b" + SAME_SENTENCE + r" inte\b",
        ),
        "pl": (
            r"\bnie mogę (?:ci |panu |pani )?(?:w tym |z tym )?(?:pomóc|spełnić|odpowiedzieć na t)",
            r"\bjako (?:ai|sztuczna inteligencja|model językowy)\b" + SAME_SENTENCE + r"\bnie \w+",
        ),
        "tr": (
            r"\byardımcı olama(?:m|yacağım|yız)\b|\byardım edem(?:em|eyeceğim)\b",
            r"\bbir (?:yapay zeka|dil modeli)[^.\n]{0,40}? olarak\b"
            + SAME_SENTENCE
            + r"(?:emem|amam|emiyorum|amıyorum)\b",
        ),
        "ru": (
            (
                r"\bне (?:могу|смогу|буду) (?:вам |тебе )?(?:в этом |с этим )?"
                r"(?:помочь|помогать|выполнить (?:эт|ваш|так)|ответить на (?:эт|ваш))"
            ),
            r"\bкак (?:ии|искусственный интеллект|языковая модель)\b" + SAME_SENTENCE + r" не \w+",
        ),
        "uk": (
            (
                r"\bне (?:можу|зможу|буду) (?:вам |тобі )?(?:у цьому |в цьому |з цим )?"
                r"(?:допомогти|допомагати|виконати (?:ц|ваш|так)|відповісти на (?:ц|ваш))"
            ),
            r"\bяк (?:ші|штучний інтелект|мовна модель)\b" + SAME_SENTENCE + r" не \w+",
        ),
        "ar": (
            r"لا (?:أستطيع|يمكنني|أقدر) (?:مساعدت|أن أساعد|المساعدة|تقديم (?:هذ|المساعدة)|تلبية)",
            r"(?:لن|لا) (?:أتمكن|أستطيع) (?:من )?مساعدت",
            r"(?:كنموذج لغ|بصفتي (?:نموذج|ذكاء))" + SAME_SENTENCE + r" لا ",
        ),
        "fa": (
            r"نمی[\u200c ]?توانم (?:در این \w+ |به (?:شما|تو) |در این )?(?:کمک|پاسخ)",
            r"به عنوان (?:یک )?(?:هوش مصنوعی|مدل زبانی)" + SAME_SENTENCE + r" نمی",
        ),
        "hi": (
            r"मैं [^।\n]{0,40}?(?:मदद|सहायता) नहीं कर (?:सकता|सकती|पाऊँगा|पाऊंगा)",
            r"एआई (?:भाषा )?मॉडल (?:के रूप में|होने के नाते)[^।\n]{0,60}? नहीं",
        ),
        "zh": (
            (
                r"(?:我|抱歉|对不起|對不起)[^。\n]{0,12}?(?:无法|無法|不能|没法)(?:为您|为你|給你|给你|向您|向你)?"
                r"(?:提供(?:此|这|這|该|相关|相關|任何|帮助|协助)|帮助(?:您|你)|幫助(?:您|你)|协助|協助|满足|滿足"
                r"|回答(?:这|這|此|该)|完成(?:这|這|此|该))"
            ),
            r"作为(?:一个|一名)?(?:人工智能|ai|语言模型|大语言模型)[^。\n]{0,30}?(?:无法|不能|没有)",
        ),
        "ja": (
            (
                r"(?:お手伝い|お答え|ご協力|お応え|お力になること|ご提供|提供)(?:することは|は|が|することが)?"
                r"(?:でき(?:ません|かねます)|いたしかねます)"
            ),
            r"(?:ai|言語モデル|人工知能)(?:として|である|なので)[^。\n]{0,40}?(?:できません|できかねます)",
        ),
        "ko": (
            (
                r"(?:도와 ?드릴|도울|답변(?:해 ?드릴|드릴|할)|제공(?:해 ?드릴|할)|응할)"
                r" 수(?:가|는)? 없"
            ),
            (
                r"(?:ai|인공지능|언어 모델)(?:로서|이므로|이기 때문에)[^.\n]{0,40}?"
                r" (?:없습니다|못합니다|않습니다)"
            ),
        ),
    }
)
