//! PNML, the interchange format of Petri nets (ISO/IEC 15909-2), place/transition nets only.

use std::collections::HashMap;

use super::xml::{self, Element};
use super::{Net, TOKENS_MAX, Tokens, Transition};
use crate::Error;

/// Reads a net. Transitions without a name, and those that ProM marks as invisible, are silent. Where the file names no tokens at
/// the start, the one place that nothing gives to holds one; where it names no end, the one place that nothing takes from does.
///
/// # Errors
/// What is no PNML; several nets; arcs that are not plain; no clear start or end; more than the limits allow.
pub fn read_pnml(bytes: &[u8]) -> Result<Net, Error> {
    of(&xml::read(bytes)?)
}

pub(super) fn of(root: &Element) -> Result<Net, Error> {
    if root.name != "pnml" {
        return Err(Error::Format(format!("this is no PNML: its outermost element is <{}>", root.name)));
    }
    let nets: Vec<&Element> = root.all("net").collect();
    let [net] = nets[..] else {
        return Err(Error::Format(format!("the file holds {} elements <net>, not one; keep the one that is meant", nets.len())));
    };
    let mut reading = Reading::default();
    reading.nodes(net)?;
    reading.arcs(net)?;
    reading.done(net)
}

#[derive(Default)]
struct Reading<'a> {
    places: Vec<String>,
    transitions: Vec<Transition>,
    start: Tokens,
    numbers: HashMap<&'a str, Node>,
}

#[derive(Clone, Copy)]
enum Node {
    Place(u32),
    Transition(usize),
}

impl<'a> Reading<'a> {
    /// Places and transitions, also those on pages.
    fn nodes(&mut self, inside: &'a Element) -> Result<(), Error> {
        for element in &inside.children {
            let node = match element.name.as_str() {
                "page" => {
                    self.nodes(element)?;
                    continue;
                }
                "place" => {
                    let number = self.places.len() as u32;
                    let tokens = count(element, "initialMarking", 0)?;
                    if tokens > 0 {
                        self.start.push((number, tokens));
                    }
                    self.places.push(element.label("name").unwrap_or_default().to_owned());
                    Node::Place(number)
                }
                "transition" => {
                    let hidden = element.all("toolspecific").any(|tool| tool.attribute("activity") == Some("$invisible$"));
                    let name = element.label("name").filter(|name| !name.is_empty() && !hidden);
                    self.transitions.push(Transition { name: name.map(str::to_owned), takes: Vec::new(), gives: Vec::new() });
                    Node::Transition(self.transitions.len() - 1)
                }
                "referencePlace" | "referenceTransition" => {
                    return Err(Error::Unsupported("the net refers from one page to another; put it on one page".to_owned()));
                }
                _ => continue,
            };
            let Some(id) = element.attribute("id") else {
                return Err(Error::Format(format!("a <{}> has no id", element.name)));
            };
            if self.numbers.insert(id, node).is_some() {
                return Err(Error::Format(format!("two places or transitions have the id '{id}'")));
            }
        }
        Ok(())
    }

