use proptest::prelude::*;

use super::super::adjusted_rand;
use super::*;
use crate::chance::Chance;

/// Journeys of some kinds, each with its own touchpoints and a little noise.
fn planted(kinds: usize, variants: usize, length: usize, seed: u64) -> (Vec<(Vec<u32>, u64)>, Vec<u32>) {
    let mut dice = Chance::new(seed);
    let mut seen = std::collections::HashSet::new();
    let (mut all, mut truth) = (Vec::new(), Vec::new());
    while all.len() < variants {
        let kind = dice.below(kinds);
        let steps = length / 2 + dice.below(length + 1);
        let own = |dice: &mut Chance| if dice.below(8) == 0 { dice.below(kinds * 5) } else { kind * 5 + dice.below(5) };
        let journey: Vec<u32> = (0..steps.max(1)).map(|_| own(&mut dice) as u32).collect();
        if seen.insert(journey.clone()) {
            all.push((journey, 1 + dice.below(20) as u64));
            truth.push(kind as u32);
        }
    }
    (all, truth)
}

#[test]
fn planted_kinds_are_found_and_told() {
    let (all, truth) = planted(4, 300, 12, 5);
    for likeness in [Likeness::Runs(1), Likeness::Runs(2), Likeness::Matching] {
        for linkage in [Linkage::Average, Linkage::Ward] {
            let found = representatives(&all, 20, &Settings { likeness, linkage, k: Some(4), ..Settings::default() }).unwrap();
            let index = adjusted_rand(&found.groups, &truth).unwrap();
            assert!(index > 0.8, "{likeness:?} {linkage:?}: {index}");
            assert_eq!(found.representatives.iter().map(|one| one.customers).sum::<u64>(), all.iter().map(|one| one.1).sum::<u64>());
            assert!(found.representatives.is_sorted_by(|a, b| a.customers >= b.customers));
            assert!(found.representatives.iter().enumerate().all(|(group, one)| found.groups[one.variant] == group as u32));
        }
    }
    let chosen =
        representatives(&all, 20, &Settings { likeness: Likeness::Runs(1), linkage: Linkage::Ward, ..Settings::default() }).unwrap();
    assert_eq!(chosen.representatives.len(), 4, "{:?}", chosen.tried);
    // Only some are compared, the others put to the nearest: much the same.
    let some = representatives(&all, 20, &Settings { k: Some(4), variants_max: 150, ..Settings::default() }).unwrap();
    assert!(some.compared == 150 && adjusted_rand(&some.groups, &truth).unwrap() > 0.8);
}

#[test]
fn few_and_wrong() {
    assert_eq!(representatives(&[], 3, &Settings::default()), Err(Error::Empty));
    let one = representatives(&[(vec![0, 1], 7)], 3, &Settings::default()).unwrap();
    assert_eq!(one.representatives, [Representative { variant: 0, variants: 1, customers: 7, distance: 0.0 }]);
    let two = representatives(&[(vec![0, 1], 1), (vec![2], 9)], 3, &Settings::default()).unwrap();
    assert_eq!((two.groups, two.silhouette.is_some()), (vec![1, 0], true));
    assert!(representatives(&[(vec![0], 0)], 1, &Settings::default()).is_err());
    assert!(matches!(representatives(&[(vec![0], 1)], 1, &Settings { k: Some(2), ..Settings::default() }), Err(Error::TooFew { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, ..ProptestConfig::default() })]

    #[test]
    fn the_order_given_does_not_matter(seed: u64, turn in 1usize..39) {
        let (all, _) = planted(3, 40, 6, seed);
        let mut turned = all.clone();
        turned.rotate_left(turn);
        let (one, other) = (representatives(&all, 15, &Settings::default()).unwrap(), representatives(&turned, 15, &Settings::default()).unwrap());
        let mut back = other.groups.clone();
        back.rotate_right(turn);
        prop_assert_eq!(one.groups, back);
        prop_assert_eq!(one.tried, other.tried);
    }
}
