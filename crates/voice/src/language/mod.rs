//! Which language a text is in, as far as it can be told.
//!
//! Scripts tell most of the world's languages apart. Those that share one are told by their most frequent words (`words.tsv`, written
//! by hand: what is frequent in all texts, and what is in those of customers) and by letters that few of them have. English has the vocabulary of the sentiment model besides, so that
//! "Parcel never arrived" can be told, which has hardly a frequent word. A text that fits none, or two alike, is
//! [`Unclear`](Told::Unclear): better not scored than scored by the wrong model.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::service;
use crate::vader;
use crate::words::{Kind, Word, words};

/// A language by its two-letter code (ISO 639-1): "en", "de", "zh".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Language(&'static str);

impl Language {
    /// English.
    pub const ENGLISH: Self = Self("en");

    /// The two-letter code.
    pub fn code(self) -> &'static str {
        self.0
    }

    /// The language of a code, if it is one that can be recognised.
    pub fn of_code(code: &str) -> Option<Self> {
        ALL.iter().find(|(known, _)| *known == code).map(|(known, _)| Self(known))
    }

    /// Its name in English.
    pub fn name(self) -> &'static str {
        ALL.iter().find(|(code, _)| *code == self.0).map_or(self.0, |(_, name)| name)
    }
}

impl<'de> Deserialize<'de> for Language {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let code = String::deserialize(from)?;
        Self::of_code(&code).ok_or_else(|| serde::de::Error::custom(format!("there is no language '{code}'; a code is like \"en\"")))
    }
}

/// The languages that can be recognised, and their names.
pub const ALL: &[(&str, &str)] = &[
    ("ar", "Arabic"),
    ("be", "Belarusian"),
    ("bg", "Bulgarian"),
    ("bn", "Bengali"),
    ("ca", "Catalan"),
    ("cs", "Czech"),
    ("da", "Danish"),
    ("de", "German"),
    ("el", "Greek"),
    ("en", "English"),
    ("es", "Spanish"),
    ("fa", "Persian"),
    ("fi", "Finnish"),
    ("fr", "French"),
    ("he", "Hebrew"),
    ("hi", "Hindi"),
    ("hr", "Croatian"),
    ("hu", "Hungarian"),
    ("hy", "Armenian"),
    ("id", "Indonesian"),
    ("it", "Italian"),
    ("ja", "Japanese"),
    ("ka", "Georgian"),
    ("ko", "Korean"),
    ("nl", "Dutch"),
    ("no", "Norwegian"),
    ("pl", "Polish"),
    ("pt", "Portuguese"),
    ("ro", "Romanian"),
    ("ru", "Russian"),
    ("sk", "Slovak"),
    ("sr", "Serbian"),
    ("sv", "Swedish"),
    ("ta", "Tamil"),
    ("te", "Telugu"),
    ("th", "Thai"),
    ("tr", "Turkish"),
    ("uk", "Ukrainian"),
    ("ur", "Urdu"),
    ("vi", "Vietnamese"),
    ("zh", "Chinese"),
];

/// What can be told about a text's language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// It is in this language.
    Is(Language),
    /// Too short, mixed, or in a language that is not known here.
    Unclear,
    /// There is no word in it.
    Wordless,
}

/// Tells the language of a text. The work grows with its length.
pub fn tell(text: &str) -> Told {
    if !text.chars().any(char::is_alphabetic) {
        return Told::Wordless;
    }
    match foreign_script(text) {
        Some(language) => Told::Is(language),
        None => latin(&words(text)),
    }
}

/// The language that a script other than the Latin one belongs to, when most letters are of it.
fn foreign_script(text: &str) -> Option<Language> {
    const SCRIPTS: &[(&str, &[(u32, u32)])] = &[
        ("el", &[(0x370, 0x3ff), (0x1f00, 0x1fff)]),
        ("ru", &[(0x400, 0x52f)]),
        ("hy", &[(0x530, 0x58f)]),
        ("he", &[(0x590, 0x5ff)]),
        ("ar", &[(0x600, 0x6ff), (0x750, 0x77f), (0xfb50, 0xfdff), (0xfe70, 0xfeff)]),
        ("hi", &[(0x900, 0x97f)]),
        ("bn", &[(0x980, 0x9ff)]),
        ("ta", &[(0xb80, 0xbff)]),
        ("te", &[(0xc00, 0xc7f)]),
        ("th", &[(0xe00, 0xe7f)]),
        ("ka", &[(0x10a0, 0x10ff)]),
        ("ko", &[(0x1100, 0x11ff), (0xac00, 0xd7af)]),
        ("ja", &[(0x3040, 0x30ff)]),
        ("zh", &[(0x3400, 0x9fff), (0x20000, 0x2ffff)]),
    ];
    let mut letters = 0_usize;
    let mut of_script = [0_usize; SCRIPTS.len()];
    for sign in text.chars().filter(|c| c.is_alphabetic()) {
        letters += 1;
        let code = u32::from(sign);
        if let Some(at) = SCRIPTS.iter().position(|(_, ranges)| ranges.iter().any(|&(from, to)| (from..=to).contains(&code))) {
            of_script[at] += 1;
        }
    }
    let of = |code: &str| SCRIPTS.iter().position(|(script, _)| *script == code).map_or(0, |at| of_script[at]);
    // A word of Chinese is two letters where one of ours is five: a third is most of a text.
    let (han, kana) = (of("zh"), of("ja"));
    if (han + kana) * 3 >= letters {
        return Some(Language(if kana > 0 { "ja" } else { "zh" }));
    }
    let (code, _) = SCRIPTS.iter().zip(of_script).find(|(_, count)| *count * 2 > letters)?.0;
    let any = |signs: &str| text.chars().any(|c| signs.contains(c));
    Some(Language(match *code {
        "ru" if any("іїєґІЇЄҐ") && !any("ўЎ") => "uk",
        "ru" if any("ўЎ") => "be",
        "ru" if any("јљњћђџЈЉЊЋЂЏ") => "sr",
        "ru" if any("ъЪ") && !any("ыэёЫЭЁ") => "bg",
        "ar" if any("ٹڈڑےں") => "ur",
        "ar" if any("پچژگکی") => "fa",
        code => code,
    }))
}

