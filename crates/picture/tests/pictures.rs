//! What every picture must be, whatever the data says: complete, within its page, free of overlaps, safe to open.

mod fixture;

use periplus_model::answer::*;
use periplus_model::finding::Finding;
use periplus_model::measured::*;
use periplus_model::time::Instant;
use periplus_picture::*;
use proptest::prelude::*;
use resvg::usvg::roxmltree;

/// Fails when two lines of text overlap, or one leaves the picture.
fn assert_calm(scene: &Scene) {
    let boxes: Vec<_> = scene.texts().into_iter().map(|text| (text.bounds(), &text.words)).collect();
    for (at, ((left, top, right, bottom), words)) in boxes.iter().enumerate() {
        assert!(
            *left >= -0.5 && *top >= -0.5 && *right <= scene.width + 0.5 && *bottom <= scene.height + 0.5,
            "'{words}' leaves the picture"
        );
        for ((other_left, other_top, other_right, other_bottom), other) in &boxes[at + 1..] {
            let apart =
                *left >= other_right - 0.5 || *right <= other_left + 0.5 || *top >= other_bottom - 0.5 || *bottom <= other_top + 0.5;
            assert!(apart, "'{words}' and '{other}' overlap");
        }
    }
}

/// Every fixture there is.
fn every() -> Vec<periplus_model::Answer> {
    fixture::answers().into_iter().chain(fixture::shapes::usual()).chain(fixture::shapes::extreme()).collect()
}

fn assert_well_formed(svg: &str) {
    if let Err(error) = roxmltree::Document::parse(svg) {
        panic!("{error} in {svg}");
    }
}

#[test]
fn the_retailers_map_is_calm_in_every_look() {
    for stages in 1..=9 {
        let map = fixture::map(stages);
        for group in 0..3 {
            for compare in [None, Some(0), Some(2), Some(99)] {
                let scene = map_scene(&map, &Look { group, compare, ..Look::default() });
                assert_calm(&scene);
                assert_well_formed(&svg(&scene));
            }
        }
    }
}

#[test]
fn long_names_below_few_points_stay_inside() {
    for style in [SeriesStyle::Lines, SeriesStyle::Steps, SeriesStyle::Bars, SeriesStyle::Stacked] {
        for count in 1..9 {
            let axis = Axis::Names((0..count).map(|at| format!("Donaudampfschifffahrtsgesellschaftskapitän {at}")).collect());
            let line = Line::plain("n", ColumnKind::Count, vec![Some(1.0); count]);
            let view = View::Series(Series { axis, lines: vec![line], style, unfinished_from: None });
            assert_calm(&answer_scene(&periplus_model::Answer { view, ..fixture::answers().remove(0) }, &Look::default()));
        }
    }
}

#[test]
fn every_shape_of_answer_is_calm() {
    for answer in every() {
        let scene = answer_scene(&answer, &Look::default());
        assert_calm(&scene);
        assert_well_formed(&svg(&scene));
        let (light, dark) = (svg(&scene), svg(&answer_scene(&answer, &Look { theme: Theme::Dark, ..Look::default() })));
        assert!(light.contains("#FBFBFA") && dark.contains("#101418"));
    }
}

#[test]
fn the_map_is_drawn_as_it_was_reviewed() {
    let map = fixture::map(3);
    insta::assert_snapshot!("map", svg(&map_scene(&map, &Look::default())));
}

#[test]
fn answers_are_printed_as_they_were_reviewed() {
    for answer in fixture::answers().into_iter().chain(fixture::shapes::usual()) {
        insta::assert_snapshot!(format!("terminal-{}", answer.analysis), terminal(&answer, 120, false));
        if ["map", "trend-many-groups"].iter().all(|long| answer.analysis != *long) {
            insta::assert_snapshot!(format!("csv-{}", answer.analysis), csv(&answer));
        }
    }
}

