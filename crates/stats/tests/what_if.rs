//! What-if from outside: what must hold for every chain.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use periplus_stats::attribution::markov;
use periplus_stats::bootstrap::Bootstrap;
use periplus_stats::chain::{Assumption, Chain, Change, Node, Onward, Removed, Scenario, Take, Transition, Wait, what_if};
use periplus_stats::paths::{JourneyError, Paths, Weight};
use proptest::prelude::*;

const HOW: Bootstrap = Bootstrap { draws: 40, seed: 3, level: 0.95 };

fn some_paths() -> impl Strategy<Value = Paths> {
    let path = (prop::collection::vec((0u16..5, 0u32..90), 0..8), 0u64..6, 0u64..6);
    prop::collection::vec(path, 1..14).prop_map(|list| {
        let mut paths = Paths::new(5).unwrap();
        paths.push(&[0, 1], &[30, 10], Weight { conversions: 2, value: 9.0, nulls: 3 }).unwrap();
        for (touches, conversions, nulls) in list {
            let mut age = touches.iter().map(|(_, wait)| *wait).sum::<u32>();
            let ages: Vec<u32> = touches
                .iter()
                .map(|(_, wait)| {
                    age -= wait;
                    age + 1
                })
                .collect();
            let touches: Vec<u16> = touches.iter().map(|(channel, _)| *channel).collect();
            paths.push(&touches, &ages, Weight { conversions, value: conversions as f64 * 3.5, nulls }).unwrap();
        }
        paths
    })
}

fn one(chain: &Chain, changes: Vec<Change>) -> Result<Scenario, JourneyError> {
    Ok(what_if(chain, &[changes], &HOW)?.scenarios.remove(0))
}

