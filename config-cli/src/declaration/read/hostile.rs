//! Texts that are made to hurt: each is an error or a success, in bounded time, and never a panic.

use std::fmt::Write as _;

use super::read;
use crate::declaration::mistake::{Mistake, render};

#[test]
fn a_hundred_mistakes_are_listed_and_the_rest_is_counted() {
    let mut text = "app = \"orders\"\n[parameters]\n".to_owned();
    for n in 0..20_000 {
        let _ = writeln!(text, "P_{n} = {{ value = 300, type = \"u8\" }}");
    }
    let mistakes = refused(&text);
    assert_eq!(mistakes.len(), 101);
    assert_eq!(
        (mistakes[99].message(), mistakes[99].line()),
        ("`P_99`: the value must be a whole number from 0 to 255 (u8)", 102)
    );
    assert_eq!(mistakes[100].message(), "and 19900 more mistakes");
}

#[test]
fn mistakes_of_the_manifest_and_others_are_counted_together() {
    let mut text = "app = \"orders\"\n[parameters]\n".to_owned();
    for n in 0..1_000 {
        let _ = writeln!(text, "P_{n} = {{ value = 300, type = \"u46\", colour = 1 }}");
    }
    let mistakes = refused(&text);
    assert_eq!(mistakes.len(), 101);
    assert_eq!(mistakes[0].message(), "`P_0`: unknown type `u46`: did you mean `u64`?");
    assert!(mistakes[1].message().starts_with("`P_0`: unknown key `colour`"));
    assert_eq!(mistakes[100].message(), "and 1900 more mistakes");
}

#[test]
fn names_are_compared_without_comparing_each_with_each() {
    let (mut parameters, mut stage) = (String::new(), String::new());
    for n in 0..20_000 {
        let _ = writeln!(parameters, "PARAMETER_{n} = 1");
        let _ = writeln!(stage, "PARAMETRE_{n} = 1");
    }
    let text = format!("app = \"a\"\n[parameters]\n{parameters}[stages.prod.parameters]\n{stage}");
    assert_eq!(refused(&text)[100].message(), "and 19900 more mistakes");
}

#[test]
fn a_declaration_of_20_000_bindings_is_read() {
    let mut text = "app = \"orders\"\n[parameters]\n".to_owned();
    for n in 0..20_000 {
        let _ = writeln!(
            text,
            "PARAMETER_{n} = {{ value = \"page size, in items, as the shop shows them\", docs = \"page size\" }}"
        );
    }
    assert_eq!(read(&text).unwrap().parameters.len(), 20_000);
}

#[test]
fn a_star_is_not_written_out_without_end() {
    let mut text = "app = \"orders\"\n[parameters]\n".to_owned();
    (0..5_000).for_each(|n| writeln!(text, "P_{n} = 1").unwrap());
    text.push_str("[functions]\n");
    (0..5_000).for_each(|n| writeln!(text, "f_{n}.bind = \"*\"").unwrap());
    assert_eq!(
        refused(&text)[0].message(),
        "function `f_200`: written out, the `*` of all functions are more than 1000000 names"
    );
}

#[test]
fn no_depth_is_too_deep() {
    for depth in [50, 70, 79, 100, 20_000] {
        let deep = "[".repeat(depth) + &"]".repeat(depth);
        let tables = "{ a = ".repeat(depth) + "1" + &" }".repeat(depth);
        let path = vec!["a"; depth].join(".");
        for value in [&*deep, &tables, "1"] {
            for key in ["x-a", "value", &*path, &*format!("parameters.A.value.{path}"), &*format!("x-a.{path}")] {
                let _ = shown(&format!("app = \"a\"\n{key} = {value}"));
                let _ = shown(&format!("app = \"a\"\n[parameters.A]\nvalue = {value}"));
                let _ = shown(&format!("app = \"a\"\n[{key}]\n{key} = {value}"));
            }
        }
        let _ = shown(&format!("app = \"a\"\nx-a = {}", "[".repeat(depth)));
        let _ = shown(&format!("app = \"a\"\nx-a = {}", "{ a = ".repeat(depth)));
    }
    // Each inline table has a path of its own.
    let inner = format!("{{ {} = ", vec!["a"; 79].join("."));
    let _ = shown(&format!("app = \"a\"\nx-a = {}1{}", inner.repeat(79), "}".repeat(79)));
    let _ = shown(&format!("app = \"a\"\n[x-a{0}]\nb{0} = {1}1{2}", ".c".repeat(78), inner.repeat(79), "}".repeat(79)));
}

