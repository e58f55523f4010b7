//! A life: one person from the first to the last observed moment, one moment after the other.

use std::ops::RangeInclusive;

use crate::agenda::{Agenda, Moment};
use crate::books::Books;
use crate::catalogue::REGIONS;
use crate::dice::Dice;
use crate::line::Row;
use crate::outlet::DataFile;
use crate::person::{Household, Person};
use crate::place::{Platform, Touchpoint};
use crate::planted::Planted;
use crate::scenario::{Persona, Scenario};
use crate::season::{Calendar, DAY, Rhythm};
use crate::truth::Lived;
use crate::web::Source;

/// Everything that is the same for everybody.
pub(crate) struct World<'a> {
    pub(crate) scenario: &'a Scenario,
    pub(crate) calendar: Calendar,
    pub(crate) planted: Vec<Planted>,
    pub(crate) seed: u64,
}

/// One person's life while it is being lived.
pub(crate) struct Life<'w, 'b> {
    pub(crate) world: &'w World<'w>,
    pub(crate) books: &'w mut Books<'b>,
    pub(crate) dice: Dice,
    /// Dirt has dice of its own: cleaner files are files about the same lives.
    pub(crate) dirt: Dice,
    pub(crate) person: Person,
    pub(crate) agenda: Agenda,
    pub(crate) lived: Lived,
    /// From when on the person is lost to the brand.
    leaves: i64,
}

impl World<'_> {
    /// Simulates a household of at most `most` people, the first of which has the number `first`. Returns how many they are.
    pub(crate) fn household(&self, books: &mut Books<'_>, number: u64, first: u64, most: u64) -> u64 {
        let household = Household::of(&mut self.dice(number, 0), number);
        let size = household.size.min(most);
        let mut people = Vec::with_capacity(size as usize);
        for number in first..first + size {
            people.push(self.person(books, &household, number));
        }
        books.tally.households += 1;
        self.identities(books, &household, &people);
        size
    }

    fn person(&self, books: &mut Books<'_>, household: &Household, number: u64) -> Person {
        let mut dice = self.dice(number, 1);
        let shares: Vec<f64> = self.scenario.personas.iter().map(|persona| persona.share).collect();
        let persona = dice.weighted(&shares);
        let person = Person::of(&mut dice, number, household, persona, &self.scenario.personas[persona]);
        let lived = Lived::with(self.planted.len());
        let dirt = self.dice(number, 2);
        let leaves = i64::MAX;
        let mut life = Life { world: self, books, dice, dirt, person, agenda: Agenda::default(), lived, leaves };
        life.begin();
        life.run();
        life.register_in_crm(household);
        let Life { person, lived, .. } = life;
        books.tally.customers += 1;
        books.tally.personas[persona] += 1;
        books.tally.add(&lived);
        for (planted, strikes) in self.planted.iter().zip(&lived.strikes).filter(|(_, strikes)| strikes.hits > 0) {
            books.write(DataFile::TruthAffected, |out| {
                Row::on(out).text(&planted.name).text(&person.name).whole(strikes.occasions as i64).whole(strikes.hits as i64);
            });
        }
        person
    }

    /// Writes down which identifiers are whose.
    fn identities(&self, books: &mut Books<'_>, household: &Household, people: &[Person]) {
        let users = |id: &String| people.iter().filter(|person| person.seen.anonymous_ids.contains(id)).count();
        for (position, person) in people.iter().enumerate() {
            let persona = &self.scenario.personas[person.persona].name;
            let seen = &person.seen;
            let mut any = false;
            let mut write = |kind: &str, value: &str, shared: bool| {
                any = true;
                books.write(DataFile::TruthIdentities, |out| {
                    let mut row = Row::on(out);
                    row.text(&person.name).text(&household.id).text(persona).text(kind).text(value).whole(i64::from(shared));
                });
            };
            let single = [
                ("user_id", &person.user_id, seen.user_id),
                ("email", &person.email, seen.email),
                ("phone", &person.phone, seen.phone),
                ("loyalty_card", &person.card, seen.loyalty_card),
            ];
            for (kind, value, _) in single.into_iter().filter(|(_, _, seen)| *seen) {
                write(kind, value, false);
            }
            for receipt in &seen.receipts {
                write("receipt_no", receipt, false);
            }
            let mut shared_first = 0;
            for id in &seen.anonymous_ids {
                let shared = users(id) > 1;
                write("anonymous_id", id, shared);
                let earlier = &people[..position];
                shared_first += u64::from(shared && !earlier.iter().any(|other| other.seen.anonymous_ids.contains(id)));
            }
            books.tally.customers_seen += u64::from(any);
            books.tally.dirt.shared_devices += shared_first;
        }
    }

    /// Streams of dice: households (0), people (1) and the dirt on their lines (2).
    fn dice(&self, number: u64, stream: u64) -> Dice {
        Dice::of(self.seed, number << 2 | stream)
    }
}

