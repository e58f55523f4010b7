//! The example source files, each with a body as its provider sends it.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod common;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::{Kept, adds_up};
use hmac::{Hmac, KeyInit, Mac};
use periplus_intake::Summary;
use periplus_intake::collect::signature::Unverified;
use periplus_intake::collect::{Arrived, SPEECHES, Sent, Speech, Unwelcome, read};
use periplus_intake::source::Settings;
use periplus_model::{Instant, Money, Reason};
use serde_json::json;
use sha2::Sha256;

const NOW: &str = "2026-03-08T10:12:10Z";

fn settings(text: &str) -> Settings {
    Settings::parse(text).unwrap()
}

fn webhook() -> &'static dyn Speech {
    SPEECHES.iter().copied().find(|speech| speech.name() == "webhook").unwrap()
}

/// What becomes of a request: what is kept of it, and what its messages come to.
fn taken(settings: &Settings, headers: &[(&str, &str)], body: &[u8]) -> (Kept, Summary) {
    let call = &webhook().calls()[0];
    let decoded = webhook().decode(call, Sent { query: "", headers, body }, settings).unwrap();
    let at = Instant::parse(NOW).unwrap();
    let arrived = Arrived { at, source: "shop", dialect: "webhook", call: call.name, agent: None, body: &decoded };
    let arrived = arrived.to_bytes();
    let mut kept = Kept::default();
    let summary = read(&Arrived::of(&arrived).unwrap(), settings, &mut kept).unwrap();
    adds_up(&summary);
    (kept, summary)
}

fn signed(secret: &str, pieces: &[&[u8]]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    STANDARD.encode(pieces.iter().fold(mac, |mac, piece| mac.chain_update(piece)).finalize().into_bytes())
}

