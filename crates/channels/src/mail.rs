//! E-mail by SMTP. A letter that may have been taken is never sent again by itself: twice is worse than once too few, and it is told.

use std::time::Duration;

use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{Message, SmtpTransport, Transport};
use periplus_followup::mail::{Hiding, MailSettings};

use crate::Outcome;

/// A server answers within this time.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sends letters.
pub struct Mail {
    transport: SmtpTransport,
    from: Mailbox,
    domain: String,
}

impl Mail {
    /// Makes ready to send.
    ///
    /// # Errors
    /// What is wrong with the settings.
    pub fn new(settings: &MailSettings, password: Option<&str>) -> Result<Mail, String> {
        let from: Mailbox = settings.from.parse().map_err(|error| format!("[mail] from = \"{}\": {error}", settings.from))?;
        let builder = match settings.hidden_by {
            Hiding::Starttls => SmtpTransport::starttls_relay(&settings.server),
            Hiding::Tls => SmtpTransport::relay(&settings.server),
            Hiding::Nothing => Ok(SmtpTransport::builder_dangerous(&settings.server)),
        };
        let mut builder = builder.map_err(|error| format!("[mail] server = \"{}\": {error}", settings.server))?.timeout(Some(PATIENCE));
        if let Some(port) = settings.port {
            builder = builder.port(port);
        }
        if let Some(user) = &settings.user {
            let password = password.ok_or("[mail] has a user, and the variable PERIPLUS_MAIL_PASSWORD has no password")?;
            if settings.hidden_by == Hiding::Nothing {
                return Err("[mail] a password is not sent where everybody can read it: hidden_by = \"starttls\" or \"tls\"".to_owned());
            }
            builder = builder.credentials(Credentials::new(user.clone(), password.to_owned()));
        }
        let domain = from.email.domain().to_owned();
        Ok(Mail { transport: builder.build(), from, domain })
    }

    /// Sends a letter. The same id makes the same Message-ID, by which mail programs know a letter that comes twice.
    pub fn send(&self, to: &str, id: &str, subject: &str, text: String, html: String) -> Outcome {
        let to: Mailbox = match to.parse() {
            Ok(to) => to,
            Err(error) => return Outcome::Failed(format!("'{to}' is no address: {error}")),
        };
        let letter = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(subject)
            .message_id(Some(format!("<{id}@{}>", self.domain)))
            .multipart(MultiPart::alternative_plain_html(text, html));
        let letter = match letter {
            Ok(letter) => letter,
            Err(error) => return Outcome::Failed(error.to_string()),
        };
        // Whatever goes wrong until here surely sent nothing.
        match self.transport.test_connection() {
            Ok(true) => {}
            Ok(false) => return Outcome::Later("the mail server does not answer".to_owned()),
            Err(error) if error.is_permanent() => return Outcome::Failed(told(&error)),
            Err(error) => return Outcome::Later(told(&error)),
        }
        match self.transport.send(&letter) {
            Ok(_) => Outcome::Sent,
            Err(error) if error.is_permanent() => Outcome::Failed(told(&error)),
            Err(error) if error.is_transient() => Outcome::Later(told(&error)),
            Err(error) => Outcome::Unknown(told(&error)),
        }
    }
}

/// What went wrong, with its causes.
fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text = format!("{text}: {next}");
        cause = next.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;

    fn settings(port: u16) -> MailSettings {
        MailSettings {
            server: "127.0.0.1".to_owned(),
            port: Some(port),
            hidden_by: Hiding::Nothing,
            from: "Periplus <journeys@example.org>".to_owned(),
            user: None,
        }
    }

    /// A mail server that answers letters with this, or hangs up when it is empty; tells what it got.
    fn server(answer: &'static str) -> (u16, std::thread::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let thread = std::thread::spawn(move || {
            let mut letter = String::new();
            // The first visit only looks whether somebody is there.
            for _ in 0..2 {
                let (mut stream, _) = listener.accept().unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut say = |text: &str| stream.write_all(text.as_bytes());
                say("220 ready\r\n").unwrap();
                let mut in_letter = false;
                let mut line = String::new();
                while {
                    line.clear();
                    reader.read_line(&mut line).unwrap_or(0) > 0
                } {
                    if in_letter {
                        letter += &line;
                        if line == ".\r\n" {
                            in_letter = false;
                            if answer.is_empty() {
                                return letter;
                            }
                            say(answer).unwrap();
                        }
                        continue;
                    }
                    let word = line.split([' ', '\r']).next().unwrap().to_uppercase();
                    in_letter = word == "DATA";
                    let _ = say(if in_letter { "354 go on\r\n" } else { "250 well\r\n" });
                    if word == "QUIT" {
                        break;
                    }
                }
            }
            letter
        });
        (port, thread)
    }

    fn send(answer: &'static str) -> (Outcome, String) {
        let (port, thread) = server(answer);
        let mail = Mail::new(&settings(port), None).unwrap();
        let outcome = mail.send("ana@example.org", "alert-7", "NPS: fallen – look", "Text".to_owned(), "<p>Text</p>".to_owned());
        drop(mail);
        (outcome, thread.join().unwrap())
    }

    #[test]
    fn what_a_server_answers_says_what_to_do_next() {
        let (outcome, letter) = send("250 taken\r\n");
        assert_eq!(outcome, Outcome::Sent);
        for header in
            ["From: Periplus <journeys@example.org>", "To: ana@example.org", "Message-ID: <alert-7@example.org>", "multipart/alternative"]
        {
            assert!(letter.contains(header), "{header}: {letter}");
        }
        assert!(matches!(send("451 not now\r\n").0, Outcome::Later(_)));
        assert!(matches!(send("550 never\r\n").0, Outcome::Failed(_)));
        assert!(matches!(send("").0, Outcome::Unknown(_)), "it had the whole letter, and said nothing");
        let nobody = Mail::new(&settings(1), None).unwrap().send("a@b.org", "x", "s", String::new(), String::new());
        assert!(matches!(nobody, Outcome::Later(_)), "{nobody:?}");
    }

    #[test]
    fn settings_that_cannot_work_are_said() {
        assert!(Mail::new(&MailSettings { from: "nobody".to_owned(), ..settings(25) }, None).is_err());
        let user = MailSettings { user: Some("u".to_owned()), ..settings(25) };
        assert!(Mail::new(&user, None).err().unwrap().contains("PERIPLUS_MAIL_PASSWORD"));
        assert!(Mail::new(&user, Some("p")).err().unwrap().contains("everybody can read"));
        assert!(Mail::new(&MailSettings { hidden_by: Hiding::Tls, ..user }, Some("p")).is_ok());
        let mail = Mail::new(&settings(25), None).unwrap();
        assert!(matches!(mail.send("no address", "x", "s", String::new(), String::new()), Outcome::Failed(_)));
    }
}
