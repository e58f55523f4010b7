//! Who is who, kept up to date: new evidence and people's words go in, changed assignments come out.

use std::collections::{BTreeSet, HashMap, HashSet};

use periplus_lake::{Import, Rewrite, Whose};
use periplus_model::identity::{CustomerKey, Identifier};
use periplus_stitch::{ALWAYS, Assignment, ChangeKind, Graph, GraphError, Link, NodeId, Resolution, changes, resolve};
use periplus_store::identity::Component;
use periplus_store::{Commit, IdentifierRow, LedgerRow, LinkRow, Moved};

use crate::evidence::{Evidence, Gathered};
use crate::{Workspace, WorkspaceError};

/// Identifiers that are stitched at a time, at least: whatever hangs together with them comes along.
const AT_ONCE: usize = 50_000;

/// Whose every identifier is, as far as it is somebody else's: (own key, customer, since or [`ALWAYS`]), sorted.
pub struct Assignments {
    of: Vec<(i64, i64, i64)>,
}

impl Whose for Assignments {
    fn customer(&self, own_key: i64, time: i64) -> i64 {
        match self.of.binary_search_by_key(&own_key, |row| row.0) {
            Ok(place) if time >= self.of[place].2 => self.of[place].1,
            _ => own_key,
        }
    }

    fn changes_anything(&self) -> bool {
        !self.of.is_empty()
    }
}

/// What new evidence changes. What changes in the store is staged there, for its next commit.
pub struct Settled {
    /// How many identifiers became somebody else's.
    pub changed: u64,
    /// For the lake.
    pub whose: Assignments,
    /// Customers whose stored rows may belong to somebody else now.
    pub touched: HashSet<i64>,
}

/// What a person says about two identifiers.
#[derive(Clone, Debug)]
pub enum Word {
    /// They are different persons, and why.
    Apart(CustomerKey, CustomerKey, String),
    /// They may be the same person again.
    Together(CustomerKey, CustomerKey),
}

impl Workspace {
    /// Works out what new evidence and people's words change, and stages it in the store; nothing counts before a commit.
    ///
    /// Links reach only as far as they hang together. So identifiers are stitched some at a time, with all that hangs
    /// together with them, and memory is bounded by the evidence itself, not by what is made of it.
    ///
    /// # Errors
    /// When the store cannot be read, or more hangs together than fits.
    pub fn settle(&self, evidence: Evidence, why: &str, words: &[Word]) -> Result<Settled, WorkspaceError> {
        self.settle_for(&Rows::All, evidence, why, words)
    }

    /// The same, where it is known which identifiers the rows carry that are about to be written: nobody else is asked for.
    pub(crate) fn settle_for(&self, rows: &Rows, evidence: Evidence, why: &str, words: &[Word]) -> Result<Settled, WorkspaceError> {
        let why = match words.first() {
            Some(Word::Apart(_, _, why)) => why,
            Some(Word::Together(..)) => "allowed again",
            None => why,
        };
        self.settle_some(rows, evidence, words, why.to_owned(), Scope::Touched, AT_ONCE)
    }

    fn settle_some(
        &self,
        rows: &Rows,
        evidence: Evidence,
        words: &[Word],
        why: String,
        scope: Scope,
        at_once: usize,
    ) -> Result<Settled, WorkspaceError> {
        self.store.unstage()?;
        let evidence = evidence.gather();
        let mut settling = Settling {
            workspace: self,
            words,
            why,
            seen: vec![false; evidence.numbers().len()],
            evidence,
            after: Vec::new(),
            changed: 0,
            touched: HashSet::new(),
        };
        let spoken = words.iter().flat_map(|word| match word {
            Word::Apart(a, b, _) | Word::Together(a, b) => [*a, *b],
        });
        settling.some(spoken.collect())?;
        let mut some = Vec::new();
        for number in settling.evidence.numbers() {
            if !settling.seen[number as usize] {
                some.push(settling.evidence.key(number));
            }
            if some.len() >= at_once {
                settling.some(std::mem::take(&mut some))?;
            }
        }
        settling.some(some)?;
        if scope == Scope::Everything {
            let mut open = BTreeSet::new();
            self.store.each_identifier(|row| {
                open.insert(row.identifier.key());
            })?;
            while !open.is_empty() {
                let some: Vec<CustomerKey> = open.iter().copied().take(at_once).collect();
                for key in &some {
                    open.remove(key);
                }
                let before = settling.after.len();
                settling.some(some)?;
                for (own, ..) in &settling.after[before..] {
                    open.remove(&CustomerKey(*own));
                }
            }
        }
        let Settling { mut after, changed, touched, .. } = settling;
        // What was settled now replaces what the store knows.
        after.sort_unstable();
        let settled = after.len();
        let mut add = |own, customer, since: Option<i64>| {
            if after[..settled].binary_search_by_key(&own, |row| row.0).is_err() {
                after.push((own, customer, since.unwrap_or(ALWAYS)));
            }
        };
        match rows {
            Rows::All => self.store.each_assignment(&mut add)?,
            Rows::Of(keys) => self.store.assignments(keys.iter().copied(), &mut add)?,
        }
        after.retain(|(own, customer, _)| own != customer);
        after.sort_unstable();
        Ok(Settled { changed, whose: Assignments { of: after }, touched })
    }