/// The probability of a transition, as a reader would compute it from the counts.
fn probability(chain: &Chain, from: Node, to: Node) -> f64 {
    let of = |keep: &dyn Fn(&Transition) -> bool| chain.transitions().filter(|way| keep(way)).map(|way| way.count as f64).sum::<f64>();
    of(&|way| way.from == from && way.to == to) / of(&|way| way.from == from)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// Bit for bit: no tolerance anywhere.
    #[test]
    fn zero_change_is_the_base(paths in some_paths()) {
        let chain = Chain::measure(&paths).unwrap();
        let mut scenarios = vec![vec![]];
        let ways: Vec<Transition> = chain.transitions().copied().collect();
        for way in &ways {
            scenarios.push(vec![Change::Scale { from: way.from, to: way.to, factor: 1.0 }]);
            scenarios.push(vec![Change::Set { from: way.from, to: way.to, probability: probability(&chain, way.from, way.to) }]);
            scenarios.push(vec![Change::Wait { from: Some(way.from), to: None, wait: Wait::Factor(1.0) }]);
            scenarios.push(vec![Change::Wait { from: Some(way.from), to: Some(way.to), wait: Wait::Seconds(way.wait_seconds) }]);
            if way.to == Node::Lost && ways.iter().any(|other| other.from == way.from && other.to != Node::Lost && other.to != way.from) {
                scenarios.push(vec![Change::FixDropOff { at: way.from, share: 0.0 }]);
            }
        }
        scenarios.truncate(60);
        scenarios.push(ways.iter().take(5).map(|way| Change::Scale { from: way.from, to: way.to, factor: 1.0 }).collect());
        let nobody = Onward { to: Node::Lost, probability: 1.0, wait_seconds: 5.0 };
        scenarios.push(vec![Change::Add { takes: vec![Take { from: ways[0].from, to: ways[0].to, share: 0.0 }], onward: vec![nobody], value: None }]);
        let found = what_if(&chain, &scenarios, &HOW).unwrap();
        prop_assert_eq!(found.base, chain.outcome().unwrap());
        let plain = &found.scenarios[0];
        for (scenario, asked) in found.scenarios.iter().zip(&scenarios) {
            for compared in [Some(scenario.probability), Some(scenario.conversions), Some(scenario.value), scenario.seconds_to_conversion].into_iter().flatten() {
                prop_assert_eq!(compared.changed, compared.base, "{:?}", asked);
                prop_assert_eq!((compared.difference.value, compared.difference.low, compared.difference.high), (0.0, 0.0, 0.0), "{:?}", asked);
            }
            prop_assert_eq!(scenario.conversions.base, plain.conversions.base);
            prop_assert_eq!(scenario.conversions.base.value.to_bits(), found.base.conversions.to_bits());
        }
    }

    #[test]
    fn removing_a_state_is_its_removal_effect(paths in some_paths()) {
        let chain = Chain::measure(&paths).unwrap();
        let effects = markov(&paths, 1).unwrap().removal;
        let scenarios: Vec<Vec<Change>> = (0..5).map(|state| vec![Change::Remove { state, then: Removed::Lost }]).collect();
        let found = what_if(&chain, &scenarios, &HOW).unwrap();
        for (state, scenario) in found.scenarios.iter().enumerate() {
            let (conversions, value) = (scenario.conversions, scenario.value);
            prop_assert!((-conversions.difference.value / conversions.base.value - effects.conversions[state]).abs() < 1e-12);
            prop_assert!((-value.difference.value / value.base.value - effects.value[state]).abs() < 1e-12);
        }
    }

    /// Fixing more brings more; nothing is outside of its interval, and everything is a number.
    #[test]
    fn more_fixed_is_more_won(paths in some_paths()) {
        let chain = Chain::measure(&paths).unwrap();
        // The path that is always there drops off at 1, but may be the only one that leaves it.
        let fix = |share: f64| one(&chain, vec![Change::FixDropOff { at: Node::At(1), share }]);
        let (Ok(some), Ok(all)) = (fix(0.4), fix(1.0)) else { return Ok(()) };
        prop_assert!(some.conversions.difference.value > -1e-12);
        prop_assert!(all.conversions.difference.value >= some.conversions.difference.value - 1e-12);
        for scenario in [some, all] {
            for compared in [Some(scenario.probability), Some(scenario.value), scenario.seconds_to_conversion].into_iter().flatten() {
                for estimate in [compared.base, compared.changed, compared.difference] {
                    prop_assert!(estimate.low <= estimate.value && estimate.value <= estimate.high);
                    prop_assert!(estimate.low.is_finite() && estimate.high.is_finite());
                }
            }
        }
    }

    /// Any changes at all: figures or a reason, never a panic or something that is no number.
    #[test]
    fn any_change_gives_numbers_or_a_reason(paths in some_paths(), changes in prop::collection::vec(any_change(), 1..4)) {
        let chain = Chain::measure(&paths).unwrap();
        if let Ok(found) = one(&chain, changes) {
            for compared in [Some(found.probability), Some(found.conversions), Some(found.value), found.seconds_to_conversion].into_iter().flatten() {
                for estimate in [compared.base, compared.changed, compared.difference] {
                    prop_assert!(estimate.value.is_finite() && estimate.low.is_finite() && estimate.high.is_finite());
                }
                prop_assert!(compared.changed.value >= 0.0);
            }
            prop_assert!(found.probability.changed.value <= 1.0);
        }
    }
}

fn node() -> impl Strategy<Value = Node> {
    prop_oneof![Just(Node::Start), (0usize..7).prop_map(Node::At), Just(Node::Converted), Just(Node::Lost)]
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![4 => 0.0..1.0f64, 1 => Just(0.0), 1 => Just(1.0), 1 => 0.0..1e13f64, 1 => Just(f64::NAN), 1 => Just(-1.0), 1 => Just(f64::INFINITY)]
}

