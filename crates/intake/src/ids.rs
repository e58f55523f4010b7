//! Identifiers on their way in: made comparable, and kept from merging strangers.

use periplus_model::identity::is_blocked;
use periplus_model::{IdKind, Reason};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::gate::{Refusal, refuse};
use crate::limits;

/// How the values of an identifier are made comparable before they are compared byte by byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Normalise {
    /// As it is, without spaces around it.
    None,
    /// Lower case: the default for `email`.
    Lower,
    /// Only the digits, with a leading `+` where there is one or a country is given: the default for `phone`.
    Digits,
}

impl Normalise {
    /// What suits a kind of identifier.
    pub fn default_for(kind: &IdKind) -> Normalise {
        match kind.name() {
            "email" => Normalise::Lower,
            "phone" => Normalise::Digits,
            _ => Normalise::None,
        }
    }

    /// Appends the normalised value. `country` is the calling code (`49`) that replaces a telephone number's leading zero.
    fn write(self, value: &str, country: Option<&str>, out: &mut String) {
        let value = value.trim();
        match self {
            Normalise::None => out.push_str(value),
            Normalise::Lower => out.extend(value.chars().flat_map(char::to_lowercase)),
            Normalise::Digits => {
                let digits = value.trim_start_matches(|c: char| !c.is_ascii_digit() && c != '+');
                let (international, digits) = match (digits.strip_prefix('+'), digits.strip_prefix("00")) {
                    (Some(rest), _) | (None, Some(rest)) => (true, rest),
                    (None, None) => (false, digits),
                };
                match country {
                    _ if international => out.push('+'),
                    Some(country) => {
                        out.push('+');
                        out.push_str(country);
                    }
                    None => {}
                }
                let national = if !international && country.is_some() { digits.trim_start_matches('0') } else { digits };
                // "+49 (0)171": the zero in brackets is dialled only inside of the country.
                let (before, after) = if international { national.split_once("(0)").unwrap_or((national, "")) } else { (national, "") };
                out.extend(before.chars().chain(after.chars()).filter(char::is_ascii_digit));
            }
        }
    }
}

/// The identifiers of one row, strongest first. Its memory is used again for the next row.
#[derive(Debug, Default)]
pub struct Ids {
    text: String,
    /// Where each value lies in the text.
    found: Vec<(usize, usize)>,
    /// The kind of each, and kinds of rows before that may come again: cloning one costs more than all the rest.
    kinds: Vec<(IdKind, &'static str)>,
}

impl Ids {
    /// Forgets the row before.
    pub fn clear(&mut self) {
        self.text.clear();
        self.found.clear();
    }

    /// Adds an identifier unless its value is blocked or it is already there.
    ///
    /// # Errors
    /// When it is over the limit.
    pub fn push(&mut self, kind: &IdKind, value: &str) -> Result<(), Refusal> {
        self.add(kind, Normalise::default_for(kind), None, |out| out.push_str(value))
    }

    /// Adds an identifier that `write` appends, normalised as told.
    ///
    /// # Errors
    /// When it is over the limit.
    pub fn add(
        &mut self,
        kind: &IdKind,
        normalise: Normalise,
        country: Option<&str>,
        write: impl FnOnce(&mut String),
    ) -> Result<(), Refusal> {
        let start = self.text.len();
        write(&mut self.text);
        let written = &self.text[start..];
        let bare = written.trim().len();
        if bare > limits::ID {
            return refuse(Reason::TooLarge, format!("the {kind} has {} bytes; {} are allowed", written.len(), limits::ID));
        }
        // The cases of a log are numbered, often from 0, and nobody types their names.
        let blocked = |value: &str| if kind.name() == "case_id" { value.trim().is_empty() } else { is_blocked(value) };
        if blocked(written) {
            self.text.truncate(start);
            return Ok(());
        }
        let changed = normalise != Normalise::None || written.len() != bare;
        if changed {
            let value = self.text.split_off(start);
            normalise.write(&value, country, &mut self.text);
        }
        let (known, value) = self.text.split_at(start);
        let doubled = self.found.iter().zip(&self.kinds).any(|((from, to), (k, _))| k == kind && &known[*from..*to] == value);
        if doubled || (changed && blocked(value)) {
            self.text.truncate(start);
            return Ok(());
        }
        match self.kinds.get_mut(self.found.len()) {
            Some((known, _)) if known == kind => {}
            Some((other, _)) => *other = kind.clone(),
            None => self.kinds.push((kind.clone(), "")),
        }
        self.found.push((start, self.text.len()));
        Ok(())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Gives them to `use_them` as rows hold them.
    ///
    /// # Errors
    /// When there are none, or `use_them` fails.
    pub fn with<T, E: From<Refusal>>(&mut self, use_them: impl FnOnce(&[(IdKind, &str)]) -> Result<T, E>) -> Result<T, E> {
        if self.found.is_empty() {
            return Err(Refusal { reason: Reason::NoIdentifier, detail: "no identifier is left in this row".into() }.into());
        }
        // Most rows have one, which needs no list.
        if let ([(from, to)], Some((kind, _))) = (&self.found[..], self.kinds.first()) {
            return use_them(&[(kind.clone(), &self.text[*from..*to])]);
        }
        // A vector of one lifetime becomes one of another without a new allocation.
        let value = |n: usize| self.found.get(n).map_or("", |(from, to)| &self.text[*from..*to]);
        let list: Vec<(IdKind, &str)> =
            std::mem::take(&mut self.kinds).into_iter().enumerate().map(|(n, (kind, _))| (kind, value(n))).collect();
        let result = use_them(&list[..self.found.len()]);
        self.kinds = list.into_iter().map(|(kind, _)| (kind, "")).collect();
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::Stop;

    fn values(add: &[(IdKind, &str)]) -> Vec<String> {
        let mut ids = Ids::default();
        for (kind, value) in add {
            ids.push(kind, value).unwrap();
        }
        ids.with(|list| Ok::<_, Stop>(list.iter().map(|(kind, value)| format!("{kind}:{value}")).collect())).unwrap_or_default()
    }

    #[test]
    fn values_are_made_comparable() {
        assert_eq!(values(&[(IdKind::EMAIL, " Ana.B@Example.ORG ")]), ["email:ana.b@example.org"]);
        assert_eq!(values(&[(IdKind::PHONE, "+49 (0)171 / 123-45")]), ["phone:+4917112345"]);
        assert_eq!(values(&[(IdKind::PHONE, "0049 171 12345")]), ["phone:+4917112345"]);
        assert_eq!(values(&[(IdKind::PHONE, "(0171) 12345")]), ["phone:017112345"]);
        assert_eq!(values(&[(IdKind::USER, " A7 "), (IdKind::USER, "A7"), (IdKind::DEVICE, "A7")]), ["user_id:A7", "device_id:A7"]);
        let mut ids = Ids::default();
        ids.add(&IdKind::PHONE, Normalise::Digits, Some("49"), |out| out.push_str("0171 12345")).unwrap();
        assert_eq!(ids.text, "+4917112345");
    }

    #[test]
    fn placeholders_are_nobody() {
        for blocked in ["", "NULL", "\"undefined\""] {
            assert!(values(&[(IdKind::USER, blocked)]).is_empty(), "{blocked}");
        }
        assert_eq!(Ids::default().push(&IdKind::USER, &"x".repeat(256)).unwrap_err().reason, Reason::TooLarge);
        assert!(Ids::default().push(&IdKind::USER, &"x".repeat(255)).is_ok());
    }
}
