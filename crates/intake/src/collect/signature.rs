//! Signatures of webhooks: whether a request comes from whoever shares a secret with us.
//!
//! All schemes are HMAC-SHA256; they differ in what is signed and where the signature stands. Which one a provider uses, the
//! source's settings say ([`Signature`]); the secret itself is never in the data folder, only the name of the environment variable
//! that has it. While a secret is changed there may be several, any of which will do.

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hmac::{Hmac, KeyInit, Mac};
use periplus_model::Instant;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::fmt;

use crate::cell::Cell;
use crate::when::TimeReader;

/// How a source's webhooks are signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// The scheme.
    pub scheme: Scheme,
    /// The header that has the signature, for `hmac-sha256-hex` and `hmac-sha256-base64`; the other schemes name it themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// What stands before the signature in that header, such as `sha256=`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// The environment variable that has the secret; several secrets, while one replaces the other, with spaces between them.
    pub secret_env: String,
}

/// What is signed, and where the signature stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// Standard Webhooks: `webhook-id`, `webhook-timestamp` and the body, in `webhook-signature` (or the same with `svix-`).
    Standard,
    /// The body, as hexadecimal digits in a header: GitHub, with the prefix `sha256=`, and many others.
    HmacSha256Hex,
    /// The body, as base64 in a header: Shopify, WooCommerce.
    HmacSha256Base64,
    /// Stripe: time and body, in `Stripe-Signature`.
    Stripe,
    /// Slack: time and body, in `X-Slack-Signature`.
    Slack,
    /// Zendesk: time and body, in `X-Zendesk-Webhook-Signature`.
    Zendesk,
}

/// A secret that is shared with a sender. It is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Why a signature is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    /// We do not have the secret.
    #[error("this server does not have the secret: set the environment variable {variable} where it runs, and start it again")]
    NoSecret {
        /// The variable that should have it.
        variable: String,
    },
    /// A header is missing, or cannot be read.
    #[error("the header {header} is missing or cannot be read")]
    Header {
        /// Its name.
        header: String,
    },
    /// It was signed too long ago, or in the future.
    #[error("it was signed more than five minutes before or after it came")]
    Stale,
    /// The signature is another.
    #[error("the signature is wrong: is the secret the one that the sender has?")]
    Wrong,
}

/// So far may the sender's clock be from ours, so that what somebody overheard cannot be sent again later (five minutes).
pub const TOLERANCE: i64 = 300_000_000;

/// With or without padding: providers do it either way.
const BASE64: GeneralPurpose =
    GeneralPurpose::new(&base64::alphabet::STANDARD, GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent));

impl Signature {
    /// What is wrong with how it is written, if anything.
    ///
    /// # Errors
    /// When a header is missing or superfluous.
    pub fn check(&self) -> Result<(), String> {
        let plain = matches!(self.scheme, Scheme::HmacSha256Hex | Scheme::HmacSha256Base64);
        match (&self.header, &self.prefix) {
            (None, _) if plain => Err("this scheme needs the header that has the signature: header = \"...\"".to_owned()),
            (Some(_), _) | (_, Some(_)) if !plain => Err("this scheme names its headers itself: leave header and prefix out".to_owned()),
            _ if self.secret_env.is_empty() || self.secret_env.contains(['=', ' ', '\0']) => {
                Err(format!("'{}' cannot be the name of an environment variable", self.secret_env))
            }
            _ => Ok(()),
        }
    }

    /// The secrets in the value of the environment variable.
    ///
    /// # Errors
    /// When one cannot be read; the message does not show it.
    pub fn secrets(&self, value: &str) -> Result<Vec<Secret>, String> {
        let read = |(number, word): (usize, &str)| match self.scheme {
            Scheme::Standard => match BASE64.decode(word.strip_prefix("whsec_").unwrap_or(word)) {
                Ok(bytes) => Ok(Secret(bytes)),
                Err(_) => Err(format!("secret {number} in {} is no base64, which this scheme needs (whsec_...)", self.secret_env)),
            },
            _ => Ok(Secret(word.as_bytes().to_vec())),
        };
        (1..).zip(value.split_whitespace()).map(read).collect()
    }
}