fn any_change() -> impl Strategy<Value = Change> {
    let onward = prop::collection::vec((node(), 0.0..1.0f64), 1..4).prop_map(|list| {
        let sum: f64 = list.iter().map(|(_, probability)| probability).sum();
        list.into_iter().map(|(to, probability)| Onward { to, probability: probability / sum, wait_seconds: 7.0 }).collect()
    });
    let takes = prop::collection::vec((node(), node(), 0.0..1.0f64), 0..4);
    let takes = takes.prop_map(|list| list.into_iter().map(|(from, to, share)| Take { from, to, share }).collect());
    prop_oneof![
        (node(), node(), number()).prop_map(|(from, to, factor)| Change::Scale { from, to, factor }),
        (node(), node(), number()).prop_map(|(from, to, probability)| Change::Set { from, to, probability }),
        (node(), number()).prop_map(|(at, share)| Change::FixDropOff { at, share }),
        (prop::option::of(node()), prop::option::of(node()), number()).prop_map(|(from, to, factor)| Change::Wait {
            from,
            to,
            wait: Wait::Factor(factor)
        }),
        (0usize..7, any::<bool>())
            .prop_map(|(state, lost)| Change::Remove { state, then: if lost { Removed::Lost } else { Removed::GoOn } }),
        (takes, onward, prop::option::of(number())).prop_map(|(takes, onward, value)| Change::Add { takes, onward, value }),
    ]
}

fn way(from: Node, to: Node, count: u64, wait_seconds: f64) -> Transition {
    Transition { from, to, count, wait_seconds, value: 50.0 }
}

/// A hundred come to the shop (0), sixty go to the basket (1), thirty of them buy.
fn shop() -> Chain {
    let ways = [
        way(Node::Start, Node::At(0), 100, 0.0),
        way(Node::At(0), Node::At(1), 60, 600.0),
        way(Node::At(0), Node::Lost, 40, 0.0),
        way(Node::At(1), Node::Converted, 30, 100.0),
        way(Node::At(1), Node::Lost, 30, 0.0),
    ];
    Chain::of(2, &ways).unwrap()
}

#[test]
fn each_change_does_what_its_doc_says() {
    let figures = |changes: Vec<Change>| {
        let found = one(&shop(), changes).unwrap();
        (found.conversions.changed.value, found.value.changed.value, found.seconds_to_conversion.map(|seconds| seconds.changed.value))
    };
    let near = |found: (f64, f64, Option<f64>), conversions: f64, seconds: f64| {
        assert!((found.0 - conversions).abs() < 1e-9 && (found.1 - 50.0 * conversions).abs() < 1e-9, "{found:?}");
        assert!((found.2.unwrap() - seconds).abs() < 1e-9, "{found:?}");
    };
    near(figures(vec![]), 30.0, 700.0);
    near(figures(vec![Change::Scale { from: Node::At(0), to: Node::At(1), factor: 0.5 }]), 15.0, 700.0);
    near(figures(vec![Change::Set { from: Node::At(1), to: Node::Converted, probability: 0.75 }]), 45.0, 700.0);
    near(figures(vec![Change::Set { from: Node::At(0), to: Node::Converted, probability: 0.5 }]), 50.0 + 15.0, 15.0 * 700.0 / 65.0);
    near(figures(vec![Change::FixDropOff { at: Node::At(1), share: 0.5 }]), 45.0, 700.0);
    near(figures(vec![Change::Wait { from: Some(Node::At(0)), to: None, wait: Wait::Seconds(60.0) }]), 30.0, 160.0);
    near(figures(vec![Change::Wait { from: None, to: None, wait: Wait::Factor(2.0) }]), 30.0, 1400.0);
    near(figures(vec![Change::Remove { state: 1, then: Removed::GoOn }]), 30.0, 600.0);
    assert_eq!(figures(vec![Change::Remove { state: 0, then: Removed::Lost }]), (0.0, 0.0, None));
    // A chat catches half of those who would leave the basket; a fifth of them buy after five minutes.
    let chat = Change::Add {
        takes: vec![Take { from: Node::At(1), to: Node::Lost, share: 0.5 }],
        onward: vec![
            Onward { to: Node::Converted, probability: 0.2, wait_seconds: 300.0 },
            Onward { to: Node::Lost, probability: 0.8, wait_seconds: 0.0 },
        ],
        value: None,
    };
    near(figures(vec![chat.clone()]), 33.0, (30.0 * 700.0 + 3.0 * 900.0) / 33.0);
    // The added state is number 2, and later changes can name it.
    near(figures(vec![chat, Change::Remove { state: 2, then: Removed::Lost }]), 30.0, 700.0);
}

