//! The accept loop: connections with deadlines and caps, and an end that lets running requests finish.
//!
//! `axum::serve` has no deadline for headers, so one slow client per connection could hold every socket; hence our own
//! loop on hyper. HTTP/1.1 only: a proxy that speaks HTTP/2 stands in front where it is wanted.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv6Addr};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::collect::{self, Collector};
use crate::guard::Hosts;
use crate::house::House;
use crate::meter::Rate;
use crate::patience::Patient;
use crate::{routes, snippet, survey};

/// How much the server bears, and to which names it answers.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Host names it answers to, besides loopback ones and the address it listens at.
    pub hosts: Vec<String>,
    /// How long a request's line and headers may take, and how long a connection may idle between requests.
    pub header: Duration,
    /// How long a body may pause.
    pub body_idle: Duration,
    /// How long a body may take in all.
    pub body_total: Duration,
    /// The largest body, in bytes.
    pub body_bytes_max: usize,
    /// How long a client may take none of an answer that waits for it.
    pub answer_idle: Duration,
    /// Connections at once; further ones wait in the operating system's queue.
    pub connections_max: usize,
    /// Connections at once from one address (an IPv6 network of 64 bits counts as one); further ones are refused.
    pub connections_per_address_max: usize,
    /// The largest file that is taken to be imported, in bytes.
    pub upload_bytes_max: u64,
    /// Questions and pictures in work at once.
    pub asks_at_once: usize,
    /// How long a question waits for its turn before it is refused with 503.
    pub ask_patience: Duration,
    /// How long running requests may go on after the shutdown signal.
    pub shutdown_grace: Duration,
    /// How much each source may send; as much as it can when there is none.
    pub rate: Option<Rate>,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            hosts: Vec::new(),
            header: Duration::from_secs(10),
            body_idle: Duration::from_secs(10),
            body_total: Duration::from_secs(30),
            body_bytes_max: 1 << 20,
            answer_idle: Duration::from_secs(30),
            connections_max: 10_000,
            connections_per_address_max: 256,
            upload_bytes_max: 16 << 30,
            asks_at_once: 4,
            ask_patience: Duration::from_secs(10),
            shutdown_grace: Duration::from_secs(30),
            rate: Some(Rate::default()),
        }
    }
}

/// Why the server stopped without being told to.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The listener's own address cannot be read.
    #[error("the address to listen at cannot be read: {0}; open the listener again")]
    Listener(#[source] io::Error),
    /// No connection could be accepted for a long while.
    #[error("no connection could be accepted {times} times in a row: {source}; look at the limit of open files (ulimit -n)")]
    Accept {
        /// How often it was tried.
        times: u32,
        /// What the operating system said last.
        source: io::Error,
    },
}

/// How often in a row accepting may fail, with a pause of [`ACCEPT_PAUSE`] after each.
const ACCEPT_TRIES: u32 = 600;
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves a workspace on a listener, and collects for it if there is a collector, until `shutdown` resolves; then accepts nothing more, lets the requests that run
/// finish within the grace of the limits, and returns.
///
/// # Errors
/// When the listener cannot be used.
pub async fn serve(
    listener: TcpListener,
    house: Arc<dyn House>,
    collector: Option<Arc<dyn Collector>>,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServerError> {
    let address = listener.local_addr().map_err(ServerError::Listener)?;
    let (end, ending) = watch::channel(false);
    let router = routes::router(house, &limits, Hosts::new(&limits.hosts, address.ip()), ending);
    let router = match collector {
        Some(collector) => {
            let surveys = collector.surveys().map(|surveys| survey::router(collector.clone(), surveys, &limits));
            router.merge(collect::router(collector, &limits)).merge(snippet::router()).merge(surveys.unwrap_or_default())
        }
        None => router,
    };
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.header).max_buf_size(64 * 1024);
    let doors = Arc::new(Semaphore::new(limits.connections_max));
    let visitors = Visitors::default();
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let mut failures = 0;
    let mut shutdown = pin!(shutdown);
    loop {
        while connections.try_join_next().is_some() {}
        let accepted = async {
            // Never closed, so this cannot fail.
            let door = doors.clone().acquire_owned().await;
            (door, listener.accept().await)
        };
        let (door, accepted) = tokio::select! {
            () = &mut shutdown => break,
            accepted = accepted => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            // The client left before it was let in.
            Err(error) if matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) => continue,
            // Out of file descriptors, most likely: those who leave give some back.
            Err(error) => {
                failures += 1;
                if failures == ACCEPT_TRIES {
                    return Err(ServerError::Accept { times: failures, source: error });
                }
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        failures = 0;
        let Some(visit) = visitors.enter(peer.ip(), limits.connections_per_address_max) else {
            turn_away(&stream);
            continue;
        };
        // Answers are written whole; waiting for more to send would only delay them.
        let _ = stream.set_nodelay(true);
        let stream = Patient::new(stream, limits.answer_idle);
        let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router.clone())));
        connections.spawn(async move {
            // A client that breaks off or speaks something else is no concern of ours.
            let _ = connection.await;
            drop((visit, door));
        });
    }
    drop(listener);
    // Whoever only waits for news is sent away.
    let _ = end.send(true);
    // What has not ended by then is cut off when the set is dropped.
    let _ = tokio::time::timeout(limits.shutdown_grace, graceful.shutdown()).await;
    Ok(())
}

fn turn_away(stream: &TcpStream) {
    // One small write into an empty buffer; if even that fails, the closed connection says enough.
    let _ = stream.try_write(b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
}

/// How many connections each address has.
#[derive(Clone, Default)]
struct Visitors(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// One connection's place among its address's.
struct Visit {
    visitors: Visitors,
    from: IpAddr,
}

impl Visitors {
    fn enter(&self, address: IpAddr, most: usize) -> Option<Visit> {
        let from = neighbourhood(address);
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(from).or_insert(0);
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Visit { visitors: self.clone(), from })
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let mut counts = self.visitors.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.from) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.from);
            }
        }
    }
}

/// One customer of a provider has a whole /64 of IPv6.
fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visitors_are_counted_until_they_leave() {
        let visitors = Visitors::default();
        let first = visitors.enter("2001:db8::1".parse().unwrap(), 1);
        assert!(first.is_some());
        assert!(visitors.enter("2001:db8::2".parse().unwrap(), 1).is_none(), "the same network");
        assert!(visitors.enter("2001:db9::2".parse().unwrap(), 1).is_some(), "another one");
        drop(first);
        assert!(visitors.enter("2001:db8::2".parse().unwrap(), 1).is_some());
        assert!(visitors.0.lock().unwrap().is_empty(), "nobody who left is remembered");
    }
}
