//! The simulated retailer's files, read with the mapping of `examples/retailer` as the demo reads them: everything that
//! the truth says is there arrives, and only planted dirt is refused.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod common;

use std::collections::{BTreeMap, HashSet};
use std::io::{self, Cursor};
use std::sync::OnceLock;

use common::{Kept, stream};
use periplus_intake::{Mapping, Plan, Summary};
use periplus_model::Reason;
use periplus_simulate::{DataFile, Dirt, Outlet, Scenario, Touchpoint, Truth, simulate};

#[derive(Default)]
struct Memory(BTreeMap<DataFile, Vec<u8>>);

impl Outlet for Memory {
    fn write(&mut self, file: DataFile, bytes: &[u8]) -> io::Result<()> {
        self.0.entry(file).or_default().extend_from_slice(bytes);
        Ok(())
    }
}

struct Imported {
    files: BTreeMap<DataFile, (Kept, Summary)>,
    truth: Truth,
}

/// Two hundred customers, imported once for all tests.
fn imported() -> &'static Imported {
    static IMPORTED: OnceLock<Imported> = OnceLock::new();
    IMPORTED.get_or_init(|| Imported::new(200))
}

impl Imported {
    fn new(customers: u64) -> Imported {
        let mut memory = Memory::default();
        let mut scenario = Scenario::clothing_retailer();
        // Enough dirt for a small town.
        scenario.dirt = Dirt { duplicates: 0.02, malformed: 0.02, blocked_ids: 0.02, shouted_emails: 0.2, ..scenario.dirt };
        let truth = simulate(&scenario, 7, Some(customers), &mut memory).unwrap();
        let mapping = Mapping::parse(include_str!("../../../examples/retailer/mapping.toml")).unwrap();
        let read = |(file, bytes): (DataFile, Vec<u8>)| {
            let plan = if file == DataFile::WebApp { Plan::Auto } else { Plan::Mapping(&mapping) };
            let (kept, summary) = stream(file.name(), Box::new(Cursor::new(bytes)), plan);
            (file, (kept, summary.unwrap()))
        };
        for file in DataFile::ALL.into_iter().filter(|file| file.is_truth()) {
            assert!(mapping.source_for(file.name()).is_none(), "{} must not be imported", file.name());
        }
        Imported { files: memory.0.into_iter().filter(|(file, _)| !file.is_truth()).map(read).collect(), truth }
    }

    fn kept(&self, file: DataFile) -> &Kept {
        &self.files[&file].0
    }

    /// Different events of a name, known as the lake knows them: by message id, else by their whole content.
    fn count(&self, file: DataFile, wanted: &str) -> u64 {
        let events = self.kept(file).events.iter().filter(|event| event.event == wanted);
        events.map(|event| event.message_id.clone().unwrap_or_else(|| format!("{event:?}"))).collect::<HashSet<_>>().len() as u64
    }

    fn occasions(&self, touchpoint: Touchpoint) -> u64 {
        self.truth.touchpoints.iter().find(|t| t.touchpoint == touchpoint).unwrap().occasions
    }
}

#[test]
fn every_file_of_the_retailer_arrives_and_only_dirt_is_refused() {
    let all = imported();
    assert_eq!(all.files.len(), 11);
    for file in &all.truth.files {
        let (kept, summary) = &all.files[&file.file];
        let name = file.file.name();
        assert!(!kept.events.is_empty() || file.file == DataFile::Crm, "{name}");
        // Of web events, those of robots have no identifier that is anybody's.
        let nobody = if file.file == DataFile::WebApp { all.truth.dirt.nobody } else { 0 };
        assert_eq!(summary.rows, file.lines, "{name}");
        assert_eq!(summary.rejected.get(&Reason::NoIdentifier).copied().unwrap_or(0), nobody, "{name}");
        let broken: Vec<_> = kept.rejects.iter().filter(|reject| reject.1 != Reason::NoIdentifier).collect();
        assert_eq!(broken.len() as u64, file.malformed, "{name}: {broken:?}");
        assert_eq!(summary.accepted + summary.skipped, file.records + file.duplicates - nobody, "{name}");
        let mails = file.file == DataFile::Email;
        assert!(summary.skipped == 0 || mails, "{name}: only mail that nobody touched is passed over, not {}", summary.skipped);
    }
    assert_eq!(all.files[&DataFile::WebApp].1.dialect, "segment");
    let malformed = |wanted| all.truth.files.iter().any(|file| file.file == wanted && file.malformed > 0);
    assert!(all.truth.dirt.nobody > 0 && malformed(DataFile::WebApp) && malformed(DataFile::StoreSales), "there is dirt to refuse");
}

