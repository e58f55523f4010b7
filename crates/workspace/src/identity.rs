//! Who is who, kept up to date: new evidence and people's words go in, changed assignments come out.

use std::collections::{HashMap, HashSet};

use periplus_lake::{Import, Rewrite, Whose};
use periplus_model::identity::{CustomerKey, IdKind, Identifier};
use periplus_stitch::{ALWAYS, Assignment, ChangeKind, Graph, GraphError, Link, NodeId, Resolution, changes, resolve};
use periplus_store::identity::Component;
use periplus_store::{Commit, IdentifierRow, LedgerRow, LinkRow, Moved};

use crate::{Workspace, WorkspaceError};

/// Identifiers that were seen together in one import.
#[derive(Default)]
pub struct Evidence {
    links: HashMap<(CustomerKey, CustomerKey), (i64, i64, u64)>,
    identifiers: HashMap<CustomerKey, Identifier>,
}

impl Evidence {
    /// Takes the identifiers of one row, strongest first: the first is linked with each of the others.
    pub fn take(&mut self, time: Option<i64>, ids: &[(IdKind, &str)]) {
        let Some(((kind, value), others)) = ids.split_first() else { return };
        if others.is_empty() {
            return;
        }
        let first = self.know(kind, value);
        for (kind, value) in others {
            let other = self.know(kind, value);
            if first == other {
                continue;
            }
            let time = time.unwrap_or(ALWAYS);
            let link = self.links.entry((first.min(other), first.max(other))).or_insert((time, time, 0));
            link.0 = link.0.min(time);
            link.1 = link.1.max(time);
            link.2 += 1;
        }
    }

    fn know(&mut self, kind: &IdKind, value: &str) -> CustomerKey {
        let key = CustomerKey::of(kind.name(), value);
        self.identifiers.entry(key).or_insert_with(|| Identifier::new(kind.clone(), value));
        key
    }

    /// How many pairs of identifiers were seen together.
    pub fn len(&self) -> usize {
        self.links.len()
    }

    /// Whether none were.
    pub fn is_empty(&self) -> bool {
        self.links.is_empty()
    }
}

/// Whose every identifier is.
pub struct Assignments {
    of: HashMap<i64, (i64, Option<i64>)>,
}

impl Whose for Assignments {
    fn customer(&self, own_key: i64, time: i64) -> i64 {
        match self.of.get(&own_key) {
            Some((customer, since)) if since.is_none_or(|since| time >= since) => *customer,
            _ => own_key,
        }
    }

    fn changes_anything(&self) -> bool {
        !self.of.is_empty()
    }
}

