//! Surveys, answered: on a page, by a link that somebody was sent, through the widget in a page of a shop.
//!
//! Like collecting, this is not behind `guard`: whoever answers comes by any name, and all that they can do is add. A link says who
//! they are and is signed; the widget's visitor is whom the page says it is, as in collecting. What is answered with thanks is on the disk.
//!
//! `GET` changes nothing, because programs that look after mail open every link in it: a link with a mark shows a page on which the mark is
//! chosen and a button sends it. [`page`] is for people, [`api`] for the widget, [`turn`](mod@turn) what both have in common.

mod api;
mod page;
mod turn;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, header};
use axum::middleware::from_fn;
use axum::routing::{get, post};
use periplus_model::{Identifier, Instant};
use periplus_survey::{Link, Secret, Survey};
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::task::spawn_blocking;

use crate::accept::Limits;
use crate::body::{Unreceived, length, receive};
use crate::collect::{Collector, Unkept, allow, cross_origin};
use crate::meter::Meter;

/// What surveys need of a workspace. Ids and identifiers come from outside: take them for hostile.
pub trait Surveys: Send + Sync + 'static {
    /// The survey of this id, whether it is open or not; nothing when there is none or its file is wrong. Must be quick.
    fn survey(&self, id: &str) -> Option<Arc<Survey>>;
    /// What links are signed with.
    fn secret(&self) -> &Secret;
    /// A number that nobody can guess.
    fn number(&self) -> u128;
    /// Whether what a link is for was done already. May block.
    ///
    /// # Errors
    /// When it cannot be found out now.
    fn is_taken(&self, link: &Link) -> Result<bool, Unkept>;
    /// The survey that a visitor is to be asked in a page now, if there is one: of those that are wanted, or of all. May block.
    ///
    /// # Errors
    /// When it cannot be found out now.
    fn choose(&self, who: &Identifier, wanted: Option<&str>) -> Result<Option<(String, Arc<Survey>)>, Unkept>;
    /// Keeps an event of somebody. `done` is told when it is durable, or that it is not: `Ok(false)` when it is there already.
    fn keep(&self, who: &Identifier, event: Value, done: Box<dyn FnOnce(Result<bool, Unkept>) + Send>);
}

/// Bodies in work at once, in units of 4 KiB.
const ROOM: usize = (64 << 20) / UNIT;
const UNIT: usize = 4 << 10;
/// Looks into the workspace at once; the others wait for their turn.
const LOOKS: usize = 4;
/// For how long they wait.
const PATIENCE: Duration = Duration::from_secs(5);

/// What handlers work with.
pub(crate) struct Booth {
    collector: Arc<dyn Collector>,
    surveys: Arc<dyn Surveys>,
    limits: Limits,
    meter: Meter,
    room: Arc<Semaphore>,
    looks: Arc<Semaphore>,
}

type Shared = Arc<Booth>;

/// The routes of surveys.
pub(crate) fn router(collector: Arc<dyn Collector>, surveys: Arc<dyn Surveys>, limits: &Limits) -> Router {
    let booth = Booth {
        collector,
        surveys,
        limits: limits.clone(),
        meter: Meter::new(limits.rate),
        room: Arc::new(Semaphore::new(ROOM)),
        looks: Arc::new(Semaphore::new(LOOKS)),
    };
    let for_widgets = Router::new()
        .route("/s/ask", post(api::ask).options(allow))
        .route("/s/answer", post(api::answer).options(allow))
        .route_layer(from_fn(cross_origin));
    let for_people = Router::new()
        .route("/s/survey.css", get(page::style))
        .route("/s/{survey}", get(page::open))
        .route("/s/a/{token}", get(page::shown).post(page::given));
    for_widgets.merge(for_people).with_state(Arc::new(booth))
}

impl Booth {
    fn now(&self) -> Instant {
        self.collector.now()
    }

    /// Reads a body, when there is room for it.
    async fn receive(&self, headers: &HeaderMap, body: Body) -> Result<(Vec<u8>, OwnedSemaphorePermit), Unreceived> {
        let most = self.limits.body_bytes_max;
        let bytes = length(headers).map_or(most, |bytes| usize::try_from(bytes).map_or(most, |bytes| bytes.min(most)));
        let units = u32::try_from(bytes.div_ceil(UNIT).max(1)).unwrap_or(u32::MAX);
        let room = self.room.clone().acquire_many_owned(units);
        let room = tokio::time::timeout(PATIENCE, room).await.ok().and_then(Result::ok).ok_or(Unreceived::TooSlow)?;
        Ok((receive(headers, body, &self.limits, most).await?, room))
    }

    /// Looks into the workspace, when it is its turn.
    async fn look<T: Send + 'static>(&self, look: impl FnOnce(&dyn Surveys) -> Result<T, Unkept> + Send + 'static) -> Result<T, Unkept> {
        let turn =
            tokio::time::timeout(PATIENCE, self.looks.clone().acquire_owned()).await.ok().and_then(Result::ok).ok_or(Unkept::Busy)?;
        let surveys = self.surveys.clone();
        // The turn goes with the work, because the work goes on when whoever asked has left.
        let work = move || {
            let _turn = turn;
            look(&*surveys)
        };
        spawn_blocking(work).await.unwrap_or(Err(Unkept::Busy))
    }

    /// Keeps an event, and waits until it is durable. Answers whether it is new.
    async fn keep(&self, who: &Identifier, event: Value) -> Result<bool, Unkept> {
        let (tell, told) = oneshot::channel();
        self.surveys.keep(
            who,
            event,
            Box::new(move |outcome| {
                // Whoever asked may have left.
                let _ = tell.send(outcome);
            }),
        );
        told.await.unwrap_or(Err(Unkept::Disk))
    }
}

/// The languages that a browser says its reader reads, best first.
fn wanted_languages(headers: &HeaderMap) -> Vec<String> {
    let text = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut wanted: Vec<(u32, String)> = text
        .split(',')
        .take(20)
        .filter_map(|item| {
            let mut parts = item.split(';');
            let code = parts.next().map(str::trim).filter(|code| !code.is_empty() && *code != "*" && code.len() <= 20)?;
            let weight = parts.find_map(|part| part.trim().strip_prefix("q=")).map_or(1.0, |weight| weight.parse::<f64>().unwrap_or(0.0));
            Some(((weight.clamp(0.0, 1.0) * 1_000.0) as u32, code.to_owned()))
        })
        .collect();
    wanted.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    wanted.into_iter().filter(|(weight, _)| *weight > 0).map(|(_, code)| code).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_come_in_the_order_in_which_they_are_wanted() {
        let wanted = |text: &str| wanted_languages(&HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, text.parse().unwrap())])).join(" ");
        assert_eq!(wanted("de-AT,de;q=0.9, en ;q=0.8"), "de-AT de en");
        assert_eq!(wanted("en;q=0.1,fr;q=0.7,*;q=0.5,it;q=0,es;q=x"), "fr en");
        assert_eq!(wanted(""), "");
        assert_eq!(wanted_languages(&HeaderMap::new()), Vec::<String>::new());
    }
}
