//! What a new resolution changes, for the append-only ledger.

use std::collections::{BTreeMap, HashMap};

use periplus_model::CustomerKey;
use serde::{Deserialize, Serialize};

use crate::resolve::Assignment;

/// An identifier whose events became another customer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The identifier, by its own key.
    pub identifier: CustomerKey,
    /// Whose it was.
    pub from: Assignment,
    /// Whose it is.
    pub to: Assignment,
    /// What happened to the customer it was of.
    pub kind: ChangeKind,
}

/// What happened to the customer that an identifier was of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// All its identifiers are another customer's now.
    Merged,
    /// Some of its identifiers, and nobody else's, became a customer of their own.
    Split,
    /// This identifier went over to a customer with others, or counts from another time on.
    Moved,
}

/// Compares two resolutions, given as (identifier's own key, assignment) in any order. An identifier that is missing on
/// one side stood, or stands again, for itself. The changes come in the order of the identifiers' keys.
pub fn changes(before: &[(CustomerKey, Assignment)], after: &[(CustomerKey, Assignment)]) -> Vec<Change> {
    let mut both: BTreeMap<CustomerKey, (Assignment, Assignment)> = BTreeMap::new();
    let alone = |identifier| Assignment { customer: identifier, since: None };
    for (identifier, assignment) in before {
        both.entry(*identifier).or_insert((alone(*identifier), alone(*identifier))).0 = *assignment;
    }
    for (identifier, assignment) in after {
        both.entry(*identifier).or_insert((alone(*identifier), alone(*identifier))).1 = *assignment;
    }
    // To how many places the identifiers of each old customer went, and from how many those of each new one came.
    let mut went: HashMap<CustomerKey, Places> = HashMap::new();
    let mut came: HashMap<CustomerKey, Places> = HashMap::new();
    for (from, to) in both.values() {
        went.entry(from.customer).or_default().see(to.customer);
        came.entry(to.customer).or_default().see(from.customer);
    }
    let kind = |from: &Assignment, to: &Assignment| {
        if from.customer == to.customer {
            ChangeKind::Moved
        } else if went.get(&from.customer) == Some(&Places::One(to.customer)) {
            ChangeKind::Merged
        } else if came.get(&to.customer) == Some(&Places::One(from.customer)) {
            ChangeKind::Split
        } else {
            ChangeKind::Moved
        }
    };
    both.into_iter()
        .filter(|(_, (from, to))| from != to)
        .map(|(identifier, (from, to))| Change { identifier, from, to, kind: kind(&from, &to) })
        .collect()
}

/// One place or several: all that matters here.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Places {
    #[default]
    None,
    One(CustomerKey),
    Several,
}

impl Places {
    fn see(&mut self, place: CustomerKey) {
        *self = match *self {
            Places::None => Places::One(place),
            Places::One(known) if known == place => Places::One(known),
            _ => Places::Several,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(pairs: &[(i64, i64)]) -> Vec<(CustomerKey, Assignment)> {
        pairs.iter().map(|(id, customer)| (CustomerKey(*id), Assignment { customer: CustomerKey(*customer), since: None })).collect()
    }

    fn told(before: &[(i64, i64)], after: &[(i64, i64)]) -> Vec<(i64, i64, i64, ChangeKind)> {
        let list = changes(&given(before), &given(after));
        list.iter().map(|c| (c.identifier.0, c.from.customer.0, c.to.customer.0, c.kind)).collect()
    }

    #[test]
    fn merges_splits_and_moves_are_told_apart() {
        assert_eq!(told(&[(1, 1), (2, 2)], &[(2, 1), (1, 1)]), [(2, 2, 1, ChangeKind::Merged)]);
        assert_eq!(told(&[(1, 1)], &[(1, 1), (2, 1)]), [(2, 2, 1, ChangeKind::Merged)], "an identifier nobody knew stood for itself");
        assert_eq!(told(&[(1, 1), (2, 1)], &[(1, 1), (2, 2)]), [(2, 1, 2, ChangeKind::Split)]);
        assert_eq!(told(&[(1, 1), (2, 1), (3, 3)], &[(1, 1), (2, 3), (3, 3)]), [(2, 1, 3, ChangeKind::Moved)]);
        assert_eq!(told(&[(1, 1), (2, 1)], &[(1, 9), (2, 9), (9, 9)]), [(1, 1, 9, ChangeKind::Merged), (2, 1, 9, ChangeKind::Merged)]);
        assert_eq!(told(&[(1, 1), (2, 1)], &[(1, 1)]), [(2, 1, 2, ChangeKind::Split)]);
        assert_eq!(told(&[(1, 1)], &[(1, 1)]), []);
    }

    #[test]
    fn another_look_back_is_a_change() {
        let before = [(CustomerKey(2), Assignment { customer: CustomerKey(1), since: Some(5) })];
        let after = [(CustomerKey(2), Assignment { customer: CustomerKey(1), since: None })];
        let list = changes(&before, &after);
        assert_eq!((list.len(), list[0].kind), (1, ChangeKind::Moved));
    }
}
