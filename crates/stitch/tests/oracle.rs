//! The rules of stitching once more, written to be obvious instead of fast, and compared with the real thing on random
//! histories. There is no union-find here: every identifier carries a label, and joining two customers repaints one.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::{BTreeMap, BTreeSet};

use periplus_model::{CustomerKey, IdKind, Identifier, Span};
use periplus_stitch::{ALWAYS, Assignment, Graph, LimitRule, Link, Outcome, Resolution, Rules, Why, changes, explain, resolve};
use proptest::prelude::*;

/// A link between two identifiers, free of any graph.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    one: Identifier,
    other: Identifier,
    first: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Joined,
    OverLimit(Option<String>),
    Vetoed,
}

/// What both sides must agree on: each identifier's customer and since when, and each link's fate.
type Told = (BTreeMap<Identifier, Assignment>, Vec<Fate>);

fn by_strength(rules: &Rules, a: &Identifier, b: &Identifier) -> std::cmp::Ordering {
    (rules.strength(&a.kind), &a.value).cmp(&(rules.strength(&b.kind), &b.value))
}

/// A mistake that can be put into the oracle, to see that the comparison would notice.
#[derive(Clone, Copy, PartialEq)]
enum Mistake {
    None,
    YoungestFirst,
    NoLimits,
    NoVetoes,
    StrongLinksLast,
    LookBackFromLastPeer,
}

fn oracle(rules: &Rules, everybody: &[Identifier], links: &[Seen], vetoes: &[(Identifier, Identifier)], mistake: Mistake) -> Told {
    let mut label: BTreeMap<Identifier, usize> = everybody.iter().cloned().zip(0..).collect();
    let mut order: Vec<usize> = (0..links.len()).collect();
    order.sort_by(|x, y| {
        let sorted = |link: &Seen| {
            let mut ends = [link.one.clone(), link.other.clone()];
            ends.sort_by(|a, b| by_strength(rules, a, b));
            ends
        };
        let ([a, b], [c, d]) = (sorted(&links[*x]), sorted(&links[*y]));
        let kinds = (rules.strength(&b.kind), rules.strength(&a.kind)).cmp(&(rules.strength(&d.kind), rules.strength(&c.kind)));
        let kinds = if mistake == Mistake::StrongLinksLast { kinds.reverse() } else { kinds };
        let times = links[*x].first.cmp(&links[*y].first);
        let times = if mistake == Mistake::YoungestFirst { times.reverse() } else { times };
        kinds.then(times).then_with(|| (&a.value, &b.value).cmp(&(&c.value, &d.value)))
    });
    let mut fates = vec![Fate::Joined; links.len()];
    for place in order {
        let link = &links[place];
        let (to, from) = (label[&link.one], label[&link.other]);
        if to == from {
            continue;
        }
        let together: Vec<&Identifier> = label.iter().filter(|(_, l)| **l == to || **l == from).map(|(id, _)| id).collect();
        if mistake != Mistake::NoVetoes && vetoes.iter().any(|(a, b)| together.contains(&a) && together.contains(&b)) {
            fates[place] = Fate::Vetoed;
            continue;
        }
        let mut kinds: Vec<&IdKind> = together.iter().map(|id| &id.kind).collect();
        kinds.sort_by(|a, b| rules.strength(a).cmp(&rules.strength(b)));
        let too_many = kinds.iter().find(|kind| kinds.iter().filter(|k| k == kind).count() > rules.limit(kind) as usize);
        let over = too_many.map(|kind| Some(kind.name().to_owned())).or((together.len() > rules.limit_total as usize).then_some(None));
        match over {
            Some(kind) if mistake != Mistake::NoLimits => fates[place] = Fate::OverLimit(kind),
            _ => label.values_mut().filter(|l| **l == from).for_each(|l| *l = to),
        }
    }

    // Spread first sights from strong identifiers until nothing changes any more.
    let mut joined: BTreeMap<Identifier, i64> = BTreeMap::new();
    let mut changed = true;
    while changed {
        changed = false;
        for (link, _) in links.iter().zip(&fates).filter(|(_, fate)| **fate == Fate::Joined) {
            for (weak, other) in [(&link.one, &link.other), (&link.other, &link.one)] {
                if !rules.is_anonymous(&weak.kind) {
                    continue;
                }
                let through = match joined.get(other) {
                    _ if !rules.is_anonymous(&other.kind) => link.first,
                    Some(_) if mistake == Mistake::LookBackFromLastPeer => link.first,
                    Some(time) => link.first.max(*time),
                    None => continue,
                };
                if joined.get(weak).is_none_or(|time| through < *time) {
                    joined.insert(weak.clone(), through);
                    changed = true;
                }
            }
        }
    }
    let assignment = |id: &Identifier| {
        let own = label.iter().filter(|(_, l)| **l == label[id]).map(|(id, _)| id);
        let named = own.min_by(|a, b| by_strength(rules, a, b)).unwrap();
        let since = match (rules.look_back, joined.get(id)) {
            (Some(_), Some(&ALWAYS)) => None,
            (Some(span), Some(time)) => Some(time - span.0),
            _ => None,
        };
        (id.clone(), Assignment { customer: named.key(), since })
    };
    (everybody.iter().map(assignment).collect(), fates)
}