#[test]
fn answers_are_drawn_as_they_were_reviewed() {
    let drawn = ["bars", "survival", "shares-groups", "funnel-groups", "funnel-compared", "retention-compared", "paths-groups"];
    for answer in fixture::shapes::usual().into_iter().filter(|answer| drawn.contains(&answer.analysis.as_str())) {
        insta::assert_snapshot!(format!("svg-{}", answer.analysis), svg(&answer_scene(&answer, &Look::default())));
    }
}

#[test]
fn an_answer_without_data_says_what_to_do() {
    for answer in fixture::shapes::extreme() {
        let words: Vec<String> = answer_scene(&answer, &Look::default()).texts().iter().map(|text| text.words.clone()).collect();
        let empty = ["no-lines", "no-values", "no-cohorts", "no-paths"].contains(&answer.analysis.as_str());
        assert_eq!(words.iter().any(|words| words.contains("Choose")), empty, "{}: {words:?}", answer.analysis);
    }
}

#[test]
fn every_answer_can_be_had_in_every_form() {
    for form in Form::ALL {
        assert_eq!(Form::named(&form.name().to_uppercase()), Some(form));
    }
    assert_eq!(Form::named("exe"), None);
    let dark = Look { theme: Theme::Dark, ..Look::default() };
    for answer in fixture::shapes::usual().into_iter().take(7).chain(fixture::answers()) {
        let bytes = |form| render(&answer, form, &dark).unwrap();
        let text = |form| String::from_utf8(bytes(form)).unwrap();
        assert_well_formed(&text(Form::Svg));
        assert!(text(Form::Svg).contains("@font-face") && text(Form::Svg).contains("#101418"));
        assert!(bytes(Form::Png).starts_with(b"\x89PNG") && bytes(Form::Pdf).starts_with(b"%PDF-"));
        assert_eq!(text(Form::Csv), csv(&answer));
        assert_eq!(serde_json::from_slice::<periplus_model::Answer>(&bytes(Form::Json)).unwrap().caption, answer.caption);
        let page = text(Form::Html);
        assert!(page.contains("</html>") && page.contains("default-src 'none'"), "{}", answer.analysis);
        assert!(!page.contains("https://") && page.contains("All numbers as a table"));
    }
    let tiny = render_scaled(&fixture::answers()[0], Form::Png, &dark, 0.5).unwrap();
    assert!(tiny.len() < render(&fixture::answers()[0], Form::Png, &dark).unwrap().len());
    assert!(render_scaled(&fixture::answers()[0], Form::Png, &dark, -1.0).is_err());
}

#[test]
fn words_from_outside_become_no_markup_in_a_page() {
    for mut answer in fixture::shapes::usual() {
        let evil = || HOSTILE.to_owned();
        answer.caption = evil();
        answer.meta.notes = vec![evil()];
        match &mut answer.view {
            View::Series(view) => view.lines.iter_mut().for_each(|line| line.name = evil()),
            View::Cohorts(view) => (view.by, view.after, view.rows[0].name) = (evil(), evil(), evil()),
            View::Paths(view) => view.nodes.iter_mut().for_each(|node| node.name = evil()),
            View::Steps(view) => view.steps.iter_mut().for_each(|step| step.name = evil()),
            _ => {}
        }
        for slice in answer.groups.iter_mut().chain(&mut answer.compared) {
            (slice.name, slice.caption) = (vec![evil()], evil());
            slice.differences.iter_mut().for_each(|difference| difference.figure = evil());
        }
        let page = String::from_utf8(render(&answer, Form::Html, &Look::default()).unwrap()).unwrap();
        assert!(!page.contains("<script") && !page.contains("<img") && !page.contains('\u{202e}'));
        assert!(!terminal(&answer, 90, false).contains(['\u{1b}', '\u{0}', '\u{202e}']));
        assert_calm(&answer_scene(&answer, &Look::default()));
    }
}

