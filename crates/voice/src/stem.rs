//! What is common to the forms of an English word: a light version of Porter's first step.
//!
//! "waits", "waited" and "waiting" become "wait"; "charge" and "charged" become "charg". Endings that change what a word says
//! (friend, friendly; help, helpful, helpless) stay.

/// Words that only look as if they had an ending.
const WHOLE: &[&str] = &[
    "across",
    "address",
    "afternoon",
    "always",
    "anything",
    "bed",
    "bring",
    "bus",
    "business",
    "cheers",
    "clothing",
    "dress",
    "during",
    "evening",
    "everything",
    "express",
    "feed",
    "gas",
    "hundred",
    "indeed",
    "king",
    "less",
    "morning",
    "need",
    "news",
    "nothing",
    "perhaps",
    "plus",
    "press",
    "process",
    "red",
    "ring",
    "series",
    "something",
    "speed",
    "spring",
    "string",
    "thanks",
    "thing",
    "this",
    "thus",
    "unless",
    "us",
    "wedding",
    "yes",
];

/// The stem of a word in lower case.
pub fn stem(word: &str) -> String {
    if word.len() <= 3 || !word.is_ascii() || WHOLE.binary_search(&word).is_ok() {
        return word.to_owned();
    }
    let mut stem = singular(word).to_owned();
    if word.ends_with("ies") && word.len() > 4 {
        stem = format!("{}y", &word[..word.len() - 3]);
    }
    let verbal = ["ing", "ed"].iter().find_map(|ending| stem.strip_suffix(ending));
    if let Some(base) = verbal.filter(|base| base.len() >= 3 && base.contains(['a', 'e', 'i', 'o', 'u', 'y']) && !base.ends_with('e')) {
        let bytes = base.as_bytes();
        let doubled =
            bytes[bytes.len() - 1] == bytes[bytes.len() - 2] && !matches!(bytes[bytes.len() - 1], b'l' | b's' | b'z' | b'e' | b'o');
        let mut base = if doubled { base[..base.len() - 1].to_owned() } else { base.to_owned() };
        // replied, tried: as reply, try.
        if base.ends_with('i') {
            base.pop();
            base.push('y');
        }
        stem = base;
    }
    if stem.len() > 4 && stem.ends_with('e') && !stem.ends_with("ee") {
        stem.pop();
    }
    stem
}

fn singular(word: &str) -> &str {
    if let Some(base) = word.strip_suffix("es")
        && (["ss", "sh", "ch", "x", "zz"].iter().any(|end| base.ends_with(end)))
    {
        return base;
    }
    match word.strip_suffix('s') {
        Some(base) if !base.ends_with(['s', 'u', 'i']) => base,
        _ => word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_have_one_stem() {
        assert!(WHOLE.is_sorted());
        let families: &[&[&str]] = &[
            &["wait", "waits", "waited", "waiting"],
            &["charge", "charges", "charged", "charging"],
            &["reply", "replies", "replied", "replying"],
            &["cancel", "cancels"],
            &["cancelled", "cancelling"],
            &["box", "boxes"],
            &["crash", "crashes", "crashed", "crashing"],
            &["stop", "stops", "stopped", "stopping"],
            &["arrive", "arrives", "arrived", "arriving"],
        ];
        for family in families {
            assert!(family.iter().all(|word| stem(word) == stem(family[0])), "{:?}", family.iter().map(|w| stem(w)).collect::<Vec<_>>());
        }
        for (word, other) in [("friend", "friendly"), ("help", "helpless"), ("new", "news"), ("us", "use"), ("less", "let")] {
            assert_ne!(stem(word), stem(other));
        }
    }
}
