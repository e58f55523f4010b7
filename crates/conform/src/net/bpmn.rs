//! BPMN 2.0: the flow of one process (ISO/IEC 19510), without data, messages and lanes.
//!
//! A task is an activity under its name. Events are silent: they are seldom recorded. Conditions are not looked at: a gateway may go
//! either way. A subprocess is flattened into the process around it. What has a meaning that a Petri net of this size cannot
//! keep is refused by name.

use std::collections::HashMap;

use super::xml::{self, Element};
use super::{Draft, NODES_MAX, Net};
use crate::Error;
use crate::log::at_most;

mod inclusive;

/// Reads the one process of a file. An inclusive gateway that splits needs the one that joins all of its branches again. An end event,
/// also one that terminates, ends the branch that reaches it; a process whose parallel branches end apart can never
/// end, and aligning with it says so.
///
/// # Errors
/// What is no BPMN; no process with a flow, or several; boundary events, complex gateways, transactions, event and ad-hoc
/// subprocesses; inclusive gateways without a partner; more than the limits allow.
pub fn read_bpmn(bytes: &[u8]) -> Result<Net, Error> {
    of(&xml::read(bytes)?)
}

pub(super) fn of(root: &Element) -> Result<Net, Error> {
    if root.name != "definitions" {
        return Err(Error::Format(format!("this is no BPMN: its outermost element is <{}>", root.name)));
    }
    let processes: Vec<&Element> =
        root.all("process").filter(|process| process.children.iter().any(|child| kind_of(&child.name).is_some())).collect();
    let [process] = processes[..] else {
        let found = processes.len();
        return Err(Error::Format(format!("the file holds {found} processes with a flow, not one; keep the one that customers walk")));
    };
    let mut draft = Draft::default();
    let (start, end) = (draft.place("start"), draft.place("end"));
    scope(process, start, end, &mut draft)?;
    draft.done(start, end)?.reduced()
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Task,
    Start,
    Event,
    End,
    Exclusive,
    Parallel,
    Inclusive,
    Subprocess,
    /// Known, but with a meaning that is not kept.
    Refused(&'static str),
}

/// What an element of a process is; `None` where it is no part of the flow.
fn kind_of(name: &str) -> Option<Kind> {
    Some(match name {
        "task" | "userTask" | "serviceTask" | "sendTask" | "receiveTask" | "manualTask" | "businessRuleTask" | "scriptTask"
        | "callActivity" => Kind::Task,
        "startEvent" => Kind::Start,
        "endEvent" => Kind::End,
        "intermediateThrowEvent" | "intermediateCatchEvent" => Kind::Event,
        "exclusiveGateway" | "eventBasedGateway" => Kind::Exclusive,
        "parallelGateway" => Kind::Parallel,
        "inclusiveGateway" => Kind::Inclusive,
        "subProcess" => Kind::Subprocess,
        "boundaryEvent" => Kind::Refused("a boundary event; draw an exclusive gateway behind the task instead"),
        "complexGateway" => Kind::Refused("a complex gateway; draw exclusive or parallel gateways instead"),
        "transaction" => Kind::Refused("a transaction; draw a subprocess instead"),
        "adHocSubProcess" => Kind::Refused("an ad-hoc subprocess; draw its tasks in a loop instead"),
        _ => return None,
    })
}

/// One element of the flow, with its sequence flows by number.
struct Node<'a> {
    element: &'a Element,
    kind: Kind,
    incoming: Vec<usize>,
    outgoing: Vec<usize>,
}

/// The flow of a process or subprocess.
struct Flow<'a> {
    nodes: Vec<Node<'a>>,
    /// From which node to which.
    flows: Vec<(usize, usize)>,
}

