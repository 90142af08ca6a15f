//! The words of the command line.
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use winhttp_conformance::checker;
use winhttp_conformance::checker::trace;
use winhttp_conformance::origin::certificates::Authority;
use winhttp_conformance::runner::case::{self, Case};
use winhttp_conformance::runner::compare;
use winhttp_conformance::runner::coverage::Coverage;
use winhttp_conformance::runner::drive::{self, Played};
use winhttp_conformance::runner::judge::{self, Difference};
use winhttp_conformance::runner::ledger::Ledger;
use winhttp_conformance::runner::matrix;
use winhttp_conformance::runner::recorded::Recorded;
use winhttp_conformance::runner::report;
use winhttp_conformance::runner::results::{Found, Outcome, Results};
use winhttp_conformance::runner::subject::{self, Places, Subject, Unavailable};

const USAGE: &str = "\
usage: winhttp-conformance run --subject native|wine|wine-native|windows [--case PATTERN] [--jobs N] [--out FOLDER]
                                [--library FOLDER] [--probe FILE] [--ca FOLDER] [--recorded FOLDER] [--no-ledger]
       winhttp-conformance check TRACE...
       winhttp-conformance compare FOLDER FOLDER
       winhttp-conformance report --html FILE [FOLDER...]
       winhttp-conformance matrix [FOLDER...]
       winhttp-conformance ca FOLDER
       winhttp-conformance list [--case PATTERN]

A PATTERN may hold * for any text. Exit code: 0 all as demanded, 1 not so, 2 wrong words, 77 the subject is not
available here. docs/CONFORMANCE.md tells the rest.";

/// The words after the command, sorted into options and others.
struct Words {
    plain: Vec<String>,
    options: Vec<(String, String)>,
}

impl Words {
    fn sort(words: &[String]) -> Result<Words, String> {
        let mut sorted = Words { plain: Vec::new(), options: Vec::new() };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match word.strip_prefix("--") {
                Some("no-ledger") => sorted.options.push(("no-ledger".into(), String::new())),
                Some(
                    key @ ("subject" | "case" | "jobs" | "out" | "library" | "probe" | "ca" | "html" | "root"
                    | "recorded"),
                ) => {
                    let value = words.next().ok_or(format!("--{key} needs a value"))?;
                    sorted.options.push((key.into(), value.clone()));
                }
                Some(key) => return Err(format!("there is no option --{key}")),
                None => sorted.plain.push(word.clone()),
            }
        }
        Ok(sorted)
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.options.iter().rev().find(|(k, _)| k == key).map(|(_, v)| v.as_str())
    }
}

fn places(words: &Words) -> Places {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default();
    let root = words.get("root").map_or(here, PathBuf::from);
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    Places {
        out: words.get("out").map_or_else(|| target.join("conformance"), PathBuf::from),
        root,
        library: words.get("library").map(PathBuf::from),
        probe: words.get("probe").map(PathBuf::from),
    }
}

