//! What the program itself has to say: asks and responses of surveys. No sender speaks it, so it is spoken at no address; it is kept in
//! the log like what senders send, and read, held against the limits and counted like that.
//!
//! A request is `{"events": [...]}`, each in the format of our own exports ([`crate::dialects::own`]).

use serde_json::{Value, json};

use super::{Arrived, Call, Meaning, Speech, Thanks};
use crate::dialects::{Dialect, own};
use crate::source::Settings;

/// The dialect.
pub struct Own;

/// Its name.
pub const NAME: &str = "periplus";
/// The name of its only call.
pub const CALL: &str = "events";

const CALLS: &[Call] = &[Call::unspoken(CALL)];

/// A request with these events, as it is kept.
pub fn request(events: &[Value]) -> Vec<u8> {
    json!({"events": events}).to_string().into_bytes()
}

impl Speech for Own {
    fn name(&self) -> &'static str {
        NAME
    }

    fn calls(&self) -> &'static [Call] {
        CALLS
    }

    fn key<'b>(&self, _body: &'b Value) -> Option<&'b str> {
        None
    }

    fn count(&self, _call: &Call, body: &Value, _settings: &Settings) -> usize {
        body.get("events").and_then(Value::as_array).map_or(1, Vec::len)
    }

    fn messages(&self, _call: &Call, mut body: Value, _arrived: &Arrived<'_>, _settings: &Settings) -> Vec<Value> {
        match body.get_mut("events").map(Value::take) {
            Some(Value::Array(events)) => events,
            _ => vec![body],
        }
    }

    fn meaning(&self) -> Meaning {
        Meaning::Own(|message, gate| own::Own.record(message, gate))
    }

    fn thanks(&self, _call: &Call) -> Thanks {
        Thanks::json("{}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::{calls, read};
    use crate::{Reject, Sink};
    use periplus_model::{EventRow, Instant, LinkRow, TraitRow};
    use std::io;

    #[derive(Default)]
    struct Heard(Vec<String>);

    impl Sink for Heard {
        fn event(&mut self, row: &EventRow<'_>) -> io::Result<()> {
            self.0.push(format!("{} {} {:?} {}", row.time, row.event, row.message_id, row.ids[0].1));
            Ok(())
        }
        fn traits(&mut self, _: &TraitRow<'_>) -> io::Result<()> {
            Ok(())
        }
        fn link(&mut self, _: &LinkRow<'_>) -> io::Result<()> {
            Ok(())
        }
        fn reject(&mut self, reject: &Reject<'_>) -> io::Result<()> {
            self.0.push(reject.reason.code().to_owned());
            Ok(())
        }
    }

    #[test]
    fn what_the_program_says_is_read_like_what_senders_say_and_nobody_else_can_say_it() {
        let event = json!({"periplus": 1, "type": "event", "time": "2026-01-01", "event": "Survey Answered", "ids": ["loyalty_card:7"], "message_id": "m"});
        let body = request(&[event, json!({"type": "event"})]);
        let arrived = Arrived { at: Instant(0), source: "surveys", dialect: NAME, call: CALL, agent: None, body: &body };
        let mut heard = Heard::default();
        read(&arrived, &Settings::default(), &mut heard).unwrap();
        assert_eq!(heard.0, ["2026-01-01T00:00:00Z Survey Answered Some(\"m\") 7", "no_time"]);
        assert!(calls().all(|(speech, _)| speech.name() != NAME));
    }
}