    /// Lets people's words count: works out what they change, moves the rows and writes the ledger. Answers how many
    /// identifiers changed hands.
    ///
    /// # Errors
    /// When the folder was not opened to change it, or something cannot be written; nothing has changed then.
    pub fn say(&mut self, words: &[Word], now: i64) -> Result<usize, WorkspaceError> {
        self.change(|workspace| {
            let settled = workspace.settle(Evidence::default(), "", words)?;
            workspace.move_rows(&settled, spoken(words), "a word about identities", now)
        })
    }

    /// Finds out anew who is who, from all links there are: after a change of the rules, which otherwise count only for
    /// what later imports touch. Answers how many identifiers changed hands.
    ///
    /// # Errors
    /// When the folder was not opened to change it, or something cannot be written; nothing has changed then.
    pub fn restitch(&mut self, now: i64) -> Result<usize, WorkspaceError> {
        self.change(|workspace| {
            let why = "the rules changed".to_owned();
            let settled = workspace.settle_some(&Rows::All, Evidence::default(), &[], why, Scope::Everything, AT_ONCE)?;
            match settled.changed {
                0 => Ok(0),
                _ => workspace.move_rows(&settled, Moved::default(), "stitching everything anew", now),
            }
        })
    }

    /// Writes what a settling without an import changed.
    fn move_rows(&mut self, settled: &Settled, moved: Moved, what: &str, now: i64) -> Result<usize, WorkspaceError> {
        let snapshot = self.store.snapshot()?;
        let next_seq = self.store.next_seq()?;
        let mut rewriting = Import::begin(&self.lake, periplus_lake::Settings::default(), next_seq)?;
        let dead = rewriting.rewrite(&self.lake, &snapshot, &Rewrite::Keys(&settled.touched), &settled.whose)?;
        let written = rewriting.finish(&snapshot, 0, &settled.whose, &|_, _| ())?;
        self.store.commit(&Commit {
            base: snapshot.id,
            at: now,
            what: what.to_owned(),
            added: written.parts,
            removed: Vec::new(),
            dead: dead.into_iter().map(CustomerKey).collect(),
            next_seq,
            moved,
            staged: true,
            ..Commit::default()
        })?;
        Ok(settled.changed as usize)
    }

    /// The links around an identifier, and who is who among them.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn around(&self, key: CustomerKey) -> Result<(Graph, Resolution), WorkspaceError> {
        let component = self.store.component([key])?;
        let vetoes = component.vetoes.iter().copied().collect();
        let (graph, _) = graph(component.identifiers.values().map(|row| &row.identifier), component.links.values(), &vetoes)?;
        let resolution = resolve(&self.settings.identity, &graph);
        Ok((graph, resolution))
    }
}

/// Whose rows are about to be written.
pub(crate) enum Rows {
    /// Anybody's.
    All,
    /// Those that carry these identifiers, and those of whoever is settled.
    Of(HashSet<CustomerKey>),
}

/// Whose identities are settled.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// Those that the evidence or the words touch, and what hangs together with them.
    Touched,
    /// Everybody's.
    Everything,
}

/// A settling that is under way.
struct Settling<'w> {
    workspace: &'w Workspace,
    words: &'w [Word],
    /// Why, for the ledger.
    why: String,
    evidence: Gathered,
    /// Which identifiers of the evidence were dealt with.
    seen: Vec<bool>,
    /// (own key, customer, since) of all that was stitched.
    after: Vec<(i64, i64, i64)>,
    changed: u64,
    touched: HashSet<i64>,
}