#[test]
fn terminal_lines_keep_to_the_width() {
    for answer in every() {
        for width in [0, 40, 60, 80, 100, 132, 200] {
            for line in terminal(&answer, width, false).lines() {
                assert!(line.chars().count() <= usize::from(width).max(40), "{width}: '{line}'");
            }
            assert!(!terminal(&answer, width, false).contains('\u{1b}'));
        }
        assert!(terminal(&answer, 100, true).contains("\u{1b}[1m"));
    }
}

#[test]
fn a_map_without_anything_is_still_a_picture() {
    for map in [MeasuredMap::default(), MeasuredMap { groups: Vec::new(), ..fixture::map(3) }] {
        let scene = map_scene(&map, &Look { group: 7, compare: Some(9), ..Look::default() });
        assert_calm(&scene);
        assert!(png(&scene, 0.5).unwrap().starts_with(b"\x89PNG"));
        assert!(map_html(&map).unwrap().contains("</html>"));
    }
}

#[test]
fn lanes_without_content_are_left_out() {
    let mut map = fixture::map(3);
    assert!(svg(&map_scene(&map, &Look::default())).contains(">Hypotheses<"));
    map.stages.iter_mut().for_each(|stage| stage.hypotheses.clear());
    map.findings.clear();
    let picture = svg(&map_scene(&map, &Look::default()));
    assert!(!picture.contains(">Hypotheses<") && !picture.contains(">Pains<") && picture.contains(">Owners<"));
}

#[test]
fn png_and_pdf_are_what_they_say() {
    let scene = map_scene(&fixture::map(2), &Look::default());
    let picture = png(&scene, 2.0).unwrap();
    let edge = |at: usize| u32::from_be_bytes(picture[at..at + 4].try_into().unwrap());
    assert_eq!((edge(16), edge(20)), ((scene.width * 2.0) as u32, (scene.height * 2.0) as u32));
    for scale in [0.0, -1.0, f32::NAN, 1e9] {
        assert!(matches!(png(&scene, scale), Err(PictureError::Size { .. })), "{scale}");
    }
    let document = pdf(&scene).unwrap();
    assert!(document.starts_with(b"%PDF-"));
    // Fonts are embedded with a table from glyphs back to letters, which is what makes text selectable.
    let has = |needle: &[u8]| document.windows(needle.len()).any(|window| window == needle);
    assert!(has(b"ToUnicode") && has(b"Inter"));
}

const HOSTILE: &str = "</script><script>alert(1)</script>\"'&<img src=x onerror=alert(2)>\u{0}\u{1b}[31m\u{202e}";

fn hostile_map() -> MeasuredMap {
    let mut map = fixture::map(4);
    let evil = || HOSTILE.to_owned();
    (map.id, map.title, map.about, map.unit) = (evil(), evil(), evil(), evil());
    for stage in &mut map.stages {
        (stage.id, stage.name, stage.goal, stage.owner) = (evil(), evil(), Some(evil()), Some(evil()));
        stage.hypotheses = vec![evil()];
    }
    for touchpoint in &mut map.touchpoints {
        (touchpoint.name, touchpoint.channel) = (evil(), Some(evil()));
    }
    for group in &mut map.groups {
        (group.id, group.name, group.about) = (evil(), evil(), Some(evil()));
        for stage in &mut group.stages {
            stage.quotes = vec![Quote { text: evil(), score: Some(-1.0) }];
            stage.kpis.iter_mut().for_each(|kpi| kpi.name = evil());
        }
    }
    for finding in &mut map.findings {
        (finding.id, finding.title, finding.sentence, finding.at) = (evil(), evil(), evil(), evil());
        (finding.who, finding.expected_from) = (Some(evil()), evil());
    }
    map
}

