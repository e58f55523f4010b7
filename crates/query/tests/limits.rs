//! What is refused, what is stopped, and what must not bring anything down.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod world;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use periplus_model::answer::View;
use periplus_query::{Limits, QueryError, Sql, sql};
use world::World;

/// Takes long on any machine, in the middle of operators.
const LONG: &str = "SELECT count(*) FROM events a, events b, events c, events d WHERE a.seq + b.seq + c.seq + d.seq = 7";

fn asked(world: &World, text: &str, limits: Limits) -> Result<periplus_model::Answer, QueryError> {
    sql(&Sql { limits, ..Sql::new(text) }, &world.source())
}

#[test]
fn nothing_can_be_written_or_read_besides_the_tables() {
    let world = World::new(1, 2, 60);
    let file = world.source().lake.root().join(&world.snapshot.parts[0].file);
    let file = file.display();
    for text in [
        "DROP TABLE events".to_owned(),
        "INSERT INTO events SELECT * FROM events".to_owned(),
        "WITH gone AS (DELETE FROM events) SELECT 1".to_owned(),
        "SELECT * INTO copied FROM events".to_owned(),
        "CREATE TABLE copied AS SELECT * FROM events".to_owned(),
        "COPY (SELECT * FROM events) TO '/tmp/periplus-must-not-be.csv'".to_owned(),
        "EXPLAIN ANALYZE COPY (SELECT 1) TO '/tmp/periplus-must-not-be.csv'".to_owned(),
        format!("CREATE EXTERNAL TABLE f STORED AS PARQUET LOCATION '{file}'"),
        format!("SELECT * FROM '{file}'"),
        format!("SELECT * FROM \"{file}\""),
        format!("SELECT * FROM \"file://{file}\""),
        format!("SELECT * FROM read_parquet('{file}')"),
        format!("SELECT * FROM parquet_metadata('{file}')"),
        "SET datafusion.execution.target_partitions = 64".to_owned(),
        "SELECT repeat('x', 2000000000)".to_owned(),
    ] {
        let refused = world.ask(&text);
        assert!(matches!(refused, Err(QueryError::Refused(_) | QueryError::Wrong(_))), "{text}\n{refused:?}");
    }
    assert!(!std::path::Path::new("/tmp/periplus-must-not-be.csv").exists());
}

#[test]
fn errors_say_what_there_is_instead() {
    let world = World::new(1, 1, 30);
    for (text, told) in [
        ("SELECT evnt FROM events", "event"),
        ("SELECT * FROM evnts", "there are events, customers, "),
        ("SELECT wat(event) FROM events", "wat"),
        ("SELECT 1 / 0", "ivide by zero"),
        ("SELECT window_funnel(60, time) FROM events", "conditions"),
        ("SELECT window_funnel(60, time, event) FROM events", "conditions such as"),
        ("SELECT window_funnel(seq, time, true) FROM events", "same for all rows"),
        ("SELECT sequence_match('(?3)', time, true) FROM events", "condition 3"),
        ("SELECT sequence_match('what', time, true) FROM events", "pattern"),
        ("SELECT property(properties, event) FROM events", "in quotes"),
        ("SELECT * FROM funnel()", "question is wrong"),
        ("SELECT * FROM funnel('steps')", "not JSON"),
        ("SELECT * FROM funnel(1)", "JSON in quotes"),
    ] {
        let error = world.ask(text).expect_err(text);
        let error = error.to_string();
        assert!(error.contains(told), "{text}\n{error}");
        assert!(!error.contains("periplus.lake") && !error.contains("backtrace"), "{error}");
    }
    let mut bare = World::new(1, 1, 30);
    bare.map = None;
    assert!(bare.ask("SELECT * FROM stages('{}')").unwrap_err().to_string().contains("journey map"));
}

#[test]
fn what_is_read_like_a_table_is_described_like_one() {
    let world = World::new(1, 1, 30);
    assert!(world.rows("SHOW TABLES").iter().any(|row| row.contains("current_traits")));
    assert_eq!(world.table("DESCRIBE sessions").rows[0][0], "customer_key");
    assert!(!world.table("EXPLAIN ANALYZE SELECT count(*) FROM events").rows.is_empty());
    for table in periplus_query::tables() {
        let found = world.table(&format!("SELECT * FROM {}", table.name));
        let (found, said): (Vec<_>, Vec<_>) =
            found.columns.iter().map(|c| c.name.as_str()).zip(table.columns.iter().map(|c| c.name)).unzip();
        assert_eq!(found, said, "{}", table.name);
    }
    let empty = World::empty();
    for table in periplus_query::tables() {
        assert_eq!(empty.number(&format!("SELECT count(*) FROM {}", table.name)), 0, "{}", table.name);
    }
}