/// The real thing, fed in the order given.
fn real(rules: &Rules, everybody: &[Identifier], links: &[Seen], vetoes: &[(Identifier, Identifier)]) -> (Graph, Resolution, Told) {
    let mut graph = Graph::new();
    for id in everybody {
        graph.node(&id.kind, &id.value).unwrap();
    }
    let place = |graph: &Graph, id: &Identifier| graph.find(id.key()).unwrap();
    for seen in links {
        let (a, b) = (place(&graph, &seen.one), place(&graph, &seen.other));
        graph.link(Link { a, b, first_seen: seen.first, last_seen: seen.first, observations: 1, source: 0 }).unwrap();
    }
    for (a, b) in vetoes {
        let (a, b) = (place(&graph, a), place(&graph, b));
        graph.veto(a, b).unwrap();
    }
    let resolution = resolve(rules, &graph);
    let assignments = everybody.iter().map(|id| (id.clone(), resolution.assignments[place(&graph, id) as usize])).collect();
    let fates = links.iter().map(|seen| {
        let (a, b) = (place(&graph, &seen.one), place(&graph, &seen.other));
        let at = graph.links().iter().position(|link| (link.a, link.b) == (a.min(b), a.max(b))).unwrap();
        match resolution.outcomes[at] {
            Outcome::Joined { .. } => Fate::Joined,
            Outcome::Vetoed => Fate::Vetoed,
            Outcome::Refused(Why::Total { .. }) => Fate::OverLimit(None),
            Outcome::Refused(Why::Kind { place, .. }) => Fate::OverLimit(Some(graph.kinds()[place].name().to_owned())),
        }
    });
    let fates = fates.collect();
    (graph, resolution, (assignments, fates))
}

const KINDS: [&str; 6] = ["user_id", "email", "crm_id", "household_id", "anonymous_id", "device_id"];

#[derive(Clone, Debug)]
struct History {
    rules: Rules,
    everybody: Vec<Identifier>,
    links: Vec<Seen>,
    vetoes: Vec<(Identifier, Identifier)>,
}

/// Few people, many shared identifiers, tight limits: as much conflict as possible in a small space.
fn histories(links_max: usize) -> impl Strategy<Value = History> {
    let everybody = prop::collection::btree_set((0..KINDS.len(), 0..4u8), 2..16).prop_map(|set| {
        let named = |(kind, value): (usize, u8)| Identifier::new(IdKind::new(KINDS[kind]).unwrap(), format!("v{value}"));
        set.into_iter().map(named).collect::<Vec<_>>()
    });
    let times = prop_oneof![1 => Just(ALWAYS), 6 => 0..6i64];
    let rules = (1..3u32, 1..5u32, 2..14u32, prop::option::of(0..4i64)).prop_map(|(users, other, total, look_back)| Rules {
        limits: vec![LimitRule { kind: IdKind::USER, max: users }],
        limit_other: other,
        limit_total: total,
        look_back: look_back.map(Span),
        ..Rules::default()
    });
    let pairs = prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), times), 0..links_max);
    let parted = prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..4);
    (rules, everybody, pairs, parted).prop_map(|(rules, everybody, pairs, parted)| {
        let mut seen = BTreeSet::new();
        let pick = |index: &prop::sample::Index| index.index(everybody.len());
        let links = pairs.iter().filter_map(|(a, b, first)| {
            let (a, b) = (pick(a).min(pick(b)), pick(a).max(pick(b)));
            // The graph merges repeated links, so a history lists each pair once.
            seen.insert((a, b)).then(|| Seen { one: everybody[a].clone(), other: everybody[b].clone(), first: *first })
        });
        let links = links.collect();
        let vetoes = parted.iter().map(|(a, b)| (pick(a), pick(b))).filter(|(a, b)| a != b);
        let vetoes = vetoes.map(|(a, b)| (everybody[a].clone(), everybody[b].clone())).collect();
        History { rules, everybody, links, vetoes }
    })
}