impl<'a> Flow<'a> {
    fn read(scope: &'a Element) -> Result<Flow<'a>, Error> {
        let mut nodes = Vec::new();
        let mut numbers = HashMap::new();
        for element in &scope.children {
            let Some(kind) = kind_of(&element.name) else { continue };
            let id = element.attribute("id").ok_or_else(|| Error::Format(format!("a <{}> has no id", element.name)))?;
            if numbers.insert(id, nodes.len()).is_some() {
                return Err(Error::Format(format!("two elements have the id '{id}'")));
            }
            let node = Node { element, kind, incoming: Vec::new(), outgoing: Vec::new() };
            if let Kind::Refused(what) = kind {
                return Err(Error::Unsupported(format!("{} is {what}", node.told())));
            }
            nodes.push(node);
        }
        let mut flows = Vec::new();
        for element in scope.all("sequenceFlow") {
            let end = |name: &str| {
                element.attribute(name).and_then(|id| numbers.get(id)).copied().ok_or_else(|| {
                    let id = element.attribute("id").unwrap_or_default();
                    Error::Format(format!("the {name} of the sequence flow '{id}' is no element of its process"))
                })
            };
            let (from, to) = (end("sourceRef")?, end("targetRef")?);
            nodes[from].outgoing.push(flows.len());
            nodes[to].incoming.push(flows.len());
            flows.push((from, to));
        }
        at_most("elements of a process", nodes.len() + flows.len(), NODES_MAX)?;
        Ok(Flow { nodes, flows })
    }

    /// Where the flow begins: at start events, or at the one element that nothing leads to.
    fn entries(&self) -> Result<Vec<usize>, Error> {
        let of = |wanted: fn(&Node<'_>) -> bool| -> Vec<usize> { (0..self.nodes.len()).filter(|n| wanted(&self.nodes[*n])).collect() };
        let starts = of(|node| node.kind == Kind::Start);
        let free = of(|node| node.kind != Kind::Start && node.incoming.is_empty());
        match (&starts[..], &free[..]) {
            ([], [only]) => Ok(vec![*only]),
            ([_, ..], []) => Ok(starts),
            ([], []) => Err(Error::Format("a process has no start event; draw one".to_owned())),
            (_, [first, ..]) => Err(Error::Format(format!("nothing leads to {}; draw a sequence flow to it", self.nodes[*first].told()))),
        }
    }
}

impl Node<'_> {
    /// The element as a reader knows it.
    fn told(&self) -> String {
        format!("<{}> '{}'", self.element.name, self.name())
    }

    fn name(&self) -> String {
        let name = self.element.attribute("name").unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
        if name.is_empty() { self.element.attribute("id").unwrap_or_default().to_owned() } else { name }
    }

    /// Whether it may be done several times in a row.
    fn repeats(&self) -> Result<bool, Error> {
        let loops = self.element.child("standardLoopCharacteristics").is_some();
        let many = self.element.child("multiInstanceLoopCharacteristics");
        if self.kind == Kind::Subprocess && many.is_some_and(|many| many.attribute("isSequential") != Some("true")) {
            return Err(Error::Unsupported(format!("{} runs several times at once; draw it as a loop", self.told())));
        }
        Ok(loops || many.is_some())
    }
}

/// Adds the flow between two places.
fn scope(element: &Element, start: u32, end: u32, draft: &mut Draft) -> Result<(), Error> {
    let flow = Flow::read(element)?;
    let entries = flow.entries()?;
    let partners = inclusive::partners(&flow)?;
    let places: Vec<u32> = flow.flows.iter().map(|_| draft.place("flow")).collect();
    at_most("places and transitions", draft.size(), NODES_MAX)?;
    for (number, node) in flow.nodes.iter().enumerate() {
        let mut takes: Vec<u32> = node.incoming.iter().map(|flow| places[*flow]).collect();
        let mut gives: Vec<u32> = node.outgoing.iter().map(|flow| places[*flow]).collect();
        if entries.contains(&number) {
            takes.push(start);
        }
        if gives.is_empty() {
            gives.push(end);
        }
        match node.kind {
            Kind::Parallel => draft.silent(&takes, &gives),
            Kind::Exclusive => {
                let inside = draft.place(node.name());
                takes.iter().for_each(|from| draft.silent(&[*from], &[inside]));
                gives.iter().for_each(|to| draft.silent(&[inside], &[*to]));
            }
            Kind::Inclusive => match partners.get(&number) {
                Some(branches) => split(branches, &places, &takes, &gives, draft),
                // One that joins is written where its partner splits; others only pass on.
                None if takes.len() == 1 => draft.silent(&takes, &gives),
                None => {}
            },
            Kind::Task | Kind::Start | Kind::Event | Kind::End => {
                let before = draft.place(node.name());
                takes.iter().for_each(|from| draft.silent(&[*from], &[before]));
                let name = (node.kind == Kind::Task).then(|| node.name());
                if node.repeats()? {
                    let after = draft.place(node.name());
                    draft.transition(name, &[before], &[after]);
                    draft.silent(&[after], &[before]);
                    draft.silent(&[after], &gives);
                } else {
                    draft.transition(name, &[before], &gives);
                }
            }
            Kind::Subprocess => {
                if node.element.attribute("triggeredByEvent") == Some("true") {
                    return Err(Error::Unsupported(format!("{} is started by an event; draw it into the flow", node.told())));
                }
                let (before, after) = (draft.place(node.name()), draft.place(node.name()));
                takes.iter().for_each(|from| draft.silent(&[*from], &[before]));
                scope(node.element, before, after, draft)?;
                if node.repeats()? {
                    draft.silent(&[after], &[before]);
                }
                draft.silent(&[after], &gives);
            }
            Kind::Refused(_) => {}
        }
        at_most("places and transitions", draft.size(), NODES_MAX)?;
    }
    Ok(())
}

/// An inclusive gateway that splits, and the one that joins. Any branches may be walked, but at least one: the first that is taken
/// leaves it open for each of the others whether it is walked or passed by; the join waits for all.
fn split(branches: &inclusive::Branches, places: &[u32], takes: &[u32], gives: &[u32], draft: &mut Draft) {
    let inside = draft.place("inclusive");
    takes.iter().for_each(|from| draft.silent(&[*from], &[inside]));
    let open: Vec<u32> = gives.iter().map(|_| draft.place("open")).collect();
    let done: Vec<u32> = gives.iter().map(|_| draft.place("done")).collect();
    for (number, first) in gives.iter().enumerate() {
        let mut after: Vec<u32> = open.iter().enumerate().filter(|(other, _)| *other != number).map(|(_, place)| *place).collect();
        after.push(*first);
        draft.silent(&[inside], &after);
        draft.silent(&[open[number]], &[*first]);
        draft.silent(&[open[number]], &[done[number]]);
        for flow in &branches.arriving[number] {
            draft.silent(&[places[*flow]], &[done[number]]);
        }
    }
    let after: Vec<u32> = branches.leaving.iter().map(|flow| places[*flow]).collect();
    draft.silent(&done, &after);
}

#[cfg(test)]
#[path = "bpmn_tests.rs"]
mod tests;
