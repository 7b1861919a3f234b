//! Several people at once: what was acknowledged is there, or was followed by something that was acknowledged later.

use std::collections::BTreeSet;
use std::process::{Child, Stdio};

use bind_config_local::{Fault, LocalSsm, Operation};

use crate::app::{App, Said, said};
use crate::kit::{json, path, plain, ssm, until, until_it_happens};
use crate::server::Server;

const APP: &str = "app = \"orders\"\nstage = \"dev\"\n[secrets]\nSHARED = \"x\"\n";
const LOCAL: &str = "store = \"local\"\n";

/// `KEY_0` to `KEY_11`, and `SHARED`.
fn declared(head: &str) -> String {
    (0..12).fold(format!("{head}{APP}"), |text, number| format!("{text}KEY_{number} = \"x\"\n"))
}

/// Ten of the tool at once.
fn ten(app: &App, arguments: impl Fn(usize) -> Vec<String>) -> Vec<Said> {
    let children: Vec<Child> =
        (0..10).map(|number| app.command(arguments(number)).stdin(Stdio::null()).spawn().unwrap()).collect();
    children.into_iter().map(said).collect()
}

fn set(name: &str, value: &str) -> Vec<String> {
    ["secrets", "set", name, value].map(str::to_owned).into()
}

/// Every value that a secret has ever had, oldest first.
fn history(app: &App, name: &str) -> Vec<String> {
    let report = json(&app.run(["secrets", "history", name, "--json"]));
    let mut versions: Vec<i64> =
        report["versions"].as_array().unwrap().iter().map(|version| version["version"].as_i64().unwrap()).collect();
    versions.sort_unstable();
    versions.into_iter().map(|version| app.ok(&format!("secrets get {name} --version {version}"))).collect()
}

fn ten_values_of_one_name(app: &App) {
    let all = ten(app, |number| set("SHARED", &format!("value-{number}")));

    assert!(all.iter().all(|said| said.code == 0), "{all:?}");
    let history = history(app, "SHARED");
    let expected: BTreeSet<String> = (0..10).map(|number| format!("value-{number}")).collect();
    assert_eq!((history.len(), history.iter().cloned().collect()), (10, expected), "every one is a version, once");
    assert_eq!(history.last(), Some(&app.ok("secrets get SHARED")));
}

#[test]
fn ten_sets_of_one_name_are_ten_versions() {
    let ssm = ssm();
    ten_values_of_one_name(&App::on(&ssm, &declared("")));
}

#[test]
fn ten_sets_of_one_name_are_ten_versions_in_the_local_store() {
    ten_values_of_one_name(&App::new(&declared(LOCAL)));
}

fn ten_names(app: &App) {
    let all = ten(app, |number| set(&format!("KEY_{number}"), &format!("value-{number}")));

    assert!(all.iter().all(|said| said.code == 0), "{all:?}");
    for number in 0..10 {
        assert_eq!(app.ok(&format!("secrets get KEY_{number}")), format!("value-{number}"));
    }
}

#[test]
fn ten_sets_of_ten_names_are_all_there() {
    let ssm = ssm();
    ten_names(&App::on(&ssm, &declared("")));
}

#[test]
fn ten_sets_of_ten_names_are_all_there_in_the_local_store() {
    ten_names(&App::new(&declared(LOCAL)));
}

#[test]
fn of_ten_who_expect_the_same_version_one_is_served() {
    let ssm = ssm();
    for app in [App::on(&ssm, &declared("")), App::new(&declared(LOCAL))] {
        assert_eq!(app.run(set("SHARED", "first")).code, 0);

        let all = ten(&app, |number| {
            [set("SHARED", &format!("value-{number}")), vec!["--expect-version=1".to_owned()]].concat()
        });

        let served: Vec<usize> =
            all.iter().enumerate().filter(|(_, said)| said.code == 0).map(|(number, _)| number).collect();
        assert_eq!(served.len(), 1, "{all:?}");
        assert!(all.iter().all(|said| said.code < 2), "{all:?}");
        let current = app.ok("secrets get SHARED");
        assert_eq!(current, format!("value-{}", served[0]));
        // No other value was ever written.
        let written: BTreeSet<String> = history(&app, "SHARED").into_iter().collect();
        assert_eq!(written, BTreeSet::from(["first".to_owned(), current]));
    }
}

