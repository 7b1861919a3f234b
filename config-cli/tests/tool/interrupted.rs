//! Killed or interrupted in the middle: every secret has the old or the new value, and the same command again finishes.
#![cfg(unix)]

use std::process::Child;

use bind_config_local::{Fault, LocalSsm, Operation};

use crate::app::{App, ORDERS, Said, said};
use crate::kit::{dev, expected, is_silent_about, json, path, plain, signal, ssm, until, until_it_happens};

const PUT: Operation = Operation::PutParameter;
/// Of `three.env`, in its order; the third is new.
const NAMES: [&str; 3] = ["STRIPE_KEY", "PLAIN", "db_password"];

fn old(name: &str) -> Option<String> {
    (name != "db_password").then(|| format!("sk_live_old_{name}\r\n"))
}

fn new(name: &str) -> String {
    format!("sk_live_new_{name}")
}

/// A file of these values.
fn lines(names: &[&str], value: impl Fn(&str) -> String) -> String {
    names.iter().map(|name| [name, "=", &value(name), "\n"].concat()).collect()
}

/// Two of three secrets are set, and a file has new values for all of them.
fn room() -> (LocalSsm, App) {
    let ssm = ssm();
    let app = App::on(&ssm, ORDERS);
    for name in NAMES {
        if let Some(value) = old(name) {
            ssm.put_secret("orders", "dev", name, value).unwrap();
        }
    }
    app.write("three.env", &lines(&NAMES, new));
    let app = app.with("EDITOR", "sh -c 'cat three.env >> \"$1\"' edit");
    (ssm, app)
}

/// Starts a command, and kills it while its write number `at` waits for an answer.
fn killed(ssm: &LocalSsm, app: &App, arguments: &str, fault: Fault, at: u64) -> Said {
    let (label, fault) =
        (if fault == Fault::unheard() { "unheard" } else { "never_answer" }, fault.on(PUT).after(at).times(1));
    let id = ssm.inject(fault);
    let mut child = app.command(arguments.split_whitespace()).spawn().unwrap();
    until_it_happens(ssm, label, 1);
    child.kill().unwrap();
    ssm.remove_fault(id);
    ssm.clear_calls();
    let said = said(child);
    is_silent_about(&said, &["sk_live"]);
    said
}

/// Kills a command at each of its writes, before it and after it. `stage` is where it writes.
fn is_safe(arguments: &str, stage: &str, writes: &[&str], prepare: impl Fn(&LocalSsm)) {
    for (fault, happened) in [(Fault::unheard(), 0), (Fault::never_answer(), 1)] {
        for at in 0..writes.len() {
            let (ssm, app) = room();
            prepare(&ssm);
            let value = |name: &str| ssm.value(&path(stage, name));
            let before: Vec<Option<String>> = writes.iter().map(|name| value(name)).collect();

            let said = killed(&ssm, &app, arguments, fault.clone(), at as u64);

            assert_eq!(said.code, -1, "{arguments}: it was killed: {said:?}");
            for (number, name) in writes.iter().enumerate() {
                let expected = if number < at + happened { Some(new(name)) } else { before[number].clone() };
                assert_eq!(value(name), expected, "{arguments}: {name}, killed at write {at}");
            }
            let again = app.run(arguments.split_whitespace());
            assert_eq!(again.code, 0, "{arguments}: {again:?}");
            for name in writes {
                assert_eq!(value(name), Some(new(name)), "{arguments}: {name}, again after a kill at write {at}");
            }
        }
    }
}

#[test]
fn a_set_that_is_killed_at_its_write_is_done_or_not_and_can_be_repeated() {
    is_safe("secrets set PLAIN --stage dev sk_live_new_PLAIN", "dev", &["PLAIN"], |_| ());
    is_safe("secrets set db-password --stage dev sk_live_new_db_password", "dev", &["db_password"], |_| ());
}

#[test]
fn a_load_that_is_killed_at_any_write_can_be_repeated() {
    is_safe("secrets load three.env --stage dev", "dev", &NAMES, |_| ());
}

#[test]
fn a_copy_that_is_killed_at_any_write_can_be_repeated() {
    let writes = ["PLAIN", "STRIPE_KEY", "db_password"];
    is_safe("secrets copy --from other --to dev --overwrite", "dev", &writes, |ssm| {
        for name in NAMES {
            ssm.put_secret("orders", "other", name, new(name)).unwrap();
        }
    });
}

#[test]
fn an_edit_that_is_killed_at_any_write_can_be_repeated() {
    let writes = ["PLAIN", "STRIPE_KEY", "db_password"];
    is_safe("secrets edit --stage dev --yes", "dev", &writes, |_| ());
}

#[test]
fn a_rollback_that_is_killed_at_its_write_can_be_repeated() {
    is_safe("secrets rollback PLAIN --to 2 --stage dev", "dev", &["PLAIN"], |ssm| {
        for value in [new("PLAIN"), "sk_live_other".to_owned()] {
            ssm.put_secret("orders", "dev", "PLAIN", value).unwrap();
        }
    });
}

