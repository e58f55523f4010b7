//! What comes after what: paths, follows, variants, loops, bottlenecks, sequences.

use super::*;

/// What is counted at a node (all, ending, going on unseen) and on a link, by step and names.
pub(super) type Ways = (BTreeMap<(usize, String), (u64, u64, u64)>, BTreeMap<(usize, String, String), u64>);

pub(super) fn paths(case: &Case<'_>, start: &[&str], end: &[&str], most: usize, collapse: bool, group: bool) {
    let mut question = json!({"steps": most, "collapse": collapse, "top": 1000});
    if group {
        question["without"] = json!("ca*");
        question["together"] = json!({"money": ["b*"]});
    }
    let known: BTreeSet<&str> = case.world.events.iter().map(|(_, event)| name(event)).collect();
    for (setting, names) in [("start", start), ("end", end)] {
        // A name that is nowhere in the data is refused.
        if !names.is_empty() && !names.iter().any(|name| known.contains(name)) {
            return;
        }
        if !names.is_empty() {
            question[setting] = json!(names);
        }
    }
    let (mut theirs, mut count): (Ways, u64) = (Ways::default(), 0);
    for journey in &case.journeys {
        let mut names: Vec<&str> = journey.iter().map(|e| name(e)).collect();
        if group {
            names.retain(|name| !name.starts_with("ca"));
            names.iter_mut().filter(|name| name.starts_with('b')).for_each(|name| *name = "money");
        }
        let Some(first) = names.iter().position(|name| start.is_empty() || start.contains(name)) else { continue };
        names.drain(..first);
        if !end.is_empty() {
            let from = usize::from(!start.is_empty());
            let Some(target) = names.iter().skip(from).position(|name| end.contains(name)) else { continue };
            names.truncate(from + target + 1);
        }
        if collapse {
            names.dedup();
        }
        let more = names.len() > most;
        let mut offset = 0;
        match (start.is_empty(), end.is_empty()) {
            (_, true) => names.truncate(most),
            (true, false) if more => drop(names.drain(..names.len() - most)),
            (true, false) => offset = most - names.len(),
            (false, false) if more => drop(names.splice(most - most / 2..names.len() - most / 2, ["…"])),
            _ => {}
        }
        count += 1;
        for (step, name) in names.iter().enumerate() {
            let node = theirs.0.entry((offset + step, (*name).to_owned())).or_default();
            node.0 += 1;
            let is_last = end.is_empty() && step + 1 == names.len();
            node.1 += u64::from(is_last && !more);
            node.2 += u64::from(is_last && more);
            if let Some(next) = names.get(step + 1) {
                *theirs.1.entry((offset + step, (*name).to_owned(), (*next).to_owned())).or_default() += 1;
            }
        }
    }
    let View::Paths(ours) = case.ask("paths", question.clone()).view else { panic!() };
    assert_eq!(ours.paths, count);
    let at = |place: usize| (ours.nodes[place].step, ours.nodes[place].name.clone());
    let nodes = ours.nodes.iter().map(|node| ((node.step, node.name.clone()), (node.count, node.ends, node.beyond))).collect();
    let links = ours.links.iter().map(|link| ((at(link.from).0, at(link.from).1, at(link.to).1), link.count)).collect();
    assert_eq!((nodes, links), theirs, "{question}");
}