#[test]
fn an_answer_has_so_many_rows_and_says_when_there_are_more() {
    let world = World::new(1, 2, 100);
    for (rows, text, more) in [
        (50, "SELECT * FROM journeys", true),
        (200, "SELECT * FROM events", false),
        (199, "SELECT * FROM events ORDER BY time", true),
        (0, "SELECT 1", true),
    ] {
        let answer = asked(&world, text, Limits { rows, ..Limits::default() }).unwrap();
        let View::Table(table) = &answer.view else { panic!() };
        assert_eq!(table.rows.len(), rows.min(200), "{text}");
        assert_eq!(answer.caption.contains("there are more"), more, "{text}: {}", answer.caption);
        assert_eq!((answer.analysis.as_str(), answer.meta.unit.as_str(), answer.meta.snapshot), ("sql", "rows", world.snapshot.id));
    }
}

#[test]
fn a_question_can_be_stopped() {
    let world = World::new(1, 3, 200);
    let stop = Arc::new(AtomicBool::new(false));
    let flag = stop.clone();
    let stopping = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        flag.store(true, Ordering::Relaxed);
    });
    let source = world.source();
    let before = (source.stopwatch)();
    assert_eq!(sql(&Sql { stop, ..Sql::new(LONG) }, &source), Err(QueryError::Stopped));
    assert!((source.stopwatch)() - before < 5_000.0);
    stopping.join().unwrap();
}

#[test]
fn a_question_ends_when_its_time_is_over() {
    let world = World::new(1, 3, 200);
    assert_eq!(asked(&world, LONG, Limits { seconds: Some(0), ..Limits::default() }), Err(QueryError::TooLong(0)));
    assert_eq!(asked(&world, LONG, Limits { seconds: Some(1), ..Limits::default() }), Err(QueryError::TooLong(1)));
}

/// Whatever is at work for a question shares the columns in memory, so their number of owners says whether anything is.
#[test]
fn nothing_goes_on_when_nobody_waits_any_more() {
    let world = World::new(1, 3, 200);
    let here = std::thread::current().id();
    let parts = world.snapshot.of(periplus_model::PartTable::Events).count();
    assert!(parts > 80, "{parts}");
    for text in ["SELECT count(*) FROM journeys", "SELECT count(*) FROM customers", "SELECT * FROM overview('{}')"] {
        for seconds in [None, Some(1)] {
            let mut source = world.source();
            let watch = source.stopwatch.clone();
            // The engine looks at the watch for each part it opens: as if reading took long, many seconds in all.
            source.stopwatch = Arc::new(move || {
                if std::thread::current().id() != here {
                    std::thread::sleep(Duration::from_millis(300));
                }
                watch()
            });
            let stop = Arc::new(AtomicBool::new(false));
            let flag = stop.clone();
            let stopping = std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(700));
                flag.store(seconds.is_none(), Ordering::Relaxed);
            });
            let limits = Limits { seconds, threads: 2, ..Limits::default() };
            let expected = seconds.map_or(QueryError::Stopped, QueryError::TooLong);
            assert_eq!(sql(&Sql { stop, limits, ..Sql::new(text) }, &source), Err(expected), "{text}");
            stopping.join().unwrap();
            drop(source);
            let ended = (0..200).any(|_| {
                std::thread::sleep(Duration::from_millis(10));
                Arc::strong_count(&world.columns) == 1
            });
            assert!(ended, "{text} goes on");
        }
    }
}

#[test]
fn a_question_that_needs_too_much_memory_is_told_so() {
    let world = World::new(1, 4, 400);
    let little = Limits { memory_bytes: 64 << 10, threads: 2, ..Limits::default() };
    for text in [
        "SELECT * FROM events ORDER BY properties",
        "SELECT distinct_id, message_id, count(*) FROM events GROUP BY 1, 2",
        "SELECT array_agg(properties) FROM events",
        "SELECT customer_key % 2, window_funnel(60, time, true) FROM events GROUP BY 1",
    ] {
        assert_eq!(asked(&world, text, little), Err(QueryError::TooLarge(0)), "{text}");
    }
    assert!(asked(&world, "SELECT count(*) FROM events", little).is_ok());
    // On one thread nothing but the join's own table can grow.
    let join = "SELECT count(a.properties || b.properties) FROM events a JOIN events b ON a.message_id = b.message_id";
    let alone = Limits { threads: 1, ..little };
    assert_eq!(asked(&world, join, alone), Err(QueryError::TooLarge(0)));
    assert!(asked(&world, join, Limits { memory_bytes: 64 << 20, ..alone }).is_ok());
    let plan = world.table(&format!("EXPLAIN {join}")).rows;
    assert!(format!("{plan:?}").contains("HashJoinExec"), "{plan:?}");
}

