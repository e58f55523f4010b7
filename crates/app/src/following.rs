//! Following up in a running server: watches are looked at, cases opened and messages sent, again and again.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;

use periplus_channels::{Mail, Outcome, Webhook};
use periplus_followup::{Key, Message, Tell};
use periplus_store::{MessageRow, Sending};
use periplus_workspace::Workspace;
use serde_json::json;

use crate::collecting::Dice;
use crate::here::Here;
use crate::house::Served;

/// What there is to do is looked for as often.
const PAUSE: Duration = Duration::from_secs(15);
/// Responses are looked through as often, at most, while data arrives.
const CASES_EVERY: i64 = 60_000_000;
/// So many messages are sent before anything else is looked at.
const SENT_AT_ONCE: usize = 50;
/// How long a message waits after each try that failed (seconds); after the last of them it is given up.
const WAITS: [i64; 8] = [30, 120, 600, 1_800, 7_200, 21_600, 43_200, 86_400];

/// Follows up until it is dropped.
pub struct Following {
    end: Option<mpsc::Sender<()>>,
    gone: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Following {
    /// Begins.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn begin(here: &Here, served: Arc<Served>) -> anyhow::Result<Following> {
        let (end, ended) = mpsc::channel();
        let gone: Arc<AtomicBool> = Arc::default();
        let mut round = Round { here: here.clone(), served, gone: gone.clone(), cases_of: None, cases_at: 0, trouble: None };
        let thread = std::thread::Builder::new().name("following up".to_owned()).spawn(move || {
            round.take_up();
            while ended.recv_timeout(PAUSE) == Err(RecvTimeoutError::Timeout) {
                let outcome = round.go();
                round.tell(outcome.err());
            }
        })?;
        Ok(Following { end: Some(end), gone, thread: Some(thread) })
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.gone.store(true, std::sync::atomic::Ordering::Relaxed);
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Round {
    here: Here,
    served: Arc<Served>,
    /// Becomes true when the server ends: a question that is being answered is left.
    gone: Arc<AtomicBool>,
    /// The snapshot whose responses were looked through, and by which rules; and when.
    cases_of: Option<(u64, String)>,
    cases_at: i64,
    trouble: Option<String>,
}

impl Round {
    /// What was being sent when the last server ended: a program knows by its id what comes twice, a person would get a second letter.
    fn take_up(&mut self) {
        let outcome = || -> anyhow::Result<()> {
            let workspace = self.here.workspace()?;
            for message in workspace.store.messages_left()? {
                let is_letter = matches!(serde_json::from_str(&message.recipient), Ok(Tell::Mail(_)));
                let now = self.here.now();
                let left = "the server ended while it was being sent".to_owned();
                workspace.store.tried(&match is_letter {
                    true => MessageRow { state: Sending::Unknown, ended_at: Some(now), problem: Some(left), ..message },
                    false => MessageRow { state: Sending::Waiting, next_at: now, problem: Some(left), ..message },
                })?;
            }
            Ok(())
        };
        let outcome = outcome();
        self.tell(outcome.err());
    }

    fn go(&mut self) -> anyhow::Result<()> {
        let now = self.here.now();
        let cases = self.is_time_for_cases(now);
        self.served.follow_up(now, &self.gone, cases)?;
        let mut workspace = self.here.workspace()?;
        workspace.make_digests(now)?;
        send_waiting(&mut workspace, &self.served.title_of(), &|| self.here.now(), SENT_AT_ONCE)?;
        Ok(())
    }

    fn is_time_for_cases(&mut self, now: i64) -> bool {
        let now_of = || -> Option<(u64, String)> {
            let workspace = self.here.workspace().ok()?;
            Some((workspace.store.newest().ok()?, json!(workspace.case_rules().ok()?).to_string()))
        };
        let newest = now_of();
        let is_time = newest != self.cases_of || now - self.cases_at > 60 * CASES_EVERY;
        if is_time && now - self.cases_at >= CASES_EVERY {
            (self.cases_of, self.cases_at) = (newest, now);
            return true;
        }
        false
    }

    /// Tells what is wrong, once.
    fn tell(&mut self, error: Option<anyhow::Error>) {
        let trouble = error.map(|error| format!("following up: {error:#}"));
        if let Some(new) = trouble.as_ref().filter(|new| self.trouble.as_ref() != Some(new)) {
            self.here.remark(new);
        }
        self.trouble = trouble;
    }
}

impl Served {
    /// Looks at the watches for which it is time, and opens cases if that is wanted. Answers how many alerts and cases are new.
    pub(crate) fn follow_up(&self, now: i64, gone: &Arc<AtomicBool>, cases: bool) -> anyhow::Result<(usize, u64)> {
        let mut workspace = self.workspace_to_follow()?;
        let snapshot = self.newest_snapshot(&workspace)?;
        let watches = workspace.watches()?;
        workspace.forget_watches(&watches, now)?;
        let mut raised = 0;
        for (id, watch) in &watches {
            let new = self.with_means(gone, |means| workspace.look(id, watch, &snapshot, means, now))?;
            raised += new.map_or(0, |new| new.len());
        }
        let opened = if cases { self.with_means(gone, |means| workspace.open_cases(&snapshot, means, now))? } else { 0 };
        Ok((raised, opened))
    }
}

/// Sends messages for which it is time. Answers how many were taken.
pub(crate) fn send_waiting(workspace: &mut Workspace, house: &str, now: &dyn Fn() -> i64, at_most: usize) -> anyhow::Result<u64> {
    let mut sender = None;
    let mut sent = 0;
    for _ in 0..at_most {
        let Some(message) = workspace.store.take_message(now())? else { break };
        let ready = workspace.written(&message, house, now())?;
        let outcome = match (ready, &sender) {
            (None, _) => Outcome::Failed("what it was about is gone".to_owned()),
            (Some(ready), _) => {
                if sender.is_none() {
                    sender = Some(Sender::new(workspace)?);
                }
                let id = message.effect.replace(':', "-");
                sender.as_ref().map_or_else(|| Outcome::Later(String::new()), |sender| sender.send(&ready.to, &id, &ready.message, now()))
            }
        };
        sent += u64::from(outcome == Outcome::Sent);
        workspace.store.tried(&after(message, outcome, now()))?;
    }
    Ok(sent)
}

/// What becomes of a message after a try.
fn after(message: MessageRow, outcome: Outcome, now: i64) -> MessageRow {
    let done = |state, problem| MessageRow { state, ended_at: Some(now), problem, ..message.clone() };
    match outcome {
        Outcome::Sent => done(Sending::Sent, None),
        Outcome::Failed(why) => done(Sending::Failed, Some(why)),
        Outcome::Unknown(why) => done(Sending::Unknown, Some(why)),
        Outcome::Later(why) => match WAITS.get(message.tries.saturating_sub(1) as usize) {
            Some(seconds) => {
                MessageRow { state: Sending::Waiting, next_at: now + seconds * 1_000_000, problem: Some(why), ..message.clone() }
            }
            None => done(Sending::Failed, Some(format!("{why} (tried {} times)", message.tries))),
        },
    }
}

/// Ways of sending, as the workspace says.
pub(crate) struct Sender {
    webhook: Webhook,
    /// Letters, or why there are none.
    pub mail: Result<Mail, String>,
    /// What is sent to programs is signed with it.
    pub key: Key,
}

impl Sender {
    pub fn new(workspace: &Workspace) -> anyhow::Result<Sender> {
        let key = workspace.followup_key(Dice::new()?.bytes())?;
        let password = std::env::var("PERIPLUS_MAIL_PASSWORD").ok();
        let mail = match &workspace.settings.mail {
            Some(settings) => Mail::new(settings, password.as_deref()),
            None => Err(
                "no mail server is said in settings.toml: [mail] server = \"smtp.example.org\", from = \"Periplus <journeys@example.org>\""
                    .to_owned(),
            ),
        };
        Ok(Sender { webhook: Webhook::new(workspace.settings.followup.anywhere), mail, key: Key::new(&key) })
    }

    /// Sends a message. The same id is the same message, for whoever gets it twice.
    pub fn send(&self, to: &Tell, id: &str, message: &Message, now: i64) -> Outcome {
        match to {
            Tell::Webhook(address) => {
                let headers = self.key.headers(id, periplus_model::Instant(now), &message.json);
                self.webhook.send(address, &headers, &message.json)
            }
            Tell::Mail(address) => match &self.mail {
                Ok(mail) => mail.send(address, id, &message.subject, message.text.clone(), message.html.clone()),
                // Settings can be mended while it waits.
                Err(why) => Outcome::Later(why.clone()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_tried_for_days_and_not_for_ever() {
        let mut message = MessageRow::new("e".to_owned(), 0, String::new(), String::new());
        let (mut now, mut tries) = (0, 0);
        while message.state == Sending::Waiting {
            (tries, message.tries) = (tries + 1, message.tries + 1);
            now = now.max(message.next_at);
            message = after(message, Outcome::Later("busy".to_owned()), now);
        }
        assert_eq!((tries, message.state), (9, Sending::Failed));
        assert!((86_400_000_000..3 * 86_400_000_000).contains(&now), "{now}");
        assert_eq!(after(message.clone(), Outcome::Sent, 7).ended_at, Some(7));
        assert_eq!(after(message, Outcome::Unknown("?".to_owned()), 7).state, Sending::Unknown);
    }
}
