//! Designed journeys as labelled Petri nets.
//!
//! A *place* holds tokens. A *transition* may happen when each place it takes from holds enough; it then takes them and gives others.
//! A transition with a name is an activity; one without is *silent*: it happens unseen. A *run* leads from the tokens at the
//! start to exactly those at the end. Readers: [`read`] (which looks what a file is), [`pnml`], [`bpmn`]; [`stages`] makes a
//! net of a journey map.

pub mod bpmn;
pub mod pnml;
mod reduce;
pub mod stages;
mod xml;

pub use bpmn::read_bpmn;
pub use pnml::read_pnml;
pub use stages::{Stage, from_stages};

use crate::Error;
use crate::log::at_most;

/// At most so many bytes of a file.
pub const BYTES_MAX: usize = 8 << 20;
/// At most so many places and transitions together.
pub const NODES_MAX: usize = 10_000;
/// At most so many arcs.
pub const ARCS_MAX: usize = 100_000;
/// At most so many tokens on an arc, or in a place at the start or the end.
pub const TOKENS_MAX: u32 = 100;
/// Names are cut after so many characters.
pub const NAME_MAX: usize = 500;

/// Places with a number of tokens: each place once, in order, with at least one token.
pub type Tokens = Vec<(u32, u32)>;

/// Something that can happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// The activity; `None` happens unseen.
    pub name: Option<String>,
    /// What it takes.
    pub takes: Tokens,
    /// What it gives.
    pub gives: Tokens,
}

/// A labelled Petri net with a start and an end. It is always whole: numbers of places exist, and limits are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Net {
    places: Vec<String>,
    transitions: Vec<Transition>,
    start: Tokens,
    end: Tokens,
}

impl Net {
    /// A net of places (by name, for reading only), transitions, and the tokens at the start and at the end.
    ///
    /// # Errors
    /// A number that is no place; too much of anything; no transition; no token at the start or at the end.
    pub fn new(places: Vec<String>, transitions: Vec<Transition>, start: Tokens, end: Tokens) -> Result<Net, Error> {
        at_most("places and transitions", places.len() + transitions.len(), NODES_MAX)?;
        at_most("arcs", transitions.iter().map(|t| t.takes.len() + t.gives.len()).sum(), ARCS_MAX)?;
        if transitions.is_empty() {
            return Err(Error::Empty("the model holds no activity; draw at least one"));
        }
        let checked = |tokens: Tokens| checked(tokens, places.len());
        let (start, end) = (checked(start)?, checked(end)?);
        if start.is_empty() || end.is_empty() {
            return Err(Error::Empty("the model has no beginning or no end: put a token on the first place, and name the last one"));
        }
        let transitions = transitions
            .into_iter()
            .map(|t| Ok(Transition { name: t.name.map(cut), takes: checked(t.takes)?, gives: checked(t.gives)? }))
            .collect::<Result<_, Error>>()?;
        Ok(Net { places, transitions, start, end })
    }

    /// The names of the places.
    pub fn places(&self) -> &[String] {
        &self.places
    }

    /// What can happen.
    pub fn transitions(&self) -> &[Transition] {
        &self.transitions
    }

    /// The tokens at the start.
    pub fn start(&self) -> &[(u32, u32)] {
        &self.start
    }

    /// The tokens at the end.
    pub fn end(&self) -> &[(u32, u32)] {
        &self.end
    }

    /// How many arcs there are; an arc of several tokens is one.
    pub fn arcs(&self) -> usize {
        self.transitions.iter().map(|t| t.takes.len() + t.gives.len()).sum()
    }
}

/// Reads a model, whichever of PNML and BPMN it is.
///
/// # Errors
/// What [`read_pnml`] and [`read_bpmn`] refuse, and anything that is neither.
pub fn read(bytes: &[u8]) -> Result<Net, Error> {
    let root = xml::read(bytes)?;
    match root.name.as_str() {
        "pnml" => pnml::of(&root),
        "definitions" => bpmn::of(&root),
        other => Err(Error::Format(format!(
            "this is neither PNML nor BPMN: its outermost element is <{}>; export the model as one of these",
            other.chars().take(60).collect::<String>()
        ))),
    }
}

/// Each place once, in order; no place without tokens.
fn checked(mut tokens: Tokens, places: usize) -> Result<Tokens, Error> {
    tokens.sort_unstable();
    let mut whole: Tokens = Vec::with_capacity(tokens.len());
    for (place, count) in tokens {
        if place as usize >= places {
            return Err(Error::Unknown { what: "place", number: place as usize, known: places });
        }
        match whole.last_mut() {
            Some((last, sum)) if *last == place => *sum = sum.saturating_add(count),
            _ => whole.push((place, count)),
        }
        at_most("tokens on an arc or a place", whole.last().map_or(0, |(_, sum)| *sum as usize), TOKENS_MAX as usize)?;
    }
    whole.retain(|(_, count)| *count > 0);
    Ok(whole)
}

fn cut(name: String) -> String {
    if name.chars().nth(NAME_MAX).is_some() { name.chars().take(NAME_MAX).collect() } else { name }
}

/// A net that is being put together: each place and transition gets the next number.
#[derive(Default)]
pub(crate) struct Draft {
    places: Vec<String>,
    transitions: Vec<Transition>,
}

impl Draft {
    pub fn place(&mut self, name: impl Into<String>) -> u32 {
        self.places.push(name.into());
        self.places.len() as u32 - 1
    }

    pub fn transition(&mut self, name: Option<String>, takes: &[u32], gives: &[u32]) {
        let ones = |places: &[u32]| places.iter().map(|place| (*place, 1)).collect();
        self.transitions.push(Transition { name, takes: ones(takes), gives: ones(gives) });
    }

    pub fn silent(&mut self, takes: &[u32], gives: &[u32]) {
        self.transition(None, takes, gives);
    }

    /// How many places and transitions there are.
    pub fn size(&self) -> usize {
        self.places.len() + self.transitions.len()
    }

    pub fn done(self, start: u32, end: u32) -> Result<Net, Error> {
        Net::new(self.places, self.transitions, vec![(start, 1)], vec![(end, 1)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_net_is_whole() {
        let t = |takes: Tokens, gives: Tokens| Transition { name: None, takes, gives };
        let net = |t: Transition, start: Tokens| Net::new(vec!["a".into(), "b".into()], vec![t], start, vec![(1, 1)]);
        assert!(net(t(vec![(0, 1)], vec![(1, 1)]), vec![(0, 1)]).is_ok());
        assert_eq!(net(t(vec![(2, 1)], vec![]), vec![(0, 1)]), Err(Error::Unknown { what: "place", number: 2, known: 2 }));
        assert!(matches!(net(t(vec![(0, u32::MAX), (0, 1)], vec![]), vec![(0, 1)]), Err(Error::TooLarge { .. })));
        assert!(matches!(net(t(vec![], vec![]), vec![(0, 0)]), Err(Error::Empty(_))));
        let twice = net(t(vec![(1, 1), (0, 1), (1, 2)], vec![]), vec![(0, 1)]).unwrap();
        assert_eq!(twice.transitions()[0].takes, [(0, 1), (1, 3)]);
    }

    #[test]
    fn what_is_no_model_is_told() {
        let told = |text: &str| read(text.as_bytes()).unwrap_err().to_string();
        assert!(told("<log/>").contains("<log>"));
        assert!(told("").contains("XML"));
        assert!(told("<pnml/>").contains("<net>"));
    }
}
