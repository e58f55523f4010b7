//! Recency, frequency and money: customers in fifths by each, and names for what they are together.

use serde::Serialize;
use thiserror::Error;

/// What a customer is measured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buyer {
    /// How long ago they last bought, in any unit; less is better.
    pub recency: i64,
    /// How often they bought.
    pub frequency: u64,
    /// What they spent, in any unit.
    pub money: i64,
}

/// Why there are no scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RfmError {
    /// Fewer than five customers.
    #[error("fifths need at least five customers, and there are {0}: widen the period or the segment")]
    TooFew(usize),
}

/// A customer's scores, each 1 to 5, 5 the best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Scores {
    /// How lately they bought.
    pub recency: u8,
    /// How often.
    pub frequency: u8,
    /// How much.
    pub money: u8,
}

impl Scores {
    /// The name of the two scores that say where a customer stands: how lately and how often.
    pub fn segment(&self) -> Segment {
        let place = |score: u8| usize::from(score.clamp(1, 5)) - 1;
        SEGMENTS[place(self.recency)][place(self.frequency)]
    }
}

/// The least and the largest value that has a score. Ties are split between scores, so the end of one can be the beginning of the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Cut {
    /// The least value.
    pub least: i64,
    /// The largest value.
    pub most: i64,
    /// How many customers have this score.
    pub customers: u64,
}

/// All customers' scores.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rfm {
    /// The scores, in the order of the customers.
    pub scores: Vec<Scores>,
    /// Cut points of recency, for the scores 1 to 5.
    pub recency: [Cut; 5],
    /// Cut points of frequency.
    pub frequency: [Cut; 5],
    /// Cut points of money.
    pub money: [Cut; 5],
}

/// Scores customers by fifths of the ranks of each measure, from the worst to the best; of ties, the customer who comes first has the lower
/// rank, so they must come in an order that never changes. With n customers, the k-th fifth ends at the rank 1 + (n − 1) k / 5 (as in
/// `qcut` of pandas over `rank(method="first")`).
///
/// # Errors
/// [`RfmError::TooFew`] with fewer than five customers.
pub fn rfm(customers: &[Buyer]) -> Result<Rfm, RfmError> {
    if customers.len() < 5 {
        return Err(RfmError::TooFew(customers.len()));
    }
    let (recent, recency) = fifths(&customers.iter().map(|customer| customer.recency).collect::<Vec<_>>(), Better::Less);
    let (frequent, frequency) = fifths(&customers.iter().map(|customer| bounded(customer.frequency)).collect::<Vec<_>>(), Better::More);
    let (rich, money) = fifths(&customers.iter().map(|customer| customer.money).collect::<Vec<_>>(), Better::More);
    let scores = (0..customers.len()).map(|i| Scores { recency: recent[i], frequency: frequent[i], money: rich[i] }).collect();
    Ok(Rfm { scores, recency, frequency, money })
}

/// Where scores end, so that a customer can be scored alone: whoever bought at most `recency[0]` ago has 5, up to `recency[1]` 4, and so on;
/// whoever bought at most `frequency[0]` times has 1, up to `frequency[1]` 2; so with money. All ascend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Edges {
    /// Of recency.
    pub recency: [i64; 4],
    /// Of frequency.
    pub frequency: [i64; 4],
    /// Of money.
    pub money: [i64; 4],
}

impl Edges {
    /// The edges of fifths: the k-th is the value at the rank 1 + ⌊(n − 1) k / 5⌋. Where no value is there twice, scores by them are those of
    /// [`rfm`]; equal values, which that splits, share a score here. Buyers come with how many customers they stand for.
    ///
    /// # Errors
    /// [`RfmError::TooFew`] with fewer than five customers.
    pub fn of_fifths(buyers: &[(Buyer, u64)]) -> Result<Edges, RfmError> {
        let n = buyers.iter().fold(0u64, |sum, (_, customers)| sum.saturating_add(*customers));
        if n < 5 {
            return Err(RfmError::TooFew(n as usize));
        }
        let edges = |of: fn(&Buyer) -> i64| {
            let mut values: Vec<(i64, u64)> = buyers.iter().map(|(buyer, customers)| (of(buyer), *customers)).collect();
            values.sort_unstable();
            let at = |rank: u64| {
                let mut seen = 0u64;
                let found = values.iter().find(|(_, customers)| {
                    seen = seen.saturating_add(*customers);
                    rank < seen
                });
                found.map_or(i64::MAX, |(value, _)| *value)
            };
            [1u128, 2, 3, 4].map(|k| at((u128::from(n - 1) * k / 5) as u64))
        };
        Ok(Edges { recency: edges(|b| b.recency), frequency: edges(|b| bounded(b.frequency)), money: edges(|b| b.money) })
    }

