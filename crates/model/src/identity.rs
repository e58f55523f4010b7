//! Identifiers and the customers they belong to.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What sort of identifier a value is: `user_id`, `anonymous_id`, `email`, ... or any name a team chooses.
///
/// The name is lower case ASCII letters, digits and underscores, 1 to 40 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct IdKind(Cow<'static, str>);

impl IdKind {
    /// A login: the strongest identifier there is.
    pub const USER: IdKind = IdKind(Cow::Borrowed("user_id"));
    /// A browser's or an app installation's own identifier.
    pub const ANONYMOUS: IdKind = IdKind(Cow::Borrowed("anonymous_id"));
    /// An e-mail address.
    pub const EMAIL: IdKind = IdKind(Cow::Borrowed("email"));
    /// A telephone number.
    pub const PHONE: IdKind = IdKind(Cow::Borrowed("phone"));
    /// A loyalty card.
    pub const LOYALTY: IdKind = IdKind(Cow::Borrowed("loyalty_card"));
    /// A device.
    pub const DEVICE: IdKind = IdKind(Cow::Borrowed("device_id"));
    /// A household that is itself the customer (grouping customers into households is a trait, not an identifier).
    pub const HOUSEHOLD: IdKind = IdKind(Cow::Borrowed("household_id"));

    /// A kind by its name.
    ///
    /// # Errors
    /// When the name is empty, too long, or has other characters than `a-z`, `0-9` and `_`.
    pub fn new(name: &str) -> Result<IdKind, IdError> {
        let fits = (1..=40).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !fits {
            return Err(IdError(format!("'{name}' is not a kind of identifier: use 1 to 40 of a-z, 0-9 and _")));
        }
        Ok([IdKind::USER, IdKind::ANONYMOUS, IdKind::EMAIL, IdKind::PHONE, IdKind::LOYALTY, IdKind::DEVICE, IdKind::HOUSEHOLD]
            .into_iter()
            .find(|known| known.0 == name)
            .unwrap_or_else(|| IdKind(Cow::Owned(name.to_owned()))))
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IdKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for IdKind {
    type Error = IdError;
    fn try_from(name: String) -> Result<IdKind, IdError> {
        IdKind::new(&name)
    }
}

impl From<IdKind> for String {
    fn from(kind: IdKind) -> String {
        kind.0.into_owned()
    }
}

/// One value of one kind, such as `email:ana@example.org`. Values are compared as they are; normalisation
/// (lower-case e-mail addresses, digits of telephone numbers) happens where they are read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Identifier {
    /// Its kind.
    pub kind: IdKind,
    /// Its value, never empty.
    pub value: String,
}

impl Identifier {
    /// Joins kind and value.
    pub fn new(kind: IdKind, value: impl Into<String>) -> Identifier {
        Identifier { kind, value: value.into() }
    }

    /// The key that this identifier has by itself.
    pub fn key(&self) -> CustomerKey {
        CustomerKey::of(self.kind.name(), &self.value)
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.value)
    }
}

impl FromStr for Identifier {
    type Err = IdError;
    /// Reads `kind:value`; the value may contain colons.
    fn from_str(text: &str) -> Result<Identifier, IdError> {
        let (kind, value) =
            text.split_once(':').ok_or_else(|| IdError(format!("'{text}' is not an identifier such as email:ana@example.org")))?;
        if value.is_empty() {
            return Err(IdError(format!("'{text}' has an empty value")));
        }
        Ok(Identifier { kind: IdKind::new(kind)?, value: value.to_owned() })
    }
}

/// Values that many strangers share, in lower case.
const NOBODY: [&str; 26] = [
    "0",
    "-1",
    "anonymous",
    "anonymous_id",
    "guest",
    "id",
    "distinct_id",
    "distinctid",
    "user_id",
    "email",
    "undefined",
    "null",
    "nil",
    "none",
    "nan",
    "n/a",
    "na",
    "true",
    "false",
    "unknown",
    "not set",
    "(not set)",
    "not_authenticated",
    "[object object]",
    "{}",
    "00000000-0000-0000-0000-000000000000",
];

