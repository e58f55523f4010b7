//! Languages are told, and what cannot be told is not guessed.

use periplus_voice::language::{ALL, Language, Told, tell};
use periplus_voice::{Label, Reading, read};

const MESSAGES: &[(&str, &str)] = &[
    ("de", "Ich warte seit drei Wochen auf meine Bestellung."),
    ("de", "Lieferung kam zu spät"),
    ("de", "Das Paket ist nie angekommen"),
    ("fr", "J'attends toujours mon remboursement."),
    ("fr", "Livraison très rapide, merci"),
    ("es", "El paquete nunca llegó."),
    ("es", "Muy buena atención"),
    ("it", "Il pacco non è mai arrivato"),
    ("it", "Consegna in ritardo e nessuna risposta"),
    ("pt", "O produto chegou com defeito, muito ruim"),
    ("nl", "Nog steeds geen antwoord gekregen"),
    ("sv", "Jag väntar fortfarande på mitt paket"),
    ("da", "Pakken er aldrig kommet, og jeg har ikke fået svar"),
    ("no", "Pakken er ikke kommet ennå, og jeg har ikke fått svar"),
    ("fi", "Tilaus ei saapunut koskaan"),
    ("pl", "Paczka nie dotarła"),
    ("cs", "Objednávka nepřišla"),
    ("ro", "Nu am primit comanda"),
    ("hu", "A csomag nem érkezett meg"),
    ("tr", "Siparişim hala gelmedi"),
    ("id", "Pesanan saya belum sampai"),
    ("vi", "Đơn hàng của tôi vẫn chưa đến"),
    ("ru", "Заказ так и не пришёл"),
    ("uk", "Замовлення не прийшло, де мої гроші?"),
    ("el", "Η παραγγελία δεν ήρθε"),
    ("he", "הזמנה לא הגיעה"),
    ("ar", "لم يصل الطلب"),
    ("fa", "بسته من هنوز نرسیده است چرا"),
    ("ja", "注文がまだ届きません"),
    ("zh", "快递还没到"),
    ("ko", "주문이 아직 안 왔어요"),
    ("th", "ยังไม่ได้รับสินค้า"),
    ("en", "Parcel never arrived"),
    ("en", "ok thanks"),
    ("en", "Terrible!"),
];

#[test]
fn messages_in_many_languages() {
    for &(code, text) in MESSAGES {
        assert_eq!(tell(text), Told::Is(Language::of_code(code).unwrap()), "{text}");
    }
}

#[test]
fn other_languages_have_no_score() {
    for &(code, text) in MESSAGES.iter().filter(|(code, _)| *code != "en") {
        assert_eq!(read(text), Reading::OtherLanguage { language: Language::of_code(code).unwrap() });
    }
}

#[test]
fn what_cannot_be_told_has_no_score() {
    for text in ["Super", "No", "Qwrtz", "Kumusta po kayo"] {
        assert_eq!(read(text), Reading::LanguageUnclear, "{text}");
    }
    for text in ["", " \n", "...", "12 345", "!!!"] {
        assert_eq!(read(text), Reading::Empty, "{text:?}");
    }
}

#[test]
fn emoji_are_of_no_language() {
    let label = |text: &str| read(text).sentiment().map(|sentiment| sentiment.label);
    assert_eq!(label("😀😍"), Some(Label::Positive));
    assert_eq!(label("😢"), Some(Label::Negative));
}

#[test]
fn codes_are_sorted_and_known() {
    assert!(ALL.is_sorted());
    assert!(ALL.iter().all(|(code, name)| Language::of_code(code).is_some_and(|language| language.name() == *name)));
    assert_eq!(Language::of_code("xx"), None);
}
