//! Links that carry who they are for, signed, so that nobody can answer for somebody else.
//!
//! A link is `base64url(head, payload, HMAC-SHA256(secret, head, payload))`; the head is a version and how long the payload is, the
//! payload the [`Link`] in postcard's format. Who reads a link reads the identifier in it, and can do no more with it than answer. One
//! that was cut short on its way is told from one that we never made, because the first happens to honest people.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use periplus_model::{IdKind, Identifier, Instant};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::definition::Channel;

/// The format of links, which is the first byte of each.
const VERSION: u8 = 1;
const HEAD: usize = 3;
const MAC: usize = 32;
/// No link of ours is longer.
const LENGTH_MAX: usize = 2_048;

/// The key that links are signed with.
#[derive(Clone)]
pub struct Secret(Hmac<Sha256>);

impl Secret {
    /// Of these bytes, which nobody else may know.
    pub fn new(bytes: &[u8]) -> Secret {
        // HMAC takes keys of any length; an error is not possible, and a key that nobody has signs nothing that anybody believes.
        let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(bytes).unwrap_or_else(|_| <Hmac<Sha256> as KeyInit>::new(&Default::default()));
        Secret(mac)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Purpose {
    /// To answer the survey.
    Answer,
    /// To answer it, with this mark chosen for its first question that takes one.
    Score(u8),
    /// To go on after the mark was taken: of the questions that were shown, the answers to the first so many are taken already.
    Rest(u16),
}

/// What a link says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What it is for.
    pub purpose: Purpose,
    /// The survey.
    pub survey: String,
    /// The number of the ask, which makes its answer count once.
    pub ask: u128,
    /// Who is asked.
    pub who: Identifier,
    /// By which way.
    pub via: Channel,
    /// From when on it cannot be used.
    pub expires: Instant,
}

/// How a link is packed.
#[derive(Serialize, Deserialize)]
struct Packed<'a> {
    purpose: Purpose,
    survey: &'a str,
    ask: u128,
    kind: &'a str,
    value: &'a str,
    via: Channel,
    expires: i64,
}

/// Why a link cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unlinked {
    /// Its end is missing: mail programs break long lines.
    #[error("the link is not complete: its end is missing")]
    Incomplete,
    /// It is none of ours, or somebody changed it.
    #[error("the link is not valid")]
    NotOurs,
    /// It was good until then.
    #[error("the link could be used until {0}")]
    Expired(Instant),
}

/// The number of an ask as a text: 32 hexadecimal digits.
pub fn ask_text(ask: u128) -> String {
    format!("{ask:032x}")
}

impl Link {
    /// The link as a text that fits into addresses.
    pub fn sign(&self, secret: &Secret) -> String {
        let Link { purpose, survey, ask, who, via, expires } = self;
        let packed =
            Packed { purpose: *purpose, survey, ask: *ask, kind: who.kind.name(), value: &who.value, via: *via, expires: expires.micros() };
        // Writing into memory cannot fail.
        let payload = postcard::to_stdvec(&packed).unwrap_or_default();
        let mut bytes = vec![VERSION];
        bytes.extend((payload.len() as u16).to_be_bytes());
        bytes.extend(payload);
        let mut mac = secret.0.clone();
        mac.update(&bytes);
        bytes.extend(mac.finalize().into_bytes());
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a link, if it is ours and can still be used.
    ///
    /// # Errors
    /// Why it cannot be.
    pub fn read(text: &str, secret: &Secret, now: Instant) -> Result<Link, Unlinked> {
        let link = Link::read_expired(text, secret)?;
        if now >= link.expires { Err(Unlinked::Expired(link.expires)) } else { Ok(link) }
    }

    /// Reads a link, if it is ours, whether it can still be used or not.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn read_expired(text: &str, secret: &Secret) -> Result<Link, Unlinked> {
        if text.len() > LENGTH_MAX {
            return Err(Unlinked::NotOurs);
        }
        let bytes = match BASE64_URL_SAFE_NO_PAD.decode(text) {
            Ok(bytes) => bytes,
            // The last letter that is left of a link that was cut may stand for no whole byte.
            Err(_) if is_cut(text) => return Err(Unlinked::Incomplete),
            Err(_) => return Err(Unlinked::NotOurs),
        };
        let length = declared(&bytes).ok_or(if bytes.len() < HEAD { Unlinked::Incomplete } else { Unlinked::NotOurs })?;
        if bytes.len() < length {
            return Err(Unlinked::Incomplete);
        }
        let (signed, signature) = bytes.split_at(length - MAC);
        let mut mac = secret.0.clone();
        mac.update(signed);
        // In constant time.
        mac.verify_slice(signature).map_err(|_| Unlinked::NotOurs)?;
        let packed: Packed<'_> = postcard::from_bytes(&signed[HEAD..]).map_err(|_| Unlinked::NotOurs)?;
        let kind = IdKind::new(packed.kind).map_err(|_| Unlinked::NotOurs)?;
        Ok(Link {
            purpose: packed.purpose,
            survey: packed.survey.to_owned(),
            ask: packed.ask,
            who: Identifier::new(kind, packed.value),
            via: packed.via,
            expires: Instant(packed.expires),
        })
    }
}

