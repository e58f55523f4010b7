//! Newsletters: sent, delivered, opened, clicked, unsubscribed.

use crate::agenda::Moment;
use crate::life::Life;
use crate::line::Row;
use crate::outlet::DataFile;
use crate::place::Touchpoint;
use crate::season::{HOUR, Rhythm};

/// Addresses that do not take the mail.
const BOUNCES: f64 = 0.01;

impl Life<'_, '_> {
    /// Plans the first newsletter after `now`.
    pub(crate) fn plan_newsletter(&mut self, now: i64) {
        let issues = &self.world.calendar.issues;
        let next = issues.partition_point(|issue| issue.at <= now);
        if let Some(issue) = issues.get(next) {
            self.agenda.plan(issue.at, Moment::Newsletter(next));
        }
    }

    /// A newsletter is sent. Who has left the brand may still get it but does not read it.
    pub(crate) fn newsletter(&mut self, at: i64, issue: usize, stays: bool) {
        if !self.person.newsletter {
            return;
        }
        self.plan_newsletter(at);
        let sent = at + self.dice.whole(0, HOUR / 2);
        self.mail(sent, issue, "sent");
        if self.dice.chance(BOUNCES) {
            return;
        }
        let delivered = sent + self.dice.whole(800, 90_000);
        self.mail(delivered, issue, "delivered");
        let persona = self.persona();
        if !stays || !self.dice.chance(persona.opens_mail * (1.0 + 0.3 * self.person.mood)) {
            return;
        }
        let Some(opened) = self.world.calendar.next_visit(&mut self.dice, Rhythm::Online, delivered, 90.0, 0.0) else {
            return;
        };
        if self.mail(opened, issue, "opened") {
            self.touch(Touchpoint::Newsletter);
        }
        if self.dice.chance(0.16) {
            let clicked = opened + self.dice.whole(4_000, 90_000);
            self.mail(clicked, issue, "clicked");
            self.agenda.plan(clicked + self.dice.whole(800, 5_000), Moment::FromMail(issue));
        } else if self.dice.chance(0.012) {
            let unsubscribed = opened + self.dice.whole(4_000, 90_000);
            self.mail(unsubscribed, issue, "unsubscribed");
            self.person.newsletter = false;
        }
    }

    fn mail(&mut self, at: i64, issue: usize, event: &str) -> bool {
        if at >= self.world.calendar.end() {
            return false;
        }
        self.person.seen.email = true;
        self.books.write(DataFile::Email, |out| {
            Row::on(out).text(&self.person.email).text(&self.world.calendar.issues[issue].name).text(event).whole(at);
        });
        true
    }
}