#[test]
fn hostile_statements_are_answered_or_refused() {
    let world = World::new(1, 1, 20);
    let chain = |glue: &str, item: &str, count: usize| vec![item; count].join(glue);
    let many = 1_000;
    let statements = [
        format!("SELECT {}", chain(" + ", "1", many)),
        format!("SELECT count(*) FROM events WHERE {}", chain(" OR ", "seq + 1 > 3", many / 3)),
        format!("SELECT count(*) FROM events WHERE {}", chain(" AND ", "event LIKE '%a%'", many / 2)),
        format!("SELECT {}", chain(" || ", "event", many / 2)) + " FROM events",
        format!("SELECT count(*) FROM events WHERE seq IN ({})", (0..9_000).map(|n| n.to_string()).collect::<Vec<_>>().join(",")),
        format!("SELECT count(*) FROM events WHERE event IN ({})", (0..9_000).map(|n| format!("'{n}'")).collect::<Vec<_>>().join(",")),
        chain(" UNION ALL ", "SELECT 1", 60),
        chain(" UNION ALL ", "SELECT 1", 900),
        format!("SELECT count(*) FROM events WHERE seq IN ({})", chain(",", "1", 500_000)),
        format!("SELECT count(*) FROM {}", chain(",", "events", 10_000)),
        format!("SELECT 1 FROM events GROUP BY CUBE ({})", chain(",", "seq", 60)),
        (1..60).fold("WITH t0 AS (SELECT seq FROM events)".to_owned(), |text, n| {
            format!("{text}, t{n} AS (SELECT a.seq FROM t{0} a, t{0} b)", n - 1)
        }) + " SELECT count(*) FROM t59",
        (1..95).fold("WITH t0 AS (SELECT seq FROM events)".to_owned(), |text, n| {
            format!("{text}, t{n} AS (SELECT seq, count(*) FROM t{} GROUP BY seq ORDER BY seq LIMIT 9)", n - 1)
        }) + " SELECT count(*) FROM t94",
        format!("SELECT {}1{}", "(".repeat(100_000), ")".repeat(100_000)),
        format!("SELECT {}1{}", "abs(".repeat(10_000), ")".repeat(10_000)),
        format!("SELECT {}1", "- ".repeat(100_000)),
        format!("SELECT {}true", "NOT ".repeat(100_000)),
        format!("SELECT {}1{}", "CASE WHEN true THEN ".repeat(10_000), " END".repeat(10_000)),
        format!("{}SELECT 1{}", "SELECT * FROM (".repeat(10_000), ")".repeat(10_000)),
        format!("SELECT 1{}", "::int".repeat(10_000)),
        format!("SELECT {}", "[".repeat(50_000)),
        format!("SELECT a{} FROM events", ".a".repeat(50_000)),
        format!("SELECT '{}'", "x".repeat(900_000)),
        format!("SELECT {}", "x".repeat(2 << 20)),
        format!("WITH {} SELECT 1", (0..200).map(|n| format!("t{n} AS (SELECT 1)")).collect::<Vec<_>>().join(", ")),
        format!("SELECT CAST(1 AS {}INT{})", "ARRAY<".repeat(10_000), ">".repeat(10_000)),
        "SELECT \u{0}".to_owned(),
        "/*".repeat(50_000),
        "SELECT property(properties, 'a.b.c.d.e.f') FROM events".to_owned(),
        format!("SELECT property('{}', 'a')", "[".repeat(100_000)),
        format!("SELECT property('{}')", "[".repeat(100_000)),
        "SELECT window_funnel(-1, time, true) FROM events".to_owned(),
        "SELECT window_funnel('NaN', time, true) FROM events".to_owned(),
        "SELECT window_funnel(1e300, time, true) FROM events".to_owned(),
    ];
    for text in statements {
        // Whatever the answer: there is one, and it is none of ours to be ashamed of.
        let answer = asked(&world, &text, Limits { seconds: Some(60), ..Limits::default() });
        let shown = &text[..text.len().min(80)];
        assert!(!matches!(answer, Err(QueryError::Mistake(_) | QueryError::TooLong(_) | QueryError::Data(_))), "{shown}\n{answer:?}");
    }
}
