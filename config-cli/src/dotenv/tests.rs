//! The rows are what the npm packages make of the same files; everything else holds for generated files and values, too.

use serde_json::{Map, Value};

use super::write::Written;
use super::{Readers, expand, file_names, merge, parse, write};

type Entries = Vec<(String, String)>;
/// The entries of a file that repeats a part so many times.
type Expected<'a> = &'a dyn Fn(usize) -> Entries;

/// What shells, readers and formats stumble over.
const NASTY: [&str; 30] = [
    "'",
    "\"",
    "`",
    "\\",
    "$",
    "{",
    "}",
    "\n",
    "\r",
    "#",
    "=",
    ":",
    " ",
    "\t",
    "\u{a0}",
    "\u{2028}",
    "\u{feff}",
    "é",
    "😀",
    "-----BEGIN",
    "~",
    "!",
    "(",
    "a",
    "n",
    "r",
    "\\n",
    "\\'",
    " #",
    "export ",
];

/// Bytes enough to take very long if the time were quadratic.
const LARGE: usize = 1 << 19;

fn rows() -> Vec<Value> {
    serde_json::from_str(include_str!("../../tests/data/dotenv.json")).unwrap()
}

/// The bytes of a row; those that are no UTF-8 come in hexadecimal digits.
fn bytes(row: &Value) -> Vec<u8> {
    let Some(hex) = row["input_hex"].as_str() else { return row["input"].as_str().unwrap().into() };
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn object(entries: &[(String, String)]) -> Value {
    Value::Object(
        entries.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect::<Map<_, _>>(),
    )
}

fn entries(entries: &[(&str, &str)]) -> Entries {
    entries.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn no_environment(_: &str) -> Option<String> {
    None
}

fn expanded(text: &str) -> Entries {
    expand(&parse(text.as_bytes()), no_environment)
}

fn written(value: &str) -> Written {
    write("A", value, Readers::All).unwrap()
}

/// The same strings in each run.
struct Strings(u64);

impl Strings {
    fn below(&mut self, limit: u64) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit).unwrap()
    }
}

impl Iterator for Strings {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let length = self.below(10);
        Some((0..length).map(|_| NASTY[self.below(30)]).collect())
    }
}

#[test]
fn every_row_is_parsed_as_dotenv_does() {
    let rows = rows();
    assert_eq!(rows.len(), 119);
    for row in rows {
        assert_eq!(object(&parse(&bytes(&row))), row["parsed"], "{}: {}", row["category"], row["input"]);
    }
}

#[test]
fn every_row_is_expanded_as_dotenv_expand_does() {
    let preset = |name: &str| (name == "PRE").then(|| "preset".to_owned());
    for row in rows() {
        let parsed = parse(&bytes(&row));
        for (column, expanded) in
            [("expanded", expand(&parsed, no_environment)), ("expanded_with_env", expand(&parsed, preset))]
        {
            let expected = &row[column];
            // The original fails at these: it loops, or mistakes a name for a method.
            let expected = match (expected["__error"].as_str(), row["input"].as_str().unwrap()) {
                (None, _) => expected.clone(),
                (_, "toString=x") => serde_json::json!({"toString": "x"}),
                (_, "hasOwnProperty=1\nA=$hasOwnProperty") => serde_json::json!({"hasOwnProperty": "1", "A": "1"}),
                (Some("INFINITE LOOP"), _) => row["parsed"].clone(),
                (Some(error), _) => panic!("{error}: {}", row["input"]),
            };
            assert_eq!(object(&expanded), expected, "{column}: {}: {}", row["category"], row["input"]);
        }
    }
}

#[test]
fn names_stay_where_they_first_were_and_the_last_value_wins() {
    assert_eq!(parse(b"B=1\nA=2\nB=3"), entries(&[("B", "3"), ("A", "2")]));
}

