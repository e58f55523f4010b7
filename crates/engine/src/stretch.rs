//! All customers of a range at once.
//!
//! Where every event of everybody counts, and nothing is asked of it but its name and time, nothing has to be selected, and
//! what was put together in memory can be walked where it lies: a byte for the name of each event, customer by customer.

use periplus_model::question::Unit;

use crate::columns::{Codes, Piece};
use crate::lens::{Lens, NONE, Naming};

/// What all customers of a range did, one customer after the other.
#[derive(Clone, Copy)]
pub struct Stretch<'a> {
    /// What: an index of `meaning` for each event.
    pub(crate) names: &'a [u8],
    /// Codes of the lens; none of them is [`NONE`].
    pub(crate) meaning: &'a [u32],
    /// When, in microseconds, ascending within a customer.
    pub(crate) times: &'a [i64],
    /// Where the events of each customer end; they begin where those of the one before ended.
    pub(crate) ends: &'a [u32],
}

impl<'a> Stretch<'a> {
    /// Whether a question can be asked of everybody at once.
    pub(crate) fn is_enough_for(lens: &Lens, unit: &Unit) -> bool {
        let sees_names_only = matches!(lens.naming, Naming::Events(_)) && !lens.has_masks() && !lens.wants_values() && !lens.census;
        let sees_everybody = lens.filter.is_none() && lens.who.is_empty() && lens.share.is_none();
        let sees_no_traits = lens.traits.is_empty() && lens.histories.is_empty();
        sees_names_only && sees_everybody && sees_no_traits && *unit == Unit::Customer && lens.unit.is_none()
    }

    /// The customers of a piece that was put together; nothing when names have no place in a byte, or one of them no code.
    /// `meaning` is memory for the codes.
    pub(crate) fn of(piece: &'a Piece, lens: &Lens, meaning: &'a mut Vec<u32>) -> Option<Stretch<'a>> {
        let (Some(times), Some(events), Naming::Events(codes)) = (&piece.times, &piece.events, &lens.naming) else { return None };
        let Codes::One(names) = &events.codes else { return None };
        meaning.clear();
        meaning.extend(events.values.iter().map(|name| codes.code(name).unwrap_or(NONE)));
        (!meaning.contains(&NONE)).then_some(Stretch { names, meaning, times, ends: &piece.runs.ends })
    }

    /// The events of each customer.
    pub(crate) fn customers(&self) -> impl Iterator<Item = (&'a [u8], &'a [i64])> {
        let Stretch { names, times, .. } = *self;
        self.ends.iter().scan(0, move |start, end| {
            let rows = std::mem::replace(start, *end as usize)..*end as usize;
            Some((&names[rows.clone()], &times[rows]))
        })
    }
}