/// The languages in Latin letters, in the order of `words.tsv`.
static LATIN: LazyLock<Vec<Language>> =
    LazyLock::new(|| include_str!("words.tsv").lines().filter_map(|line| Language::of_code(line.split_once('\t')?.0)).collect());

/// Which languages have a word, as places in [`LATIN`].
static FREQUENT: LazyLock<HashMap<&'static str, Vec<usize>>> = LazyLock::new(|| {
    let mut words: HashMap<&'static str, Vec<usize>> = HashMap::new();
    for (at, line) in include_str!("words.tsv").lines().enumerate() {
        for word in line.split(['\t', ' ']).skip(1) {
            let languages = words.entry(word).or_default();
            if languages.last() != Some(&at) {
                languages.push(at);
            }
        }
    }
    words
});

/// Words that say nothing about a subject, for each language in [`LATIN`]: the second column of `words.tsv`.
static FUNCTION: LazyLock<Vec<HashSet<&'static str>>> = LazyLock::new(|| {
    include_str!("words.tsv").lines().map(|line| line.split('\t').nth(1).unwrap_or_default().split(' ').collect()).collect()
});

/// Whether a word (in lower case) says nothing about a subject in this language, as "the" and "is".
pub(crate) fn is_function_word(language: Language, word: &str) -> bool {
    LATIN.iter().position(|known| *known == language).is_some_and(|at| FUNCTION[at].contains(word))
}

/// Letters that few languages have.
const LETTERS: &[(&str, &str)] = &[
    ("äö", "de fi sv"),
    ("ü", "de tr hu"),
    ("ß", "de"),
    ("éèêà", "fr it ca"),
    ("çœùû", "fr tr pt ca"),
    ("ñ¿¡", "es"),
    ("íóúá", "es hu cs sk pt"),
    ("ãõ", "pt"),
    ("ìò", "it"),
    ("å", "sv da no"),
    ("øæ", "da no"),
    ("łąęśżźćń", "pl"),
    ("řěů", "cs"),
    ("ľĺŕôď", "sk"),
    ("čšž", "cs sk hr"),
    ("đ", "hr vi"),
    ("ăâîșțşţ", "ro tr"),
    ("ăạảấầẩậắặẹẻếềểệịỉọỏốồổộớờởợụủứừửựỳỵ", "vi"),
    ("őű", "hu"),
    ("ğı", "tr"),
];

/// What a frequent word, a known English word and a rare letter tell.
const WORD: f64 = 1.0;
const KNOWN: f64 = 0.5;
const LETTER: f64 = 0.7;
/// By how much a language must be ahead of the next.
const MARGIN: f64 = 0.4;

fn latin(words: &[Word]) -> Told {
    let mut told = vec![0.0; LATIN.len()];
    let mut spoken = 0;
    let mut english = 0;
    for word in words.iter().filter(|word| word.kind == Kind::Word) {
        spoken += 1;
        // The two halves of a contraction; other languages put their apostrophes elsewhere.
        let parts = word.lower.split(['\'', '’']).filter(|part| !part.is_empty());
        let mut frequent = false;
        for part in parts {
            let Some(languages) = FREQUENT.get(part) else { continue };
            frequent = true;
            // A single letter is soon an initial.
            let weight = if part.len() == 1 { WORD / 2.0 } else { WORD };
            languages.iter().for_each(|&at| told[at] += if at == 0 { WORD } else { weight });
            english += usize::from(languages.first() == Some(&0));
        }
        if !frequent && word.lower.is_ascii() && (vader::valence(&word.lower).is_some() || service::knows(&word.stem)) {
            told[0] += KNOWN;
            english += 1;
        }
        if word.lower.is_ascii() {
            continue;
        }
        for (letters, codes) in LETTERS {
            if word.lower.chars().any(|c| letters.contains(c)) {
                let codes: Vec<&str> = codes.split(' ').collect();
                let at = |code: &str| LATIN.iter().position(|language| language.0 == code);
                codes.iter().filter_map(|code| at(code)).for_each(|at| told[at] += LETTER / codes.len() as f64);
            }
        }
    }
    let Some(best) = (0..told.len()).max_by(|&a, &b| told[a].total_cmp(&told[b]).then(b.cmp(&a))) else { return Told::Unclear };
    let second = (0..told.len()).filter(|&at| at != best).map(|at| told[at]).fold(0.0, f64::max);
    let clear = told[best] >= second + MARGIN && told[best] >= 1.1 * second;
    if best == 0 {
        // At least two of five words are English, and of a single word there is no doubt at all.
        let enough = english * 5 >= spoken * 2 && (spoken > 1 || second == 0.0);
        if enough && clear { Told::Is(Language::ENGLISH) } else { Told::Unclear }
    } else if clear && told[best] * 8.0 >= spoken as f64 && told[best] >= 0.6 {
        Told::Is(LATIN[best])
    } else {
        Told::Unclear
    }
}
