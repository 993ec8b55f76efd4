"""Sentences of every language that the language plugin knows."""

from __future__ import annotations

SENTENCES = {
    "en": [
        "My neighbour borrowed the ladder last week and has not brought it back.",
        "Could you explain how a heat pump works in winter?",
        "Rain is expected over the hills, with sunshine returning by Sunday.",
    ],
    "de": [
        "Gestern Abend haben wir lange auf den letzten Zug gewartet.",
        "Können Sie mir erklären, wie eine Wärmepumpe im Winter arbeitet?",
        "Der Bäcker an der Ecke verkauft das beste Brot der Stadt.",
    ],
    "fr": [
        "Ma voisine a planté des tomates derrière la maison.",
        "Pouvez-vous m'expliquer comment fonctionne une pompe à chaleur ?",
        "Il pleuvra demain sur les collines, puis le soleil reviendra.",
    ],
    "es": [
        "Mi vecina plantó tomates detrás de la casa.",
        "¿Me puedes explicar cómo funciona una bomba de calor?",
        "El panadero de la esquina vende el mejor pan de la ciudad.",
    ],
    "it": [
        "La mia vicina ha piantato i pomodori dietro la casa.",
        "Mi puoi spiegare come funziona una pompa di calore?",
        "Il fornaio all'angolo vende il pane migliore della città.",
    ],
    "pt": [
        "A minha vizinha plantou tomates atrás da casa.",
        "Você pode me explicar como funciona uma bomba de calor?",
        "O padeiro da esquina vende o melhor pão da cidade.",
    ],
    "nl": [
        "Mijn buurvrouw heeft tomaten achter het huis geplant.",
        "Kunt u uitleggen hoe een warmtepomp in de winter werkt?",
        "De bakker op de hoek verkoopt het lekkerste brood van de stad.",
    ],
    "sv": [
        "Min granne har planterat tomater bakom huset.",
        "Kan du förklara hur en värmepump fungerar på vintern?",
        "Bagaren på hörnet säljer det godaste brödet i staden.",
    ],
    "da": [
        "Min nabo har plantet tomater bag huset, og de vokser godt.",
        "Kan du forklare mig, hvad en varmepumpe gør, når det er koldt udenfor?",
        "Bageren på hjørnet sælger det bedste brød i byen, synes jeg.",
    ],
    "no": [
        "Naboen min har plantet tomater bak huset, og nå vokser de bra.",
        "Kan du forklare meg hvordan en varmepumpe virker når det er kaldt ute?",
        "Bakeren på hjørnet selger ikke bare brød, men også veldig gode kaker.",
    ],
    "fi": [
        "Naapurini istutti tomaatteja talon taakse.",
        "Voitko selittää, miten lämpöpumppu toimii talvella?",
        "Kulman leipuri myy kaupungin parasta leipää.",
    ],
    "pl": [
        "Moja sąsiadka posadziła pomidory za domem.",
        "Czy możesz mi wyjaśnić, jak działa pompa ciepła?",
        "Piekarz na rogu sprzedaje najlepszy chleb w mieście.",
    ],
    "cs": [
        "Moje sousedka zasadila za domem rajčata.",
        "Můžeš mi vysvětlit, jak funguje tepelné čerpadlo?",
        "Pekař na rohu prodává nejlepší chléb ve městě.",
    ],
    "ro": [
        "Vecina mea a plantat roșii în spatele casei.",
        "Poți să îmi explici cum funcționează o pompă de căldură?",
        "Brutarul din colț vinde cea mai bună pâine din oraș.",
    ],
    "hu": [
        "A szomszédom paradicsomot ültetett a ház mögé.",
        "El tudod magyarázni, hogyan működik egy hőszivattyú?",
        "A sarki pék árulja a legjobb kenyeret a városban.",
    ],
    "tr": [
        "Komşum evin arkasına domates dikti ve çok iyi büyüyor.",
        "Isı pompasının kışın nasıl çalıştığını açıklar mısın?",
        "Köşedeki fırıncı şehrin en iyi ekmeğini satıyor.",
    ],
    "id": [
        "Tetangga saya menanam tomat di belakang rumah.",
        "Bisakah Anda menjelaskan bagaimana pompa panas bekerja?",
        "Tukang roti di sudut jalan menjual roti terbaik di kota ini.",
    ],
    "vi": [
        "Hàng xóm của tôi trồng cà chua ở sau nhà.",
        "Bạn có thể giải thích máy bơm nhiệt hoạt động thế nào không?",
        "Tiệm bánh ở góc phố bán bánh mì ngon nhất thành phố.",
    ],
    "ru": [
        "Моя соседка посадила помидоры за домом.",
        "Ты можешь объяснить, как работает тепловой насос зимой?",
        "Пекарь на углу продаёт самый вкусный хлеб в городе.",
    ],
    "uk": [
        "Моя сусідка посадила помідори за будинком.",
        "Чи можеш пояснити, як працює тепловий насос узимку?",
        "Пекар на розі продає найсмачніший хліб у місті.",
    ],
    "bg": [
        "Моята съседка засади домати зад къщата.",
        "Можеш ли да ми обясниш как работи термопомпата през зимата?",
        "Пекарят на ъгъла продава най-хубавия хляб в града.",
    ],
    "ar": [
        "زرعت جارتي الطماطم خلف البيت.",
        "هل يمكنك أن تشرح لي كيف تعمل المضخة الحرارية؟",
        "يبيع الخباز في آخر الشارع أفضل خبز في المدينة.",
    ],
    "fa": [
        "همسایه‌ام پشت خانه گوجه‌فرنگی کاشته است.",
        "می‌توانی توضیح بدهی که پمپ حرارتی چگونه کار می‌کند؟",
        "نانوای سر کوچه بهترین نان شهر را می‌فروشد.",
    ],
    "ur": [
        "میری پڑوسن نے گھر کے پیچھے ٹماٹر لگائے ہیں۔",
        "کیا آپ مجھے بتا سکتے ہیں کہ ہیٹ پمپ کیسے کام کرتا ہے؟",
        "گلی کا نانبائی شہر کی سب سے اچھی روٹی بیچتا ہے۔",
    ],
    "zh": [
        "我的邻居在屋后种了西红柿。",
        "你能解释一下热泵在冬天是怎么工作的吗？",
        "街角的麵包店賣全城最好吃的麵包。",
    ],
    "ja": [
        "隣の人が家の裏にトマトを植えました。",
        "ヒートポンプが冬にどう動くか説明してもらえますか。",
        "角のパン屋は町で一番おいしいパンを売っている。",
    ],
    "ko": [
        "이웃집 아주머니가 집 뒤에 토마토를 심었어요.",
        "열펌프가 겨울에 어떻게 작동하는지 설명해 주시겠어요?",
        "모퉁이 빵집은 동네에서 가장 맛있는 빵을 판다.",
    ],
    "hi": [
        "मेरी पड़ोसन ने घर के पीछे टमाटर लगाए हैं।",
        "क्या आप बता सकते हैं कि हीट पंप कैसे काम करता है?",
        "कोने वाला बेकर शहर की सबसे अच्छी रोटी बेचता है।",
    ],
    "th": [
        "เพื่อนบ้านของฉันปลูกมะเขือเทศไว้หลังบ้าน",
        "ช่วยอธิบายหน่อยว่าปั๊มความร้อนทำงานอย่างไร",
        "ร้านขนมปังตรงหัวมุมขายขนมปังอร่อยที่สุดในเมือง",
    ],
    "he": [
        "השכנה שלי שתלה עגבניות מאחורי הבית.",
        "אפשר להסביר לי איך משאבת חום עובדת בחורף?",
        "האופה בפינה מוכר את הלחם הטוב ביותר בעיר.",
    ],
    "el": [
        "Η γειτόνισσά μου φύτεψε ντομάτες πίσω από το σπίτι.",
        "Μπορείς να μου εξηγήσεις πώς λειτουργεί μια αντλία θερμότητας;",
        "Ο φούρναρης στη γωνία πουλάει το καλύτερο ψωμί της πόλης.",
    ],
}
