//! Signatures of what is sent to programs, as [Standard Webhooks](https://www.standardwebhooks.com) publishes them: HMAC-SHA256 of id, time
//! and body, in base64.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use periplus_model::time::Instant;
use sha2::Sha256;

/// What a key begins with when it is shown.
const PREFIX: &str = "whsec_";

/// What is sent is signed with it; receivers verify with the same.
#[derive(Clone)]
pub struct Key(Vec<u8>);

impl Key {
    /// A key of these bytes.
    pub fn new(bytes: &[u8]) -> Key {
        Key(bytes.to_vec())
    }

    /// The key that is shown as this; nothing when it is none.
    pub fn of_shown(shown: &str) -> Option<Key> {
        Some(Key(BASE64_STANDARD.decode(shown.strip_prefix(PREFIX)?).ok()?))
    }

    /// As receivers enter it.
    pub fn shown(&self) -> String {
        format!("{PREFIX}{}", BASE64_STANDARD.encode(&self.0))
    }

    /// The headers of a message with this id, sent at this time.
    pub fn headers(&self, id: &str, at: Instant, body: &str) -> [(&'static str, String); 3] {
        let seconds = at.0.div_euclid(1_000_000);
        let signature = Hmac::<Sha256>::new_from_slice(&self.0).map_or_else(
            |_| String::new(),
            |mut mac| {
                mac.update(format!("{id}.{seconds}.{body}").as_bytes());
                BASE64_STANDARD.encode(mac.finalize().into_bytes())
            },
        );
        [("webhook-id", id.to_owned()), ("webhook-timestamp", seconds.to_string()), ("webhook-signature", format!("v1,{signature}"))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_signature_that_its_makers_publish() {
        // The example of the specification's libraries.
        let key = Key::new(&BASE64_STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap());
        assert_eq!(key.shown(), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let headers = key.headers("msg_p5jXN8AQM9LWM0D4loKWxJek", Instant(1_614_265_330_000_000), r#"{"test": 2432232314}"#);
        assert_eq!(headers[2].1, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(headers[1].1, "1614265330");
    }
}