pub(super) fn follows(case: &Case<'_>, own: Value) {
    let (channels, eventually, collapse) = (own.get("of").is_some(), own.get("eventually").is_some(), own.get("collapse").is_some());
    let View::Graph(Graph { nodes, edges, sequences }) = case.ask("follows", own).view else { panic!() };
    let mut theirs: BTreeMap<(&str, &str), (u64, u64, Vec<i64>)> = BTreeMap::new();
    let mut seen: BTreeMap<&str, [u64; 4]> = BTreeMap::new();
    for journey in &case.journeys {
        let word = |e: &Plain| if channels { if e.web { "web" } else { "store" } } else { name(e) };
        let mut rows: Vec<(&str, i64)> = journey.iter().map(|e| (word(e), e.time)).collect();
        if collapse {
            rows.dedup_by_key(|row| row.0);
        }
        let mut pairs: Vec<(usize, usize)> = (1..rows.len()).map(|row| (row - 1, row)).collect();
        if eventually {
            let first = |word: &str, from: usize| (from..rows.len()).find(|row| rows[*row].0 == word);
            let words: BTreeSet<&str> = rows.iter().map(|row| row.0).collect();
            let all = words.iter().flat_map(|a| words.iter().map(move |b| (*a, *b)));
            pairs = all.filter_map(|(a, b)| first(a, 0).and_then(|a| Some((a, first(b, a + 1)?)))).collect();
        }
        let mut once = BTreeSet::new();
        for (from, to) in pairs {
            let edge = theirs.entry((rows[from].0, rows[to].0)).or_default();
            edge.0 += 1;
            edge.1 += u64::from(once.insert((rows[from].0, rows[to].0)));
            edge.2.push(rows[to].1 - rows[from].1);
        }
        for word in rows.iter().map(|row| row.0).collect::<BTreeSet<_>>() {
            let node = seen.entry(word).or_default();
            node[0] += rows.iter().filter(|row| row.0 == word).count() as u64;
            node[1] += 1;
            node[2] += u64::from(rows[0].0 == word);
            node[3] += u64::from(rows[rows.len() - 1].0 == word);
        }
    }
    assert_eq!(sequences, case.journeys.len() as u64);
    assert_eq!(nodes.iter().map(|n| (&*n.name, [n.count, n.sequences, n.starts, n.ends])).collect::<BTreeMap<_, _>>(), seen);
    assert_eq!(edges.len(), theirs.len());
    for edge in &edges {
        let (count, sequences, waits) = &theirs[&(&*nodes[edge.from].name, &*nodes[edge.to].name)];
        assert_eq!((edge.count, edge.sequences), (*count, *sequences));
        assert!(close(edge.median_seconds, seconds(waits, 0.5)) && close(edge.mean_seconds, mean(waits).map(|mean| mean / 1e6)));
    }
}

pub(super) fn variants(case: &Case<'_>, collapse: bool, steps: Option<usize>) {
    let question = json!({"collapse": collapse, "steps": steps, "top": 100_000});
    let View::Sequences(Sequences { variants, distinct, sequences }) = case.ask("variants", question).view else { panic!() };
    let mut theirs: BTreeMap<Vec<&str>, Vec<i64>> = BTreeMap::new();
    for journey in &case.journeys {
        let kept = if collapse { collapsed(journey) } else { journey.clone() };
        let names = kept.iter().take(steps.unwrap_or(usize::MAX)).map(|e| name(e)).collect();
        theirs.entry(names).or_default().push(journey[journey.len() - 1].time - journey[0].time);
    }
    assert_eq!((sequences, distinct as usize, variants.len()), (case.journeys.len() as u64, theirs.len(), theirs.len()));
    assert!(variants.is_sorted_by_key(|variant| std::cmp::Reverse(variant.count)));
    for variant in &variants {
        let spans = &theirs[&variant.steps.iter().map(String::as_str).collect::<Vec<_>>()];
        assert_eq!(variant.count, spans.len() as u64);
        assert!(
            close(Some(variant.median_seconds), seconds(spans, 0.5)) && close(Some(variant.share), share(spans.len(), case.journeys.len()))
        );
    }
}

pub(super) fn loops(case: &Case<'_>) {
    let table = case.table("loops", json!({}));
    let mut theirs: BTreeMap<&str, Value> = BTreeMap::new();
    for (event, word) in EVENTS.iter().enumerate() {
        let (mut units, mut repeating, mut repeats, mut soonest, mut returns) = (0, 0, 0, Vec::new(), 0);
        for journey in case.journeys.iter().filter(|journey| journey.iter().any(|e| e.event == event)) {
            let rows: Vec<usize> = (0..journey.len()).filter(|row| journey[*row].event == event).collect();
            let (next, apart): (Vec<&[usize]>, Vec<&[usize]>) = rows.windows(2).partition(|pair| pair[1] == pair[0] + 1);
            units += 1;
            repeating += usize::from(!next.is_empty());
            repeats += next.len();
            returns += apart.len();
            soonest.extend(apart.iter().map(|pair| journey[pair[1]].time - journey[pair[0]].time).min());
        }
        if repeats + returns > 0 {
            let (returning, median) = (soonest.len(), seconds(&soonest, 0.5));
            let row =
                json!([word, units, returning, share(returning, units), returns, median, repeating, share(repeating, units), repeats]);
            theirs.insert(word, row);
        }
    }
    assert_eq!(table.rows.iter().map(|row| (row[0].as_str().unwrap(), Value::from(row.clone()))).collect::<BTreeMap<_, _>>(), theirs);
}

