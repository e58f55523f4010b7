//! Designs made of blocks: what discovery finds, and what always can be completed.

use std::fmt;

use crate::net::Draft;
use crate::{Error, Net};

/// A block of a design. Activities are numbers into a list of names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tree {
    /// Nothing happens.
    Silent,
    /// One activity.
    Activity(u32),
    /// One of these.
    Xor(Vec<Tree>),
    /// All of these, one after the other.
    Sequence(Vec<Tree>),
    /// All of these, at the same time.
    Parallel(Vec<Tree>),
    /// The first; and then, any number of times, the second and the first again.
    Loop(Box<Tree>, Box<Tree>),
}

impl Tree {
    /// The tree as a net.
    ///
    /// # Errors
    /// A number that has no name, no activity at all, or more than a net may hold.
    pub fn to_net(&self, names: &[String]) -> Result<Net, Error> {
        let mut draft = Draft::default();
        let (start, end) = (draft.place("start"), draft.place("end"));
        self.draw(names, start, end, &mut draft)?;
        let net = draft.done(start, end)?;
        if net.transitions().iter().all(|transition| transition.name.is_none()) {
            return Err(Error::Empty("the model holds no activity; draw at least one"));
        }
        net.reduced()
    }

    fn draw(&self, names: &[String], from: u32, to: u32, draft: &mut Draft) -> Result<(), Error> {
        crate::log::at_most("places and transitions", draft.size(), crate::net::NODES_MAX)?;
        match self {
            Tree::Silent => draft.silent(&[from], &[to]),
            Tree::Activity(number) => {
                let unknown = || Error::Unknown { what: "activity", number: *number as usize, known: names.len() };
                let name = names.get(*number as usize).ok_or_else(unknown)?;
                draft.transition(Some(name.clone()), &[from], &[to]);
            }
            Tree::Xor(blocks) => {
                for block in blocks {
                    block.draw(names, from, to, draft)?;
                }
            }
            Tree::Sequence(blocks) => {
                let mut before = from;
                for (number, block) in blocks.iter().enumerate() {
                    let after = if number + 1 == blocks.len() { to } else { draft.place("between") };
                    block.draw(names, before, after, draft)?;
                    before = after;
                }
                if blocks.is_empty() {
                    draft.silent(&[from], &[to]);
                }
            }
            Tree::Parallel(blocks) => {
                let ends: Vec<(u32, u32)> = blocks.iter().map(|_| (draft.place("branch"), draft.place("branch done"))).collect();
                draft.silent(&[from], &ends.iter().map(|(open, _)| *open).collect::<Vec<_>>());
                for (block, (open, done)) in blocks.iter().zip(&ends) {
                    block.draw(names, *open, *done, draft)?;
                }
                draft.silent(&ends.iter().map(|(_, done)| *done).collect::<Vec<_>>(), &[to]);
            }
            Tree::Loop(body, again) => {
                let (before, after) = (draft.place("before"), draft.place("after"));
                draft.silent(&[from], &[before]);
                body.draw(names, before, after, draft)?;
                again.draw(names, after, before, draft)?;
                draft.silent(&[after], &[to]);
            }
        }
        Ok(())
    }

    /// The tree as text, with the names of activities.
    pub fn display<'a>(&'a self, names: &'a [String]) -> impl fmt::Display + 'a {
        Shown { tree: self, names }
    }
}

struct Shown<'a> {
    tree: &'a Tree,
    names: &'a [String],
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, sign: &str, blocks: &mut dyn Iterator<Item = &Tree>| {
            write!(f, "{sign}( ")?;
            for (number, tree) in blocks.enumerate() {
                write!(f, "{}{}", if number > 0 { ", " } else { "" }, Shown { tree, names: self.names })?;
            }
            write!(f, " )")
        };
        match self.tree {
            Tree::Silent => write!(f, "tau"),
            Tree::Activity(number) => write!(f, "'{}'", self.names.get(*number as usize).map_or("?", String::as_str)),
            Tree::Xor(blocks) => list(f, "X", &mut blocks.iter()),
            Tree::Sequence(blocks) => list(f, "->", &mut blocks.iter()),
            Tree::Parallel(blocks) => list(f, "+", &mut blocks.iter()),
            Tree::Loop(body, again) => list(f, "*", &mut [&**body, &**again].into_iter()),
        }
    }
}
