use proptest::prelude::*;

use super::*;
use crate::align::{self, align};
use crate::log::Log;

fn shown(sequences: &[(&str, u64)], noise: f64) -> String {
    let log = Log::of_names(sequences.iter().map(|(text, cases)| (text.chars().map(String::from).collect::<Vec<_>>(), *cases))).unwrap();
    discover(&log, &Settings { noise }).unwrap().display(log.activities()).to_string().replace(['\'', ' '], "")
}

#[test]
fn blocks_are_found_again() {
    let cases: &[(&[(&str, u64)], &str)] = &[
        (&[("abc", 1)], "->(a,b,c)"),
        (&[("ab", 1), ("ac", 1)], "->(a,X(b,c))"),
        (&[("abcd", 1), ("acbd", 1)], "->(a,+(b,c),d)"),
        (&[("ab", 1), ("a", 1)], "->(a,X(tau,b))"),
        (&[("abcd", 1), ("ad", 1)], "->(a,X(tau,->(b,c)),d)"),
        (&[("abd", 1), ("acd", 1), ("abcd", 1)], "->(a,X(tau,b),X(tau,c),d)"),
        (&[("abacaba", 1)], "*(a,X(b,c))"),
        (&[("a", 1), ("aa", 1)], "*(a,tau)"),
        (&[("abab", 1), ("ab", 1)], "*(->(a,b),tau)"),
        (&[("", 1), ("a", 1)], "X(tau,a)"),
        (&[("", 3)], "nothing"),
    ];
    for (sequences, expected) in cases {
        let log = Log::of_names(sequences.iter().map(|(t, n)| (t.chars().map(String::from).collect::<Vec<_>>(), *n))).unwrap();
        match discover(&log, &Settings::default()) {
            Ok(_) => assert_eq!(shown(sequences, 0.0), *expected),
            Err(error) => assert!(*expected == "nothing" && matches!(error, Error::Empty(_))),
        }
    }
}

#[test]
fn rare_steps_are_left_out_with_noise() {
    let log = [("abcd", 100), ("acbd", 100), ("adbc", 1), ("dabc", 1)];
    assert_ne!(shown(&log, 0.0), "->(a,+(b,c),d)");
    assert_eq!(shown(&log, 0.1), "->(a,+(b,c),d)");
    assert!(matches!(discover(&Log::of_names([(vec!["a"], 1)]).unwrap(), &Settings { noise: f64::NAN }), Err(Error::Setting(_))));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Without noise every sequence is a run of what was discovered; with noise something is discovered, too.
    #[test]
    fn every_sequence_is_a_run(sequences in prop::collection::vec((prop::collection::vec(0u32..6, 0..9), 1u64..9), 1..8), noise in 0.0..=1.0f64) {
        let names: Vec<String> = ["a", "b", "c", "d", "e", "f"].map(str::to_owned).to_vec();
        let log = Log::new(names.clone(), sequences.clone()).unwrap();
        prop_assume!(sequences.iter().any(|(sequence, _)| !sequence.is_empty()));
        let tree = discover(&log, &Settings::default()).unwrap();
        let found = align(&tree.to_net(&names).unwrap(), &log, &align::Settings::default()).unwrap();
        prop_assert!(found.variants.iter().all(|variant| variant.cost.exact() == Some(0)), "{}", tree.display(&names));
        // How often each came does not matter without noise.
        let once = Log::new(names.clone(), sequences.into_iter().map(|(sequence, _)| (sequence, 1))).unwrap();
        prop_assert_eq!(discover(&once, &Settings::default()).unwrap(), tree);
        let rough = discover(&log, &Settings { noise }).unwrap();
        if let Ok(net) = rough.to_net(&names) {
            prop_assert!(align(&net, &log, &align::Settings::default()).is_ok());
        }
    }
}