#[test]
fn a_removal_that_is_killed_is_done_or_not() {
    for (fault, label, left) in
        [(Fault::unheard(), "unheard", old("PLAIN")), (Fault::never_answer(), "never_answer", None)]
    {
        let (ssm, app) = room();
        ssm.inject(fault.on(Operation::DeleteParameter));
        let mut child = app.command("secrets remove PLAIN --stage dev --yes".split(' ')).spawn().unwrap();
        until_it_happens(&ssm, label, 1);
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(dev(&ssm, "PLAIN"), left);
    }
}

/// Killed while it is undone: what is the new value and what the old is what the store says, and the same again finishes.
#[test]
fn a_load_that_is_killed_while_it_is_undone_can_be_repeated() {
    for (fault, label) in [(Fault::unheard(), "unheard"), (Fault::never_answer(), "never_answer")] {
        let (ssm, app) = room();
        let denied = ssm.inject(Fault::deny().on(PUT).name(path("dev", "db_password")));
        // Two writes, the one that is denied, then the first that puts something back.
        ssm.inject(fault.on(PUT).after(2));
        let mut child = app.command("secrets load three.env --stage dev".split(' ')).spawn().unwrap();
        until_it_happens(&ssm, label, 1);
        child.kill().unwrap();
        child.wait().unwrap();

        for name in NAMES {
            let value = dev(&ssm, name);
            assert!(value == old(name) || value == Some(new(name)), "{name}");
        }
        ssm.remove_fault(denied);
        ssm.clear_faults();
        assert_eq!(app.run("secrets load three.env --stage dev".split(' ')).code, 0);
        for name in NAMES {
            assert_eq!(dev(&ssm, name), Some(new(name)));
        }
    }
}

/// A load whose first write is answered late: there is time for a signal.
fn slow_load(ssm: &LocalSsm, app: &App, arguments: &str) -> Child {
    ssm.inject(Fault::delay(std::time::Duration::from_secs(3)).on(PUT).times(1));
    let child = app.command(arguments.split(' ')).spawn().unwrap();
    until_it_happens(ssm, "delay", 1);
    child
}

#[test]
fn ctrl_c_in_the_middle_of_a_load_undoes_it_and_says_so() {
    for name in ["INT", "TERM"] {
        let (ssm, app) = room();
        let child = slow_load(&ssm, &app, "secrets load three.env --stage dev");
        signal(name, i64::from(child.id()));

        let said = plain(&ssm, said(child));

        let table = "NAME         CHANGE\nSTRIPE_KEY   changed, from version 1\nPLAIN        changed, from version 1\ndb_password  new\n";
        let table = table.replace("db_password", "db-password");
        let text = "error: interrupted; nothing is set: every secret has the value that it had before\n";
        assert_eq!(
            said,
            expected(said.code, &table, &format!("{}{text}", said.err.strip_suffix(text).unwrap_or_default()))
        );
        assert!(said.code == 1 || said.code == 130, "{said:?}");
        for name in NAMES {
            assert_eq!(dev(&ssm, name), old(name));
        }
    }
}

#[test]
fn ctrl_c_in_the_middle_of_what_was_edited_undoes_it_and_says_so() {
    let (ssm, app) = room();
    let child = slow_load(&ssm, &app, "secrets edit --stage dev --yes");
    signal("INT", i64::from(child.id()));

    let said = said(child);

    let text = "error: interrupted; nothing is set: every secret has the value that it had before\n";
    assert!(said.code == 1 && said.err.ends_with(text), "{said:?}");
    for name in NAMES {
        assert_eq!(dev(&ssm, name), old(name));
    }
}

/// A core file is in the folder of the project, most likely.
#[cfg(target_os = "linux")]
#[test]
fn what_holds_values_leaves_no_core() {
    use std::os::unix::process::ExitStatusExt as _;

    let (ssm, app) = room();
    ssm.inject(Fault::never_answer().on(PUT));
    let mut command = std::process::Command::new("sh");
    let plain = app.command(["stage"]);
    command
        .args(["-c", "ulimit -c unlimited 2>/dev/null; exec \"$TOOL\" secrets set PLAIN sk_live_canary --stage dev"]);
    command.envs(plain.get_envs().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))));
    command.env("TOOL", env!("CARGO_BIN_EXE_bind-config")).current_dir(app.folder());
    command.stderr(std::process::Stdio::null());
    let mut child = command.spawn().unwrap();
    until_it_happens(&ssm, "never_answer", 1);
    signal("ABRT", i64::from(child.id()));

    let status = child.wait().unwrap();

    assert_eq!((status.signal(), status.core_dumped()), (Some(6), false));
}

