//! Themes that were planted are found, and belong to the comments that they say.

use std::collections::BTreeSet;

use periplus_voice::{OwnTheme, Settings, Themes, themes};
use proptest::prelude::*;

const SUBJECTS: &[(&str, &[&str])] = &[
    ("delivery", &["My delivery was late {}", "Late delivery, the courier never rang {}", "The courier came {} with a late delivery"]),
    ("app", &["The app crashes {}", "I cannot log in to the app {}", "The app freezes {}", "App update, and the app is slow {}"]),
    ("staff", &["Friendly staff in the store {}", "The store staff helped me {}", "Staff in your store had time for me {}"]),
    ("price", &["Prices went up {}", "The monthly price is too high {}", "A price increase {} without notice"]),
    ("refund", &["Still waiting for my refund {}", "The refund took ages {}", "No refund {}", "Where is my refund {}"]),
];

const FILLING: &[&str] = &["", "two weeks", "to be honest", "again", "this time", "as always", "for my mother", "in Leeds", "since May"];

/// Comments with their subjects, by turns.
fn planted(count: usize) -> Vec<(&'static str, String)> {
    let of = |at: usize| {
        let (subject, sentences) = SUBJECTS[at % SUBJECTS.len()];
        let sentence = sentences[at / SUBJECTS.len() % sentences.len()];
        (subject, sentence.replace("{}", FILLING[at / 7 % FILLING.len()]))
    };
    (0..count).map(of).collect()
}

fn found(comments: &[(&str, String)]) -> Themes {
    let texts: Vec<&str> = comments.iter().map(|(_, text)| text.as_str()).collect();
    themes(&texts, &Settings::default())
}

#[test]
fn planted_subjects_are_found_pure_and_whole() {
    for count in [50, 500, 5000] {
        let comments = planted(count);
        let found = found(&comments);
        for (subject, _) in SUBJECTS {
            let all = comments.iter().filter(|(planted, _)| planted == subject).count();
            let best = found.themes.iter().map(|theme| {
                let right = theme.members.iter().filter(|&&member| comments[member].0 == *subject).count();
                (right, theme.members.len(), &theme.name)
            });
            let (right, members, name) = best.max().unwrap();
            assert!(right * 10 >= members * 9, "{count} comments: {name} has {right} of {members} about {subject}");
            assert!(right * 10 >= all * 6, "{count} comments: {name} has {right} of the {all} about {subject}");
        }
    }
}

#[test]
fn another_order_gives_the_same_themes() {
    let comments = planted(300);
    let mut turned = comments.clone();
    turned.reverse();
    turned.swap(3, 250);
    let named = |comments: &[(&str, String)]| {
        let of = |theme: periplus_voice::Theme| {
            let texts: Vec<String> =
                theme.members.iter().map(|&member| comments[member].1.clone()).collect::<BTreeSet<_>>().into_iter().collect();
            (theme.name, theme.members.len(), texts)
        };
        found(comments).themes.into_iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(named(&comments), named(&turned));
}

#[test]
fn languages_are_not_mixed() {
    let german =
        ["Die Lieferung kam zu spät", "Lieferung ist nicht da", "Wo ist meine Lieferung?", "Die App ist sehr gut", "Das ist die Lieferung"];
    let english = [
        "The delivery was late",
        "My delivery is not here",
        "Where is the delivery?",
        "Late delivery again",
        "Delivery to the wrong house",
    ];
    let all: Vec<&str> = german.into_iter().chain(english).collect();
    let found = themes(&all, &Settings::default());
    for theme in &found.themes {
        let of_german = theme.members.iter().filter(|&&member| member < german.len()).count();
        assert!(of_german == 0 || of_german == theme.members.len(), "{theme:?}");
    }
    assert!(found.themes.iter().any(|theme| theme.language.is_some_and(|language| language.code() == "de")), "{found:?}");
}

#[test]
fn own_themes_take_what_has_their_words() {
    let own = OwnTheme { name: "Money".to_owned(), words: vec!["refund".to_owned(), "price increases".to_owned(), "nowhere".to_owned()] };
    let texts = ["Two refunds are missing", "A price increase, and no refund", "The price went up", "An increase"];
    let found = themes(&texts, &Settings { own: vec![own], ..Settings::default() });
    let money = &found.themes[0];
    assert_eq!((money.name.as_str(), &money.members[..], &money.typical[..]), ("Money", &[0, 1][..], &[1, 0][..]));
    assert_eq!(
        money.phrases.iter().map(|phrase| (phrase.text.as_str(), phrase.comments)).collect::<Vec<_>>(),
        [("refund", 2), ("price increases", 1)]
    );
    assert_eq!(found.rest, [2, 3]);
}

#[test]
fn few_comments_and_none() {
    assert_eq!(themes(&[], &Settings::default()), Themes::default());
    assert_eq!(themes(&["Nice"], &Settings::default()).rest, [0]);
    assert_eq!(themes(&["", "😀", "the", "..."], &Settings::default()).rest, [0, 1, 2, 3]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_comment_is_in_a_theme_or_in_the_rest(
        comments in prop::collection::vec(prop::collection::vec(prop::sample::select(vec![
            "parcel", "late", "the", "app", "crashes", "not", "refund", "courier", "store", "staff", ".", "nicht", "die", "Lieferung", "快递还没到", "é",
        ]), 0..8), 0..60),
        comments_min in 0_usize..5,
        themes_max in 0_usize..6,
    ) {
        let texts: Vec<String> = comments.iter().map(|words| words.join(" ")).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let found = themes(&texts, &Settings { themes_max, comments_min, own: Vec::new() });
        let mut all: BTreeSet<usize> = found.rest.iter().copied().collect();
        prop_assert_eq!(all.len(), found.rest.len());
        for theme in &found.themes {
            prop_assert!(theme.members.is_sorted_by(|a, b| a < b) && theme.members.len() >= comments_min.max(1));
            prop_assert!(theme.members.iter().all(|member| *member < texts.len() && !found.rest.contains(member)));
            prop_assert!(!theme.typical.is_empty() && theme.typical.iter().all(|member| theme.members.contains(member)));
            prop_assert!(!theme.name.is_empty() && theme.phrases.iter().all(|phrase| phrase.comments <= theme.members.len()));
            all.extend(&theme.members);
        }
        prop_assert_eq!(all.len(), texts.len());
    }
}