#[test]
fn a_quote_that_closes_nothing_gives_way_to_an_earlier_escaped_one() {
    assert_eq!(parse(br#"A="x\" # y"z"#), entries(&[("A", "x\\")]));
    assert_eq!(parse(b"A='x\\'\nB='\ny'"), entries(&[("A", "x\\'\nB=")]));
    assert_eq!(parse(br#"A="x\"y"z"#), entries(&[("A", r#""x\"y"z"#)]));
}

#[test]
fn unicode_line_ends_end_comments_but_not_values() {
    assert_eq!(parse("A=x\u{2028}B=y # c\u{2029}C=z".as_bytes()), entries(&[("A", "x\u{2028}B=y"), ("C", "z")]));
    assert_eq!(parse("A=x\u{2028}'y'\u{2029}\"z\"".as_bytes()), entries(&[("A", "x\u{2028}y\u{2029}z")]));
}

#[test]
fn an_empty_value_takes_the_quoted_text_below_it_and_the_comment_below_that() {
    assert_eq!(parse(b"A=\n\n'x'\n\n# B=1\nC=2"), entries(&[("A", "x"), ("C", "2")]));
}

#[test]
fn large_files_are_parsed_in_linear_time() {
    let a = |value: String| vec![("A".to_owned(), value)];
    let cases: [(&str, &str, &str, Expected<'_>); 16] = [
        ("", "\n", "", &|_| vec![]),
        ("", "\u{2028}", "A=1", &|_| a("1".to_owned())),
        ("", "\r ", "A=1", &|_| a("1".to_owned())),
        ("", "A", "", &|_| vec![]),
        ("", "A\n", "", &|_| vec![]),
        ("", "export\n", "A=1", &|_| a("1".to_owned())),
        ("", "export A ", "", &|_| vec![]),
        ("", "A=\n", "", &|_| a(String::new())),
        ("", "\"A=", "\n", &|_| vec![]),
        ("A=", "\n", "'x'", &|_| a("x".to_owned())),
        ("A='", "\\", "'\n", &|count| a("\\".repeat(count))),
        ("A='", "\\'", "'", &|count| a("\\'".repeat(count))),
        ("A=\"", "\\\"#", "", &|count| a("\\\"#".repeat(count - 1) + "\\")),
        ("A=\"", "\\\" \n", "x", &|count| a("\\\" \n".repeat(count - 1) + "\\")),
        ("", "A=\"\\\nA='\\\nA=`\\\n", "", &|_| a("`\\".to_owned())),
        // Of each kind of quotes, the first and the last that have a line of their own are dropped.
        ("A=x\u{2028}", "x\u{2028}\"\u{2028}x\u{2028}", "'", &|count| {
            let (head, tail) = ("x\u{2028}x\u{2028}\u{2028}x\u{2028}", "x\u{2028}\u{2028}x\u{2028}'");
            a([head, &"x\u{2028}\"\u{2028}x\u{2028}".repeat(count - 2), tail].concat())
        }),
    ];
    for (before, part, after, expected) in cases {
        let count = LARGE / part.len();
        let parsed = parse([before, &part.repeat(count), after].concat().as_bytes());
        assert!(parsed == expected(count), "{before:?}, {count} times {part:?}, {after:?}");
    }
}

#[test]
fn unclosed_quotes_of_all_kinds_are_parsed_in_linear_time() {
    let unit = "A='\nB=\"\nC=`\n";
    let values = [("A", "\nB=\"\nC=`\nA="), ("B", "\nC=`\nA='\nB="), ("C", "\nA='\nB=\"\nC=")];
    assert!(parse(unit.repeat(LARGE / 16).as_bytes()) == entries(&values));
}

#[test]
fn the_environment_wins_over_a_value_and_in_a_reference() {
    let environment = |name: &str| match name {
        "A" => Some("set".to_owned()),
        "EMPTY" => Some(String::new()),
        _ => None,
    };
    let parsed = parse(b"A=file\nB=$A\nEMPTY=file\nC=[$EMPTY]\nD=${EMPTY:-default}");
    let expected = [("A", "set"), ("B", "set"), ("EMPTY", "file"), ("C", "[]"), ("D", "default")];
    assert_eq!(expand(&parsed, environment), entries(&expected));
}

#[test]
fn the_environment_is_not_asked_for_names_that_no_variable_has() {
    let environment = |name: &str| -> Option<String> { panic!("asked for {name:?}") };
    let parsed = entries(&[("=", "${:-a}${B=c}${\0:-d}")]);
    assert_eq!(expand(&parsed, environment), entries(&[("=", "ad")]));
}

#[test]
fn a_reference_is_replaced_where_its_text_appears_first() {
    assert_eq!(expanded("B=1\nA='\\$B $B'")[1].1, "\\1 1");
}

#[test]
fn replacement_patterns_mean_what_they_do_in_javascript() {
    for (value, expected) in
        [("${X:-$$}", "$"), ("<${X:-$'}>", "<>>"), ("<${X:-$`}>", "<<>"), ("${X:-$1$}", "$1$"), ("${X:-$<}", "$<")]
    {
        assert_eq!(expanded(&format!("A={value}"))[0].1, expected, "{value}");
    }
}

#[test]
fn what_is_put_in_is_searched_for_references_again() {
    assert_eq!(expanded("B=\\$C\nC=1\nA=[$B]")[2].1, "[1]");
    assert_eq!(expanded("B=1\nA=${X:-${Y:-$B}}")[1].1, "1");
}

#[test]
fn names_that_javascript_knows_are_names_like_any_other() {
    assert_eq!(expanded("constructor=1\nnullable=2\nA=$constructor$nullable")[2].1, "12");
}

#[test]
fn values_that_would_expand_for_ever_keep_their_text() {
    for value in ["${X:-$&}", "${X:-$&$&}", "a\\$b${X:-$'${X}$&}", "${X:-$`$&}"] {
        assert_eq!(expanded(&format!("A={value}\nB=1\nC=$B")), entries(&[("A", value), ("B", "1"), ("C", "1")]));
    }
}

#[test]
fn values_that_double_each_time_stop_growing() {
    let line = |at: usize| format!("A{at}=$A{0}$A{0}\n", at - 1);
    let text = "A0=0123456789\n".to_owned() + &(1..500).map(line).collect::<String>();
    let expanded = expanded(&text);
    assert_eq!(expanded[10].1, "0123456789".repeat(1 << 10));
    assert_eq!(expanded[499].1.matches("$A").count(), 2);
    assert!(expanded.iter().map(|(_, value)| value.len()).sum::<usize>() < 64 << 20);
}

#[test]
fn values_with_countless_references_keep_their_text() {
    let large = "x".repeat(100_000);
    for reference in ["$B", "${B+}", "${X}"] {
        let value = reference.repeat(LARGE / reference.len());
        let parsed = entries(&[("A", &value)]);
        assert!(expand(&parsed, |name| (name == "B").then(|| large.clone())) == parsed, "{reference}");
    }
}

#[test]
fn a_value_of_any_size_without_references_is_left_alone() {
    let parsed = entries(&[("A", &"${$ $1 {".repeat(LARGE))]);
    assert!(expand(&parsed, no_environment) == parsed);
}

#[test]
fn a_later_file_gives_the_value_and_an_earlier_one_the_place() {
    let files = ["HOST=a\nURL=http://$HOST", "B=1\nHOST=b"].map(|text| parse(text.as_bytes()));
    let merged = merge(files);
    assert_eq!(merged, entries(&[("HOST", "b"), ("URL", "http://$HOST"), ("B", "1")]));
    assert_eq!(expand(&merged, no_environment)[1].1, "http://b");
}

#[test]
fn a_stage_has_four_files() {
    assert_eq!(file_names("dev"), [".env", ".env.local", ".env.dev", ".env.dev.local"]);
}

#[test]
fn values_are_written_in_the_plainest_form_that_all_readers_take() {
    for (value, line) in [
        ("", "A=''"),
        ("sk_live_4eC39/+=", "A=sk_live_4eC39/+="),
        ("https://user@example.com:8443/a?b", "A='https://user@example.com:8443/a?b'"),
        (" padded ", "A=' padded '"),
        ("a # b", "A='a # b'"),
        ("~", "A='~'"),
        ("{\"k\":\"v\"}", "A='{\"k\":\"v\"}'"),
        ("$(rm -rf /) `id`", "A='$(rm -rf /) `id`'"),
        ("-----BEGIN KEY-----\nabc\n", "A='-----BEGIN KEY-----\nabc\n'"),
        ("a\\nb", "A='a\\nb'"),
        ("it's", "A=\"it's\""),
        ("it's\na \\ b", "A=\"it's\na \\ b\""),
        ("C:\\dir\\", "A='C:\\dir\\' # ends with '\\'"),
        ("\u{feff}\u{a0}é😀\u{2028}", "A='\u{feff}\u{a0}é😀\u{2028}'"),
        ("cost: $5, 100%$ or $$", "A='cost: $5, 100%$ or $$'"),
    ] {
        let written = written(value);
        assert_eq!(written.line, line);
        assert!(written.shell_safe, "{line}");
    }
}

#[test]
fn values_that_a_shell_would_read_otherwise_are_written_for_dotenv_and_say_so() {
    for (value, line) in [
        ("it's $5", "A=\"it's $5\""),
        ("it's a \\", "A=\"it's a \\\" # ends with \"\\\""),
        ("'tis \"it\"", "A=`'tis \"it\"`"),
        ("say \"it's\"", "A=say \"it's\""),
        ("it's \"it\"\n", "A=`it's \"it\"\n`"),
        ("' and \" and `", "A='' and \" and `'"),
        ("a\r\nb", "A=\"a\\r\\nb\""),
        ("it's \\\u{7f}", "A=\"it's \\\u{7f}\""),
    ] {
        let written = written(value);
        assert_eq!(written.line, line);
        assert!(!written.shell_safe, "{line}");
    }
}

#[test]
fn names_that_a_shell_cannot_set_are_written_and_say_so() {
    for name in ["a.b", "a-b", "1A", "UID", "_", "BASHPID", "OPTIND"] {
        let written = write(name, "x", Readers::All).unwrap();
        assert_eq!((written.line, written.shell_safe), (format!("{name}=x"), false));
    }
    assert!(write("export", "x", Readers::All).unwrap().shell_safe);
}

#[test]
fn entries_that_no_line_stands_for_are_refused() {
    for (name, value, why) in [
        ("", "x", "name"),
        ("A B", "x", "name"),
        ("É", "x", "name"),
        ("A\nB", "x", "name"),
        ("__proto__", "x", "drop"),
        ("A", "x\0y", "NUL"),
        ("A", "pa$word", "$NAME"),
        ("A", "${", ""),
        ("A", "x${y:-z}", "$NAME"),
        ("A", "\\$", "$NAME"),
        ("A", "\r\\n", "quotes"),
        ("A", "\"# '\n`", "quotes"),
    ] {
        match write(name, value, Readers::All) {
            Ok(written) => assert_eq!(why, "", "{written:?}"),
            Err(refusal) => assert!(!why.is_empty() && refusal.why.contains(why), "{refusal}"),
        }
    }
}

#[test]
fn no_text_shows_a_value() {
    let written = written("hunter2");
    assert_eq!(format!("{written:?}"), "Written { shell_safe: true, .. }");
    let refusal = write("A\n", "hunter2", Readers::All).unwrap_err();
    assert!(!format!("{refusal:?}").contains("hunter2"));
    let text =
        r"A\n cannot be written to a .env file because its name is not made of letters, digits, `_`, `.` and `-`";
    assert_eq!(refusal.to_string(), text);
}

/// Generated values that can be written, with a name each.
fn many_written() -> Vec<(String, String, Written)> {
    let named = Strings(2024).take(5000).enumerate().map(|(at, value)| (format!("V{at}"), value));
    let written: Vec<_> = named
        .filter_map(|(name, value)| {
            let written = write(&name, &value, Readers::All).ok()?;
            Some((name, value, written))
        })
        .collect();
    assert!(written.len() > 4000, "{} written", written.len());
    written
}

#[test]
fn what_is_written_is_read_back_whatever_is_around_it() {
    for (name, value, Written { line, .. }) in many_written() {
        let entry = [(name, value)];
        assert_eq!(parse(line.as_bytes()), entry, "{line:?}");
        assert_eq!(expand(&entry, no_environment), entry, "{line:?}");
        for (above, below) in [
            ("X=\n\n", "\n\n\n# '\"`"),
            ("X=1\r\n", "\r\n'x\r\n\"x\r\n`x"),
            ("export X='1'\n", "\n'#\"#`#\n"),
            ("X=`\n` # `\n", "\n \\'\\\"\\`\n'\"`"),
            ("# X='\nX\n", "\n='\n=\"\n=`\n"),
        ] {
            let parsed = parse(format!("{above}{line}{below}").as_bytes());
            assert!(parsed.contains(&entry[0]), "{above:?} {line:?} {below:?}");
            assert!(parsed.iter().all(|(name, _)| *name == entry[0].0 || name == "X"), "{above:?} {line:?} {below:?}");
        }
    }
}

#[test]
fn a_file_of_written_lines_has_just_their_values() {
    let (mut file, mut expected) = (String::new(), Vec::new());
    for (name, value, written) in many_written() {
        file += &(written.line + "\n");
        expected.push((name, value));
    }
    assert!(parse(file.as_bytes()) == expected);
    assert!(expanded(&file) == expected);
    assert!(parse(file.replace('\n', "\r\n").as_bytes()) == expected);
}

#[test]
fn what_can_be_refused_depends_on_the_value_only() {
    for value in Strings(7).take(1000) {
        let is_written = |name: &str| write(name, &value, Readers::All).is_ok();
        assert_eq!(is_written("A"), is_written("export"), "{value:?}");
        assert_eq!(is_written("A"), is_written("a.b-c"), "{value:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_shell_reads_the_lines_that_are_safe_for_it() {
    let safe: Vec<_> = many_written().into_iter().filter(|(_, _, written)| written.shell_safe).collect();
    assert!(safe.len() > 2000, "{} safe", safe.len());
    let path = std::env::temp_dir().join(format!("bind-config-dotenv-{}.env", std::process::id()));
    let lines = safe.iter().map(|(_, _, written)| written.line.clone());
    // The shell's own `printf`: so many variables are too much for the environment of another program.
    let prints = safe.iter().map(|(name, ..)| format!("printf '%s\\0' \"${name}\""));
    std::fs::write(&path, lines.chain(prints).collect::<Vec<_>>().join("\n")).unwrap();
    let output = std::process::Command::new("sh").args(["-c", "set -a; . \"$0\""]).arg(&path).output().unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let read: Vec<_> = output.stdout.split(|&byte| byte == 0).collect();
    assert_eq!(read.len(), safe.len() + 1);
    for ((_, value, written), read) in safe.iter().zip(read) {
        assert_eq!(String::from_utf8_lossy(read), *value, "{:?}", written.line);
    }
}

#[test]
fn readers_that_do_not_expand_get_what_the_others_would_change() {
    for value in ["pa$word", "${HOME}", "\\$x", "a'$b", "line\n$x"] {
        let for_all = write("A", value, Readers::All).unwrap_err();
        assert!(for_all.why.contains("which readers that expand replace"), "{value}");
        let written = write("A", value, Readers::Literal).unwrap();
        assert_eq!(parse(written.line.as_bytes()), [("A".to_owned(), value.to_owned())], "{value}");
    }
    assert_eq!(write("A", "pa$word", Readers::Literal).unwrap().line, "A='pa$word'");
}

#[test]
fn what_javascript_does_not_take_for_white_space_or_for_a_name_is_none_here() {
    // Unicode has U+0085 as white space, and JavaScript has not.
    let text = "A=\u{85}x\u{85}\n\u{85}B=1\n__proto__=x\nC=\u{feff}y\u{a0}\n";
    assert_eq!(parse(text.as_bytes()), entries(&[("A", "\u{85}x\u{85}"), ("C", "y")]));
}

#[test]
fn many_large_values_together_come_to_an_end_too() {
    // Each of them alone is within what one may take.
    let large = "x".repeat(1 << 20);
    let mut parsed = vec![("LARGE".to_owned(), large.clone())];
    parsed.extend((0..80).map(|number| (format!("A{number}"), "$LARGE".to_owned())));

    let expanded = expand(&parsed, no_environment);

    assert!(expanded[1].1 == large, "the first has all of it");
    assert!(expanded[80].1 == "$LARGE", "the last keeps its text");
    let taken: usize = expanded[1..].iter().filter(|(_, value)| *value == large).count();
    assert!(taken < 64, "{taken}");
}