fn ledger(told: &Told) -> Vec<(CustomerKey, Assignment)> {
    told.0.iter().map(|(id, assignment)| (id.key(), *assignment)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_fast_way_is_the_obvious_way(History { rules, everybody, links, vetoes } in histories(40)) {
        let (graph, resolution, told) = real(&rules, &everybody, &links, &vetoes);
        prop_assert_eq!(&told, &oracle(&rules, &everybody, &links, &vetoes, Mistake::None));

        // Bounded: no customer breaks a limit, no veto is ignored, and refused links part.
        for customer in &resolution.customers {
            let members = resolution.members(customer);
            prop_assert!(members.len() <= rules.limit_total.max(1) as usize);
            for kind in graph.kinds() {
                let count = members.iter().filter(|node| graph.kind(**node) == kind).count();
                prop_assert!(count <= rules.limit(kind).max(1) as usize);
            }
            // One person can always be explained.
            for node in members {
                let chain = explain(&graph, &resolution, *node, customer.canonical).unwrap();
                prop_assert!(chain.windows(2).all(|pair| pair[0].to == pair[1].from));
                prop_assert_eq!(chain.is_empty(), *node == customer.canonical);
            }
        }
        for (a, b) in &vetoes {
            prop_assert_ne!(told.0[a].customer, told.0[b].customer);
        }
        for (link, fate) in links.iter().zip(&told.1) {
            prop_assert_eq!(*fate == Fate::Joined, told.0[&link.one].customer == told.0[&link.other].customer);
        }
    }

    #[test]
    fn order_and_repetition_do_not_matter(
        (history, shuffled, people) in histories(30).prop_flat_map(|h| {
            let (links, people) = (Just(h.links.clone()).prop_shuffle(), Just(h.everybody.clone()).prop_shuffle());
            (Just(h), links, people)
        })
    ) {
        let History { rules, everybody, links, mut vetoes } = history;
        let (_, _, (assignments, _)) = real(&rules, &everybody, &links, &vetoes);
        vetoes.reverse();
        let mut twice = shuffled.clone();
        twice.extend(shuffled.into_iter().map(|Seen { one, other, first }| Seen { one: other, other: one, first }));
        prop_assert_eq!(assignments, real(&rules, &people, &twice, &vetoes).2.0);
    }

    #[test]
    fn taking_evidence_back_gives_what_there_would_have_been(History { rules, everybody, links, vetoes } in histories(30)) {
        let (mut graph, resolution, before) = real(&rules, &everybody, &links, &[]);
        let place = |graph: &Graph, id: &Identifier| graph.find(id.key()).unwrap();
        for (a, b) in &vetoes {
            let (a, b) = (place(&graph, a), place(&graph, b));
            graph.veto(a, b).unwrap();
        }
        for (a, b) in &vetoes {
            let (a, b) = (place(&graph, a), place(&graph, b));
            graph.lift_veto(a, b);
        }
        prop_assert_eq!(&resolve(&rules, &graph), &resolution);

        // The ledger's entries lead from the one to the other, and back.
        let after = real(&rules, &everybody, &links, &vetoes).2;
        let (there, back) = (changes(&ledger(&before), &ledger(&after)), changes(&ledger(&after), &ledger(&before)));
        let mut book: BTreeMap<CustomerKey, Assignment> = ledger(&before).into_iter().collect();
        there.iter().for_each(|change| assert_eq!(book.insert(change.identifier, change.to), Some(change.from)));
        prop_assert_eq!(&book, &ledger(&after).into_iter().collect());
        back.iter().for_each(|change| assert_eq!(book.insert(change.identifier, change.to), Some(change.from)));
        prop_assert_eq!(book, ledger(&before).into_iter().collect());
    }
}

fn id(text: &str) -> Identifier {
    text.parse().unwrap()
}

fn seen(one: &str, other: &str, first: i64) -> Seen {
    Seen { one: id(one), other: id(other), first }
}

fn everybody(links: &[Seen]) -> Vec<Identifier> {
    let all: BTreeSet<Identifier> = links.iter().flat_map(|link| [link.one.clone(), link.other.clone()]).collect();
    all.into_iter().collect()
}

/// A family tablet, a shared mailbox, and a chain between two logins over both.
fn family() -> Vec<Seen> {
    vec![
        seen("user_id:ana", "device_id:tablet", 30),
        seen("user_id:bob", "device_id:tablet", 20),
        seen("user_id:ana", "email:home", 10),
        seen("email:home", "device_id:tablet", 1),
        seen("device_id:tablet", "anonymous_id:visit", 50),
        seen("user_id:bob", "phone:123", ALWAYS),
    ]
}

#[test]
fn a_shared_device_belongs_to_the_login_that_was_linked_first() {
    let rules = Rules { look_back: Some(Span(5)), ..Rules::default() };
    let links = family();
    let (_, _, (assignments, fates)) = real(&rules, &everybody(&links), &links, &[]);
    let of = |text: &str| (assignments[&id(text)].customer, assignments[&id(text)].since);
    let (ana, bob) = (id("user_id:ana").key(), id("user_id:bob").key());
    assert_eq!(of("device_id:tablet"), (bob, Some(15)));
    assert_eq!(of("anonymous_id:visit"), (bob, Some(45)), "linked to Bob's tablet at 50");
    assert_eq!(of("email:home"), (ana, None));
    assert_eq!(of("phone:123"), (bob, None));
    let no_two_logins = Fate::OverLimit(Some("user_id".to_owned()));
    assert_eq!(fates, [no_two_logins.clone(), Fate::Joined, Fate::Joined, no_two_logins, Fate::Joined, Fate::Joined]);
}

#[test]
fn every_order_of_six_links_gives_the_same_customers() {
    let links = family();
    let people = everybody(&links);
    let expected = oracle(&Rules::default(), &people, &links, &[], Mistake::None).0;
    let mut order: Vec<usize> = (0..links.len()).collect();
    let mut count = 0;
    permutations(&mut order, 0, &mut |order| {
        let arrived: Vec<Seen> = order.iter().map(|place| links[*place].clone()).collect();
        assert_eq!(real(&Rules::default(), &everybody(&arrived), &arrived, &[]).2.0, expected);
        count += 1;
    });
    assert_eq!(count, 720);
}

fn permutations(items: &mut Vec<usize>, from: usize, visit: &mut impl FnMut(&[usize])) {
    if from == items.len() {
        return visit(items);
    }
    for place in from..items.len() {
        items.swap(from, place);
        permutations(items, from + 1, visit);
        items.swap(from, place);
    }
}

/// The control: an oracle with a mistake in it disagrees with the real thing on the family or a case like it, so the
/// comparison above would notice the same mistake in the real thing.
#[test]
fn the_comparison_notices_mistakes() {
    let links = family();
    let people = everybody(&links);
    let vetoes = [(id("email:home"), id("user_id:ana"))];
    let rules = Rules { look_back: Some(Span(5)), ..Rules::default() };
    let told = real(&rules, &people, &links, &vetoes).2;
    assert_eq!(told, oracle(&rules, &people, &links, &vetoes, Mistake::None));
    for mistake in [Mistake::YoungestFirst, Mistake::NoLimits, Mistake::NoVetoes, Mistake::StrongLinksLast] {
        assert_ne!(told, oracle(&rules, &people, &links, &vetoes, mistake));
    }
    let late = [seen("user_id:ana", "device_id:tablet", 30), seen("device_id:tablet", "anonymous_id:visit", 10)];
    let people = everybody(&late);
    let told = real(&rules, &people, &late, &[]).2;
    assert_eq!(told.0[&id("anonymous_id:visit")].since, Some(25));
    assert_ne!(told, oracle(&rules, &people, &late, &[], Mistake::LookBackFromLastPeer));
}
