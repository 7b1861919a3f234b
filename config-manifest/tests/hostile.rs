//! Texts that are made to hurt: each is an error or a success, in bounded time and memory, and never a panic.

use std::fmt::Write as _;

use bind_config_manifest::{Manifest, Reading};

#[test]
fn a_manifest_of_100_000_bindings_is_read() {
    let docs = "page size, in items, as the shop shows them; ".repeat(2);
    let mut bindings = String::new();
    for n in 0..100_000 {
        let _ = write!(bindings, r#"{}"PARAMETER_{n}":{{"kind":"parameter","docs":"{docs}"}}"#, comma(n));
    }
    let text = manifest(&bindings, "");
    assert!(text.len() > 10_000_000);

    let reading = Manifest::read(text.as_bytes());

    assert_eq!(reading.mistakes, []);
    assert_eq!(reading.manifest.bindings.len(), 100_000);
}

#[test]
fn a_hundred_mistakes_are_listed_and_the_rest_is_counted() {
    let mut bindings = String::new();
    for n in 0..100_000 {
        let _ = write!(bindings, r#"{}"PARAMETER_{n}":{{"kind":"parameter","type":"u46"}}"#, comma(n));
    }

    let reading = read(&manifest(&bindings, ""));

    assert_eq!(reading.mistakes.len(), 101);
    assert_eq!(reading.mistakes[99].message(), "`PARAMETER_99`: unknown type `u46`: did you mean `u64`?");
    assert_eq!(reading.mistakes[100].message(), "and 99900 more mistakes");
    assert_eq!(reading.broken.len(), 100_000);
    assert!(reading.mistakes.iter().all(|mistake| mistake.render("bindings.json").len() < 2_000));
}

#[test]
fn names_are_compared_without_comparing_each_with_each() {
    let (mut bindings, mut names, mut keys) = (String::new(), String::new(), String::new());
    for n in 0..50_000 {
        let _ = write!(bindings, r#"{}"PARAMETER_{n}":{{"kind":"parameter"}}"#, comma(n));
        let _ = write!(names, r#"{}"PARAMETRE_{n}""#, comma(n));
        let _ = write!(keys, r#","functons{n}":0"#);
    }

    let unbound = read(&manifest(&bindings, &format!(r#","functions":{{"api":{{"bind":[{names}]}}}}"#)));
    let unknown = read(&manifest("", &keys));

    assert_eq!(
        unbound.mistakes[0].message(),
        "function `api`: `PARAMETRE_0` is not in `bindings`: did you mean `PARAMETER_0`?"
    );
    assert_eq!(unbound.mistakes[100].message(), "and 49900 more mistakes");
    assert_eq!(unknown.mistakes[100].message(), "and 49900 more mistakes");
}

#[test]
fn repeated_keys_are_counted() {
    let bindings = vec![r#""A":{"kind":"secret"}"#; 100_000].join(",");
    let reading = read(&manifest(&bindings, ""));
    assert_eq!(reading.mistakes[100].message(), "and 99899 more mistakes");
    assert_eq!(reading.manifest.bindings.len(), 1);
}

#[test]
fn no_depth_is_too_deep() {
    for depth in [10_000, 1_000_000] {
        for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
            let deep = open.repeat(depth) + "1" + &close.repeat(depth);
            let first = |text: &str| read(text).mistakes[0].message().to_owned();
            if open == "[" {
                assert_eq!(first(&deep), "a manifest must be an object");
            } else {
                assert_eq!(first(&deep), "this is not a bindings manifest: it has neither `format` nor `bindings`");
            }
            assert_eq!(first(&manifest("", &format!(r#","x-a":{deep}"#))), "nested too deep: at most 64 levels");
            assert_eq!(first(&manifest("", &format!(r#","app":{deep}"#))), "`app` stands here for the second time");
            let binding = format!(r#""A":{{"kind":"parameter","type":{deep},"default":{deep},"shape":{deep}}}"#);
            assert!(!read(&manifest(&binding, "")).mistakes.is_empty());
            assert!(first(&open.repeat(depth)).starts_with("not JSON: the file ends inside "));
        }
    }
}

#[test]
fn one_endless_line_and_ten_million_lines_are_shown_in_part() {
    let long = "x".repeat(10_000_000);
    let in_a_value = read(&manifest(&format!(r#""A":{{"kind":"{long}","docs":"{long}"}}"#), ""));
    let in_a_name = read(&manifest(&format!(r#""A{long}":{{"kind":"secret"}}"#), ""));
    let lines = read(&("\n".repeat(10_000_000) + "{ ?"));
    let quotes = read(&"\"".repeat(1_000_000));

    assert_eq!(in_a_value.mistakes[0].message(), "`A`: unknown kind: it is `secret` or `parameter`");
    assert_eq!(
        in_a_name.mistakes[0].message(),
        format!(
            "`A{}…` cannot be a binding: names are a letter, then at most 127 letters, digits, `_` and `-`",
            &long[..39]
        )
    );
    assert_eq!((lines.mistakes[0].line(), lines.mistakes[0].column()), (10_000_001, 3));
    for reading in [in_a_value, in_a_name, lines, quotes] {
        assert!(reading.mistakes[0].render("bindings.json").len() < 2_000);
    }
}

#[test]
fn a_file_beyond_the_limit_is_refused() {
    let text = manifest("", &" ".repeat(33 << 20));
    assert_eq!(read(&text).mistakes[0].message(), "the file has more than 32 MiB");
}

#[test]
fn an_empty_manifest_is_a_manifest() {
    assert_eq!(Manifest::parse(manifest("", "").as_bytes()), Ok(Manifest::new("orders")));
}

#[test]
fn every_cut_and_every_changed_byte_of_a_manifest_is_read() {
    let text = include_bytes!("manifests/valid/design.json");
    for at in 0..text.len() {
        show(&Manifest::read(&text[..at]));
        show(&Manifest::read(&text[at..]));
        for byte in [0, b'"', b'\\', b'{', b'}', b',', b':', b'\n', b'9', 0x80, 0xff] {
            let mut text = text.to_vec();
            text[at] = byte;
            show(&Manifest::read(&text));
        }
    }
}

/// In a process of its own, whose peak is that of these inputs alone. Time has no bound here: what took the square of
/// ten megabytes would never end.
#[cfg(target_os = "linux")]
#[test]
#[expect(clippy::disallowed_methods, reason = "the harness of the test, not what it tests")]
fn memory_stays_in_proportion_to_the_text() {
    const CHILD: &str = "BIND_CONFIG_TEST_CHILD";
    if std::env::var_os(CHILD).is_none() {
        let mut this = std::process::Command::new(std::env::current_exe().unwrap());
        this.args(["--exact", "memory_stays_in_proportion_to_the_text", "--nocapture"]).env(CHILD, "1");
        let output = this.output().unwrap();
        let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        // A name that no test has is a success too.
        assert!(output.status.success() && stdout.contains("ok. 1 passed"), "{stdout}\n{stderr}");
        return;
    }
    let peak = || -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() >> 10
    };
    a_manifest_of_100_000_bindings_is_read();
    one_endless_line_and_ten_million_lines_are_shown_in_part();
    a_file_beyond_the_limit_is_refused();
    // The largest text has 33 MB.
    assert!(peak() < 400, "{} MB", peak());
}

fn read(text: &str) -> Reading {
    Manifest::read(text.as_bytes())
}

fn show(reading: &Reading) {
    for mistake in &reading.mistakes {
        assert_eq!(mistake.render("f").lines().count(), 5, "{mistake}");
    }
}

fn manifest(bindings: &str, others: &str) -> String {
    format!(r#"{{"format":"bind-manifest","version":1,"app":"orders","bindings":{{{bindings}}}{others}}}"#)
}

fn comma(n: usize) -> &'static str {
    if n == 0 { "" } else { "," }
}