#[test]
fn nothing_from_outside_becomes_markup() {
    let map = hostile_map();
    let page = map_html(&map).unwrap();
    assert_eq!(page.matches("<script").count(), 2, "only the figures and the page's own script");
    for forbidden in ["<img", "http-equiv=\"refresh\"", "\u{202e}", "\u{0}"] {
        if let Some(at) = page.find(forbidden) {
            let around: String = page[..at].chars().rev().take(120).collect();
            panic!("{forbidden:?} after {:?}", around.chars().rev().collect::<String>());
        }
    }
    assert!(page.contains("default-src 'none'; script-src 'sha256-"));
    assert!(!page.contains("unsafe-inline"));
    // No address but the name of SVG's own vocabulary: nothing is loaded from anywhere.
    assert_eq!(page.matches("http://").count(), page.matches("xmlns=\"http://www.w3.org/2000/svg\"").count());
    assert!(!page.contains("https://"));
    let scene = map_scene(&map, &Look { compare: Some(1), ..Look::default() });
    assert_calm(&scene);
    let picture = svg(&scene);
    assert_well_formed(&picture);
    assert!(!picture.contains("<script") && !picture.contains("<img"));
    let mut answer = fixture::answers().pop().unwrap();
    answer.view = View::Map(Box::new(map));
    answer.caption = HOSTILE.into();
    assert!(!terminal(&answer, 100, false).contains(['\u{1b}', '\u{0}', '\u{202e}']));
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z]{1,12}( [a-z]{1,14}){0,8}",
        ".{0,60}",
        Just("Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen".repeat(3)),
        Just(HOSTILE.to_owned()),
        Just("顧客の旅 🙂 ".repeat(9)),
        Just(String::new()),
    ]
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![-1.0..1.0f64, 0.0..1e9f64, Just(0.0), Just(f64::NAN), Just(f64::INFINITY), Just(-1e300)]
}

fn estimate() -> impl Strategy<Value = Estimate> {
    (number(), number(), number(), 0..5_000u64).prop_map(|(value, low, high, n)| Estimate { value, low, high, n })
}

fn stage() -> impl Strategy<Value = (StageInfo, MeasuredStage)> {
    let info = (words(), proptest::option::of(words()), proptest::option::of(number()), proptest::collection::vec(words(), 0..3));
    let info = info.prop_map(|(name, goal, believed, hypotheses)| StageInfo {
        owner: goal.clone(),
        name,
        goal,
        believed,
        hypotheses,
        ..StageInfo::default()
    });
    let kpi =
        (words(), proptest::option::of(estimate()), proptest::option::of(number()), 0..5).prop_map(|(name, value, target, format)| {
            MeasuredKpi {
                name,
                value,
                target,
                format: [KpiFormat::Share, KpiFormat::Number, KpiFormat::Score, KpiFormat::Seconds, KpiFormat::Money][format as usize],
                ..MeasuredKpi::default()
            }
        });
    let quote = (words(), proptest::option::of(number())).prop_map(|(text, score)| Quote { text, score });
    let measured = (
        any::<u64>(),
        number(),
        proptest::option::of(estimate()),
        proptest::option::of(number()),
        proptest::option::of(estimate()),
        proptest::collection::vec(quote, 0..4),
        proptest::collection::vec(kpi, 0..4),
    );
    let measured = measured.prop_map(|(customers, share, conversion, median_seconds_to_next, emotion, quotes, kpis)| MeasuredStage {
        customers,
        share,
        conversion,
        median_seconds_to_next,
        emotion,
        quotes,
        kpis,
        dropped: customers / 3,
        back_customers: customers / 5,
        back_count: customers / 4,
        events: customers,
        gap: emotion.map(|told| BeliefGap { difference: told.value, p: 0.01, is_sure: customers % 2 == 0 }),
    });
    (info, measured)
}