impl<'w> Life<'w, '_> {
    pub(crate) fn persona(&self) -> &'w Persona {
        &self.world.scenario.personas[self.person.persona]
    }

    /// How the person comes to the brand: known for long, or discovering it now.
    fn begin(&mut self) {
        let world = self.world;
        let persona = self.persona();
        let start = world.calendar.start();
        if self.dice.chance(world.scenario.registered_before) {
            let since = start - self.dice.whole(1, 1_000) * DAY - self.dice.whole(0, DAY - 1);
            self.register(since);
            self.leaves_from(start);
            self.plan_online(start);
            self.plan_store(start);
            return;
        }
        let discovered = self.dice.whole(start, world.calendar.end() - 1);
        self.leaves_from(discovered);
        let in_store = persona.store_visits_per_month / (persona.store_visits_per_month + persona.online_visits_per_month);
        let rhythm = if self.dice.chance(in_store) { Rhythm::Store } else { Rhythm::Online };
        // Soon after being reached by the brand, at an hour at which people come.
        let Some(first) = world.calendar.next_visit(&mut self.dice, rhythm, discovered, 10.0, persona.campaign_pull) else {
            return;
        };
        match rhythm {
            Rhythm::Store => {
                self.agenda.plan(first, Moment::Store);
                self.plan_online(first);
            }
            Rhythm::Online => {
                let weights = persona.sources.weights();
                // Nobody types in the address of a shop that they have never heard of.
                let heard = &weights[..4];
                let source = if heard.iter().sum::<f64>() > 0.0 { Source::ALL[self.dice.weighted(heard)] } else { Source::OrganicSearch };
                self.agenda.plan(first, Moment::Online(source));
                self.plan_store(first);
            }
        }
    }

    fn run(&mut self) {
        let end = self.world.calendar.end();
        while let Some((at, moment)) = self.agenda.next() {
            if at >= end {
                break;
            }
            let stays = at < self.leaves;
            match moment {
                Moment::Online(source) if stays => {
                    self.visit(at, source);
                    self.plan_online(at);
                }
                Moment::Store if stays => {
                    self.store_visit(at);
                    self.plan_store(at);
                }
                Moment::FromMail(issue) if stays => self.visit(at, Source::Newsletter(issue)),
                Moment::Online(_) | Moment::Store | Moment::FromMail(_) => {}
                Moment::Newsletter(issue) => self.newsletter(at, issue, stays),
                Moment::Shipped(order) => self.shipped(at, order),
                Moment::Delivered(order) => self.delivered(at, order),
                Moment::Return(order) => self.goes_back(at, order),
                Moment::Contact(order) => self.contact(at, order),
                Moment::Answer(opinion) => self.answer(at, opinion),
                Moment::Review(order) => self.review(at, order),
                Moment::Refer => self.refer(at),
            }
        }
    }

    /// Plans something that people do within a time after `now`, while they are awake.
    pub(crate) fn plan_within(&mut self, now: i64, after: RangeInclusive<i64>, moment: Moment) {
        let at = now + self.dice.whole(*after.start(), *after.end());
        self.agenda.plan(self.world.calendar.between_hours(at, 8, 22), moment);
    }

    fn leaves_from(&mut self, now: i64) {
        let per_month = self.persona().leaves_per_month;
        if per_month > 0.0 {
            self.leaves = now + (self.dice.waiting(30.44 / per_month) * DAY as f64) as i64;
        }
    }

    fn plan_online(&mut self, now: i64) {
        let persona = self.persona();
        if let Some(at) = self.next_visit(Rhythm::Online, now, persona.online_visits_per_month) {
            let source = Source::ALL[self.dice.weighted(&persona.sources.weights())];
            self.agenda.plan(at, Moment::Online(source));
        }
    }

    fn plan_store(&mut self, now: i64) {
        if let Some(at) = self.next_visit(Rhythm::Store, now, self.persona().store_visits_per_month) {
            self.agenda.plan(at, Moment::Store);
        }
    }

    fn next_visit(&mut self, rhythm: Rhythm, now: i64, per_month: f64) -> Option<i64> {
        let eager = (1.0 + 0.6 * self.person.mood).clamp(0.2, 1.6);
        let pull = self.persona().campaign_pull;
        self.world.calendar.next_visit(&mut self.dice, rhythm, now, per_month * eager, pull)
    }

    /// Takes an account (or had one since before the first day).
    pub(crate) fn register(&mut self, at: i64) {
        let persona = self.persona();
        self.person.registered = Some(at);
        self.person.email_known = true;
        self.person.has_card |= self.person.takes_card;
        self.person.newsletter = self.dice.chance(persona.newsletter);
        if self.person.newsletter {
            self.plan_newsletter(at);
        }
    }

    /// Something good or bad happened; who is hurt badly may never come back.
    pub(crate) fn feels(&mut self, now: i64, feeling: f64) {
        self.person.mood = (self.person.mood + 0.35 * feeling).clamp(-1.0, 1.0);
        if self.person.mood < -0.6 && self.dice.chance(0.25) {
            self.leaves = self.leaves.min(now);
        }
    }

    /// Counts that a touchpoint was reached.
    pub(crate) fn touch(&mut self, at: Touchpoint) {
        self.lived.touch(at);
        self.books.tally.occasions[at as usize] += 1;
    }

    /// Counts that a step of an online visit was done, perhaps right after doing it already.
    pub(crate) fn touch_step(&mut self, at: Touchpoint, platform: Platform, repeated: bool) {
        self.touch(at);
        let step = &mut self.books.tally.steps[at as usize][platform as usize];
        step[0] += 1;
        step[1] += u64::from(repeated);
    }

    /// Dirties the line just written, by chance: repeated, or torn.
    pub(crate) fn soil(&mut self, file: DataFile, begin: usize) {
        let dirt = &self.world.scenario.dirt;
        if self.dirt.chance(dirt.malformed) {
            self.books.tear(file, begin);
        } else if self.dirt.chance(dirt.duplicates) {
            self.books.repeat(file, begin);
        }
    }

    /// The person's e-mail address as somebody typed it into a system.
    pub(crate) fn typed_email(&mut self) -> String {
        self.person.seen.email = true;
        if !self.dirt.chance(self.world.scenario.dirt.shouted_emails) {
            return self.person.email.clone();
        }
        self.books.tally.dirt.shouted_emails += 1;
        if self.dirt.chance(0.7) { self.person.email.to_uppercase() } else { format!("{} ", self.person.email) }
    }

    fn register_in_crm(&mut self, household: &Household) {
        let Some(registered) = self.person.registered else { return };
        let email = self.typed_email();
        let calendar = &self.world.calendar;
        let year = self.world.scenario.start.date().0;
        let person = &mut self.person;
        person.seen.user_id = true;
        person.seen.phone |= person.told_phone;
        person.seen.loyalty_card |= person.has_card;
        // A few do not tell their gender.
        let gender = if self.dirt.chance(0.05) {
            ""
        } else if person.woman {
            "f"
        } else {
            "m"
        };
        self.books.write(DataFile::Crm, |out| {
            Row::on(out)
                .text(&person.user_id)
                .text(&email)
                .text(&if person.told_phone { person.phone.replace(' ', "-") } else { String::new() })
                .text(if person.has_card { &person.card } else { "" })
                .text(&household.id)
                .whole(i64::from(year) - i64::from(person.age))
                .text(person.age_group().name())
                .text(gender)
                .text(REGIONS[person.region])
                .text(&calendar.local_date(registered))
                .text(if person.newsletter { "yes" } else { "no" });
        });
        self.books.tally.registered += 1;
    }
}
