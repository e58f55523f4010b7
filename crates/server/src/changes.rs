//! `GET /api/changes`: a message whenever something is different, so that a page need not ask again and again.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures::stream;

use crate::routes::Shared;

/// How often it is looked.
const PAUSE: Duration = Duration::from_millis(500);
/// A line that says nothing is sent after so many looks, so that a reader who has left is noticed, and a proxy in between does
/// not think that the connection is dead.
const QUIET: u32 = 30;

/// Server-sent events (WHATWG HTML, "Server-sent events"): the signs of the house, at once and then whenever they differ.
pub(crate) async fn changes(State(office): State<Shared>) -> Response {
    let ending = office.ending.clone();
    let events = stream::unfold((office, ending, None::<String>), async |(office, mut ending, told)| {
        let mut quiet = 0;
        loop {
            let signs = office.desk.unqueued(|house| house.signs().to_string()).await.ok()?;
            if told.as_deref() != Some(&signs) {
                let message = Bytes::from(format!("data: {signs}\n\n"));
                return Some((Ok::<_, std::convert::Infallible>(message), (office, ending, Some(signs))));
            }
            quiet += 1;
            if quiet == QUIET {
                return Some((Ok(Bytes::from_static(b": still here\n\n")), (office, ending, told)));
            }
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                _ = ending.wait_for(|ending| *ending) => return None,
            }
        }
    });
    ([(header::CONTENT_TYPE, "text/event-stream")], Body::from_stream(events)).into_response()
}