#[test]
fn ctrl_c_after_the_last_write_of_a_set_says_that_the_value_is_stored() {
    let (ssm, app) = room();
    let child = slow_load(&ssm, &app, "secrets set PLAIN --stage dev sk_live_new_PLAIN");
    signal("INT", i64::from(child.id()));

    let said = plain(&ssm, said(child));

    let text = "error: interrupted while the functions that use it were looked for\n`PLAIN` is set (version 2) in stage `dev` of `orders`, SSM at URL. Functions keep the old value until they start anew: bind-config secrets restart PLAIN --stage dev\n";
    assert!(said.err.ends_with(text), "{said:?}");
    assert_ne!(said.code, 0);
    assert_eq!(dev(&ssm, "PLAIN"), Some(new("PLAIN")));
}

#[test]
fn ctrl_c_twice_ends_at_once() {
    let (ssm, app) = room();
    ssm.inject(Fault::never_answer().on(PUT).times(1));
    let mut child = app.command("secrets load three.env --stage dev".split(' ')).spawn().unwrap();
    until_it_happens(&ssm, "never_answer", 1);

    // One may be merged with another that is not handled yet.
    until("the end", || {
        let is_over = child.try_wait().unwrap().is_some();
        if !is_over {
            signal("INT", i64::from(child.id()));
        }
        is_over
    });

    let said = said(child);
    let last =
        "error: interrupted twice: whether what was under way has happened is not known; what was told before holds\n";
    assert!(said.code == 130 && said.err.ends_with(last), "{said:?}");
    assert_eq!((dev(&ssm, "PLAIN"), dev(&ssm, "db_password")), (old("PLAIN"), None));
}

#[test]
fn ctrl_c_before_the_first_write_ends_at_once_and_says_that_nothing_was_changed() {
    for (command, reads) in [
        ("secrets set PLAIN --stage dev --generate", Operation::GetParameters),
        ("secrets set PLAIN --stage dev --generate --expect-version 1", Operation::DescribeParameters),
        ("secrets load three.env --stage dev", Operation::GetParameters),
        ("secrets copy --from dev --to other", Operation::GetParameters),
        ("secrets edit --stage dev --yes", Operation::GetParametersByPath),
        ("secrets edit --stage dev --yes", Operation::GetParameters),
        ("secrets rollback PLAIN --stage dev", Operation::GetParameterHistory),
        ("secrets remove PLAIN --stage dev --yes", Operation::DescribeParameters),
    ] {
        for (name, code, is_json) in [("INT", 130, false), ("TERM", 143, true)] {
            let (ssm, app) = room();
            ssm.put_secret("orders", "dev", "PLAIN", "sk_live_other").unwrap();
            let held = ssm.inject(Fault::never_answer().on(reads));
            let flag = is_json.then_some("--json");
            let child = app.command(command.split(' ').chain(flag)).spawn().unwrap();
            until("a request", || ssm.hits(held) == 1);
            signal(name, i64::from(child.id()));

            let said = said(child);

            assert_eq!((said.code, said.out.is_empty()), (code, !is_json), "{command}: {said:?}");
            assert_eq!(said.err, "error: interrupted: nothing was changed\n", "{command}");
            if is_json {
                let error = serde_json::json!({ "code": "interrupted", "message": "interrupted: nothing was changed" });
                assert_eq!(json(&said), serde_json::json!({ "error": error }), "{command}");
            }
            assert_eq!(ssm.count(PUT) + ssm.count(Operation::DeleteParameter), 0, "{command}");
        }
    }
}

#[test]
fn fifty_loads_into_the_local_store_that_are_killed_leave_old_or_new_values() {
    let app = App::new(&format!("store = \"local\"\nstage = \"dev\"\n{ORDERS}"));
    let names = ["STRIPE_KEY", "PLAIN", "db-password"];
    let load = |number: usize| {
        app.write(&format!("{number}.env"), &lines(&names, |_| format!("sk_live_{number}")));
        app.command(["secrets", "load", &format!("{number}.env"), "--quiet"]).spawn().unwrap()
    };
    assert_eq!(said(load(0)).code, 0);
    let mut acknowledged = 0;
    for number in 1..=50 {
        let mut child = load(number);
        // At another moment each time: after so many looks at the process.
        for _ in 0..number * 2 {
            if child.try_wait().unwrap().is_some() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        let _ = child.kill();
        if said(child).code == 0 {
            acknowledged = number;
        }
        for name in names {
            let said = app.run(["secrets", "get", name]);
            let value: usize = said.out.strip_prefix("sk_live_").unwrap_or_else(|| panic!("{said:?}")).parse().unwrap();
            assert!(
                value == number || (acknowledged..number).contains(&value),
                "{name} has {value} after {number}, {acknowledged} was acknowledged"
            );
        }
    }
    assert_eq!(said(load(51)).code, 0);
    for name in names {
        assert_eq!(app.run(["secrets", "get", name]), expected(0, "sk_live_51", ""));
    }
}