/// Whether a request is signed with one of the secrets. Signatures are compared in constant time.
///
/// # Errors
/// Why it is not.
pub fn verify(signature: &Signature, secrets: &[Secret], headers: &[(&str, &str)], body: &[u8], now: Instant) -> Result<(), Unverified> {
    if secrets.is_empty() {
        return Err(Unverified::NoSecret { variable: signature.secret_env.clone() });
    }
    let header = |name: &str| {
        let found = headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim());
        found.filter(|value| !value.is_empty()).ok_or_else(|| Unverified::Header { header: name.to_owned() })
    };
    let unreadable = |name: &str| Unverified::Header { header: name.to_owned() };
    match signature.scheme {
        Scheme::Standard => {
            let family = if header("webhook-id").is_err() && header("svix-id").is_ok() { "svix" } else { "webhook" };
            let named = |part: &str| header(&format!("{family}-{part}"));
            let (id, time, signed) = (named("id")?, named("timestamp")?, named("signature")?);
            fresh(seconds(time), now).map_err(|unread| unread.unwrap_or_else(|| unreadable("webhook-timestamp")))?;
            let given = signed.split(' ').filter_map(|one| BASE64.decode(one.strip_prefix("v1,")?).ok());
            any(given, secrets, &[id.as_bytes(), b".", time.as_bytes(), b".", body])
        }
        Scheme::HmacSha256Hex | Scheme::HmacSha256Base64 => {
            let name = signature.header.as_deref().unwrap_or_default();
            let given = header(name)?.strip_prefix(signature.prefix.as_deref().unwrap_or_default()).ok_or_else(|| unreadable(name))?;
            let given = match signature.scheme {
                Scheme::HmacSha256Hex => unhexed(given),
                _ => BASE64.decode(given).ok(),
            };
            any([given.ok_or_else(|| unreadable(name))?].into_iter(), secrets, &[body])
        }
        Scheme::Stripe => {
            let written = header("stripe-signature")?;
            let parts = || written.split(',').filter_map(|part| part.trim().split_once('='));
            let time = parts().find(|(key, _)| *key == "t").map(|(_, value)| value).ok_or_else(|| unreadable("stripe-signature"))?;
            fresh(seconds(time), now).map_err(|unread| unread.unwrap_or_else(|| unreadable("stripe-signature")))?;
            let given = parts().filter(|(key, _)| *key == "v1").filter_map(|(_, value)| unhexed(value));
            any(given, secrets, &[time.as_bytes(), b".", body])
        }
        Scheme::Slack => {
            let (time, signed) = (header("x-slack-request-timestamp")?, header("x-slack-signature")?);
            fresh(seconds(time), now).map_err(|unread| unread.unwrap_or_else(|| unreadable("x-slack-request-timestamp")))?;
            any(signed.strip_prefix("v0=").and_then(unhexed).into_iter(), secrets, &[b"v0:", time.as_bytes(), b":", body])
        }
        Scheme::Zendesk => {
            let (time, signed) = (header("x-zendesk-webhook-signature-timestamp")?, header("x-zendesk-webhook-signature")?);
            let at = TimeReader::iso().read(Cell::Text(time));
            fresh(at, now).map_err(|unread| unread.unwrap_or_else(|| unreadable("x-zendesk-webhook-signature-timestamp")))?;
            any(BASE64.decode(signed).ok().into_iter(), secrets, &[time.as_bytes(), body])
        }
    }
}

/// Whether a time is near enough to ours; nothing as the error when there is none.
fn fresh(time: Option<Instant>, now: Instant) -> Result<(), Option<Unverified>> {
    match time {
        None => Err(None),
        Some(time) if now.0.saturating_sub(time.0).saturating_abs() > TOLERANCE => Err(Some(Unverified::Stale)),
        Some(_) => Ok(()),
    }
}