/// What new evidence changes.
pub struct Settled {
    /// For the store's commit.
    pub moved: Moved,
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
    /// Works out what new evidence and people's words change. Nothing is written.
    ///
    /// # Errors
    /// When the store cannot be read, or there are more links than fit.
    pub fn settle(&self, evidence: &Evidence, source: u32, words: &[Word]) -> Result<Settled, WorkspaceError> {
        let spoken = words.iter().flat_map(|word| match word {
            Word::Apart(a, b, _) | Word::Together(a, b) => [*a, *b],
        });
        let component = self.store.component(evidence.identifiers.keys().copied().chain(spoken))?;
        let mut moved = Moved::default();
        let mut links = component.links.clone();
        for ((a, b), (first_seen, last_seen, observations)) in &evidence.links {
            let new = LinkRow { a: *a, b: *b, source, first_seen: *first_seen, last_seen: *last_seen, observations: *observations };
            // The most that any one import saw, so that repeating an import changes nothing.
            let widened = links.get(&(*a, *b, source)).map_or(new, |known| LinkRow {
                first_seen: known.first_seen.min(new.first_seen),
                last_seen: known.last_seen.max(new.last_seen),
                observations: known.observations.max(new.observations),
                ..new
            });
            if links.insert((*a, *b, source), widened) != Some(widened) {
                moved.links.push(widened);
            }
        }
        let mut vetoes: HashSet<(CustomerKey, CustomerKey)> = component.vetoes.iter().copied().collect();
        for word in words {
            match word {
                Word::Apart(a, b, why) => {
                    vetoes.insert((*a.min(b), *a.max(b)));
                    moved.vetoes.push((*a, *b, why.clone()));
                }
                Word::Together(a, b) => {
                    vetoes.remove(&(*a.min(b), *a.max(b)));
                    moved.lifted.push((*a, *b));
                }
            }
        }
        let (graph, nodes) = graph(&component, &evidence.identifiers, links.values(), &vetoes)?;
        let resolution = resolve(&self.settings.identity, &graph);
        let after: Vec<(CustomerKey, Assignment)> =
            nodes.iter().map(|(key, node)| (*key, resolution.assignments[*node as usize])).collect();
        let before: Vec<(CustomerKey, Assignment)> =
            component.identifiers.iter().map(|(key, row)| (*key, Assignment { customer: row.customer, since: row.since })).collect();
        let why = match words.first() {
            Some(Word::Apart(_, _, why)) => why.clone(),
            Some(Word::Together(..)) => "allowed again".to_owned(),
            // The links themselves are told one by one where a customer is shown.
            None => self.store.source_name(source)?.map_or_else(String::new, |name| format!("links from {name}")),
        };
        let mut touched = HashSet::new();
        for change in changes(&before, &after) {
            let kind = match change.kind {
                ChangeKind::Merged => "merged",
                ChangeKind::Split => "split",
                ChangeKind::Moved => "moved",
            };
            moved.ledger.push(LedgerRow {
                id: 0,
                at: 0,
                snapshot: 0,
                kind: kind.to_owned(),
                identifier: change.identifier,
                from: change.from.customer,
                to: change.to.customer,
                since: change.to.since,
                why: why.clone(),
            });
            touched.insert(change.from.customer.0);
            touched.insert(change.identifier.0);
        }
        for word in words {
            let (kind, a, b, why) = match word {
                Word::Apart(a, b, why) => ("kept_apart", a, b, why.clone()),
                Word::Together(a, b) => ("allowed_again", a, b, String::new()),
            };
            moved.ledger.push(LedgerRow {
                id: 0,
                at: 0,
                snapshot: 0,
                kind: kind.to_owned(),
                identifier: *a,
                from: *b,
                to: *b,
                since: None,
                why,
            });
        }
        let mut of: HashMap<i64, (i64, Option<i64>)> =
            self.store.assignments()?.into_iter().map(|(own, customer, since)| (own, (customer, since))).collect();
        for (key, assignment) in after {
            let identifier = component.identifiers.get(&key).map(|row| &row.identifier).or_else(|| evidence.identifiers.get(&key));
            let Some(identifier) = identifier else { continue };
            let row = IdentifierRow { identifier: identifier.clone(), customer: assignment.customer, since: assignment.since };
            if component.identifiers.get(&key) != Some(&row) {
                moved.identifiers.push(row);
            }
            if assignment.customer == key {
                of.remove(&key.0);
            } else {
                of.insert(key.0, (assignment.customer.0, assignment.since));
            }
        }
        // In a fixed order, so that the same import always writes the same database.
        moved.identifiers.sort_by_key(|row| row.identifier.key());
        moved.links.sort_by_key(|link| (link.a, link.b, link.source));
        Ok(Settled { moved, whose: Assignments { of }, touched })
    }

    /// Lets people's words count: works out what they change, moves the rows and writes the ledger. Answers how many
    /// identifiers changed hands.
    ///
    /// # Errors
    /// When the folder was not opened to change it, or something cannot be written; nothing has changed then.
    pub fn say(&mut self, words: &[Word], now: i64) -> Result<usize, WorkspaceError> {
        self.check_lock()?;
        let said = self.move_rows(words, now);
        self.or_undone(said)
    }

    fn move_rows(&mut self, words: &[Word], now: i64) -> Result<usize, WorkspaceError> {
        let snapshot = self.store.snapshot()?;
        let next_seq = self.store.next_seq()?;
        let settled = self.settle(&Evidence::default(), 0, words)?;
        let changed = settled.moved.ledger.len() - words.len();
        let mut rewriting = Import::begin(&self.lake, periplus_lake::Settings::default(), next_seq)?;
        let dead = rewriting.rewrite(&self.lake, &snapshot, &Rewrite::Keys(&settled.touched), &settled.whose)?;
        let written = rewriting.finish(&snapshot, 0, &settled.whose, &|_, _| ())?;
        self.store.commit(&Commit {
            base: snapshot.id,
            at: now,
            what: "a word about identities".to_owned(),
            added: written.parts,
            removed: Vec::new(),
            dead: dead.into_iter().map(CustomerKey).collect(),
            next_seq,
            moved: settled.moved,
            import: None,
        })?;
        Ok(changed)
    }

    /// The links around an identifier, and who is who among them.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn around(&self, key: CustomerKey) -> Result<(Graph, Resolution), WorkspaceError> {
        let component = self.store.component([key])?;
        let vetoes = component.vetoes.iter().copied().collect();
        let (graph, _) = graph(&component, &HashMap::new(), component.links.values(), &vetoes)?;
        let resolution = resolve(&self.settings.identity, &graph);
        Ok((graph, resolution))
    }
}

type Nodes = Vec<(CustomerKey, NodeId)>;

fn graph<'a>(
    component: &Component,
    fresh: &HashMap<CustomerKey, Identifier>,
    links: impl Iterator<Item = &'a LinkRow>,
    vetoes: &HashSet<(CustomerKey, CustomerKey)>,
) -> Result<(Graph, Nodes), WorkspaceError> {
    let mut graph = Graph::new();
    let mut nodes: Nodes = Vec::new();
    let known = component.identifiers.values().map(|row| &row.identifier);
    for identifier in known.chain(fresh.values()) {
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