/// Which journeys waited, and how long each time.
type Waits = (BTreeSet<usize>, Vec<i64>);

pub(super) fn bottlenecks(case: &Case<'_>) {
    let table = case.table("bottlenecks", json!({"longest": "3d", "top": 1000}));
    let mut theirs: BTreeMap<(&str, &str), Waits> = BTreeMap::new();
    for (number, journey) in case.journeys.iter().enumerate() {
        for pair in journey.windows(2).filter(|pair| pair[1].time - pair[0].time <= 3 * DAY) {
            let waits = theirs.entry((name(pair[0]), name(pair[1]))).or_default();
            waits.0.insert(number);
            waits.1.push(pair[1].time - pair[0].time);
        }
    }
    theirs.retain(|_, waits| waits.1.iter().any(|wait| *wait > 0));
    let all: i64 = theirs.values().flat_map(|waits| &waits.1).sum();
    assert_eq!(table.rows.len(), theirs.len());
    for row in &table.rows {
        let (units, waits) = &theirs[&(row[0].as_str().unwrap(), row[1].as_str().unwrap())];
        assert_eq!((row[2].as_u64(), row[3].as_u64()), (Some(units.len() as u64), Some(waits.len() as u64)));
        let figures: Vec<Option<f64>> = row[4..].iter().map(Value::as_f64).collect();
        let sum = waits.iter().sum::<i64>() as f64;
        same(&figures, vec![Some(sum / all as f64), seconds(waits, 0.5), seconds(waits, 0.9), mean(waits).map(|mean| mean / 1e6)], "waits");
    }
    assert!(table.rows.is_sorted_by_key(|row| std::cmp::Reverse(row[4].as_f64().map(|share| (share * 1e12) as i64))));
}

/// `gaps`: how long (at least, at most) each step comes after the one before; `direct` when no other step may lie between.
pub(super) fn sequence(case: &Case<'_>, own: Value, gaps: [(i64, i64, bool); 2]) {
    let steps = [LOOK, BASKET, BUY];
    let mut question = json!({"steps": steps.map(|step| json!({"event": EVENTS[step]}))});
    question.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
    fn end(rows: &[&Plain], steps: &[usize], gaps: &[(i64, i64, bool)], at: usize) -> Option<usize> {
        let Some(((low, high, direct), gaps)) = gaps.split_first() else { return Some(at) };
        let fits = |row: &usize| {
            let gap = rows[*row].time - rows[at].time;
            rows[*row].event == steps[1] && (*low..=*high).contains(&gap) && (!direct || *row == at + 1)
        };
        (at + 1..rows.len()).filter(fits).find_map(|row| end(rows, &steps[1..], gaps, row))
    }
    let (mut units, mut matched, mut times) = (0, 0, 0);
    for journey in &case.journeys {
        let rows: Vec<&Plain> = journey.iter().copied().filter(|e| steps.contains(&e.event)).collect();
        let (mut from, mut found) = (0, 0);
        while from < rows.len() {
            let last = if rows[from].event == steps[0] { end(&rows, &steps, &gaps, from) } else { None };
            found += u64::from(last.is_some());
            from = last.unwrap_or(from) + 1;
        }
        units += u64::from(!rows.is_empty());
        matched += u64::from(found > 0);
        times += found;
    }
    let row = case.table("sequence", question).rows.remove(0);
    assert_eq!((row[0].as_u64(), row[1].as_u64(), row[5].as_u64()), (Some(units), Some(matched), Some(times)), "{own}");
}