impl Settling<'_> {
    /// Stitches some identifiers and whatever hangs together with them, in the evidence or in the store.
    fn some(&mut self, mut open: Vec<CustomerKey>) -> Result<(), WorkspaceError> {
        let store = &self.workspace.store;
        let mut component = Component::default();
        let mut fresh: HashMap<CustomerKey, Identifier> = HashMap::new();
        let mut links: HashMap<(CustomerKey, CustomerKey, u32), LinkRow> = HashMap::new();
        // In turns: what the evidence connects, then what the store connects with that, until nothing more is found.
        while !open.is_empty() {
            let mut asked = open.clone();
            while let Some(key) = open.pop() {
                let Some(number) = self.evidence.number(key).filter(|number| !self.seen[*number as usize]) else { continue };
                self.seen[number as usize] = true;
                fresh.insert(key, self.evidence.identifier(number));
                for (other, source, seen) in self.evidence.around(number) {
                    let other = self.evidence.key(other);
                    let (a, b) = (key.min(other), key.max(other));
                    let link = LinkRow { a, b, source, first_seen: seen.first, last_seen: seen.last, observations: seen.times };
                    links.insert((a, b, source), link);
                    open.push(other);
                    asked.push(other);
                }
            }
            asked.retain(|key| !component.identifiers.contains_key(key));
            let more = store.component(asked)?;
            open.extend(more.identifiers.keys().filter(|key| self.evidence.number(**key).is_some_and(|n| !self.seen[n as usize])));
            component.identifiers.extend(more.identifiers);
            component.links.extend(more.links);
            component.vetoes.extend(more.vetoes);
        }
        let mut moved = Moved::default();
        for (ends, new) in links {
            // The most that any one import saw, so that repeating an import changes nothing.
            let widened = component.links.get(&ends).map_or(new, |known| LinkRow {
                first_seen: known.first_seen.min(new.first_seen),
                last_seen: known.last_seen.max(new.last_seen),
                observations: known.observations.max(new.observations),
                ..new
            });
            if component.links.insert(ends, widened) != Some(widened) {
                moved.links.push(widened);
            }
        }
        let mut vetoes: HashSet<(CustomerKey, CustomerKey)> = component.vetoes.iter().copied().collect();
        for word in self.words {
            match word {
                Word::Apart(a, b, _) => vetoes.insert((*a.min(b), *a.max(b))),
                Word::Together(a, b) => vetoes.remove(&(*a.min(b), *a.max(b))),
            };
        }
        let known = component.identifiers.values().map(|row| &row.identifier);
        let (graph, nodes) = graph(known.chain(fresh.values()), component.links.values(), &vetoes)?;
        let resolution = resolve(&self.workspace.settings.identity, &graph);
        let after: Vec<(CustomerKey, Assignment)> =
            nodes.iter().map(|(key, node)| (*key, resolution.assignments[*node as usize])).collect();
        let before: Vec<(CustomerKey, Assignment)> =
            component.identifiers.iter().map(|(key, row)| (*key, Assignment { customer: row.customer, since: row.since })).collect();
        for change in changes(&before, &after) {
            let kind = match change.kind {
                ChangeKind::Merged => "merged",
                ChangeKind::Split => "split",
                ChangeKind::Moved => "moved",
            };
            let (identifier, from, to, since) = (change.identifier, change.from.customer, change.to.customer, change.to.since);
            moved.ledger.push(entry(kind, identifier, from, to, since, &self.why));
            self.touched.extend([from.0, identifier.0]);
        }
        self.changed += moved.ledger.len() as u64;
        for (key, Assignment { customer, since }) in after {
            self.after.push((key.0, customer.0, since.unwrap_or(ALWAYS)));
            let known = component.identifiers.get(&key);
            if known.is_some_and(|row| (row.customer, row.since) == (customer, since)) {
                continue;
            }
            let identifier = known.map(|row| &row.identifier).or_else(|| fresh.get(&key));
            moved.identifiers.extend(identifier.map(|identifier| IdentifierRow { identifier: identifier.clone(), customer, since }));
        }
        store.stage(&moved)?;
        Ok(())
    }
}

/// What people's words change by themselves.
fn spoken(words: &[Word]) -> Moved {
    let mut moved = Moved::default();
    for word in words {
        match word {
            Word::Apart(a, b, why) => {
                moved.vetoes.push((*a, *b, why.clone()));
                moved.ledger.push(entry("kept_apart", *a, *b, *b, None, why));
            }
            Word::Together(a, b) => {
                moved.lifted.push((*a, *b));
                moved.ledger.push(entry("allowed_again", *a, *b, *b, None, ""));
            }
        }
    }
    moved
}

/// An entry of the ledger; the commit sets the rest.
fn entry(kind: &str, identifier: CustomerKey, from: CustomerKey, to: CustomerKey, since: Option<i64>, why: &str) -> LedgerRow {
    LedgerRow { id: 0, at: 0, snapshot: 0, kind: kind.to_owned(), identifier, from, to, since, why: why.to_owned() }
}