fn seconds(text: &str) -> Option<Instant> {
    text.parse::<i64>().ok()?.checked_mul(1_000_000).map(Instant)
}

/// Whether one of the signatures was made with one of the secrets.
fn any(given: impl Iterator<Item = Vec<u8>>, secrets: &[Secret], signed: &[&[u8]]) -> Result<(), Unverified> {
    let made: Vec<Hmac<Sha256>> = secrets
        .iter()
        // A key of any length will do, so none is passed over.
        .filter_map(|secret| Hmac::<Sha256>::new_from_slice(&secret.0).ok())
        .map(|mac| signed.iter().fold(mac, |mac, piece| mac.chain_update(piece)))
        .collect();
    // A sender has one or two; a header full of them is not worth the work.
    let mut tried = given.take(16).flat_map(|one| made.iter().map(move |mac| mac.clone().verify_slice(&one).is_ok()));
    if tried.any(|right| right) { Ok(()) } else { Err(Unverified::Wrong) }
}

fn unhexed(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.trim().chars().map(|c| c.to_digit(16).map(|digit| digit as u8)).collect::<Option<_>>()?;
    digits.len().is_multiple_of(2).then(|| digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signature(scheme: Scheme, header: Option<&str>, prefix: Option<&str>) -> Signature {
        Signature { scheme, header: header.map(str::to_owned), prefix: prefix.map(str::to_owned), secret_env: "SECRET".to_owned() }
    }

    /// Holds for the request as it is, and for no request that differs in the body, the secret, a header, or by an hour.
    fn holds(signature: &Signature, secret: &str, headers: &[(&str, &str)], body: &[u8], now: Instant) {
        signature.check().unwrap();
        let secrets = signature.secrets(secret).unwrap();
        assert_eq!(verify(signature, &secrets, headers, body, now), Ok(()));
        let upper: Vec<(String, &str)> = headers.iter().map(|(name, value)| (name.to_ascii_uppercase(), *value)).collect();
        let upper: Vec<(&str, &str)> = upper.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        assert_eq!(verify(signature, &secrets, &upper, body, now), Ok(()));
        let other = Secret(b"another".to_vec());
        let both = [std::slice::from_ref(&other), &secrets].concat();
        assert_eq!(verify(signature, &both, headers, body, now), Ok(()), "while a secret is changed");
        assert_eq!(verify(signature, &[other], headers, body, now), Err(Unverified::Wrong));
        assert_eq!(verify(signature, &secrets, headers, &[body, b" "].concat(), now), Err(Unverified::Wrong));
        assert_eq!(verify(signature, &[], headers, body, now), Err(Unverified::NoSecret { variable: "SECRET".to_owned() }));
        for missing in 0..headers.len() {
            let mut fewer = headers.to_vec();
            fewer.remove(missing);
            assert!(matches!(verify(signature, &secrets, &fewer, body, now), Err(Unverified::Header { .. })));
        }
        let is_timed = !matches!(signature.scheme, Scheme::HmacSha256Hex | Scheme::HmacSha256Base64);
        for hour in [-3_600_000_000, 3_600_000_000] {
            let later = verify(signature, &secrets, headers, body, Instant(now.0 + hour));
            assert_eq!(later, if is_timed { Err(Unverified::Stale) } else { Ok(()) });
        }
    }

    #[test]
    fn standard_webhooks_are_verified_as_their_makers_publish_it() {
        let headers = [
            ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
            ("webhook-timestamp", "1614265330"),
            ("webhook-signature", "v1a,bm9uZQ== v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        ];
        let now = Instant(1_614_265_400_000_000);
        let standard = signature(Scheme::Standard, None, None);
        for secret in ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] {
            holds(&standard, secret, &headers, br#"{"test": 2432232314}"#, now);
        }
        let svix = headers.map(|(name, value)| (name.replace("webhook", "svix"), value));
        let svix: Vec<(&str, &str)> = svix.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        holds(&standard, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", &svix, br#"{"test": 2432232314}"#, now);
        assert!(standard.secrets("whsec_***").unwrap_err().contains("secret 1 in SECRET"));
    }

    #[test]
    fn plain_signatures_are_verified_as_github_publishes_it_and_as_shopify_writes_it() {
        let github = signature(Scheme::HmacSha256Hex, Some("X-Hub-Signature-256"), Some("sha256="));
        // The secret has spaces, which a variable with one secret cannot have: it is given as it is.
        let secrets = [Secret(b"It's a Secret to Everybody".to_vec())];
        let signed = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        let check = |signed: &str| verify(&github, &secrets, &[("x-hub-signature-256", signed)], b"Hello, World!", Instant(0));
        assert_eq!(check(signed), Ok(()));
        assert_eq!(check(&signed.to_ascii_uppercase().replace("SHA", "sha")), Ok(()));
        assert_eq!(check(&signed[7..]), Err(Unverified::Header { header: "X-Hub-Signature-256".to_owned() }));
        for odd in ["sha256=", "sha256=7", "sha256=zz", "sha256=é", "sha256=757107"] {
            assert!(check(odd).is_err(), "{odd}");
        }
        // RFC 4231, case 2, in both writings.
        let body = b"what do ya want for nothing?";
        let hex = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        holds(&signature(Scheme::HmacSha256Hex, Some("x-signature"), None), "Jefe", &[("x-signature", hex)], body, Instant(0));
        let base64 = "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=";
        let shopify = signature(Scheme::HmacSha256Base64, Some("X-Shopify-Hmac-SHA256"), None);
        holds(&shopify, "Jefe", &[("x-shopify-hmac-sha256", base64)], body, Instant(0));
    }

    #[test]
    fn slack_is_verified_as_it_publishes_it() {
        let body = b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
        let headers = [
            ("x-slack-request-timestamp", "1531420618"),
            ("x-slack-signature", "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"),
        ];
        let slack = signature(Scheme::Slack, None, None);
        holds(&slack, "8f742231b10e8888abcd99yyyzzz85a5", &headers, body, Instant(1_531_420_600_000_000));
    }

    #[test]
    fn stripe_and_zendesk_are_verified_in_the_form_that_they_document() {
        // Computed with another implementation of HMAC.
        let stripe = signature(Scheme::Stripe, None, None);
        let written = "t=1492774577,v1=00,v1=7656fc2882a7ca0a651666b36bf2f2f22ee204f54f608f227498a2419f2890b2,v0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39";
        holds(&stripe, "whsec_test", &[("stripe-signature", written)], br#"{"id":"evt_1"}"#, Instant(1_492_774_600_000_000));
        let headers = [
            ("x-zendesk-webhook-signature-timestamp", "2026-03-01T10:00:00Z"),
            ("x-zendesk-webhook-signature", "b5qPYTQ5KefZ2X6JxmivLRu/ZgesdWdBV5DJlHIPSwA="),
        ];
        let now = Instant::parse("2026-03-01T10:01:00Z").unwrap();
        holds(&signature(Scheme::Zendesk, None, None), "zendesk_secret", &headers, br#"{"id":"evt_1"}"#, now);
    }

    #[test]
    fn what_is_written_wrongly_is_explained_and_secrets_are_not_shown() {
        let complaint = |signature: Signature| signature.check().unwrap_err();
        assert!(complaint(signature(Scheme::HmacSha256Hex, None, None)).contains("needs the header"));
        assert!(complaint(signature(Scheme::Stripe, Some("x"), None)).contains("leave header"));
        assert!(complaint(Signature { secret_env: "A=B".to_owned(), ..signature(Scheme::Slack, None, None) }).contains("environment"));
        let secrets = signature(Scheme::Slack, None, None).secrets(" one  two ").unwrap();
        assert_eq!((secrets.len(), format!("{:?}", secrets[0]).contains("one")), (2, false));
    }
}
