//! What holds for every request and every answer: it must be addressed to us, and it leaves with the headers that keep
//! browsers from doing more with it than showing it.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::home;
use crate::problem::Problem;

/// The names that the server answers to.
///
/// A page on the internet can point its own name at a loopback address and then read what is there as its own (DNS
/// rebinding). The browser still says in `Host` which name it meant.
#[derive(Clone, Debug)]
pub(crate) struct Hosts {
    names: Vec<String>,
    address: IpAddr,
}

impl Hosts {
    pub fn new(names: &[String], address: IpAddr) -> Hosts {
        Hosts { names: names.iter().map(|name| plain(name)).collect(), address }
    }

    fn contains(&self, authority: &Authority) -> bool {
        let host = plain(authority.host());
        match host.parse::<IpAddr>() {
            Ok(address) => address.to_canonical().is_loopback() || address == self.address || self.names.contains(&host),
            // Browsers resolve these to loopback themselves, whatever DNS says.
            Err(_) => host == "localhost" || host.ends_with(".localhost") || self.names.contains(&host),
        }
    }
}

/// A host without case, final dot and brackets.
fn plain(host: &str) -> String {
    let host = host.trim().trim_end_matches('.').to_ascii_lowercase();
    match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(inner) => inner.parse::<Ipv6Addr>().map_or_else(|_| inner.to_owned(), |address| address.to_string()),
        None => host,
    }
}

/// The authority that the request names, if it names one and only one.
fn authority(request: &Request) -> Option<Authority> {
    let mut named = request.headers().get_all(header::HOST).iter();
    let (host, second) = (named.next(), named.next());
    let host: Authority = host.filter(|_| second.is_none())?.to_str().ok()?.parse().ok()?;
    match request.uri().authority() {
        Some(target) if *target != host => None,
        _ => Some(host),
    }
}

fn check(hosts: &Hosts, request: &Request) -> Result<(), Problem> {
    let Some(host) = authority(request) else {
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "no_host",
            "No host",
            "The request does not say, once and readably, which host it means.",
            "Send one Host header, as HTTP/1.1 requires.",
        ));
    };
    if !hosts.contains(&host) {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "unknown_host",
            "Not a name of this server",
            format!("The request was meant for '{}', which this server does not answer to.", host.host()),
            "Use http://localhost or http://127.0.0.1 with the port, or start the server with this name among its host names.",
        ));
    }
    // A page elsewhere may link here, but not make the browser of someone here ask questions behind their back.
    let says = |name: &str| request.headers().get(name).map(HeaderValue::as_bytes);
    if says("sec-fetch-site") == Some(b"cross-site") && says("sec-fetch-mode") != Some(b"navigate") {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "cross_site",
            "Asked from another site",
            "A page of another site made this request.",
            "Open the address itself, or save the picture and put it there.",
        ));
    }
    Ok(())
}

/// Around every route.
pub(crate) async fn guard(State(hosts): State<Arc<Hosts>>, request: Request, next: Next) -> Response {
    let for_programs = request.uri().path().starts_with("/api") || ["/health", "/metrics"].contains(&request.uri().path());
    let mut response = match check(&hosts, &request) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    if response.status().is_client_error() || response.status().is_server_error() {
        let problem = response.extensions_mut().remove::<Problem>().unwrap_or_else(|| Problem::of_status(response.status()));
        let (kind, text) = match for_programs {
            true => ("application/problem+json", problem.json()),
            false => ("text/html; charset=utf-8", home::problem_page(&problem)),
        };
        let (parts, _) = response.into_parts();
        response = (parts.status, [(header::CONTENT_TYPE, kind)], text).into_response();
        // Allow, Retry-After, Connection.
        for (name, value) in parts.headers {
            if let Some(name) = name.filter(|name| *name != header::CONTENT_LENGTH && *name != header::CONTENT_TYPE) {
                response.headers_mut().insert(name, value);
            }
        }
    }
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Our own pages: a style sheet and fonts from here, and nothing else.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What every answer carries unless it says otherwise.
const HEADERS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    // Customers' data, and true only now.
    (header::CACHE_CONTROL, "no-store"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_names_are_ours() {
        let hosts = Hosts::new(&["Journeys.Example.".into()], "192.0.2.7".parse().unwrap());
        let is_ours = |host: &str| hosts.contains(&host.parse().unwrap());
        for ours in [
            "localhost",
            "localhost:8080",
            "LOCALHOST.",
            "shop.localhost",
            "127.0.0.1:1",
            "127.9.9.9",
            "[::1]:80",
            "[::ffff:127.0.0.1]",
            "journeys.example:443",
            "192.0.2.7",
        ] {
            assert!(is_ours(ours), "{ours}");
        }
        for theirs in
            ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "192.0.2.8", "[2001:db8::1]", "evillocalhost", "0.0.0.0"]
        {
            assert!(!is_ours(theirs), "{theirs}");
        }
    }
}
