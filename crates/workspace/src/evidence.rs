//! What an import saw of identities: identifiers, and which of them were seen together.
//!
//! An import may bring millions of identifiers, so each is kept in a few dozen bytes: its text in one long text, the rest
//! as numbers. They are stitched some at a time; [`Gathered`] gives whatever hangs together with some of them.

use std::collections::HashMap;

use periplus_model::identity::{CustomerKey, IdKind, Identifier};
use periplus_stitch::ALWAYS;

/// Identifiers that were seen together in one import.
#[derive(Default)]
pub struct Evidence {
    identifiers: Identifiers,
    /// The source that speaks.
    source: u32,
    /// By both identifiers and the source.
    links: HashMap<(u32, u32, u32), Seen>,
    /// The time and the identifiers of the row before.
    before: (i64, Vec<Option<u32>>),
}

/// Identifiers by number, in the order in which they were first seen.
#[derive(Default)]
struct Identifiers {
    numbers: HashMap<CustomerKey, u32>,
    all: Vec<Known>,
    values: String,
    kinds: Vec<IdKind>,
}

struct Known {
    key: CustomerKey,
    /// Where its value begins; it ends where the next one begins.
    start: usize,
    kind: u16,
}

/// When, and how often, two identifiers were seen together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The first time; [`ALWAYS`] when unknown.
    pub first: i64,
    /// The last time.
    pub last: i64,
    /// How often.
    pub times: u64,
}

impl Evidence {
    /// From now on this source speaks.
    pub fn listen_to(&mut self, source: u32) {
        self.source = source;
        self.before = Default::default();
    }

    /// Takes the identifiers of one row, strongest first: the first is linked with each of the others.
    pub fn take(&mut self, time: Option<i64>, ids: &[(IdKind, &str)]) {
        let Some(((kind, value), others)) = ids.split_first() else { return };
        if others.is_empty() {
            return;
        }
        let time = time.unwrap_or(ALWAYS);
        let first = self.identifiers.number(kind, value);
        let numbers: Vec<Option<u32>> =
            std::iter::once(first).chain(others.iter().map(|(kind, value)| self.identifiers.number(kind, value))).collect();
        // One line of a file often makes several rows, an event and some traits: it has seen them together once.
        if self.before.0 == time && self.before.1 == numbers {
            return;
        }
        for other in &numbers[1..] {
            // Numbers or kinds that are used up: four thousand million identifiers fit into no import that ends.
            let (Some(first), Some(other)) = (first, *other) else { continue };
            if first == other {
                continue;
            }
            let seen =
                self.links.entry((first.min(other), first.max(other), self.source)).or_insert(Seen { first: time, last: time, times: 0 });
            seen.first = seen.first.min(time);
            seen.last = seen.last.max(time);
            seen.times += 1;
        }
        self.before = (time, numbers);
    }

    /// How many pairs of identifiers were seen together.
    pub fn len(&self) -> usize {
        self.links.len()
    }

    /// Whether none were.
    pub fn is_empty(&self) -> bool {
        self.links.is_empty()
    }

