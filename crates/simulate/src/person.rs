//! People: who they are, what they own, and the identifiers they leave behind.

use crate::catalogue::REGION_WEIGHTS;
use crate::dice::Dice;
use crate::place::Platform;
use crate::scenario::{AgeGroup, Persona};
use crate::web::Cart;

const WOMEN: [&str; 24] = [
    "Anna",
    "Lena",
    "Sophie",
    "Marie",
    "Laura",
    "Julia",
    "Sarah",
    "Lisa",
    "Katharina",
    "Hannah",
    "Clara",
    "Emma",
    "Mia",
    "Nele",
    "Petra",
    "Sabine",
    "Monika",
    "Ursula",
    "Renate",
    "Elif",
    "Aylin",
    "Olga",
    "Ines",
    "Greta",
];
const MEN: [&str; 24] = [
    "Lukas", "Jonas", "Felix", "Paul", "Leon", "Max", "Tim", "Jan", "Tobias", "Daniel", "Stefan", "Thomas", "Michael", "Klaus", "Werner",
    "Juergen", "Mehmet", "Emre", "Ivan", "Pavel", "Anton", "Oskar", "Moritz", "Karl",
];
const FAMILIES: [&str; 40] = [
    "Mueller",
    "Schmidt",
    "Schneider",
    "Fischer",
    "Weber",
    "Meyer",
    "Wagner",
    "Becker",
    "Schulz",
    "Hoffmann",
    "Koch",
    "Bauer",
    "Richter",
    "Klein",
    "Wolf",
    "Neumann",
    "Schwarz",
    "Zimmermann",
    "Braun",
    "Krueger",
    "Hofmann",
    "Hartmann",
    "Lange",
    "Werner",
    "Krause",
    "Lehmann",
    "Maier",
    "Koehler",
    "Herrmann",
    "Walter",
    "Yilmaz",
    "Kaya",
    "Nowak",
    "Kowalski",
    "Ivanov",
    "Petrov",
    "Rossi",
    "Nguyen",
    "Jansen",
    "Vogel",
];

/// People who live together.
pub(crate) struct Household {
    /// As in `crm.csv`.
    pub(crate) id: String,
    /// Position in [`crate::REGIONS`].
    pub(crate) region: usize,
    /// How many they are.
    pub(crate) size: u64,
    family: &'static str,
    /// The anonymous id of the tablet that lies on the sofa.
    tablet: String,
}

impl Household {
    pub(crate) fn of(dice: &mut Dice, number: u64) -> Household {
        Household {
            id: format!("h{number:07}"),
            region: dice.weighted(&REGION_WEIGHTS),
            size: 1 + dice.weighted(&[0.45, 0.33, 0.13, 0.09]) as u64,
            family: dice.one(&FAMILIES),
            tablet: anonymous_id(dice),
        }
    }
}

/// A browser or an installed app.
#[derive(Clone, Debug)]
pub(crate) struct Device {
    pub(crate) platform: Platform,
    pub(crate) anonymous_id: String,
    /// Others use it too, so people log out when they are done.
    pub(crate) shared: bool,
    pub(crate) logged_in: bool,
}

/// An order from the web shop or app.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) id: String,
    pub(crate) at: i64,
    pub(crate) platform: Platform,
    pub(crate) cart: Cart,
    /// Ordered without an account.
    pub(crate) guest: bool,
    /// When it will have arrived.
    pub(crate) arrives: i64,
    /// When it was promised for.
    pub(crate) promised: i64,
}

/// Which identifiers of a person appeared in the files.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) user_id: bool,
    pub(crate) email: bool,
    pub(crate) phone: bool,
    pub(crate) loyalty_card: bool,
    pub(crate) anonymous_ids: Vec<String>,
    pub(crate) receipts: Vec<String>,
}