prop_compose! {
    fn any_map()(
        title in words(),
        about in words(),
        stages in proptest::collection::vec(stage(), 0..13),
        touchpoints in proptest::collection::vec((words(), 0..13usize, number(), proptest::option::of(words())), 0..60),
        findings in proptest::collection::vec((words(), 0..14usize, estimate(), number(), any::<bool>(), any::<(Option<i64>, Option<i64>)>()), 0..20),
        names in proptest::collection::vec(words(), 0..4),
        lost in 0..3usize,
    ) -> MeasuredMap {
        let group = |name: String| MeasuredGroup {
            id: EVERYBODY.to_owned(),
            feeling: stages.iter().find_map(|(_, measured)| measured.emotion).map(|score| JourneyFeeling { score, mean: score.value, peak: 40, end: 0 }),
            name,
            customers: 90_000,
            // A group may have fewer measurements than the map has stages.
            stages: stages.iter().skip(lost).map(|(_, measured)| measured.clone()).collect(),
            touchpoints: touchpoints.iter().map(|(_, _, reach, _)| MeasuredTouchpoint { reach: *reach, ..MeasuredTouchpoint::default() }).collect(),
            ..MeasuredGroup::default()
        };
        MeasuredMap {
            title,
            about,
            stages: stages.iter().map(|(info, _)| info.clone()).collect(),
            findings: findings.iter().map(|(title, at, rate, expected, pain, (from, until))| Finding {
                id: title.clone(),
                feeling: if *pain { Feeling::Pain } else { Feeling::Delight },
                touchpoint: at.to_string(),
                title: title.clone(),
                sentence: title.clone(),
                customers: u64::MAX,
                rate: *rate,
                expected: *expected,
                q: *expected,
                from: from.map(Instant),
                until: until.map(Instant),
                ..Finding::default()
            }).collect(),
            touchpoints: touchpoints.iter().enumerate().map(|(at, (name, stage, _, channel))| TouchpointInfo {
                id: at.to_string(),
                name: name.clone(),
                stage: *stage,
                channel: channel.clone(),
                owned_by: OwnedBy::Partner,
                ..TouchpointInfo::default()
            }).collect(),
            lanes: Lane::ALL.to_vec(),
            groups: names.into_iter().map(group).collect(),
            ..MeasuredMap::default()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    #[test]
    fn any_map_is_calm_and_well_formed(map in any_map(), compare in proptest::option::of(0..4usize)) {
        let scene = map_scene(&map, &Look { compare, ..Look::default() });
        assert_calm(&scene);
        assert_well_formed(&svg(&scene));
    }

}

proptest! {
    // Few cases: a page holds dozens of pictures.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(10) })]

    #[test]
    fn any_map_becomes_a_page_and_text(map in any_map(), width in 0..300u16) {
        let page = map_html(&map).unwrap();
        prop_assert_eq!(page.matches("<script").count(), 2);
        let mut answer = fixture::answers().pop().unwrap();
        answer.view = View::Map(Box::new(map));
        let escapes = terminal(&answer, width, false).contains('\u{1b}');
        prop_assert!(!escapes);
        prop_assert!(csv(&answer).lines().count() > 0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(32) })]

    #[test]
    fn any_graph_is_calm(
        nodes in proptest::collection::vec((words(), any::<u64>()), 0..30),
        edges in proptest::collection::vec((0..32usize, 0..32usize, any::<u64>()), 0..120),
    ) {
        let mut answer = fixture::answers().remove(1);
        answer.view = View::Graph(Graph {
            nodes: nodes.into_iter().map(|(name, count)| Node { name, count, sequences: count, starts: count, ends: count }).collect(),
            edges: edges.into_iter().map(|(from, to, count)| Edge { from, to, count, sequences: count, mean_seconds: Some(f64::NAN), median_seconds: Some(1.0) }).collect(),
            sequences: 5,
        });
        let scene = answer_scene(&answer, &Look::default());
        assert_calm(&scene);
        assert_well_formed(&svg(&scene));
        terminal(&answer, 80, true);
        csv(&answer);
    }
}

fn value() -> impl Strategy<Value = Option<f64>> {
    proptest::option::weighted(0.9, number())
}

prop_compose! {
    fn any_series()(
        points in 0..50usize,
        axis in 0..4usize,
        style in 0..4usize,
        unfinished_from in proptest::option::of(0..60usize),
        lines in proptest::collection::vec((words(), 0..7usize, proptest::collection::vec(value(), 0..50), any::<bool>()), 0..15),
        names in proptest::collection::vec(words(), 50),
        numbers in proptest::collection::vec(number(), 50),
    ) -> Series {
        use ColumnKind::*;
        Series {
            axis: match axis {
                0 => Axis::Names(names[..points].to_vec()),
                1 => Axis::Numbers(numbers[..points].to_vec()),
                2 => Axis::Seconds((0..points).map(|at| at as f64 * numbers[0].abs()).collect()),
                _ => Axis::Calendar {
                    interval: periplus_model::question::Interval::Week,
                    starts: (0..points).map(|at| periplus_model::Instant(at as i64)).collect(),
                    labels: names[..points / 2].to_vec(),
                },
            },
            lines: lines.into_iter().map(|(name, kind, values, band)| Line {
                name,
                kind: [Text, Count, Number, Share, Seconds, Money, Time][kind],
                n: Vec::new(),
                intervals: if band { values.iter().map(|value| value.map(|value| (value - 1.0, value * 2.0))).collect() } else { vec![] },
                values,
            }).collect(),
            style: [SeriesStyle::Lines, SeriesStyle::Bars, SeriesStyle::Stacked, SeriesStyle::Steps][style],
            unfinished_from,
        }
    }
}

prop_compose! {
    fn any_paths()(
        nodes in proptest::collection::vec((0..16usize, words(), any::<u64>(), any::<u64>()), 0..60),
        links in proptest::collection::vec((0..64usize, 0..64usize, any::<u64>()), 0..120),
        paths in any::<u64>(),
    ) -> Paths {
        Paths {
            nodes: nodes.into_iter().map(|(step, name, count, ends)| PathNode { step, name, count, ends, beyond: ends / 3 }).collect(),
            links: links.into_iter().map(|(from, to, count)| PathLink { from, to, count, median_seconds: f64::NAN }).collect(),
            paths,
            steps: 4,
        }
    }
}

prop_compose! {
    fn any_cohorts()(
        by in words(),
        after in words(),
        intervals in proptest::collection::vec(words(), 0..60),
        rows in proptest::collection::vec(
            (words(), any::<u64>(), proptest::collection::vec((any::<u64>(), proptest::option::of(estimate()), any::<bool>()), 0..60)),
            1..70,
        ),
    ) -> Cohorts {
        let mut rows: Vec<Cohort> = rows.into_iter().map(|(name, size, cells)| Cohort {
            name,
            size,
            cells: cells.into_iter().map(|(count, share, finished)| CohortCell { count, share, finished }).collect(),
        }).collect();
        let overall = rows.remove(0);
        Cohorts { by, after, intervals, rows, overall }
    }
}

fn any_view() -> impl Strategy<Value = View> {
    prop_oneof![any_series().prop_map(View::Series), any_paths().prop_map(View::Paths), any_cohorts().prop_map(View::Cohorts)]
}

fn any_slice() -> impl Strategy<Value = Slice> {
    let difference = (words(), estimate(), number()).prop_map(|(figure, difference, p)| Difference {
        figure,
        kind: ColumnKind::Share,
        here: difference.value,
        there: p,
        difference,
        p,
    });
    (proptest::collection::vec(words(), 0..3), words(), any_view(), proptest::collection::vec(difference, 0..3))
        .prop_map(|(name, caption, view, differences)| Slice { name, caption, units: 5, view, differences })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(40) })]

    #[test]
    fn any_answer_is_calm_in_every_form(
        view in any_view(),
        groups in proptest::collection::vec(any_slice(), 0..3),
        compared in proptest::option::of(any_slice()),
        width in 0..200u16,
    ) {
        let answer = periplus_model::Answer { view, groups, compared, ..fixture::answers().remove(0) };
        let scene = answer_scene(&answer, &Look::default());
        assert_calm(&scene);
        assert_well_formed(&svg(&scene));
        prop_assert!(csv(&answer).lines().count() > 0);
        let escapes = terminal(&answer, width, false).contains('\u{1b}');
        prop_assert!(!escapes);
    }
}