fn admitted(settings: &Settings, secret: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<(), Unwelcome> {
    let signature = settings.webhook.as_ref().unwrap().signature.as_ref().unwrap();
    let secrets = signature.secrets(secret).unwrap();
    webhook().admit(Sent { query: "", headers, body }, settings, &secrets, Instant::parse(NOW).unwrap())
}

#[test]
fn a_shopify_order_is_an_event_with_its_money_its_customer_and_their_traits() {
    let settings = settings(include_str!("../../../examples/sources/shopify.toml"));
    let body = include_bytes!("webhooks/shopify_order.json");
    let signature = signed("shpss_1", &[body]);
    let headers =
        [("x-shopify-topic", "orders/create"), ("x-shopify-hmac-sha256", signature.as_str()), ("content-type", "application/json")];
    assert_eq!(admitted(&settings, "shpss_0 shpss_1", &headers, body), Ok(()));
    assert_eq!(admitted(&settings, "shpss_0", &headers, body), Err(Unwelcome::Unverified(Unverified::Wrong)));
    let (kept, summary) = taken(&settings, &headers, body);
    assert_eq!((summary.rows, summary.accepted), (1, 1));
    let order = &kept.events[0];
    assert_eq!((order.event.as_str(), order.time.as_str(), kept.events.len()), ("Order Completed", "2026-03-02T21:09:54Z", 1));
    assert_eq!(order.ids, ["user_id:115310627314723954", "email:jon@example.com", "phone:+491715550100"]);
    assert_eq!((order.amount, order.currency.as_deref()), (Some(Money(414_950_000)), Some("EUR")));
    assert_eq!((order.channel.as_deref(), order.message_id.as_deref()), (Some("web"), Some("order-820982911946154508")));
    assert_eq!((order.property("order"), order.property("first_item")), (json!("#9999"), json!("Rain Coat")));
    assert_eq!(
        kept.traits.iter().map(|(_, name, value)| (name.as_str(), value.as_str())).collect::<Vec<_>>(),
        [("country", "\"DE\""), ("first_name", "\"Jon\""), ("last_name", "\"Doe\"")]
    );
    assert_eq!(kept.links.len(), 1);
    let (kept, summary) = taken(&settings, &[("x-shopify-topic", "carts/update")], b"{}");
    assert_eq!((summary.skipped, kept.events.len()), (1, 0), "no rule is about it");
}

#[test]
fn a_zendesk_ticket_is_an_event_and_its_requester_is_known_by_a_link() {
    let settings = settings(include_str!("../../../examples/sources/zendesk.toml"));
    let body = include_bytes!("webhooks/zendesk_ticket.json");
    let time = "2026-03-08T10:12:08Z";
    let signature = signed("secret", &[time.as_bytes(), body]);
    let headers = [("x-zendesk-webhook-signature-timestamp", time), ("x-zendesk-webhook-signature", signature.as_str())];
    assert_eq!(admitted(&settings, "secret", &headers, body), Ok(()));
    let (kept, _) = taken(&settings, &headers, body);
    let ticket = &kept.events[0];
    assert_eq!((ticket.event.as_str(), ticket.time.as_str()), ("Ticket Created", "2026-03-08T10:12:07.672717Z"));
    assert_eq!((ticket.ids.as_slice(), ticket.channel.as_deref()), (&["zendesk_user:8447388090495".to_owned()][..], Some("web")));
    assert_eq!((ticket.property("ticket"), ticket.property("tags")), (json!("5158"), json!(["delivery", "damaged"])));
    let (kept, _) = taken(&settings, &[], include_bytes!("webhooks/zendesk_user.json"));
    assert_eq!(kept.links, [["user_id:115310627314723954", "email:jon@example.com", "zendesk_user:8447388090495"]]);
}

#[test]
fn sendgrids_list_is_an_event_each_but_for_those_that_nobody_asked_for() {
    let settings = settings(include_str!("../../../examples/sources/sendgrid.toml"));
    let (kept, summary) = taken(&settings, &[], include_bytes!("webhooks/sendgrid_events.json"));
    assert_eq!((summary.rows, summary.accepted, summary.skipped), (5, 4, 1));
    let told: Vec<(&str, &str)> = kept.events.iter().map(|event| (event.event.as_str(), event.message_id.as_deref().unwrap())).collect();
    assert_eq!(
        told,
        [
            ("Email Delivered", "ZyVkZWxpdmVyZWQtMC0xNDc="),
            ("Email Opened", "FOTFFO0ecsBE-zxFXfs6WA=="),
            ("Email Link Clicked", "kCAi1KttyQdEKHhdC-nuEA=="),
            ("Email Bounced", "6g4ZI7SA-xmRDv57GoPIPw==")
        ]
    );
    assert_eq!((kept.events[2].property("url"), kept.events[2].channel.as_deref()), (json!("https://shop.example/spring"), Some("e-mail")));
    assert_eq!(kept.events[0].time, "2026-03-03T10:00:02Z");
}

#[test]
fn trustpilots_reviews_lie_in_a_list_by_its_name() {
    let settings = settings(include_str!("../../../examples/sources/trustpilot.toml"));
    let (kept, _) = taken(&settings, &[], include_bytes!("webhooks/trustpilot_reviews.json"));
    let told: Vec<(&str, &str)> = kept.events.iter().map(|event| (event.event.as_str(), event.time.as_str())).collect();
    assert_eq!(told, [("Review Written", "2026-03-12T09:30:15Z"), ("Review Deleted", "2026-03-14T08:00:00Z")]);
    assert_eq!((kept.events[0].property("stars"), kept.events[0].property("verified")), (json!(2), json!(true)));
    assert_eq!(kept.links, [["user_id:115310627314723954", "trustpilot_consumer:5f1a2b3c4d5e6f7a8b9c0d1e"]]);
    let (kept, summary) = taken(&settings, &[], b"{\"event\": 1}");
    assert_eq!((summary.rows, kept.rejects[0].1), (1, Reason::Malformed));
    assert!(kept.rejects[0].2.contains("no 'events'"));
}

#[test]
fn a_message_that_names_no_id_is_known_by_the_senders_or_by_what_it_says() {
    let two = settings(
        "[webhook]\nheaders = ['X-Topic']\n[mapping]\nids = [{ kind = 'email', column = 'email' }]\n[[mapping.event]]\nname = 'a'\ntime = { column = 'at' }\n[[mapping.event]]\nname = 'b'\n",
    );
    let body = br#"{"email": "a@x.org", "at": "2026-03-01"}"#;
    let ids = |headers: &[(&str, &str)]| -> Vec<String> {
        taken(&two, headers, body).0.events.into_iter().map(|event| event.message_id.unwrap()).collect()
    };
    assert_eq!(ids(&[("webhook-id", "msg_1")]), ["msg_1", "msg_1-1"]);
    assert_eq!(ids(&[]), ids(&[]), "a second attempt");
    assert_ne!(ids(&[])[0], ids(&[("x-topic", "other")])[0], "what is kept of the headers is part of what it says");
    // The second event has no time of its own: it is when the message was received.
    assert_eq!(taken(&two, &[], body).0.events[1].time, NOW);
}

#[test]
fn several_messages_of_a_request_can_make_one_event() {
    let lines = settings(
        "[webhook]\nitems = 'line_items'\n[mapping]\ntime = { column = 'body.created_at' }\nids = [{ kind = 'email', column = 'body.email' }]\n[[mapping.event]]\nname = 'order'\ndistinct_by = ['body.id']\namount = { column = 'price' }\nproperties = 'none'\n",
    );
    let (kept, summary) = taken(&lines, &[], include_bytes!("webhooks/shopify_order.json"));
    assert_eq!((summary.rows, kept.events.len(), kept.events[0].amount), (2, 1, Some(Money(398_000_000))));
}

#[test]
fn what_waits_in_the_log_when_the_mapping_goes_is_quarantined_with_what_to_do() {
    let body = br#"{"email": "a@x.org"}"#;
    let (kept, summary) = taken(&Settings::default(), &[], body);
    assert_eq!(summary.rejected.values().sum::<u64>(), 1);
    assert!(kept.rejects[0].2.contains("sources/NAME.toml") && kept.rejects[0].3.contains("a@x.org"));
}