/// How many bytes a link says that it has; nothing when it is of no version that we know.
fn declared(bytes: &[u8]) -> Option<usize> {
    let [version, high, low, ..] = bytes else { return None };
    (*version == VERSION).then(|| HEAD + usize::from(u16::from_be_bytes([*high, *low])) + MAC)
}

/// Whether a text that cannot be decoded is the beginning of a link: its last letter may stand for no whole byte.
fn is_cut(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    let whole = text.get(..text.len() / 4 * 4).unwrap_or_default();
    let begin = BASE64_URL_SAFE_NO_PAD.decode(whole).unwrap_or_default();
    let length = if begin.len() < HEAD { Some(usize::MAX) } else { declared(&begin) };
    text.bytes().all(is_letter) && length.is_some_and(|length| text.len() * 3 / 4 < length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn link() -> Link {
        Link {
            purpose: Purpose::Score(9),
            survey: "after-delivery".to_owned(),
            ask: 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef,
            who: "email:ana@example.org".parse().unwrap(),
            via: Channel::Email,
            expires: Instant::parse("2026-06-01").unwrap(),
        }
    }

    fn secret() -> Secret {
        Secret::new(b"a secret of thirty-two bytes ....")
    }

    const BEFORE: Instant = Instant(0);

    #[test]
    fn a_link_says_what_was_signed_until_it_expires() {
        let text = link().sign(&secret());
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)) && text.len() < 150, "{text}");
        assert_eq!(Link::read(&text, &secret(), BEFORE), Ok(link()));
        let expires = link().expires;
        assert_eq!(Link::read(&text, &secret(), Instant(expires.0 - 1)), Ok(link()));
        assert_eq!(Link::read(&text, &secret(), expires), Err(Unlinked::Expired(expires)));
        assert_eq!(Link::read(&text, &Secret::new(b"another secret"), BEFORE), Err(Unlinked::NotOurs));
    }

    #[test]
    fn a_link_of_today_can_be_read_for_ever() {
        // Made by this version; the signature was computed anew by Python's hmac and hashlib.
        const TEXT: &str = include_str!("../tests/link-1.txt");
        assert_eq!(Link::read(TEXT.trim(), &secret(), BEFORE), Ok(link()));
        assert_eq!(link().sign(&secret()), TEXT.trim());
    }

    #[test]
    fn what_was_cut_short_is_told_from_what_was_changed() {
        let text = link().sign(&secret());
        for length in 0..text.len() {
            assert_eq!(Link::read(&text[..length], &secret(), BEFORE), Err(Unlinked::Incomplete), "{length}");
        }
        for text in [
            format!("{text}A"),
            format!("{text}AAAA"),
            format!("{text}."),
            "?".to_owned(),
            "é".repeat(40),
            "A".repeat(3_000),
            "AAAA".to_owned(),
        ] {
            assert_eq!(Link::read(&text, &secret(), BEFORE), Err(Unlinked::NotOurs), "{text}");
        }
    }

    #[test]
    fn no_changed_bit_is_believed() {
        let text = link().sign(&secret());
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(&text).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let read = Link::read(&BASE64_URL_SAFE_NO_PAD.encode(changed), &secret(), BEFORE);
            assert!(matches!(read, Err(Unlinked::NotOurs | Unlinked::Incomplete)), "bit {bit}: {read:?}");
        }
    }

    proptest! {
        #[test]
        fn any_link_is_read_as_it_was_signed(
            purpose in prop_oneof![Just(Purpose::Answer), (0u8..=10).prop_map(Purpose::Score), any::<u16>().prop_map(Purpose::Rest)],
            survey in "[a-z0-9_-]{1,64}", ask: u128, kind in "[a-z_]{1,40}", value in ".{1,60}", expires in 1i64.., bytes: Vec<u8>,
        ) {
            let who = Identifier::new(IdKind::new(&kind).unwrap(), value);
            let link = Link { purpose, survey, ask, who, via: Channel::Widget, expires: Instant(expires) };
            let secret = Secret::new(&bytes);
            prop_assert_eq!(Link::read(&link.sign(&secret), &secret, BEFORE), Ok(link));
        }

        #[test]
        fn no_text_is_believed(text in ".{0,300}|[A-Za-z0-9_-]{0,300}") {
            prop_assert!(Link::read(&text, &secret(), BEFORE).is_err());
        }
    }
}
