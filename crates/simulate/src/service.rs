//! Calls and chats.

use crate::agenda::{Moment, Opinion};
use crate::comments::{Topic, comment};
use crate::life::Life;
use crate::line::Object;
use crate::outlet::DataFile;
use crate::person::anonymous_id;
use crate::place::Touchpoint;
use crate::planted::Kind;
use crate::scenario::DelightKind;
use crate::season::{DAY, HOUR};

impl Life<'_, '_> {
    /// A call or a chat, about an order or about nothing in particular.
    pub(crate) fn contact(&mut self, at: i64, about: Option<usize>) {
        let chats = if self.person.age < 40 { 0.65 } else { 0.25 };
        let touchpoint = if self.dice.chance(chats) { Touchpoint::SupportChat } else { Touchpoint::SupportCall };
        let platform = about.map(|order| self.person.orders[order].platform);
        let usual = if touchpoint == Touchpoint::SupportChat { 45.0 } else { 110.0 };
        let wait = (self.dice.waiting(usual) * self.stretch(touchpoint, platform, at)).min(5_400.0);
        let great = self.struck(Kind::Delight(DelightKind::GreatService), touchpoint, platform, at);
        self.felt_stretch(touchpoint, platform, at);
        let late = about.is_some_and(|order| self.person.orders[order].arrives > self.person.orders[order].promised);
        let reason = match about {
            Some(_) if late => "late delivery",
            Some(_) => self.dice.one(&["question about return", "wrong item", "refund", "invoice"]),
            None => self.dice.one(&["size advice", "is it in stock", "gift wrapping", "voucher does not work"]),
        };
        let resolved = great || self.dice.chance(if wait > 300.0 { 0.5 } else { 0.75 });
        let duration = if great { self.dice.whole(60, 240) } else { self.dice.whole(90, 900) };
        let feeling = match (great, resolved) {
            (true, _) => 1.0,
            (false, true) => 0.3 - (wait / 900.0).min(0.8),
            (false, false) => -0.6 - (wait / 2_000.0).min(0.4),
        };
        self.write_contact(at, touchpoint, (reason, wait as i64, duration, resolved), feeling);
        self.touch(touchpoint);
        self.feels(at, feeling);
        if self.person.email_known && self.dice.chance(0.25) {
            let opinion = Opinion { about: Some(touchpoint), feeling, order: about };
            self.plan_within(at, HOUR / 4..=DAY, Moment::Answer(opinion));
        }
        if !resolved && self.dice.chance(0.4) {
            self.plan_within(at, HOUR..=3 * DAY, Moment::Contact(about));
        }
    }

    fn write_contact(&mut self, at: i64, touchpoint: Touchpoint, (reason, wait, duration, resolved): (&str, i64, i64, bool), feeling: f64) {
        let calls = touchpoint == Touchpoint::SupportCall;
        let with_phone = calls && (self.person.told_phone || !self.person.email_known);
        // Whoever chats is asked for the address; a caller whose number is known sometimes.
        let with_email = !with_phone || self.dice.chance(0.3);
        let email = if with_email { self.typed_email() } else { String::new() };
        self.person.seen.phone |= with_phone;
        let contact_id = anonymous_id(&mut self.dice);
        let started = self.world.calendar.local_with_offset(at);
        let agent = self.dice.whole(1, 40);
        let note = comment(&mut self.dice, Topic::Service, feeling);
        self.books.write(DataFile::Calls, |out| {
            Object::write(out, |line| {
                line.text("contact_id", &contact_id);
                line.text("channel", if calls { "phone" } else { "chat" });
                if with_phone {
                    line.text("phone", &self.person.phone);
                }
                if with_email {
                    line.text("email", &email);
                }
                line.text("reason", reason);
                line.text("started_at", &started);
                line.whole("wait_seconds", wait);
                line.whole("duration_seconds", duration);
                line.flag("resolved", resolved);
                line.text("agent", &format!("agent_{agent:02}"));
                line.text("customer_said", &note);
            });
        });
    }
}