#[test]
fn what_is_nested_too_deep_is_said_where_it_is() {
    let text = |depth| format!("app = \"a\"\nx-a = {}{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(refused(&text(75))[0].message(), "`x-a`: nested too deep: at most 64 levels");
    assert!(read(&text(60)).is_ok());
}

#[test]
fn one_endless_line_and_two_million_lines_are_shown_in_part() {
    let long = "hunter2 ".repeat(50_000);
    for text in [
        format!("app = \"a\"\n[parameters]\nA = {{ value = \"{long}\", type = \"u8\" }}"),
        format!("app = \"a\"\n[parameters]\nA = {{ type = \"u8\", value = '''{}''' }}", long.replace(' ', "\n")),
        format!("app = \"a\"\n[parameters]\nA = \"{long}"),
        format!("app = \"a\"\n[parameters]\nA = {}", long.replace(' ', "")),
        format!("app = \"a\"\n[parameters]\n{} = 1", "A".repeat(400_000)),
        "\n".repeat(400_000) + "a = {",
        "\"".repeat(200_000),
        "'''".repeat(200_001),
        "=".repeat(200_000),
        ".".repeat(200_000),
        "#".repeat(400_000),
        "[a]\n".repeat(200_000),
        "a = 1\n".repeat(200_000),
    ] {
        let shown = shown(&text);
        assert!(shown.len() < 4_000 && !shown.contains("hunter"), "{shown}");
    }
    let tables: String = (0..200_000).fold(String::new(), |mut text, n| {
        let _ = write!(text, "AB{n} = {{ env = \"A\" }}, ");
        text
    });
    assert_eq!(read(&format!("app = \"a\"\nenvironment = {{ {tables} }}")).unwrap().environment.len(), 200_000);
}

#[test]
fn a_file_beyond_the_limit_is_refused() {
    assert_eq!(refused(&"\n".repeat(17 << 20))[0].message(), "the file has more than 16 MiB");
}

#[test]
fn every_cut_and_every_changed_byte_of_a_declaration_is_read() {
    let text = include_str!("../../../tests/declarations/valid/design.toml");
    // Each place is cut, and gets a third of the characters: another third at the next place.
    for (turn, (at, _)) in text.char_indices().enumerate() {
        shown(&text[..at]);
        shown(&text[at..]);
        let rest = text[at..].chars().as_str();
        let next = at + rest.chars().next().map_or(0, char::len_utf8);
        let all = ['\0', '"', '\'', '\\', '{', '}', '[', ']', ',', '=', '.', '#', '\n', '\r', '9', '\u{feff}', 'é'];
        for c in all.into_iter().skip(turn % 3).step_by(3) {
            shown(&format!("{}{c}{}", &text[..at], &text[next..]));
        }
    }
}

/// What takes the square of these would never end.
fn shown(text: &str) -> String {
    let Err(mistakes) = read(text) else { return String::new() };
    for mistake in &mistakes {
        let rendered = mistake.render("f");
        assert_eq!(rendered.lines().count(), 5, "{rendered}");
        assert!(rendered.len() < 2_000, "{rendered}");
        assert!(mistake.caret().end <= mistake.shown().chars().count().max(mistake.caret().start + 1), "{rendered}");
        assert!(mistake.column() >= 1);
    }
    render(&mistakes, "f")
}

fn refused(text: &str) -> Vec<Mistake> {
    read(text).err().unwrap()
}
