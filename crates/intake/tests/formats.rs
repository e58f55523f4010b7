//! What each format and dialect is made into, from small files.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod common;

use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Float32Array, Int32Array, RecordBatch, StringArray,
    TimestampMillisecondArray,
};
use arrow::datatypes::Int32Type;
use common::{Kept, adds_up, auto, mapped, nothing_to_open};
use periplus_intake::{Input, IntakeError, Mapping, Plan, Summary, read};
use periplus_model::{Money, Reason};

const ORDERS: &str = r#"
[[source]]
name = "orders"
file = "orders*.csv"
time = { column = "when", format = "%d.%m.%Y %H:%M", zone = "Europe/Berlin" }
ids = [{ kind = "email", column = "mail" }, { kind = "phone", column = "phone", country = "49" }]

[[source.event]]
name = { template = "order {status}" }
when = { property = "status", in = ["paid", "returned"] }
channel = { column = "shop", values = { w = "web", s = "store" }, default = "web" }
message_id = { template = "{no}-{status}" }
amount = { column = "sum", decimal_comma = true }
currency = { column = "cur" }
properties = { no = "order" }

[[source.event]]
name = "gift"
when = { and = [{ property = "gift", is = "yes" }, { not = { property = "status", is = "open" } }] }
properties = "none"

[[source.traits]]
columns = ["city"]
household = "hh"

[[source.link]]
"#;