/// File number N has a name of its own, and last one that all of them share.
fn files(app: &App) {
    for number in 0..10 {
        let lines = [format!("KEY_{number}"), "SHARED".to_owned()].map(|name| format!("{name}=load-{number}\n"));
        app.write(&format!("{number}.env"), &lines.concat());
    }
}

/// File number N has `SHARED` and, of the others, the three from N on.
fn tangled_files(app: &App) {
    for number in 0..10 {
        let keys = (number..number + 3).map(|name| format!("KEY_{}", name % 12));
        let names = std::iter::once("SHARED".to_owned()).chain(keys);
        let lines: Vec<String> = names.map(|name| format!("{name}=load-{number}\n")).collect();
        app.write(&format!("{number}.env"), &lines.concat());
    }
}

fn load(number: usize) -> Vec<String> {
    ["secrets", "load", &format!("{number}.env")].map(str::to_owned).into()
}

/// Every load is acknowledged: each of its values is a version, and the last one is the current value.
fn nothing_is_lost(app: &App, all: &[Said], names: &[String], of: impl Fn(usize) -> Vec<String>) {
    assert!(all.iter().all(|said| said.code == 0), "{all:?}");
    for name in names {
        let history = history(app, name);
        assert_eq!(history.last(), Some(&app.ok(&format!("secrets get {name}"))));
        let expected: BTreeSet<String> = (0..10)
            .filter(|number| of(*number).contains(name))
            .map(|number| format!("load-{number}"))
            .chain(["before".to_owned()])
            .collect();
        assert_eq!(history.iter().cloned().collect::<BTreeSet<_>>(), expected, "{name}");
        assert_eq!(history.len(), expected.len(), "{name}: each of them once");
    }
}

/// Every name has a value before.
fn filled(ssm: &LocalSsm) -> (App, Vec<String>) {
    let app = App::on(ssm, &declared(""));
    let names: Vec<String> = (0..12).map(|number| format!("KEY_{number}")).chain(["SHARED".to_owned()]).collect();
    for name in &names {
        ssm.put_secret("orders", "dev", name, "before").unwrap();
    }
    (app, names)
}

#[test]
fn ten_loads_of_files_that_overlap_lose_nothing_that_was_acknowledged() {
    let ssm = ssm();
    let (app, names) = filled(&ssm);
    files(&app);

    let all = ten(&app, load);

    nothing_is_lost(&app, &all, &names, |number| vec![format!("KEY_{number}"), "SHARED".to_owned()]);
}

#[test]
fn ten_loads_that_are_tangled_lose_nothing_either() {
    let ssm = ssm();
    let (app, names) = filled(&ssm);
    tangled_files(&app);

    let all = ten(&app, load);

    let of = |number: usize| {
        let keys = (number..number + 3).map(|name| format!("KEY_{}", name % 12));
        keys.chain(["SHARED".to_owned()]).collect()
    };
    nothing_is_lost(&app, &all, &names, of);
    assert_eq!(ssm.count(Operation::DeleteParameter), 0);
}

/// Loads, sets and compare-and-sets of one name: what is there at the end was acknowledged, and after all others.
#[test]
fn of_all_kinds_of_writes_at_once_the_last_that_was_acknowledged_is_the_value() {
    let ssm = ssm();
    for round in 0..5 {
        let app = App::on(&ssm, &declared("").replace("orders", &format!("orders{round}")));
        assert_eq!(app.run(set("SHARED", "first")).code, 0);
        for number in 0..4 {
            app.write(&format!("{number}.env"), &format!("KEY_{number}=x\nSHARED=value-{number}\n"));
        }

        let all = ten(&app, |number| match number {
            0..4 => load(number),
            4..7 => set("SHARED", &format!("value-{number}")),
            _ => [set("SHARED", &format!("value-{number}")), vec!["--expect-version=1".to_owned()]].concat(),
        });

        let current = app.ok("secrets get SHARED");
        let number: usize = current.strip_prefix("value-").unwrap().parse().unwrap();
        // One that came over another although that was not wanted fails, and says what is so.
        let is_set = |said: &Said| said.code == 0 || said.err.contains("yours is the current value");
        assert!(is_set(&all[number]), "{current}: {all:?}");
        let written = history(&app, "SHARED");
        for (number, said) in all.iter().enumerate() {
            let is_there = written.contains(&format!("value-{number}"));
            assert_eq!(is_there, is_set(said), "value-{number} of {written:?}: {said:?}");
        }
    }
}