/// One step with 30 of 60: the interval of the share is that of a beta (30, 30) number, 0.5 ± 0.125.
#[test]
fn intervals_are_those_of_the_counts() {
    let ways = [way(Node::Start, Node::Converted, 30, 0.0), way(Node::Start, Node::Lost, 30, 0.0)];
    let chain = Chain::of(0, &ways).unwrap();
    let how = Bootstrap { draws: 4000, ..HOW };
    let found = what_if(&chain, &[vec![Change::FixDropOff { at: Node::Start, share: 0.5 }]], &how).unwrap();
    let base = found.scenarios[0].probability.base;
    assert!((base.low - 0.374_7).abs() < 0.01 && (base.high - 0.625_3).abs() < 0.01, "{base:?}");
    // With one draw for both, the difference is half of those who are lost.
    let difference = found.scenarios[0].probability.difference;
    assert!((difference.low - (1.0 - base.high) / 2.0).abs() < 1e-9 && (difference.value - 0.25).abs() < 1e-12);
}

#[test]
fn scenarios_share_their_draws_and_repeat() {
    let fix = vec![Change::FixDropOff { at: Node::At(1), share: 0.3 }];
    let alone = what_if(&shop(), std::slice::from_ref(&fix), &HOW).unwrap();
    let beside = what_if(&shop(), &[vec![], fix.clone(), fix.clone()], &HOW).unwrap();
    assert_eq!((&beside.scenarios[1], &beside.scenarios[2]), (&alone.scenarios[0], &alone.scenarios[0]));
    assert_ne!(what_if(&shop(), &[fix], &Bootstrap { seed: 9, ..HOW }).unwrap(), alone);
    let keys: Vec<&str> = alone.scenarios[0].assumptions.iter().copied().map(Assumption::key).collect();
    assert_eq!(keys, ["associational", "memoryless", "others_unchanged", "values_as_measured", "freed_go_on_in_proportion"]);
}

#[test]
fn changes_that_make_no_sense_are_told() {
    let why = |change: Change| one(&shop(), vec![change]).unwrap_err();
    let scale = |from, to, factor| Change::Scale { from, to, factor };
    assert_eq!(why(scale(Node::At(0), Node::Converted, 2.0)), JourneyError::NoTransition);
    assert_eq!(why(scale(Node::Lost, Node::At(0), 2.0)), JourneyError::NoTransition);
    assert_eq!(why(scale(Node::At(0), Node::At(1), 2.0)), JourneyError::Probability { probability: 1.2 });
    assert_eq!(why(scale(Node::Start, Node::At(0), 0.5)), JourneyError::NowhereElse);
    assert_eq!(why(scale(Node::At(2), Node::At(0), 0.5)), JourneyError::UnknownState { state: 2, states: 2 });
    assert_eq!(why(Change::FixDropOff { at: Node::Start, share: 0.5 }), JourneyError::NoTransition);
    assert_eq!(why(Change::Remove { state: 9, then: Removed::Lost }), JourneyError::UnknownState { state: 9, states: 2 });
    assert!(matches!(why(Change::Set { from: Node::Start, to: Node::At(1), probability: 1.5 }), JourneyError::Setting { .. }));
    let half = Onward { to: Node::Lost, probability: 0.5, wait_seconds: 0.0 };
    assert!(matches!(why(Change::Add { takes: vec![], onward: vec![half], value: None }), JourneyError::Setting { .. }));
    let mut paths = Paths::new(1).unwrap();
    paths.push(&[0], &[], Weight { conversions: 1, value: 1.0, nulls: 0 }).unwrap();
    let faster = Change::Wait { from: None, to: None, wait: Wait::Factor(0.5) };
    assert_eq!(one(&Chain::measure(&paths).unwrap(), vec![faster]), Err(JourneyError::AgesNeeded));
}