    /// The scores of a customer.
    pub fn scores(&self, buyer: &Buyer) -> Scores {
        let beyond = |value: i64, edges: &[i64; 4]| edges.iter().filter(|edge| value > **edge).count() as u8;
        Scores {
            recency: 5 - beyond(buyer.recency, &self.recency),
            frequency: 1 + beyond(bounded(buyer.frequency), &self.frequency),
            money: 1 + beyond(buyer.money, &self.money),
        }
    }
}

fn bounded(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[derive(Clone, Copy, PartialEq)]
enum Better {
    More,
    Less,
}

fn fifths(values: &[i64], better: Better) -> (Vec<u8>, [Cut; 5]) {
    let mut order: Vec<usize> = (0..values.len()).collect();
    match better {
        Better::More => order.sort_by_key(|place| values[*place]),
        Better::Less => order.sort_by_key(|place| std::cmp::Reverse(values[*place])),
    }
    let mut scores = vec![0u8; values.len()];
    let mut cuts = [Cut { least: i64::MAX, most: i64::MIN, customers: 0 }; 5];
    for (rank, place) in order.into_iter().enumerate() {
        // The smallest k with rank ≤ (n − 1) k / 5, ranks from 0.
        let score = (5 * rank).div_ceil(values.len() - 1).max(1);
        scores[place] = score as u8;
        let cut = &mut cuts[score - 1];
        *cut = Cut { least: cut.least.min(values[place]), most: cut.most.max(values[place]), customers: cut.customers + 1 };
    }
    (scores, cuts)
}

/// What customers are, by how lately and how often they bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Segment {
    /// Bought lately, and often.
    Champions,
    /// Buy often, if not just now.
    Loyal,
    /// Bought lately, and more than once.
    PotentialLoyal,
    /// Bought lately, for the first time or nearly so.
    New,
    /// Bought not long ago, once or so.
    Promising,
    /// In the middle of everything.
    NeedAttention,
    /// Are about to become inactive.
    AboutToSleep,
    /// Used to buy often, and have not for long.
    AtRisk,
    /// Used to buy most often, and have not for long.
    CannotLose,
    /// Bought seldom, and long ago.
    Hibernating,
}

impl Segment {
    /// All of them, the best first.
    pub const ALL: [Segment; 10] = [
        Segment::Champions,
        Segment::Loyal,
        Segment::PotentialLoyal,
        Segment::New,
        Segment::Promising,
        Segment::NeedAttention,
        Segment::AboutToSleep,
        Segment::AtRisk,
        Segment::CannotLose,
        Segment::Hibernating,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Segment::Champions => "Champions",
            Segment::Loyal => "Loyal",
            Segment::PotentialLoyal => "Potential loyal",
            Segment::New => "New",
            Segment::Promising => "Promising",
            Segment::NeedAttention => "Need attention",
            Segment::AboutToSleep => "About to sleep",
            Segment::AtRisk => "At risk",
            Segment::CannotLose => "Cannot lose",
            Segment::Hibernating => "Hibernating",
        }
    }
}

