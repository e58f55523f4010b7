//! Webhooks: a POST to a program. The message has an id, so that a receiver that gets it twice can tell: it is sent again until it is taken.

use std::fmt;
use std::io::Read;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Error};

use crate::Outcome;
use crate::address::is_public;

/// A receiver answers within this time.
const PATIENCE: Duration = Duration::from_secs(10);
/// So much of an answer is read.
const REPLY_MAX: u64 = 64 << 10;
/// So much of it is told when it is no success.
const TOLD_MAX: usize = 200;
/// So many addresses of a name are tried.
const ADDRESSES_MAX: usize = 8;

/// Sends to webhooks.
pub struct Webhook {
    agent: Agent,
}

impl Webhook {
    /// Sends to addresses of the public network only, or with `anywhere` to this machine and its house, too.
    pub fn new(anywhere: bool) -> Webhook {
        let config = Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            // What the environment says of proxies is not meant for what people type in.
            .proxy(None)
            .max_idle_connections(0)
            .user_agent(concat!("Periplus/", env!("CARGO_PKG_VERSION")))
            .build();
        Webhook { agent: Agent::with_parts(config, DefaultConnector::default(), Names { anywhere }) }
    }

    /// Sends a message, with headers that say which it is and that it is from here.
    pub fn send(&self, address: &str, headers: &[(&str, String)], json: &str) -> Outcome {
        let mut request = self.agent.post(address).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let mut answer = match request.send(json) {
            Ok(answer) => answer,
            Err(error) => return failed(&error),
        };
        let status = answer.status().as_u16();
        if (200..300).contains(&status) {
            return Outcome::Sent;
        }
        let mut told = String::new();
        // Whatever cannot be read of the reason is not worth another failure.
        let _ = answer.body_mut().as_reader().take(REPLY_MAX).read_to_string(&mut told);
        let told: String = told.chars().filter(|c| !c.is_control()).take(TOLD_MAX).collect();
        let why = format!("it answered {status}{}{}", if told.is_empty() { "" } else { ": " }, told.trim());
        match status {
            408 | 425 | 429 | 500.. => Outcome::Later(why),
            _ => Outcome::Failed(why),
        }
    }
}

fn failed(error: &Error) -> Outcome {
    match error {
        Error::BadUri(_) | Error::Http(_) => Outcome::Failed(format!("that is no address: {error}")),
        Error::Other(other) if other.is::<NotPublic>() => Outcome::Failed(other.to_string()),
        _ => Outcome::Later(error.to_string()),
    }
}

/// The address belongs to this machine or its house.
#[derive(Debug)]
struct NotPublic(String);

impl fmt::Display for NotPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not in the public network; `[followup] anywhere = true` in settings.toml allows it", self.0)
    }
}

impl std::error::Error for NotPublic {}

/// Finds the addresses of names, and leaves out those that are not for everybody: at the moment of connecting, so that a name
/// that changes its address between looking and connecting gains nothing.
#[derive(Debug)]
struct Names {
    anywhere: bool,
}

impl Resolver for Names {
    fn resolve(&self, uri: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let host = uri.host().ok_or(Error::HostNotFound)?.trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("http") { 80 } else { 443 });
        let found = looked_up(&host, port)?;
        let mut addresses = self.empty();
        for address in found.iter().filter(|address| self.anywhere || is_public(address.ip())).take(ADDRESSES_MAX) {
            addresses.push(*address);
        }
        match (addresses.is_empty(), found.is_empty()) {
            (false, _) => Ok(addresses),
            (true, true) => Err(Error::HostNotFound),
            (true, false) => Err(Error::Other(Box::new(NotPublic(host)))),
        }
    }
}

/// The system's look-up, which cannot be told to stop: a thread of its own is left behind when it takes too long.
fn looked_up(host: &str, port: u16) -> Result<Vec<SocketAddr>, Error> {
    let (tell, told) = mpsc::channel();
    let host: Arc<str> = host.into();
    let look = std::thread::Builder::new().name("looking up a name".to_owned());
    look.spawn(move || {
        let found = (host.as_ref(), port).to_socket_addrs().map(|found| found.collect::<Vec<_>>());
        let _ = tell.send(found);
    })
    .map_err(Error::Io)?;
    match told.recv_timeout(PATIENCE) {
        Ok(Ok(found)) => Ok(found),
        _ => Err(Error::HostNotFound),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;

    /// A receiver that gives one answer, and tells what it got.
    fn receiver(answer: &'static str) -> (String, std::thread::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://127.0.0.1:{}/hook?a=b", listener.local_addr().unwrap().port());
        let thread = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut head, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                head += &line;
                if line.trim().is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
            head + &String::from_utf8(body).unwrap()
        });
        (address, thread)
    }

    fn send(anywhere: bool, answer: &'static str) -> (Outcome, String) {
        let (address, thread) = receiver(answer);
        let outcome = Webhook::new(anywhere).send(&address, &[("webhook-id", "m1".to_owned())], "{\"a\":1}");
        (outcome, thread.join().unwrap())
    }

    #[test]
    fn what_a_receiver_answers_says_what_to_do_next() {
        let (outcome, got) = send(true, "HTTP/1.1 204 No Content\r\n\r\n");
        assert_eq!(outcome, Outcome::Sent);
        assert!(got.starts_with("POST /hook?a=b HTTP/1.1") && got.contains("webhook-id: m1") && got.ends_with("{\"a\":1}"), "{got}");
        let (outcome, _) = send(true, "HTTP/1.1 503 Busy\r\ncontent-length: 5\r\n\r\nlater");
        assert_eq!(outcome, Outcome::Later("it answered 503: later".to_owned()));
        assert!(matches!(send(true, "HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n").0, Outcome::Failed(_)));
        let redirect = "HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n";
        assert!(matches!(send(true, redirect).0, Outcome::Failed(_)), "nobody is followed elsewhere");
        assert!(matches!(send(true, "nonsense").0, Outcome::Later(_)));
    }

    #[test]
    fn this_machine_is_spoken_to_only_when_that_is_allowed() {
        let webhook = Webhook::new(false);
        for address in ["http://127.0.0.1:9/", "http://[::1]:9/", "http://localhost:9/", "http://0177.0.0.1:9/", "http://2130706433:9/"] {
            match webhook.send(address, &[], "{}") {
                Outcome::Failed(why) => assert!(why.contains("public network") || why.contains("no address"), "{address}: {why}"),
                // No such name, where the system reads numbers in another way.
                Outcome::Later(why) => assert!(why.contains("host not found"), "{address}: {why}"),
                other => panic!("{address}: {other:?}"),
            }
        }
        assert!(matches!(webhook.send("no address", &[], "{}"), Outcome::Failed(_)));
        let nobody = Webhook::new(true).send("http://127.0.0.1:1/", &[], "{}");
        assert!(matches!(nobody, Outcome::Later(_)), "{nobody:?}");
    }
}
