//! The secret that the machines of a cluster share.
//!
//! Ballista has no accounts, but lets both ends of its connections be dressed: every client says a word that is derived from
//! the secret, and every server wants to hear it. The word goes in the user agent, the one header that all of Ballista's
//! connections let us set. It keeps strangers out of a network that others can reach; it hides nothing from whoever can listen
//! there.

use std::fmt;

use ballista_core::extension::EndpointOverrideFn;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use tonic::service::Interceptor;
use tonic::{Request, Status};

/// What to say, and what to expect to be told.
#[derive(Clone)]
pub struct Secret {
    word: Arc<str>,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl Secret {
    /// The secret with this text; an empty one keeps nobody out.
    pub fn new(text: &str) -> Secret {
        let digest = Sha256::digest(format!("periplus cluster {text}"));
        let word: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        Secret { word: format!("periplus-cluster/{word}").into() }
    }

    /// Makes a connection's end say it.
    pub(crate) fn endpoint(&self) -> EndpointOverrideFn {
        let word = self.word.clone();
        Arc::new(move |endpoint| Ok(endpoint.user_agent(&*word)?))
    }
}

/// Refuses whoever does not say the secret.
impl Interceptor for Secret {
    fn call(&mut self, request: Request<()>) -> Result<Request<()>, Status> {
        // The library adds its own name behind ours.
        let said = request.metadata().get("user-agent").map(|value| value.as_bytes()).unwrap_or_default();
        let said = said.get(..self.word.len()).unwrap_or_default();
        // Every byte is compared, whatever the others are, so that time tells nothing.
        let differs = said.iter().zip(self.word.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
        match said.len() == self.word.len() && differs == 0 {
            true => Ok(request),
            false => Err(Status::unauthenticated("this cluster has another secret; give it with --secret or PERIPLUS_CLUSTER_SECRET")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_those_who_know_it_are_let_in() {
        let hears = |agent: Option<&str>, mut secret: Secret| {
            let mut request = Request::new(());
            if let Some(agent) = agent {
                request.metadata_mut().insert("user-agent", agent.parse().unwrap());
            }
            secret.call(request).is_ok()
        };
        let secret = Secret::new("open sesame");
        let word = format!("{} tonic/1", secret.word);
        assert!(hears(Some(&word), secret.clone()));
        assert!(!hears(Some(&word), Secret::new("open barley")));
        assert!(!hears(Some(&word), Secret::new("")));
        assert!(!hears(Some("tonic/1"), secret.clone()));
        assert!(!hears(None, secret.clone()));
        assert!(!word.contains("sesame"));
    }
}
