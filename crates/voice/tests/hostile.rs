//! Whatever bytes customers send: no panic, figures in their bounds, and no more work than the length of a text explains.

#![allow(clippy::disallowed_methods, reason = "how long something takes is what is tested")]

use std::time::{Duration, Instant};

use periplus_voice::words::words;
use periplus_voice::{Reading, Settings, language, read, service, themes, vader};
use proptest::prelude::*;

const BYTES_MAX: usize = 32 * 1024;

/// What is known to be difficult somewhere.
const PIECES: &[&str] = &[
    "but",
    "not",
    "no",
    "never",
    "great",
    "GREAT",
    "kind",
    "of",
    "the",
    "shit",
    "still",
    "waiting",
    "great,",
    "n't",
    "'",
    "’s",
    "''t",
    "t'",
    "can't",
    "!",
    "?",
    "...",
    ":)",
    "😀",
    "👨‍👩‍👧",
    "\u{fe0f}",
    "\u{301}",
    "İ",
    "ß",
    "ſ",
    "ﬁ",
    "ǅ",
    "Σ",
    "\0",
    "\u{1c}",
    "\u{85}",
    "\n",
    "\t",
    "\u{200b}",
    "快",
    "ยั",
    "ा",
    "1,2,3",
    "1.",
    "a:b",
    "-",
    "--",
    "(",
    "\u{202e}",
    "\u{10ffff}",
    "hour",
    "for",
    "ago",
    "s",
    "ies",
    "ing",
    "sing",
    "eed",
    "aed",
    "ss",
    "es",
];

fn holds(text: &str) {
    let pieces = words(text);
    for word in &pieces {
        assert!(word.from < word.to && text.get(word.from..word.to).is_some(), "{word:?} of {text:?}");
    }
    let found = vader::score(text);
    let shares = found.pos + found.neg + found.neu;
    assert!(found.compound.abs() <= 1.0 && (shares == 0.0 || (shares - 1.0).abs() < 0.002), "{found:?} of {text:?}");
    let sentiment = service::score(text);
    assert!(sentiment.score.abs() <= 1.0 && sentiment.reasons.len() <= service::REASONS_MAX);
    for reason in &sentiment.reasons {
        assert_eq!(text.get(reason.from..reason.to), Some(reason.words.as_str()));
        assert!(reason.weight.is_finite());
    }
    assert_eq!(sentiment, service::score(text));
    if matches!(language::tell(text), language::Told::Unclear) {
        assert_eq!(read(text), Reading::LanguageUnclear);
    }
    themes(&[text, text, text, "another"], &Settings::default());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_text_is_read(text in any::<String>()) {
        holds(&text);
    }

    #[test]
    fn difficult_pieces_are_read(pieces in prop::collection::vec((prop::sample::select(PIECES), any::<bool>()), 0..60)) {
        let text: String = pieces.into_iter().map(|(piece, apart)| if apart { format!(" {piece}") } else { piece.to_owned() }).collect();
        holds(&text);
    }
}

#[test]
fn the_longest_text_takes_no_longer_than_its_length_explains() {
    for piece in PIECES {
        for apart in ["", ", "] {
            let unit = format!("{piece}{apart}");
            let text = unit.repeat(BYTES_MAX / unit.len());
            // Quadratic work would take minutes. The bound is wide for slow machines and unoptimised builds.
            let began = Instant::now();
            read(&text);
            vader::score(&text);
            themes(&[&text], &Settings::default());
            assert!(began.elapsed() < Duration::from_secs(5), "{unit:?} took {:?}", began.elapsed());
        }
    }
}