#[test]
fn ten_loads_of_files_that_overlap_come_one_after_the_other_in_the_local_store() {
    let app = App::new(&declared(LOCAL));
    tangled_files(&app);

    let all = ten(&app, load);

    assert!(all.iter().all(|said| said.code == 0), "one at a time: {all:?}");
    let shared = history(&app, "SHARED");
    assert_eq!(shared.iter().collect::<BTreeSet<_>>().len(), 10);
    // Whoever came last has all of its names.
    let last = shared.last().unwrap();
    let number: usize = last.strip_prefix("load-").unwrap().parse().unwrap();
    for name in (number..number + 3).map(|name| name % 12) {
        assert_eq!(&app.ok(&format!("secrets get KEY_{name}")), last);
    }
}

#[test]
fn ten_loads_of_the_same_new_file_leave_its_values() {
    let ssm = ssm();
    let app = App::on(&ssm, &declared(""));
    tangled_files(&app);

    let all = ten(&app, |_| load(3));

    assert!(all.iter().all(|said| said.code == 0), "{all:?}");
    for name in ["SHARED", "KEY_3", "KEY_4", "KEY_5"] {
        assert_eq!(ssm.value(&path("dev", name)).as_deref(), Some("load-3"), "{all:?}");
    }
}

#[test]
fn a_load_that_is_overtaken_says_so() {
    let ssm = ssm();
    let app = App::on(&ssm, &declared(""));
    tangled_files(&app);
    for name in ["SHARED", "KEY_0", "KEY_1", "KEY_2", "KEY_3"] {
        assert_eq!(app.run(set(name, "before")).code, 0);
    }
    ssm.clear_calls();
    // The answer to the second write comes late, so that another load can pass this one.
    let held = ssm.inject(Fault::hold().on(Operation::PutParameter).name(path("dev", "KEY_0")).times(1));
    let slow = app.command(load(0)).spawn().unwrap();
    until_it_happens(&ssm, "hold", 1);

    let quick = app.run(load(1));
    ssm.remove_fault(held);
    let slow = plain(&ssm, said(slow));

    assert_eq!((quick.code, slow.code), (0, 0), "{quick:?} {slow:?}");
    for (name, version) in [("KEY_1", 2), ("KEY_2", 2)] {
        let text = format!(
            "warning: somebody else set `{name}` at the same time (version {version}): yours is the current value\n"
        );
        assert!(slow.err.contains(&text), "{slow:?}");
    }
    for (name, value) in
        [("SHARED", "load-1"), ("KEY_0", "load-0"), ("KEY_1", "load-0"), ("KEY_2", "load-0"), ("KEY_3", "load-1")]
    {
        assert_eq!(ssm.value(&path("dev", name)).as_deref(), Some(value), "{name}");
    }
}

#[test]
fn the_local_store_is_waited_for_while_somebody_else_has_it() {
    let app = App::new(&declared(LOCAL));
    assert_eq!(app.run(set("SHARED", "first")).code, 0);
    // Each look at the store that somebody has asks whoever says that they serve it, who does not.
    let stranger = Server::always(404, "");
    let keys = ["0123456789abcdef", "0123456789abcdef0123456789abcdef01234567"];
    app.write_private(".bind-config/served", &format!("{}\n{}\n", stranger.endpoint(), keys.join("\n")));
    let held = std::fs::File::open(app.folder().join(".bind-config/store.lock")).unwrap();
    held.try_lock().unwrap();

    let mut waiting = app.command(set("SHARED", "second")).spawn().unwrap();
    until("a few looks", || stranger.asked().len() > 3 || waiting.try_wait().unwrap().is_some());

    assert!(waiting.try_wait().unwrap().is_none(), "it did not wait");
    drop(held);
    assert_eq!(said(waiting).code, 0);
    assert_eq!(app.ok("secrets get SHARED"), "second");
}

#[test]
fn whoever_reads_stdin_does_not_have_the_local_store_yet() {
    let app = App::new(&declared(LOCAL));
    let mut load = app.command(["secrets", "load", "-"]).stdin(Stdio::piped()).spawn().unwrap();

    assert_eq!(app.run(set("SHARED", "theirs")).code, 0);
    drop(load.stdin.take());

    assert_eq!(said(load).code, 0);
    assert_eq!(app.ok("secrets get SHARED"), "theirs");
}