#[test]
fn a_mapping_makes_several_things_of_one_row_or_none() {
    let csv = "when;mail;phone;status;shop;no;sum;cur;gift;city;hh\n\
        15.01.2026 12:00;Ana@X.org;0171 1;paid;w;1;1.234,50;eur;yes;Bonn;h1\n\
        16.01.2026 12:00;bo@x.org;;paid;;2;5;EUR;;;\n\
        17.01.2026 12:00;;;paid;;3;5;EUR;;;\n\
        18.01.2026 12:00;cy@x.org;;paid;;4;much;EUR;;;\n\
        x;cy@x.org;;paid;;4;1;EUR;;;\n\
        ;cy@x.org;;paid;;4;1;EUR;;;\n\
        ;cy@x.org;;open;;4;;EUR;;;\n\
        ;cy@x.org;;open;;4;;EUR;;Ulm;\n";
    let (kept, summary) = mapped("orders-1.csv", csv, ORDERS);
    let summary = summary.unwrap();
    assert_eq!((summary.rows, summary.accepted, summary.skipped), (8, 3, 1));
    assert_eq!(
        kept.rejects.iter().map(|r| (r.0, r.1)).collect::<Vec<_>>(),
        [(4, Reason::NoIdentifier), (5, Reason::BadAmount), (6, Reason::BadTime), (7, Reason::NoTime)]
    );
    let first = &kept.events[0];
    assert_eq!((first.event.as_str(), first.time.as_str(), first.channel.as_deref()), ("order paid", "2026-01-15T11:00:00Z", Some("web")));
    assert_eq!(first.ids, ["email:ana@x.org", "phone:+491711"]);
    assert_eq!(
        (first.amount, first.currency.as_deref(), first.message_id.as_deref()),
        (Some(Money(1_234_500_000)), Some("EUR"), Some("1-paid"))
    );
    assert_eq!(first.properties, r#"{"order":1}"#);
    assert_eq!((kept.events[1].event.as_str(), kept.events[1].properties.as_str()), ("gift", ""));
    assert_eq!(kept.events.len(), 3);
    assert_eq!(kept.links, [["email:ana@x.org", "phone:+491711"]]);
    let traits: Vec<_> = kept.traits.iter().map(|(ids, name, value)| (ids[0].as_str(), name.as_str(), value.as_str())).collect();
    assert_eq!(
        traits,
        [("email:ana@x.org", "city", "\"Bonn\""), ("email:ana@x.org", "household", "\"h1\""), ("email:cy@x.org", "city", "\"Ulm\"")]
    );
}

#[test]
fn a_mapping_says_what_it_misses() {
    let (_, result) = mapped("orders-1.csv", "when;mail\n", ORDERS);
    let error = result.unwrap_err().to_string();
    assert!(error.contains("phone") && error.contains("Its columns are: when, mail"), "{error}");
    let (_, result) = mapped("else.csv", "a,b\n", ORDERS);
    assert!(matches!(result, Err(IntakeError::NoSource { .. })));
    for (wrong, part) in [
        ("name = 'e'", "has no time"),
        ("name = 'e'\ntime = { column = 'a', format = 'when' }", "not a time format"),
        ("name = 'e'\ntime = { column = 'a', zone = 'Mars' }", "not a time zone"),
        ("name = 'e'\ntime = { column = 'a' }", "no identifier"),
        ("name = 'e'\ntime = { column = 'a' }\nids = [{kind='user_id', column='b'}]\nwhen = 'purchase'", "condition may use"),
        ("name = { template = '{a' }\ntime = { column = 'a' }\nids = [{kind='user_id', column='b'}]", "opens a brace"),
    ] {
        let (_, result) = mapped("a.csv", "a,b\n1,2\n", &format!("[[source]]\nname='s'\n[[source.event]]\n{wrong}"));
        let error = result.unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}

const BASKETS: &str = "[[source]]\nname='b'\ntime={column='t'}\nids=[{kind='user_id',column='u'}]\n[[source.event]]\nname='purchase'\ndistinct_by=['basket']\namount={column='x'}\nproperties='none'";

#[test]
fn rows_of_one_group_become_one_event_even_when_they_are_not_adjacent() {
    let csv = "t,u,basket,x\n2026-01-01,a,1,1.10\n2026-01-01,b,2,5\n2026-01-01,a,1,2.20\n2026-01-01,a,1,oops\n";
    let (kept, summary) = mapped("b.csv", csv, BASKETS);
    let summary = summary.unwrap();
    assert_eq!((summary.rows, summary.accepted, summary.events), (4, 3, 2));
    assert_eq!(
        kept.events.iter().map(|e| (e.message_id.as_deref().unwrap(), e.amount.unwrap().0)).collect::<Vec<_>>(),
        [("b/1", 3_300_000), ("b/2", 5_000_000)]
    );
    assert_eq!(kept.rejects[0].1, Reason::BadAmount);
}

#[test]
fn a_row_that_comes_after_its_event_was_closed_is_refused() {
    let mut csv = "t,u,basket,x\n".to_owned();
    for basket in 0..70_000 {
        csv.push_str(&format!("2026-01-01,u{basket},{basket},1\n"));
    }
    csv.push_str("2026-01-01,u0,0,1\n2026-01-01,u0,69999,1\n");
    let (kept, summary) = mapped("b.csv", csv, BASKETS);
    assert_eq!((summary.unwrap().events, kept.rejects.len()), (70_000, 1));
    assert_eq!((kept.rejects[0].0, kept.rejects[0].1), (70_002, Reason::Malformed));
    assert_eq!(kept.events.iter().map(|e| e.amount.unwrap().0 / 1_000_000).sum::<i64>(), 70_001);
}

#[test]
fn what_is_the_same_for_all_rows_goes_before_columns() {
    let mapping = "[[source]]\nname='s'\ntime={column='t'}\nids=[{kind='user_id',column='u'}]\n[[source.event]]\nname='answered'\n\
        with={survey='spring \"26\"', kind='nps', wave=2, weight=0.5, real=true}\n[[source.event]]\nname='bare'\nproperties='none'\nwith={kind='x'}";
    let (kept, summary) = mapped("s.csv", "t,u,score,kind\n2026-01-01,a,9,other\n".to_owned(), mapping);
    adds_up(&summary.unwrap());
    let properties: Vec<&str> = kept.events.iter().map(|event| event.properties.as_str()).collect();
    assert_eq!(properties, [r#"{"kind":"nps","real":true,"survey":"spring \"26\"","wave":2,"weight":0.5,"score":9}"#, r#"{"kind":"x"}"#]);
    let wrong = Mapping::parse("[[source]]\nname='s'\n[[source.event]]\nname='x'\nwith={a=[1]}").unwrap_err().to_string();
    assert!(wrong.contains("write a text"), "{wrong}");
}

#[test]
fn lookups_fetch_columns_from_small_files() {
    let mapping = Mapping::parse(
        "[[source]]\nname='s'\nids=[{kind='user_id',column='u'}]\ntime={column='start'}\n[[source.lookup]]\nfile='c.csv'\nkey='c'\ntheir_key='id'\ncolumns={begin='start', title='title'}\n[[source.event]]\nname='sent'",
    )
    .unwrap();
    let lookup = |text: &'static str| move |_: &str| Ok(Box::new(Cursor::new(text.as_bytes())) as Box<dyn std::io::Read + Send>);
    let run = |open: &periplus_intake::Open<'_>| {
        let mut kept = Kept::default();
        let input = Input::Stream { name: "s.csv".into(), reader: Box::new(&b"u,c\na,1\nb,2\nc,9\n"[..]) };
        (read(input, Plan::Mapping(&mapping), open, &mut kept, &mut |_| {}), kept)
    };
    let (summary, kept) = run(&lookup("id,begin,title\n1,2026-01-01,Spring\n2,2026-02-01,\n"));
    adds_up(&summary.unwrap());
    assert_eq!(
        kept.events.iter().map(|e| (e.time.as_str(), e.properties.as_str())).collect::<Vec<_>>(),
        [("2026-01-01T00:00:00Z", r#"{"title":"Spring","c":1}"#), ("2026-02-01T00:00:00Z", r#"{"c":2}"#)]
    );
    assert_eq!(kept.rejects[0].1, Reason::NoTime);
    for (text, part) in [("id,begin,title\n1,,\n1,,\n", "there twice"), ("id,begin\n", "title"), ("", "empty")] {
        let error = run(&lookup(text)).0.unwrap_err().to_string();
        assert!(error.contains("c.csv") && error.contains(part), "{error}");
    }
    assert!(run(&nothing_to_open).0.unwrap_err().to_string().contains("not there"));
}

#[test]
fn compressed_recoded_and_headless_files_are_read() {
    let csv = "user_id,time,event,name\r\nu1,2026-01-01T00:00:00Z,visit,M\u{fc}ller\r\n";
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(csv.as_bytes()).unwrap();
    let mut twice = gzip.finish().unwrap();
    let mut more = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    more.write_all(b"u2,2026-01-02,visit,x\n").unwrap();
    twice.extend(more.finish().unwrap());
    let (kept, _) = auto("a.csv.gz", twice);
    assert_eq!((kept.events.len(), kept.events[0].property("name")), (2, "M\u{fc}ller".into()));
    let (kept, _) = auto("a.zst", zstd::encode_all(csv.as_bytes(), 3).unwrap());
    assert_eq!(kept.events.len(), 1);
    let (kept, _) = auto("a.csv", format!("\u{feff}{csv}"));
    assert_eq!(kept.events.len(), 1);
    let latin: Vec<u8> = csv.chars().map(|c| c as u32 as u8).collect();
    let (kept, _) = auto("a.csv", latin.clone());
    assert_eq!(kept.rejects[0].1, Reason::Encoding);
    let mapping = "[[source]]\nname='a'\nencoding='latin-1'\nheader=['u','t','e','n']\n[[source.event]]\nname={column='e'}\ntime={column='t'}\nids=[{kind='user_id',column='u'}]";
    let (kept, summary) = mapped("a.csv", latin, mapping);
    assert_eq!((kept.events[0].property("n"), summary.unwrap().rejected[&Reason::BadTime]), ("M\u{fc}ller".into(), 1));
}

#[test]
fn json_lines_may_be_any_table() {
    let text = r#"{"user_id":"u1","time":1700000000,"event":"a","deep":{"x":1}}
{"user_id":"u2","time":1700000001,"event":"a","new":[1,2],"none":null}
[{"user_id":"u3","time":1700000002,"event":"b"},{"user_id":"null","time":1700000003,"event":"b"}]
nonsense
7
"#;
    let (kept, summary) = auto("a.jsonl", text);
    assert_eq!(summary.unwrap().rows, 6);
    assert_eq!(kept.events.iter().map(|e| e.properties.as_str()).collect::<Vec<_>>(), [r#"{"deep":{"x":1}}"#, r#"{"new":[1,2]}"#, ""]);
    assert_eq!(
        kept.rejects.iter().map(|r| (r.0, r.1)).collect::<Vec<_>>(),
        [(3, Reason::NoIdentifier), (4, Reason::Malformed), (5, Reason::Malformed)]
    );
    let mapping = "[[source]]\nname='a'\n[[source.event]]\nname='e'\ntime={column='meta.at'}\nids=[{kind='user_id',column='who.id'}]\nproperties=['who.age']";
    let (kept, _) = mapped("a.json", r#"{"who":{"id":7,"age":30},"meta":{"at":"2026-01-01"}}"#, mapping);
    assert_eq!((kept.events[0].ids[0].as_str(), kept.events[0].properties.as_str()), ("user_id:7", r#"{"who.age":30}"#));
}

#[test]
fn segment_messages_are_understood() {
    let text = r#"{"type":"track","event":"Order Completed","messageId":"m1","userId":"u1","anonymousId":"a1","timestamp":"2026-01-01T00:00:00Z","properties":{"revenue":"12.50","currency":"eur","n":1},"context":{"campaign":{"medium":"email","source":"x"},"page":{"url":"https://x"},"library":{"name":"analytics.js"}}}
{"type":"page","name":"Home","messageId":"m2","anonymousId":"a1","originalTimestamp":"2026-01-01T10:00:00Z","sentAt":"2026-01-01T10:00:10Z","receivedAt":"2026-01-01T09:00:10Z","context":{"library":{"name":"analytics.js"},"sessionId":17,"firstTouch":{"source":"letter","url":"https://x"}}}
{"type":"identify","messageId":"m3","anonymousId":"a1","userId":"u1","timestamp":"2026-01-01T00:00:00Z","traits":{"email":"Ana@x.org","plan":"gold","gone":null}}
{"type":"alias","messageId":"m4","userId":"u1","previousId":"a0","timestamp":"2026-01-01T00:00:00Z"}
{"type":"group","messageId":"m5","userId":"u1","groupId":"g1","timestamp":"2026-01-01T00:00:00Z","traits":{"size":5,"email":"info@g1.org"}}
{"batch":[{"type":"screen","name":"Cart","anonymousId":"a2","messageId":"m6"},{"type":"track","anonymousId":"a2","messageId":"m7"}],"sentAt":"2026-01-01T00:00:00Z","context":{"library":{"name":"analytics-ios"}}}
{"type":"telepathy","userId":"u1","timestamp":"2026-01-01T00:00:00Z"}
{"type":"track","event":"x","userId":"undefined","timestamp":"2026-01-01T00:00:00Z"}
{"type":"track","event":"x","userId":"u1"}
{"type":"track","event":"x","userId":"u1","timestamp":"yesterday"}
"#;
    let (kept, summary) = auto("a.jsonl", text);
    let summary = summary.unwrap();
    assert_eq!((summary.dialect, summary.rows, summary.accepted), ("segment", 11, 6));
    let order = &kept.events[0];
    assert_eq!(
        (order.event.as_str(), order.amount, order.currency.as_deref(), order.channel.as_deref()),
        ("Order Completed", Some(Money(12_500_000)), Some("EUR"), Some("e-mail"))
    );
    assert_eq!((order.ids.join(" "), order.property("context_page_url")), ("user_id:u1 anonymous_id:a1".into(), "https://x".into()));
    let page = &kept.events[1];
    assert_eq!(
        (page.event.as_str(), page.time.as_str(), page.property("name"), page.channel.as_deref()),
        ("page", "2026-01-01T09:00:00Z", "Home".into(), Some("web"))
    );
    assert_eq!((page.property("context_sessionId"), page.property("context_firstTouch_source")), (17.into(), "letter".into()));
    let screen = &kept.events[2];
    assert_eq!((screen.event.as_str(), screen.channel.as_deref(), screen.time.as_str()), ("screen", Some("app"), "2026-01-01T00:00:00Z"));
    assert_eq!(kept.links[0], ["user_id:u1", "email:ana@x.org", "anonymous_id:a1"]);
    assert_eq!(kept.links[1], ["user_id:u1", "anonymous_id:a0"]);
    let traits: BTreeMap<&str, &str> = kept.traits.iter().map(|(_, name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!((traits["plan"], traits["gone"], traits["group_id"], traits["group_size"]), ("\"gold\"", "null", "\"g1\"", "5"));
    assert_eq!(
        kept.rejects.iter().map(|r| r.1).collect::<Vec<_>>(),
        [Reason::NoEvent, Reason::UnknownType, Reason::NoIdentifier, Reason::NoTime, Reason::BadTime]
    );
}

#[test]
fn ga4_as_json_lines_is_the_same_with_texts_for_numbers() {
    let text = r#"{"event_date":"20260101","event_timestamp":"1767225600000001","event_name":"refund","user_pseudo_id":"1.2","user_id":"u1","platform":"WEB","event_params":[{"key":"n","value":{"int_value":"5"}},{"key":"currency","value":{"string_value":"usd"}},{"key":"empty","value":{}}],"user_properties":[{"key":"tier","value":{"string_value":"gold","set_timestamp_micros":"1"}}],"ecommerce":{"refund_value":3.5},"traffic_source":{"medium":"(none)"}}"#;
    let (kept, summary) = auto("ga4.json", text);
    assert_eq!(summary.unwrap().dialect, "ga4");
    let event = &kept.events[0];
    assert_eq!(
        (event.time.as_str(), event.amount, event.currency.as_deref(), event.channel.as_deref()),
        ("2026-01-01T00:00:00.000001Z", Some(Money(-3_500_000)), Some("USD"), Some("web"))
    );
    assert_eq!((event.property("n"), event.ids.join(" ")), (5.into(), "user_id:u1 anonymous_id:1.2".into()));
    assert_eq!((kept.links.len(), kept.traits[0].1.as_str()), (1, "tier"));
}

fn parquet(columns: Vec<(&str, ArrayRef)>) -> std::fs::File {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut file = tempfile::tempfile().unwrap();
    let mut writer = parquet::arrow::ArrowWriter::try_new(file.try_clone().unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    std::io::Seek::rewind(&mut file).unwrap();
    file
}

fn read_parquet(file: std::fs::File, plan: Plan<'_>) -> (Kept, Result<Summary, IntakeError>) {
    let mut kept = Kept::default();
    let result = read(Input::Parquet { name: "a.parquet".into(), file }, plan, &nothing_to_open, &mut kept, &mut |_| {});
    (kept, result)
}

#[test]
fn parquet_types_keep_their_meaning() {
    let dictionary: DictionaryArray<Int32Type> = ["web", "app"].into_iter().collect();
    let items = arrow::array::ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1), None]), None]);
    let file = parquet(vec![
        ("customer_id", Arc::new(Int32Array::from(vec![7, 8]))),
        ("time", Arc::new(TimestampMillisecondArray::from(vec![1_500, 2_000]).with_timezone("UTC"))),
        ("event", Arc::new(StringArray::from(vec![Some("a"), None]))),
        ("channel", Arc::new(dictionary)),
        ("amount", Arc::new(Decimal128Array::from(vec![1_250, 1]).with_precision_and_scale(10, 2).unwrap())),
        ("ratio", Arc::new(Float32Array::from(vec![0.1, 2.0]))),
        ("nothing", Arc::new(arrow::array::Float64Array::from(vec![f64::NAN, 1.0]))),
        ("member", Arc::new(BooleanArray::from(vec![Some(true), None]))),
        ("born", Arc::new(Date32Array::from(vec![0, 1]))),
        ("items", Arc::new(items)),
    ]);
    let (kept, summary) = read_parquet(file, Plan::Auto);
    let summary = summary.unwrap();
    adds_up(&summary);
    assert_eq!(summary.rejected, BTreeMap::from([(Reason::NoEvent, 1)]));
    let event = &kept.events[0];
    assert_eq!(
        (event.ids[0].as_str(), event.time.as_str(), event.channel.as_deref()),
        ("user_id:7", "1970-01-01T00:00:01.500Z", Some("web"))
    );
    assert_eq!(event.amount, Some(Money(12_500_000)));
    assert_eq!(event.properties, r#"{"ratio":0.1,"member":true,"born":"1970-01-01","items":[1,null]}"#);
    assert!(kept.rejects[0].3.contains("\"customer_id\":8"), "{}", kept.rejects[0].3);
}

#[test]
fn a_broken_parquet_file_is_said_to_be_broken() {
    let file = parquet(vec![("a", Arc::new(Int32Array::from(vec![1])))]);
    file.set_len(file.metadata().unwrap().len() - 4).unwrap();
    let error = read_parquet(file, Plan::Auto).1.unwrap_err().to_string();
    assert!(error.contains("broken or cut short"), "{error}");
}

#[test]
fn xes_keeps_every_type_and_repeated_events() {
    let event = r#"<event><string key="concept:name" value="a &amp; b&#10;c"/><date key="time:timestamp" value="2026-01-01T00:00:00Z"/><int key="i" value="2"/><float key="f" value="2.0"/><float key="n" value="NaN"/><boolean key="b" value="true"/><id key="x" value="u-1"/><string key="s" value="v"><int key="inner" value="1"><date key="deeper" value="2026-01-01"/></int></string><list key="l"><values><int key="item" value="1"/><int key="item" value="2"/></values></list><list key="m"><values><int key="p" value="1"/><int key="p" value="2"/></values></list><container key="c"><string key="k" value="w"/></container><int key="i" value="3"/></event>"#;
    let log = format!(
        r#"<?xml version="1.0"?><log xes.version="1.0"><classifier name="c" keys="concept:name"/><string key="about" value="test"/><trace><string key="concept:name" value="0"/><int key="age" value="5"/>{event}{event}<event><date key="time:timestamp" value="2026-01-01"/></event><event><string key="concept:name" value="x"/></event></trace><trace>{event}</trace></log>"#
    );
    let (kept, summary) = auto("a.xes", log);
    let summary = summary.unwrap();
    assert_eq!((summary.rows, summary.events), (5, 2));
    assert_eq!(
        kept.rejects.iter().map(|r| (r.0, r.1)).collect::<Vec<_>>(),
        [(3, Reason::NoEvent), (4, Reason::NoTime), (5, Reason::NoIdentifier)]
    );
    let first = &kept.events[0];
    assert_eq!((first.event.as_str(), first.ids[0].as_str(), first.message_id.as_deref()), ("a & b\nc", "case_id:0", None));
    assert!(kept.events[1].message_id.is_some());
    assert_eq!(
        first.properties,
        r#"{"i":{"$repeat":[2,3]},"f":2.0,"n":{"$float":"NaN"},"b":true,"x":{"$id":"u-1"},"s":{"$value":"v","$attributes":[["inner",{"$value":1,"$attributes":[["deeper",{"$date":"2026-01-01"}]]}]]},"l":[1,2],"m":{"$list":[["p",1],["p",2]]},"c":{"k":"w"}}"#
    );

    let ids = [(periplus_model::IdKind::USER, "u9"), (periplus_model::IdKind::EMAIL, "a@b.c")];
    let row = |event: &common::Event| event.clone();
    let events: Vec<common::Event> = kept.events.iter().map(row).collect();
    let case = periplus_intake::xes_write::Case {
        kind: periplus_model::IdKind::USER,
        id: "u9",
        traits: vec![("age", "5"), ("nested", r#"{"a":[1,{"b":null}]}"#)],
        events: events
            .iter()
            .map(|event| periplus_model::EventRow {
                time: periplus_model::Instant(event.instant),
                event: &event.event,
                ids: &ids,
                channel: Some("web"),
                message_id: event.message_id.as_deref(),
                amount: Some(Money(1_234_567)),
                currency: Some("EUR"),
                properties: &event.properties,
            })
            .collect(),
    };
    let mut out = Vec::new();
    periplus_intake::xes_write::write(None, [case], &mut out).unwrap();
    let (again, summary) = auto("b.xes", out);
    assert_eq!(summary.unwrap().rejected, BTreeMap::new());
    assert_eq!(again.events[0].ids, ["user_id:u9", "email:a@b.c"]);
    assert_eq!(
        (again.events[0].amount, again.events[0].channel.as_deref(), again.events[0].currency.as_deref()),
        (Some(Money(1_234_567)), Some("web"), Some("EUR"))
    );
    assert_eq!((&again.events[0].properties, &again.events[1].message_id), (&first.properties, &kept.events[1].message_id));
}
