//! A small tree of elements from bytes that strangers wrote. Nothing is fetched or expanded: a document type is refused, and only
//! the five entities and character references that XML itself has are understood.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::BYTES_MAX;
use crate::Error;
use crate::log::at_most;

/// At most so many elements within each other.
const DEPTH_MAX: usize = 64;
/// At most so many elements.
const ELEMENTS_MAX: usize = 200_000;

/// An element. Prefixes of names are left out.
#[derive(Debug, Default)]
pub(crate) struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    /// The text directly inside of it, without what is around it.
    pub text: String,
    pub children: Vec<Element>,
}

impl Element {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of `<name><text>...</text></name>`, as PNML writes it.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.child(name)?.child("text").map(|text| text.text.trim())
    }
}

/// The outermost element.
pub(crate) fn read(bytes: &[u8]) -> Result<Element, Error> {
    at_most("bytes of the file", bytes.len(), BYTES_MAX)?;
    let text = decoded(bytes)?;
    let mut reader = Reader::from_str(&text);
    reader.config_mut().check_end_names = true;
    let mut open: Vec<Element> = Vec::new();
    let mut root: Option<Element> = None;
    let mut count = 0;
    loop {
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(error) => return Err(wrong(&text, reader.error_position(), error.to_string())),
        };
        let at = reader.buffer_position();
        match event {
            Event::Start(tag) | Event::Empty(tag) if root.is_some() && open.is_empty() => {
                return Err(wrong(&text, at, format!("<{}> stands behind the end", tag.name().as_ref())));
            }
            Event::Start(tag) => {
                count += 1;
                at_most("elements", count, ELEMENTS_MAX)?;
                at_most("elements within each other", open.len() + 1, DEPTH_MAX)?;
                open.push(element(&tag).map_err(|message| wrong(&text, at, message))?);
            }
            Event::Empty(tag) => {
                count += 1;
                at_most("elements", count, ELEMENTS_MAX)?;
                let found = element(&tag).map_err(|message| wrong(&text, at, message))?;
                put(found, &mut open, &mut root);
            }
            Event::End(_) => {
                if let Some(found) = open.pop() {
                    put(found, &mut open, &mut root);
                }
            }
            Event::Text(part) => {
                if let Some(last) = open.last_mut() {
                    last.text.push_str(&part);
                }
            }
            Event::CData(part) => {
                if let Some(last) = open.last_mut() {
                    last.text.push_str(&part);
                }
            }
            Event::GeneralRef(reference) => {
                let character = match reference.resolve_char_ref() {
                    Ok(Some(character)) => Some(character),
                    _ => known(&reference),
                };
                let Some(character) = character else {
                    return Err(wrong(&text, at, format!("&{};: only the entities of XML itself are understood", &*reference)));
                };
                if let Some(last) = open.last_mut() {
                    last.text.push(character);
                }
            }
            Event::DocType(_) => {
                return Err(Error::Unsupported("the file declares a document type; take the line <!DOCTYPE ...> out".to_owned()));
            }
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            Event::Eof => break,
        }
    }
    match (root, open.last()) {
        (_, Some(unclosed)) => Err(wrong(&text, text.len() as u64, format!("the file ends inside of <{}>", unclosed.name))),
        (None, None) => Err(wrong(&text, text.len() as u64, "there is no element".to_owned())),
        (Some(root), None) => Ok(root),
    }
}

fn put(element: Element, open: &mut [Element], root: &mut Option<Element>) {
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None => *root = Some(element),
    }
}

fn element(tag: &BytesStart<'_>) -> Result<Element, String> {
    let mut attributes = Vec::new();
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| error.to_string())?;
        attributes.push((attribute.key.local_name().as_ref().to_owned(), value.into_owned()));
    }
    Ok(Element { name: tag.local_name().as_ref().to_owned(), attributes, ..Element::default() })
}

fn known(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

/// The text of the file. Older tools write ISO-8859-1, whose bytes are the first 256 characters.
fn decoded(bytes: &[u8]) -> Result<String, Error> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.to_owned());
    }
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).to_ascii_lowercase();
    let declared = head.split("encoding").nth(1).unwrap_or_default().trim_start_matches([' ', '=', '"', '\'']);
    if ["iso-8859-1", "latin1", "windows-1252"].iter().any(|name| declared.starts_with(name)) {
        return Ok(bytes.iter().map(|byte| char::from(*byte)).collect());
    }
    Err(Error::Format("the file is not UTF-8; save it as UTF-8".to_owned()))
}

fn wrong(text: &str, at: u64, message: String) -> Error {
    let end = usize::try_from(at).unwrap_or(usize::MAX).min(text.len());
    let line = text.as_bytes()[..end].iter().filter(|byte| **byte == b'\n').count() + 1;
    Error::Xml { line, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_attributes_and_texts() {
        let root = read(b"<?xml version='1.0'?><a:x p='1 &lt; 2'><y>f&amp;g &#228;<!-- no --><![CDATA[<z>]]></y><y/></a:x>").unwrap();
        assert_eq!((root.name.as_str(), root.attribute("p")), ("x", Some("1 < 2")));
        assert_eq!(root.all("y").map(|y| y.text.as_str()).collect::<Vec<_>>(), ["f&g ä<z>", ""]);
    }

    #[test]
    fn old_encodings_are_read_and_others_refused() {
        assert_eq!(read(b"<?xml version='1.0' encoding='ISO-8859-1'?><x>\xE4</x>").unwrap().text, "ä");
        assert!(matches!(read(b"<x>\xE4</x>"), Err(Error::Format(_))));
    }

    #[test]
    fn nothing_is_expanded() {
        let bomb = b"<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><x>&b;</x>";
        assert!(matches!(read(bomb), Err(Error::Unsupported(_))));
        assert!(matches!(read(b"<x>\n&b;</x>"), Err(Error::Xml { line: 2, .. })));
        assert!(matches!(read(b"<x p='&b;'/>"), Err(Error::Xml { .. })));
    }

    #[test]
    fn limits_hold() {
        let deep = "<x>".repeat(100_000);
        assert_eq!(read(deep.as_bytes()).unwrap_err(), Error::TooLarge { what: "elements within each other", found: 65, most: 64 });
        let wide = format!("<x>{}</x>", "<y/>".repeat(ELEMENTS_MAX));
        assert!(matches!(read(wide.as_bytes()), Err(Error::TooLarge { what: "elements", .. })));
        assert!(matches!(read(&vec![b' '; BYTES_MAX + 1]), Err(Error::TooLarge { .. })));
    }

    #[test]
    fn broken_files_name_a_line() {
        for broken in ["", "<x>", "<x>\n<y></x>", "<x/><x/>", "text", "<x p=1/>"] {
            assert!(matches!(read(broken.as_bytes()), Err(Error::Xml { .. })), "{broken}");
        }
    }
}