/// Does what the words say.
pub(crate) fn run(words: &[String]) -> ExitCode {
    let Some((command, rest)) = words.split_first() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    if rest.iter().any(|word| word == "--help" || word == "-h") {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    let done = Words::sort(rest).and_then(|words| match command.as_str() {
        "run" => play(&words),
        "check" => check(&words),
        "list" => list(&words),
        "compare" => compare(&words),
        "report" => report(&words),
        "matrix" => matrix(&words),
        "ca" => authority(&words),
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            Ok(0)
        }
        other => Err(format!("there is no command \"{other}\"")),
    });
    match done {
        Ok(code) => ExitCode::from(code),
        Err(text) => {
            eprintln!("{text}\n\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn authority(words: &Words) -> Result<u8, String> {
    let folder = words.plain.first().ok_or("where?")?;
    let authority = Authority::kept(Path::new(folder)).map_err(|e| e.to_string())?;
    println!("{folder}: ca.pem, ca.der and ca.key of \"{}\"", authority.name());
    Ok(0)
}

fn list(words: &Words) -> Result<u8, String> {
    let cases = case::load(&places(words).root.join("conformance/cases"), words.get("case").unwrap_or("*"))?;
    for case in &cases {
        println!("{:44} {}", case.name, case.about);
    }
    println!("{} cases", cases.len());
    Ok(0)
}

fn compare(words: &Words) -> Result<u8, String> {
    let [first, second] = words.plain.as_slice() else { return Err("which two folders of traces?".into()) };
    let (text, same, different) = compare::folders(Path::new(first), Path::new(second))?;
    if same + different == 0 {
        return Err(format!(
            "no trace is in both {first} and {second}: name folders such as target/conformance/traces/native"
        ));
    }
    print!("{text}");
    println!("{same} traces agree, {different} differ");
    Ok(u8::from(different > 0))
}

fn report(words: &Words) -> Result<u8, String> {
    let file = words.get("html").ok_or("--html FILE?")?;
    let places = places(words);
    let mut folders: Vec<PathBuf> = words.plain.iter().map(PathBuf::from).collect();
    if folders.is_empty() {
        folders.push(places.out.clone());
    }
    let ledger = Ledger::read(&places.root.join("conformance/ledger.toml"))?;
    let page = report::make(&folders, &ledger, &figures(&places, &folders, &ledger)?)?;
    std::fs::write(file, page).map_err(|e| format!("{file}: {e}"))?;
    println!("{file}");
    Ok(0)
}

fn matrix(words: &Words) -> Result<u8, String> {
    let places = places(words);
    let mut folders: Vec<PathBuf> = words.plain.iter().map(PathBuf::from).collect();
    if folders.is_empty() {
        folders.push(places.out.clone());
    }
    let ledger = Ledger::read(&places.root.join("conformance/ledger.toml"))?;
    print!("{}", matrix::text(&figures(&places, &folders, &ledger)?));
    Ok(0)
}

/// The suite in numbers, with the runs found in these folders.
fn figures(places: &Places, folders: &[PathBuf], ledger: &Ledger) -> Result<Vec<matrix::Line>, String> {
    let folder = places.root.join("conformance");
    let cases = case::load(&folder.join("cases"), "*")?;
    let coverage = Coverage::read(&folder.join("coverage.toml"))?;
    Ok(matrix::lines(&cases, &matrix::runs(folders)?, ledger, &coverage))
}

fn check(words: &Words) -> Result<u8, String> {
    if words.plain.is_empty() {
        return Err("which traces?".into());
    }
    // A trace from elsewhere is checked without a ledger.
    let ledger = Ledger::read(&places(words).root.join("conformance/ledger.toml")).unwrap_or_default();
    let (mut broken, mut unfinished) = (0, 0);
    for file in &words.plain {
        let input = std::fs::File::open(file).map_err(|e| format!("{file}: {e}"))?;
        let events = trace::read(std::io::BufReader::new(input)).map_err(|e| format!("{file}: {e}"))?;
        // A probe that waits for what is not built yet is stopped: its trace has no end, and the run has said so.
        let missing = events.iter().any(|event| match event {
            trace::Event::Head(head) => ledger.misses(&head.subject, &head.case),
            _ => false,
        });
        unfinished += usize::from(missing);
        for law in checker::check(&events) {
            if missing && law.law == checker::Law::Whole {
                continue;
            }
            println!("{file}:{}: {}: {}", law.seq, law.law.name(), law.text);
            broken += 1;
        }
    }
    let all = words.plain.len();
    println!(
        "{all} traces checked, {broken} laws broken; {unfinished} of cases that are not built yet need not end"
    );
    Ok(u8::from(broken > 0))
}

fn play(words: &Words) -> Result<u8, String> {
    let name = words.get("subject").ok_or("which subject?")?;
    if !subject::NAMES.contains(&name) {
        return Err(format!("there is no subject \"{name}\" ({})", subject::NAMES.join(", ")));
    }
    let places = places(words);
    let folder = places.root.join("conformance/cases");
    let all = case::load(&folder, "*")?;
    let pattern = words.get("case").unwrap_or("*");
    let mut cases = all.clone();
    cases.retain(|c| winhttp_conformance::runner::fits(pattern, &c.name));
    if cases.is_empty() {
        return Err(format!("no case fits \"{pattern}\""));
    }
    let authority = match words.get("ca") {
        Some(folder) => Authority::kept(Path::new(folder)),
        None => Authority::new(),
    }
    .map_err(|e| e.to_string())?;
    let subject = match subject::prepare(name, &places, &authority) {
        Ok(subject) => subject,
        Err(Unavailable(why)) => {
            eprintln!("The subject \"{name}\" cannot be played here: {why}");
            return Ok(77);
        }
    };
    let skipped: Vec<(String, String)> = cases
        .iter()
        .flat_map(|c| c.skip.iter().filter(|(s, _)| s == name).map(|(_, why)| (c.name.clone(), why.clone())))
        .collect();
    cases.retain(|c| !skipped.iter().any(|(s, _)| *s == c.name));
    // A case mostly waits: one more than there are processors.
    let usual = std::thread::available_parallelism().map_or(2, |n| n.get() + 1);
    let jobs = words.get("jobs").map_or(Ok(usual), str::parse).map_err(|_| "how many jobs?")?;
    let ledger = if words.get("no-ledger").is_some() {
        Ledger::default()
    } else {
        Ledger::read(&places.root.join("conformance/ledger.toml"))?
    };
    let recorded = match words.get("recorded") {
        Some(folder) => Recorded::load(Path::new(folder)),
        None => Recorded::load(&places.root.join("conformance/traces/windows")),
    }?;
    let traces = places.out.join("traces").join(name);
    let total = cases.len();
    let progress = |done: usize, case: &Case, result: &Result<Played, String>| {
        let outcome = match result {
            Ok(p) if p.differences.is_empty() => "as demanded".to_owned(),
            Ok(p) => format!("{} differences", p.differences.len()),
            Err(e) => e.clone(),
        };
        let time = result.as_ref().map_or(0, |p| p.time.as_millis());
        eprintln!("[{done:>3}/{total}] {:<44} {time:>6} ms  {outcome}", case.name);
        if let Ok(played) = result
            && let Err(e) = drive::write_trace(&traces, played)
        {
            eprintln!("{}: {e}", traces.display());
        }
    };
    let mut results = drive::play_all(&cases, &subject, &authority, jobs, &progress);
    if subject.under_wine() {
        for (case, result) in cases.iter().zip(&mut results) {
            if again(case, result, &subject, &authority, &ledger)
                && let Ok(played) = result
            {
                drive::write_trace(&traces, played).map_err(|e| format!("{}: {e}", traces.display()))?;
            }
        }
    }
    farewell(&subject);
    conclude(
        &Run { subject: &subject, cases: &cases, all: &all, out: &places.out, recorded: &recorded },
        results,
        &ledger,
        &skipped,
    )
}

/// Plays a case again, alone and twice at most, when something came that the ledger does not name.
///
/// Under Wine many things race that are not the subject: its server, its certificate store, a prefix that is still being
/// made. What is so comes each time. Our own library on its own system gets no second try. Answers whether it was.
fn again(
    case: &Case,
    result: &mut Result<Played, String>,
    subject: &Subject,
    authority: &Authority,
    ledger: &Ledger,
) -> bool {
    for tries in 0..2 {
        let why = match &*result {
            Ok(played) => {
                let new = |d: &&Difference| !ledger.names(&subject.name, &case.name, d);
                played.differences.iter().find(new).map(ToString::to_string)
            }
            Err(error) => Some(error.clone()),
        };
        let Some(why) = why else { return tries > 0 };
        println!("{}: played again: {why}", case.name);
        *result = drive::play(case, subject, authority);
    }
    true
}

fn farewell(subject: &Subject) {
    if let Some(command) = &subject.farewell {
        // Nothing depends on it: a server that already went is as good.
        let _ = std::process::Command::new(&command[0])
            .args(&command[1..])
            .envs(subject.environment.iter().cloned())
            .output();
    }
}

fn conclude(
    run: &Run<'_>,
    results: Vec<Result<Played, String>>,
    ledger: &Ledger,
    skipped: &[(String, String)],
) -> Result<u8, String> {
    let mut found: Vec<(String, Difference)> = Vec::new();
    let mut summary = Results { subject: run.subject.name.clone(), ..Results::default() };
    for (case, result) in run.cases.iter().zip(results) {
        let mut outcome = Outcome {
            case: case.name.clone(),
            about: case.about.clone(),
            source: case.source.clone(),
            marks: judge::count(case).by_mark,
            millis: 0,
            found: Vec::new(),
            failed: None,
        };
        match result {
            Ok(played) => {
                let head = trace::head(&played.events);
                (summary.library, summary.system) = (head.library, head.system);
                outcome.millis = u64::try_from(played.time.as_millis()).unwrap_or(u64::MAX);
                let (threads, ours) = (run.subject.threads, run.subject.is_ours());
                let judged = run.recorded.judged(case, &played.events, threads, ours, played.differences);
                found.extend(judged.into_iter().map(|d| (case.name.clone(), d)));
            }
            Err(e) => {
                println!("{}: {e}", case.name);
                outcome.failed = Some(e);
            }
        }
        summary.cases.push(outcome);
    }
    let verdict = ledger.hold(&summary.subject, found, run.cases, run.all);
    let mut add = |case: &str, d: &Difference, ledger: Option<(String, String)>| {
        if let Some(outcome) = summary.cases.iter_mut().find(|c| c.case == case) {
            outcome.found.push(Found {
                section: d.section.clone(),
                what: d.what.clone(),
                text: d.to_string(),
                seq: d.seq,
                ledger,
            });
        }
    };
    for (case, difference) in &verdict.unlisted {
        println!("{case}: {difference}");
        add(case, difference, None);
    }
    for (case, difference, entry) in &verdict.listed {
        let entry = &ledger.deviation[*entry];
        add(case, difference, Some((entry.kind.clone(), entry.reason.clone())));
    }
    for (entry, pattern) in &verdict.gone {
        let text = format!(
            "ledger entry {} has gone: {pattern} ({})",
            entry + 1,
            ledger.deviation[*entry].reason.trim()
        );
        println!("{text}");
        summary.gone.push(text);
    }
    contradicted(run, ledger, &mut summary);
    for (case, why) in skipped {
        println!("{case}: not played on {}: {why}", summary.subject);
    }
    summary.write(&run.out.join("results")).map_err(|e| e.to_string())?;
    let (passed, failed) = summary.tally();
    println!(
        "{} ({}, {}): {} cases, {} differences named by the ledger, {} not named, {} ledger patterns gone",
        summary.subject,
        summary.library,
        summary.system,
        run.cases.len(),
        verdict.listed.len(),
        verdict.unlisted.len(),
        verdict.gone.len()
    );
    println!("{passed} passed, {failed} failed, {} skipped", skipped.len());
    Ok(u8::from(failed > 0 || !verdict.gone.is_empty() || !summary.contradicted.is_empty()))
}

/// Says where the tables contradict what was recorded on Windows, if the ledger does not say why.
fn contradicted(run: &Run<'_>, ledger: &Ledger, summary: &mut Results) {
    for case in run.cases {
        for contradiction in run.recorded.contradictions(case) {
            let one = vec![(case.name.clone(), contradiction.difference.clone())];
            if ledger.hold("windows", one, &[], &[]).unlisted.is_empty() {
                continue;
            }
            let builds = contradiction.builds.join(", ");
            let text = format!(
                "{}: the table contradicts Windows ({builds}): {}",
                case.name, contradiction.difference
            );
            println!("{text}");
            summary.contradicted.push(text);
        }
    }
    for stale in run.recorded.stale(run.cases) {
        println!("{stale}: recorded of an older version of the case; it decides nothing");
    }
}

/// What was played, of what.
struct Run<'a> {
    subject: &'a Subject,
    cases: &'a [Case],
    all: &'a [Case],
    out: &'a Path,
    recorded: &'a Recorded,
}