    /// All that was taken, ready to be looked at from every identifier.
    pub fn gather(self) -> Gathered {
        let Evidence { identifiers, links, .. } = self;
        let mut links: Vec<((u32, u32, u32), Seen)> = links.into_iter().collect();
        links.sort_unstable_by_key(|(ends, _)| *ends);
        let mut starts = vec![0u32; identifiers.all.len() + 1];
        for ((a, b, _), _) in &links {
            starts[*a as usize] += 1;
            starts[*b as usize] += 1;
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        // Filled from the end, each start moves from behind its links to before them.
        let mut around = vec![0u32; sum as usize];
        for (place, ((a, b, _), _)) in links.iter().enumerate() {
            for end in [a, b] {
                let start = &mut starts[*end as usize];
                *start -= 1;
                around[*start as usize] = place as u32;
            }
        }
        Gathered { identifiers, links, starts, around }
    }
}

impl Identifiers {
    fn number(&mut self, kind: &IdKind, value: &str) -> Option<u32> {
        let key = CustomerKey::of(kind.name(), value);
        if let Some(number) = self.numbers.get(&key) {
            return Some(*number);
        }
        let place = match self.kinds.iter().position(|known| known == kind) {
            Some(place) => place,
            None => {
                self.kinds.push(kind.clone());
                self.kinds.len() - 1
            }
        };
        let number = u32::try_from(self.all.len()).ok()?;
        self.all.push(Known { key, start: self.values.len(), kind: u16::try_from(place).ok()? });
        self.values.push_str(value);
        self.numbers.insert(key, number);
        Some(number)
    }
}

/// Evidence that can be looked at from every identifier.
pub struct Gathered {
    identifiers: Identifiers,
    links: Vec<((u32, u32, u32), Seen)>,
    /// Where each identifier's links begin in `around`.
    starts: Vec<u32>,
    /// Places of links.
    around: Vec<u32>,
}

impl Gathered {
    /// The numbers of all identifiers.
    pub fn numbers(&self) -> std::ops::Range<u32> {
        0..self.identifiers.all.len() as u32
    }

    /// An identifier's number, if it is here.
    pub fn number(&self, key: CustomerKey) -> Option<u32> {
        self.identifiers.numbers.get(&key).copied()
    }

    /// The key of an identifier.
    pub fn key(&self, number: u32) -> CustomerKey {
        self.identifiers.all[number as usize].key
    }

    /// An identifier, written out.
    pub fn identifier(&self, number: u32) -> Identifier {
        let all = &self.identifiers.all;
        let (known, next) = (&all[number as usize], all.get(number as usize + 1));
        let end = next.map_or(self.identifiers.values.len(), |next| next.start);
        Identifier::new(self.identifiers.kinds[known.kind as usize].clone(), &self.identifiers.values[known.start..end])
    }

    /// The identifiers that were seen together with one, by which source, and when. Each pair is given from both ends.
    pub fn around(&self, number: u32) -> impl Iterator<Item = (u32, u32, Seen)> {
        let range = self.starts[number as usize] as usize..self.starts[number as usize + 1] as usize;
        self.around[range].iter().map(move |place| {
            let ((a, b, source), seen) = self.links[*place as usize];
            (if a == number { b } else { a }, source, seen)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_seen_from_both_ends_and_widen() {
        let mut evidence = Evidence::default();
        let (user, phone, email) = ((IdKind::USER, "u"), (IdKind::PHONE, "+1"), (IdKind::EMAIL, "ü@x"));
        evidence.listen_to(7);
        evidence.take(Some(5), &[user.clone(), phone.clone()]);
        evidence.take(Some(3), &[phone.clone(), user.clone(), email.clone()]);
        evidence.take(None, &[email.clone(), email.clone()]);
        evidence.take(None, std::slice::from_ref(&user));
        assert_eq!((evidence.len(), evidence.is_empty()), (2, false));
        let gathered = evidence.gather();
        assert_eq!(gathered.numbers(), 0..3);
        let number = |(kind, value): &(IdKind, &str)| gathered.number(CustomerKey::of(kind.name(), value)).unwrap();
        for id in [&user, &phone, &email] {
            assert_eq!(gathered.identifier(number(id)), Identifier::new(id.0.clone(), id.1));
            assert_eq!(gathered.key(number(id)), gathered.identifier(number(id)).key());
        }
        let both = Seen { first: 3, last: 5, times: 2 };
        let once = Seen { first: 3, last: 3, times: 1 };
        assert_eq!(gathered.around(number(&user)).collect::<Vec<_>>(), [(number(&phone), 7, both)]);
        assert_eq!(gathered.around(number(&email)).collect::<Vec<_>>(), [(number(&phone), 7, once)]);
        let mut of_phone: Vec<_> = gathered.around(number(&phone)).collect();
        of_phone.sort_by_key(|(number, ..)| *number);
        assert_eq!(of_phone, [(number(&user), 7, both), (number(&email), 7, once)]);
    }
}