#[test]
fn events_are_as_many_as_the_truth_says() {
    let all = imported();
    for (file, event, touchpoint) in [
        (DataFile::WebApp, "Order Completed", Touchpoint::Order),
        (DataFile::WebApp, "Product Viewed", Touchpoint::ProductView),
        (DataFile::WebApp, "Checkout Step Completed", Touchpoint::ShippingDetails),
        (DataFile::StoreSales, "Store Purchase", Touchpoint::StorePurchase),
        (DataFile::Calls, "Support Call", Touchpoint::SupportCall),
        (DataFile::Calls, "Support Chat", Touchpoint::SupportChat),
        (DataFile::Deliveries, "Order Delivered", Touchpoint::Delivery),
        (DataFile::Returns, "Order Returned", Touchpoint::Return),
        (DataFile::Reviews, "Product Reviewed", Touchpoint::Review),
        (DataFile::Referrals, "Friend Referred", Touchpoint::Referral),
    ] {
        assert!(all.count(file, event) > 0, "{event}");
        assert_eq!(all.count(file, event), all.occasions(touchpoint), "{event}");
    }
    let surveys = all.count(DataFile::Surveys, "NPS Answered") + all.count(DataFile::Surveys, "CSAT Answered");
    assert_eq!(surveys, all.occasions(Touchpoint::Survey));
    let loyalty = all.count(DataFile::Loyalty, "Loyalty Points Earned") + all.count(DataFile::Loyalty, "Loyalty Gift Received");
    assert_eq!(loyalty, all.occasions(Touchpoint::Loyalty));
}

#[test]
fn identifiers_amounts_times_and_traits_are_what_they_should_be() {
    let all = imported();
    let sales = all.kept(DataFile::StoreSales);
    let anonymous: HashSet<_> =
        sales.events.iter().filter(|event| event.ids[0].starts_with("receipt_no:B")).map(|event| &event.ids).collect();
    assert_eq!(anonymous.len() as u64, all.truth.dirt.receipts_without_card);
    assert!(sales.events.iter().all(|event| event.ids.len() == 1 && event.amount.is_some_and(|amount| amount.0 > 0)));
    // What the tills print is Berlin's time: nobody shops at night, and the lake's clock is UTC.
    let hours: Vec<u8> = sales.events.iter().map(|event| event.time[11..13].parse().unwrap()).collect();
    assert!(hours.iter().all(|hour| (6..20).contains(hour)), "{hours:?}");

    let calls = all.kept(DataFile::Calls);
    assert!(calls.events.iter().all(|event| ["call centre", "chat"].contains(&event.channel.as_deref().unwrap())));
    assert!(calls.links.iter().any(|ids| ids.len() == 2), "some calls join a number and an address");
    assert!(calls.events.iter().all(|event| event.property("wait_seconds").is_number() && event.property("resolved").is_boolean()));

    let crm = all.kept(DataFile::Crm);
    assert_eq!(all.files[&DataFile::Crm].1.accepted, all.truth.registered);
    for name in ["age_group", "region", "birth_year", "household"] {
        assert_eq!(crm.traits.iter().filter(|(_, known, _)| known == name).count() as u64, all.truth.registered, "{name}");
    }

    // However they were typed, an address and a number look the same in every file.
    let ids = |file| all.kept(file).events.iter().flat_map(|event| &event.ids).chain(all.kept(file).links.iter().flatten());
    for file in [DataFile::Calls, DataFile::Surveys, DataFile::Crm, DataFile::WebApp, DataFile::Email] {
        for id in ids(file) {
            let (kind, value) = id.split_once(':').unwrap();
            let blank = value.contains(char::is_whitespace);
            assert!(!blank && (kind != "email" || value == value.to_lowercase()) && (kind != "phone" || !value.contains('-')), "{id}");
            assert!(!["null", "undefined", "anonymous"].contains(&value), "{id}");
        }
    }
    let phones: HashSet<&String> = ids(DataFile::Crm).filter(|id| id.starts_with("phone:")).collect();
    assert!(ids(DataFile::Calls).any(|id| phones.contains(id)), "callers are found among the registered");

    // What the map asks of web events.
    let web = all.kept(DataFile::WebApp);
    let app = |event: &&common::Event| event.channel.as_deref() == Some("app");
    assert!(web.events.iter().filter(app).all(|event| event.property("context_app_version") == "4.2"));
    assert!(
        web.events.iter().all(|event| ["desktop", "mobile", "tablet"].contains(&event.property("context_device_type").as_str().unwrap()))
    );
    let channels: HashSet<&str> = web.events.iter().filter_map(|event| event.channel.as_deref()).collect();
    assert_eq!(channels, HashSet::from(["web", "app", "social", "search", "display", "e-mail"]));

    let score = |event: &common::Event| event.property("score");
    assert!(all.kept(DataFile::Surveys).events.iter().all(|event| !score(event).is_null()));
}