type Nodes = Vec<(CustomerKey, NodeId)>;

fn graph<'a>(
    identifiers: impl Iterator<Item = &'a Identifier>,
    links: impl Iterator<Item = &'a LinkRow>,
    vetoes: &HashSet<(CustomerKey, CustomerKey)>,
) -> Result<(Graph, Nodes), WorkspaceError> {
    let mut graph = Graph::new();
    let mut nodes: Nodes = Vec::new();
    for identifier in identifiers {
        match graph.node(&identifier.kind, &identifier.value) {
            Ok(node) => nodes.push((identifier.key(), node)),
            // A value that names nobody links nobody.
            Err(GraphError::Blocked(_)) => {}
            Err(error) => return Err(WorkspaceError::Refused(error.to_string())),
        }
    }
    nodes.sort_unstable();
    nodes.dedup();
    for link in links {
        let (Some(a), Some(b)) = (graph.find(link.a), graph.find(link.b)) else { continue };
        let link =
            Link { a, b, first_seen: link.first_seen, last_seen: link.last_seen, observations: link.observations, source: link.source };
        graph.link(link).map_err(|error| WorkspaceError::Refused(error.to_string()))?;
    }
    for (a, b) in vetoes {
        if let (Some(a), Some(b)) = (graph.find(*a), graph.find(*b)) {
            graph.veto(a, b).map_err(|error| WorkspaceError::Refused(error.to_string()))?;
        }
    }
    Ok((graph, nodes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use periplus_model::identity::IdKind;

    /// Everything that is known of identities.
    #[derive(Debug, PartialEq)]
    struct Everything {
        identifiers: Vec<IdentifierRow>,
        links: Vec<LinkRow>,
        ledger: Vec<LedgerRow>,
        whose: Vec<(i64, i64, i64)>,
    }

    /// What is known after two imports.
    fn known(pairs: &[(u32, u32)], at_once: usize) -> Everything {
        let home = tempfile::tempdir().unwrap();
        let mut workspace = Workspace::open_to_change(home.path()).unwrap();
        let mut whose = Vec::new();
        for (import, pairs) in pairs.chunks(pairs.len().div_ceil(2)).enumerate() {
            let mut evidence = Evidence::default();
            evidence.listen_to(1);
            for (time, (user, device)) in pairs.iter().enumerate() {
                let (user, device) = (format!("u{user}"), format!("d{device}"));
                evidence.take(Some(time as i64), &[(IdKind::USER, user.as_str()), (IdKind::ANONYMOUS, device.as_str())]);
            }
            let settled = workspace.settle_some(&Rows::All, evidence, &[], String::new(), Scope::Touched, at_once).unwrap();
            whose = settled.whose.of;
            let commit = Commit { base: import as u64, at: 5, staged: true, ..Commit::default() };
            workspace.store.commit(&commit).unwrap();
            let stored = workspace.settle_some(&Rows::All, Evidence::default(), &[], String::new(), Scope::Touched, at_once).unwrap();
            assert_eq!((stored.changed, stored.whose.of), (0, whose.clone()), "the store knows what was settled");
        }
        let mut identifiers = Vec::new();
        workspace.store.each_identifier(|row| identifiers.push(row.clone())).unwrap();
        let keys: Vec<CustomerKey> = identifiers.iter().map(|row| row.identifier.key()).collect();
        let mut links: Vec<LinkRow> = workspace.store.component(keys.iter().copied()).unwrap().links.into_values().collect();
        links.sort_by_key(|link| (link.a, link.b));
        let ledger = keys.iter().flat_map(|key| workspace.store.ledger_of(*key).unwrap()).collect();
        Everything { identifiers, links, ledger, whose }
    }

    #[test]
    fn it_does_not_matter_how_many_are_stitched_at_a_time() {
        // Few links for many identifiers, so that there are small and large components, and the second import joins some.
        let pick = |n: u32, of: u32| n.wrapping_mul(2_654_435_761).rotate_left(13) % of;
        let pairs: Vec<(u32, u32)> = (0..160).map(|n| (pick(n, 90), pick(n + 1_000, 120))).collect();
        let whole = known(&pairs, usize::MAX);
        assert!(whole.identifiers.len() > 100 && whole.ledger.len() > 50 && !whole.whose.is_empty());
        for at_once in [1, 7] {
            assert_eq!(known(&pairs, at_once), whole);
        }
    }
}