    fn arcs(&mut self, inside: &'a Element) -> Result<(), Error> {
        for element in &inside.children {
            match element.name.as_str() {
                "page" => self.arcs(element)?,
                "arc" => self.arc(element)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn arc(&mut self, arc: &Element) -> Result<(), Error> {
        let id = arc.attribute("id").unwrap_or_default();
        let kind = arc.label("arctype").or_else(|| arc.child("type").and_then(|kind| kind.attribute("value"))).unwrap_or("normal");
        if kind != "normal" {
            return Err(Error::Unsupported(format!("the arc '{id}' is of type '{kind}'; only plain arcs are understood")));
        }
        let weight = count(arc, "inscription", 1)?;
        let end = |name: &str| {
            let known = arc.attribute(name).and_then(|id| self.numbers.get(id));
            known.copied().ok_or_else(|| Error::Format(format!("the {name} of the arc '{id}' is no place and no transition of the net")))
        };
        match (end("source")?, end("target")?) {
            (Node::Place(place), Node::Transition(transition)) => self.transitions[transition].takes.push((place, weight)),
            (Node::Transition(transition), Node::Place(place)) => self.transitions[transition].gives.push((place, weight)),
            _ => {
                return Err(Error::Format(format!("the arc '{id}' joins two places or two transitions; it must join one of each")));
            }
        }
        Ok(())
    }

    fn done(self, net: &Element) -> Result<Net, Error> {
        let markings: Vec<&Element> = net.all("finalmarkings").flat_map(|list| list.all("marking")).collect();
        if markings.len() > 1 {
            return Err(Error::Unsupported(format!("the net has {} final markings; keep one", markings.len())));
        }
        let mut end = Tokens::new();
        for place in markings.iter().flat_map(|marking| marking.all("place")) {
            let Some(Node::Place(number)) = place.attribute("idref").and_then(|id| self.numbers.get(id)) else {
                return Err(Error::Format("the final marking names a place that the net does not have".to_owned()));
            };
            let tokens = place.child("text").map_or(Ok(1), |text| number_of(text.text.trim()))?;
            end.push((*number, tokens));
        }
        end.retain(|(_, tokens)| *tokens > 0);
        let mut start = self.start;
        if start.is_empty() {
            start = only(self.places.len(), self.transitions.iter().flat_map(|t| &t.gives))
                .ok_or_else(|| Error::Format("the net has no token at the start, and no single place to put it on".to_owned()))?;
        }
        if end.is_empty() {
            end = only(self.places.len(), self.transitions.iter().flat_map(|t| &t.takes))
                .ok_or_else(|| Error::Format("the net says no final marking, and has no single last place".to_owned()))?;
        }
        Net::new(self.places, self.transitions, start, end)
    }
}

/// The one place without such arcs, with a token.
fn only<'a>(places: usize, arcs: impl Iterator<Item = &'a (u32, u32)>) -> Option<Tokens> {
    let mut touched = vec![false; places];
    arcs.for_each(|(place, _)| touched[*place as usize] = true);
    let mut free = (0..places).filter(|place| !touched[*place]);
    match (free.next(), free.next()) {
        (Some(place), None) => Some(vec![(place as u32, 1)]),
        _ => None,
    }
}

fn count(element: &Element, label: &str, otherwise: u32) -> Result<u32, Error> {
    element.label(label).filter(|text| !text.is_empty()).map_or(Ok(otherwise), number_of)
}

fn number_of(text: &str) -> Result<u32, Error> {
    match text.parse::<u32>() {
        Ok(number) if number <= TOKENS_MAX => Ok(number),
        _ => Err(Error::Format(format!(
            "'{}' is no number of tokens from 0 to {TOKENS_MAX}; only plain tokens are understood",
            text.chars().take(40).collect::<String>()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(inside: &str) -> Result<Net, Error> {
        read_pnml(format!("<pnml><net id='n'><page id='g'>{inside}</page></net></pnml>").as_bytes())
    }

    const SMALL: &str = "<place id='p'/><place id='q'/><transition id='t'><name><text> buy </text></name></transition>
        <arc id='1' source='p' target='t'/><arc id='2' source='t' target='q'><inscription><text>2</text></inscription></arc>";

    #[test]
    fn start_and_end_are_found_where_nothing_is_said() {
        let net = net(SMALL).unwrap();
        assert_eq!((net.start(), net.end(), net.arcs()), (&[(0, 1)][..], &[(1, 1)][..], 2));
        assert_eq!(net.transitions()[0], Transition { name: Some("buy".into()), takes: vec![(0, 1)], gives: vec![(1, 2)] });
    }

    #[test]
    fn what_has_no_meaning_is_refused() {
        let cases = [
            ("<place id='r'/>", "no single place"),
            ("<place id='p'/>", "two places"),
            ("<place/>", "has no id"),
            ("<arc id='3' source='p' target='q'/>", "joins two"),
            ("<arc id='3' source='p' target='x'/>", "target of the arc '3'"),
            ("<arc id='3' source='p' target='t'><type value='inhibitor'/></arc>", "inhibitor"),
            ("<place id='r'><initialMarking><text>many</text></initialMarking></place>", "'many'"),
            ("<referencePlace id='r' ref='p'/>", "one page"),
        ];
        for (more, told) in cases {
            let error = net(&format!("{SMALL}{more}")).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
        assert!(net("").unwrap_err().to_string().contains("single place"));
        assert!(read_pnml(b"<pnml><net/><net/></pnml>").unwrap_err().to_string().contains("2 elements"));
        assert!(read_pnml(b"<definitions/>").unwrap_err().to_string().contains("no PNML"));
    }
}