/// Which segment it is: a row for each score of recency from 1 up, a column for each of frequency. The usual ten of marketing.
pub const SEGMENTS: [[Segment; 5]; 5] = {
    use Segment::*;
    [
        [Hibernating, Hibernating, AtRisk, AtRisk, CannotLose],
        [Hibernating, Hibernating, AtRisk, AtRisk, CannotLose],
        [AboutToSleep, AboutToSleep, NeedAttention, Loyal, Loyal],
        [Promising, PotentialLoyal, PotentialLoyal, Loyal, Loyal],
        [New, PotentialLoyal, PotentialLoyal, Champions, Champions],
    ]
};

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn buyer(recency: i64, frequency: u64, money: i64) -> Buyer {
        Buyer { recency, frequency, money }
    }

    /// pandas: `qcut([5, 1, 1, 1, 2, 9, 9].rank(method="first"), 5, labels=[1, 2, 3, 4, 5])` is 4, 1, 1, 2, 3, 5, 5.
    #[test]
    fn ties_are_split_in_the_order_they_come() {
        let customers: Vec<Buyer> = [5, 1, 1, 1, 2, 9, 9].iter().map(|v| buyer(*v, *v as u64, -*v)).collect();
        let found = rfm(&customers).unwrap();
        assert_eq!(found.scores.iter().map(|s| s.frequency).collect::<Vec<_>>(), [4, 1, 1, 2, 3, 5, 5]);
        assert_eq!(found.scores.iter().map(|s| s.recency).collect::<Vec<_>>(), [2, 4, 5, 5, 3, 1, 1]);
        let cuts: Vec<(i64, i64, u64)> = found.frequency.iter().map(|cut| (cut.least, cut.most, cut.customers)).collect();
        assert_eq!(cuts, [(1, 1, 2), (1, 1, 1), (2, 2, 1), (5, 5, 1), (9, 9, 2)]);
        assert_eq!(found.recency.map(|cut| cut.least), [9, 5, 2, 1, 1]);
        assert_eq!(rfm(&customers[..4]), Err(RfmError::TooFew(4)));
    }

    #[test]
    fn every_segment_is_somewhere_in_the_table_and_better_is_not_worse() {
        for segment in Segment::ALL {
            assert!(SEGMENTS.iter().flatten().any(|other| *other == segment), "{segment:?}");
            assert!(!segment.name().is_empty());
        }
        assert_eq!(Scores { recency: 5, frequency: 5, money: 1 }.segment(), Segment::Champions);
        assert_eq!(Scores { recency: 1, frequency: 5, money: 5 }.segment(), Segment::CannotLose);
        assert_eq!(Scores { recency: 0, frequency: 9, money: 5 }.segment(), Segment::CannotLose);
    }

    #[test]
    fn equal_customers_share_their_scores() {
        let five = [(buyer(3, 1, 10), 60), (buyer(40, 2, 30), 20), (buyer(400, 9, 90), 20)];
        let edges = Edges::of_fifths(&five).unwrap();
        assert_eq!((edges.recency, edges.frequency), ([3, 3, 3, 40], [1, 1, 1, 2]));
        let scores = |(of, _): &(Buyer, u64)| {
            let scores = edges.scores(of);
            (scores.recency, scores.frequency, scores.money)
        };
        assert_eq!(five.iter().map(scores).collect::<Vec<_>>(), [(5, 1, 1), (2, 4, 4), (1, 5, 5)]);
        assert_eq!(Edges::of_fifths(&[(buyer(1, 1, 1), 4)]), Err(RfmError::TooFew(4)));
    }

    proptest! {
        #[test]
        fn where_nothing_is_there_twice_edges_say_what_ranks_say(values in prop::collection::hash_set(any::<i32>(), 5..200)) {
            let customers: Vec<Buyer> = values.iter().map(|v| buyer(i64::from(*v), u64::from(v.wrapping_sub(i32::MIN) as u32), -i64::from(*v))).collect();
            let found = rfm(&customers).unwrap();
            let edges = Edges::of_fifths(&customers.iter().map(|customer| (*customer, 1)).collect::<Vec<_>>()).unwrap();
            for (customer, scores) in customers.iter().zip(&found.scores) {
                let own = edges.scores(customer);
                prop_assert_eq!((own.frequency, own.money), (scores.frequency, scores.money));
                // From the other end the ranks round the other way, by one customer at most.
                prop_assert!(own.recency.abs_diff(scores.recency) <= 1);
            }
        }

        #[test]
        fn fifths_are_even_and_in_order(values in prop::collection::vec(any::<i64>(), 5..300)) {
            let customers: Vec<Buyer> = values.iter().map(|v| buyer(*v, v.unsigned_abs(), *v)).collect();
            let found = rfm(&customers).unwrap();
            let n = values.len();
            for (score, cut) in found.money.iter().enumerate() {
                prop_assert!((cut.customers as i64 - n as i64 / 5).abs() <= 1, "{score}: {cut:?} of {n}");
            }
            for (i, j) in (0..n).flat_map(|i| (0..n).map(move |j| (i, j))) {
                if values[i] < values[j] {
                    prop_assert!(found.scores[i].money <= found.scores[j].money && found.scores[i].recency >= found.scores[j].recency);
                }
            }
        }
    }
}