/// One person.
pub(crate) struct Person {
    /// As in the truth files.
    pub(crate) name: String,
    pub(crate) persona: usize,
    pub(crate) region: usize,
    pub(crate) age: u32,
    pub(crate) woman: bool,
    pub(crate) first_name: &'static str,
    pub(crate) user_id: String,
    pub(crate) email: String,
    pub(crate) phone: String,
    /// Whether they told their telephone number.
    pub(crate) told_phone: bool,
    pub(crate) card: String,
    /// Whether they are somebody who takes a card at all.
    pub(crate) takes_card: bool,
    pub(crate) has_card: bool,
    pub(crate) registered: Option<i64>,
    /// The address is known, from an account or from a guest's order.
    pub(crate) email_known: bool,
    pub(crate) newsletter: bool,
    pub(crate) devices: Vec<Device>,
    pub(crate) orders: Vec<Order>,
    /// From -1 (done with the brand) to 1 (in love).
    pub(crate) mood: f64,
    pub(crate) seen: Seen,
}

impl Person {
    pub(crate) fn of(dice: &mut Dice, number: u64, household: &Household, position: usize, persona: &Persona) -> Person {
        let woman = dice.chance(persona.women);
        let first_name = dice.one(if woman { &WOMEN } else { &MEN });
        let family = household.family;
        let code = scattered(number);
        let domain = dice.one(&["example.org", "example.com", "example.net", "mail.example.org", "post.example.com"]);
        let mut devices = Vec::new();
        let owns = [
            (Platform::DesktopWeb, persona.devices.desktop),
            (Platform::MobileWeb, persona.devices.mobile),
            (Platform::TabletWeb, persona.devices.tablet),
            (Platform::App, persona.devices.app),
        ];
        for (platform, chance) in owns {
            if dice.chance(chance) {
                let shared = platform == Platform::TabletWeb && household.size > 1;
                let anonymous_id = if platform == Platform::TabletWeb { household.tablet.clone() } else { anonymous_id(dice) };
                devices.push(Device { platform, anonymous_id, shared, logged_in: false });
            }
        }
        if devices.is_empty() {
            let anonymous_id = anonymous_id(dice);
            devices.push(Device { platform: Platform::MobileWeb, anonymous_id, shared: false, logged_in: false });
        }
        Person {
            name: format!("p{number:08}"),
            persona: position,
            region: household.region,
            age: dice.around(persona.age, 9.0).clamp(18.0, 92.0) as u32,
            woman,
            first_name,
            user_id: format!("c{code:09}"),
            email: format!("{}.{}{}@{domain}", first_name.to_lowercase(), family.to_lowercase(), code),
            // +999 is a country code that nobody has, so nobody is called by accident.
            phone: format!("+999 30 {:05} {:04}", code / 10_000, code % 10_000),
            told_phone: dice.chance(0.65),
            card: format!("9900{:09}", (code * 7 + 3) % SCATTER),
            takes_card: dice.chance(persona.loyalty_card),
            has_card: false,
            registered: None,
            email_known: false,
            newsletter: false,
            devices,
            orders: Vec::new(),
            mood: 0.0,
            seen: Seen::default(),
        }
    }

    pub(crate) fn age_group(&self) -> AgeGroup {
        AgeGroup::of(self.age)
    }
}

/// A prime just above 10^9, so that multiplying modulo it gives every number once.
const SCATTER: u64 = 1_000_000_007;

/// Numbers that do not betray the order in which people were made, yet never meet (for fewer than 10^9 people).
fn scattered(number: u64) -> u64 {
    (number + 1) * 387_420_489 % SCATTER
}

/// A version 4 UUID.
pub(crate) fn anonymous_id(dice: &mut Dice) -> String {
    let (high, low) = (dice.bits(), dice.bits());
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xfff,
        0x8000 | (low >> 48 & 0x3fff),
        low & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn scattered_numbers_never_meet() {
        let numbers: HashSet<u64> = (0..100_000).map(scattered).collect();
        assert_eq!(numbers.len(), 100_000);
        assert!(numbers.iter().all(|number| *number < SCATTER));
    }

    #[test]
    fn anonymous_ids_look_like_browsers_make_them() {
        let id = anonymous_id(&mut Dice::of(1, 1));
        assert_eq!(id.len(), 36);
        assert_eq!(id.as_bytes()[14], b'4');
        assert!(matches!(id.as_bytes()[19], b'8' | b'9' | b'a' | b'b'));
    }
}
