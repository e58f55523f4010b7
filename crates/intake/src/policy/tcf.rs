//! The purposes that a TC string of IAB Europe's Transparency and Consent Framework (version 2) says somebody consented to.
//!
//! Only the core segment is read, and of it only the version and the consents: legitimate interest is nothing that a visitor
//! agreed to.

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Where the consents to purposes 1 to 24 begin, in bits, as IAB Tech Lab's format has it.
const PURPOSES_AT: usize = 152;
/// How long a core segment is at least, in bits.
const CORE_MIN: usize = 213;
/// TC strings are longer the more vendors there are; beyond this (characters) it is none.
const LENGTH_MAX: usize = 8 * 1024;

/// The encoders of consent platforms differ in what they leave in the last bits, and most leave out the padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent).with_decode_allow_trailing_bits(true),
);

/// The consents of a TC string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purposes(u32);

impl Purposes {
    /// Reads a TC string; nothing when it is none.
    pub fn of(text: &str) -> Option<Purposes> {
        let core = text.split('.').next().filter(|core| core.len() <= LENGTH_MAX)?;
        let bytes = BASE64.decode(core).ok().filter(|bytes| 8 * bytes.len() >= CORE_MIN)?;
        let version = bytes[0] >> 2;
        let bits = (0..24).filter(|bit| is_set(&bytes, PURPOSES_AT + bit)).fold(0, |bits, bit| bits | 1 << bit);
        (version == 2).then_some(Purposes(bits))
    }

    /// Whether there is consent to all of these purposes.
    pub fn has(self, purposes: &[u32]) -> bool {
        purposes.iter().all(|purpose| (1..=24).contains(purpose) && self.0 >> (purpose - 1) & 1 == 1)
    }
}

fn is_set(bytes: &[u8], bit: usize) -> bool {
    bytes.get(bit / 8).is_some_and(|byte| byte >> (7 - bit % 8) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn purposes(text: &str) -> Option<Vec<u32>> {
        Purposes::of(text).map(|found| (1..=24).filter(|purpose| found.has(&[*purpose])).collect())
    }

    /// The example of IAB Tech Lab's specification, and that of the documentation of the Perl module GDPR::IAB::TCFv2, with what
    /// other implementations read from them.
    #[test]
    fn published_strings_say_what_others_read() {
        let example = "COvFyGBOvFyGBAbAAAENAPCAAOAAAAAAAAAAAEEUACCKAAA.IFoEUQQgAIQwgIwQABAEAAAAOIAACAIAAAAQAIAgEAACEAAAAAgAQBAAAAAAAGBAAgAAAAAAAFAAECAAAgAAQARAEQAAAAAJAAIAAgAAAYQEAAAQmAgBC3ZAYzUw";
        assert_eq!(purposes(example), Some(vec![1, 2, 3]));
        let perl = "CLcVDxRMWfGmWAVAHCENAXCkAKDAADnAABRgA5mdfCKZuYJez-NQm0TBMYA4oCAAGQYIAAAAAAEAIAEgAA.argAC0gAAAAAAAAAAAA";
        assert_eq!(purposes(perl), Some(vec![1, 3, 9, 10]));
        assert!(Purposes::of(perl).unwrap().has(&[1, 3]) && !Purposes::of(perl).unwrap().has(&[1, 2]));
        assert!(!Purposes::of(perl).unwrap().has(&[0]) && !Purposes::of(perl).unwrap().has(&[25]));
    }

    #[test]
    fn what_is_no_tc_string_is_none() {
        // The last is a string of version 1.
        for text in [
            "",
            "C",
            "COvFyGBOvFyGBAbAAAENAPCA",
            "ü",
            "Cconsent to everything",
            "BOEFEAyOEFEAyAHABDENAI4AAAB9vABAASA",
            &"C".repeat(100_000),
        ] {
            assert_eq!(Purposes::of(text), None, "{text:.40}");
        }
    }
}