/// Whether a value is blocked: one that broken senders give to everybody (`null`, `anonymous`, `[object Object]`, ...),
/// in whatever case, with blanks or quotes around it, or with nothing in it. As an identifier it would join strangers into
/// one customer.
pub fn is_blocked(value: &str) -> bool {
    // Most identifiers are numbers, and no blocked value begins with one of these digits.
    if matches!(value.as_bytes().first(), Some(b'1'..=b'9')) {
        return false;
    }
    let bare = value.trim().trim_matches(['"', '\'', '`']).trim();
    bare.is_empty() || NOBODY.iter().any(|nobody| nobody.eq_ignore_ascii_case(bare))
}

/// A customer in the lake: the 63-bit hash (never negative) of the customer's canonical identifier.
///
/// Its top bits choose the bucket, so a bucket is a range of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CustomerKey(pub i64);

impl CustomerKey {
    /// The key of an identifier: XXH3-64 over `kind:value`, without the sign bit.
    pub fn of(kind: &str, value: &str) -> CustomerKey {
        let mut hash = xxhash_rust::xxh3::Xxh3Default::new();
        let mut small = [0u8; 256];
        let length = kind.len() + 1 + value.len();
        // One-shot hashing of a short buffer is several times faster than streaming, and nearly every identifier is short.
        let bits = if length <= small.len() {
            small[..kind.len()].copy_from_slice(kind.as_bytes());
            small[kind.len()] = b':';
            small[kind.len() + 1..length].copy_from_slice(value.as_bytes());
            xxhash_rust::xxh3::xxh3_64(&small[..length])
        } else {
            hash.update(kind.as_bytes());
            hash.update(b":");
            hash.update(value.as_bytes());
            hash.digest()
        };
        CustomerKey((bits >> 1) as i64)
    }

    /// The key of an identifier that is already written as `kind:value`.
    pub fn of_text(distinct_id: &str) -> CustomerKey {
        CustomerKey((xxhash_rust::xxh3::xxh3_64(distinct_id.as_bytes()) >> 1) as i64)
    }

    /// Which of `1 << bits` buckets the key falls into.
    pub fn bucket(self, bits: u32) -> u16 {
        if bits == 0 { 0 } else { ((self.0 as u64) >> (63 - bits)) as u16 }
    }
}

/// Text that is no identifier; the message says what would be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct IdError(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_same_from_parts_and_from_text() {
        for value in ["a".to_owned(), "x".repeat(300), "ü:ñ".to_owned()] {
            let identifier = Identifier::new(IdKind::EMAIL, value);
            assert_eq!(identifier.key(), CustomerKey::of_text(&identifier.to_string()));
            assert!(identifier.key().0 >= 0);
            assert_eq!(identifier.to_string().parse::<Identifier>().unwrap(), identifier);
        }
    }

    #[test]
    fn buckets_are_key_ranges_that_split_in_two() {
        let key = CustomerKey(i64::MAX);
        assert_eq!(key.bucket(4), 15);
        assert_eq!(key.bucket(5), 31);
        assert_eq!(CustomerKey(0).bucket(4), 0);
        for n in 0..1000 {
            let key = CustomerKey::of("user_id", &n.to_string());
            assert_eq!(key.bucket(5) / 2, key.bucket(4));
        }
    }

    #[test]
    fn what_names_nobody_is_blocked_however_it_is_written() {
        for value in ["", "  ", "NaN", "None", "'null'", "\"undefined\"", "[object Object]", " Guest ", "TRUE", "0", "\"\"", "'", "NULL"] {
            assert!(is_blocked(value), "{value:?}");
        }
        for value in ["00", "guest@example.org", "anonymous-7", "1", "nullable", "İ"] {
            assert!(!is_blocked(value), "{value:?}");
        }
        for nobody in NOBODY {
            assert!(is_blocked(nobody), "the short cut for digits must not let {nobody} through");
        }
    }

    #[test]
    fn kinds_refuse_what_cannot_be_a_name() {
        for wrong in ["", "User", "a b", "a:b", &"x".repeat(41)] {
            assert!(IdKind::new(wrong).is_err(), "{wrong}");
        }
    }
}
