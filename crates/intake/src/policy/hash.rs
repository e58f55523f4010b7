//! Values that can be compared and no longer be read.
//!
//! Without a key, a hash is the SHA-256 of the value as it is written normally, in hexadecimal digits: what ad platforms match
//! by, and equal wherever somebody does the same, so that a customer is recognised over sources and files. Whoever has a list of
//! addresses can find out which of them it stands for. With a key (HMAC-SHA256), only who has the key can.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// The bytes of a block of SHA-256.
const BLOCK: usize = 64;

/// A value's hash, 64 hexadecimal digits.
///
/// A value that is already one stays as it is: SDKs hash themselves, and what is sent again after it was refused must come out
/// the same.
pub fn hashed(value: &str, key: Option<&str>) -> String {
    if is_hash(value) {
        return value.to_owned();
    }
    let digest = match key {
        None => Sha256::digest(value.as_bytes()),
        Some(key) => {
            let mut block = [0; BLOCK];
            match key.len() > BLOCK {
                true => block[..32].copy_from_slice(&Sha256::digest(key.as_bytes())),
                false => block[..key.len()].copy_from_slice(key.as_bytes()),
            }
            let inner = Sha256::new().chain_update(block.map(|byte| byte ^ 0x36)).chain_update(value.as_bytes()).finalize();
            Sha256::new().chain_update(block.map(|byte| byte ^ 0x5c)).chain_update(inner).finalize()
        }
    };
    let mut text = String::with_capacity(64);
    for byte in digest {
        // Writing into a text cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Whether a value is a hash already.
pub fn is_hash(value: &str) -> bool {
    value.len() == 64 && value.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 180-4, and RFC 4231, test cases 2 and 6.
    #[test]
    fn hashes_are_as_published() {
        assert_eq!(hashed("abc", None), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(
            hashed("what do ya want for nothing?", Some("Jefe")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_ne!(hashed("a", Some(&"k".repeat(65))), hashed("a", Some(&"k".repeat(64))));
        let once = hashed("ana@example.org", Some("k"));
        assert_eq!(hashed(&once, Some("k")), once);
    }
}
