//! No value is ever in what a mistake says or shows, wherever somebody put it.

use super::read;
use crate::declaration::mistake::render;

/// With the characters that end a string early, or start another language.
const CANARIES: [&str; 11] = [
    "hunter2",
    "hunter 2",
    "sk_live_hunter2",
    "hunter:2",
    "hunter/2@db",
    "{hunter2}",
    "[hunter,2]",
    "hunter#2",
    "hunter=2",
    "hunter'2",
    "hunter.2",
];

/// Each with a mistake on the line of the value or beside it, and `@` where a value may stand.
const PLACES: [&str; 70] = [
    // Secrets.
    "[secrets]\nA = \"@\"\n\"a b\" = \"@\"",
    "[secrets]\nA = \"@ @ @ @\"\n\"a b\" = \"@\" # @",
    "[secrets]\nA = [\"@\"]\nB = [[\"@\"], { @k = \"@\" }]",
    "[secrets]\nA = '''@'''\n\"a b\" = '@'",
    "[secrets]\nA = { value = \"@\", docs = \"@\" }",
    "[secrets]\nA = { Value = \"@\", env = \"@\", default = \"@\" } # @",
    "[secrets]\nA = { value = { env = \"@\" }, docs = [\"@\"] }",
    "[secrets]\nA = { docs = \"@\", dosc = \"@\", shape = \"@\", fallback = \"@\", required = \"@\", deprecated = [\"@\"] }",
    "[secrets]\nA = { docs = \"@\", type = { enum = \"a\" }, example = \"@\", x-a = \"@\", x-b = { d = 2024-01-01, e = \"@\" } }",
    "[secrets]\nA = { type = \"u8\", example = \"@\" }",
    "[secrets]\nA = { shape = { starts_with = \"@\", max_length = 1 } }",
    "[secrets]\nA = { shape = { max_length = \"@\", min_length = [\"@\"], min = \"@\", value = \"@\" } }",
    "[secrets]\nA = { docs = \"\"\"\n@\n\"\"\", value = \"\"\"@\n@\"\"\", dosc = '''\n@''' }",
    "[secrets.A]\ndocs = \"\"\"@\n@\"\"\" # @\nvalue = \"\"\"@\\\n  @\"\"\" # @\n# @\n",
    "[[secrets.A]]\nvalue = \"@\"\ndocs = \"@\"",
    "[secrets]\nA.value.b.c = \"@\"",
    "secrets = \"@\"",
    "secrets = [\"@\", { docs = \"@\" }]",
    // Parameters.
    "[parameters]\n\"a b\" = \"@\"\nAPP = \"@\"",
    "[parameters]\nA = { value = \"@\", type = \"u8\" } # @",
    "[parameters]\nA = { value = \"@\", type = \"u46\" }",
    "[parameters]\nA = { value = \"@\", type = { enum = [\"a\", \"b\"] }, default = \"@\", example = \"@\" }",
    "[parameters]\nA = { value = \"@\", type = { list = \"u8\" } }",
    "[parameters]\nA = { value = [\"@\", \"@\"], type = { list = \"u8\" }, default = [\"@\"] }",
    "[parameters]\nA = { value = [\n\"@\",\n\"@\", # @\n], type = { list = \"bool\" } }",
    "[parameters]\nA = [1, \"@\", { b = \"@\" }]",
    "[parameters]\nA = { value = \"@\", shape = { max_length = 1 } }",
    "[parameters]\nA = { value = \"@\", type = \"duration\", shape = { max = \"1h\" } }",
    "[parameters]\nA = { value = \"@\", type = \"f64\", default = \"@\", example = \"@\" }",
    "[parameters]\nA = { value = { a = \"@\", b = [\"@\"] }, type = \"string\" }",
    "[parameters]\nA = { value = { docs = \"@\", type = \"@\" }, type = { list = \"u8\" } }",
    "[parameters]\nA = { value = { env = \"@\" }, docs = 5 }",
    "[parameters]\nA = { value = { env = \"-@\" } }",
    "[parameters]\nA = { value = { env = [\"@\"], b = \"@\" } }",
    "[parameters]\nA = { vaule = \"@\", deploy = \"@\", fetch = \"@\", docs = [\"@\"] }",
    "[parameters]\nA = { env = \"@\", default = [\"@\", 2024-01-01] }",
    "[parameters]\nA = { value = \"@\", deploy = true }",
    "[parameters]\nA = { value = \"@\", type = \"p@ss @ word\" }",
    "[parameters]\nA = { value = \"@\", type = [\"@\"], required = { a = \"@\" } }",
    "[parameters]\nA = { value = { a = { b = { c = \"@\", d = nan } } } }",
    "[parameters]\nA = { value = { envv = \"@\" }, type = \"json\" }\nB = { value = { json = { envv = \"@\" }, b = \"@\" } }",
    "[parameters]\nA = { value = { json = [\"@\", { a = \"@\", b = nan }] } }\nB = { value = { json = \"@\" }, type = \"u8\" }",
    "[parameters]\nA = { json = { a = \"@\" }, default = { env = \"@\" }, example = { a = { b = \"@\" } } }",
    "[parameters.A.value]\nb = \"@\"\nc.d = [\"@\"]",
    "parameters = [\"@\"]",
    "[[parameters.A]]\nvalue = \"@\"",
    // Stages.
    "[parameters]\nA = { type = \"u8\" }\n[stages.prod.parameters]\nA = \"@\"",
    "[parameters]\nA = { type = \"u8\" }\n[stages]\nprod = { parameters = { A = \"@\", B = \"@\" }, kms_key = \"-@-\u{e9}\" }",
    "[parameters]\nA = \"x\"\n[stages.prod.parameters]\nA = { value = \"@\", type = \"@\", docs = \"@\", deploy = \"@\", x-a = [\"@\"] }",
    "[parameters]\nA = \"x\"\n[stages.prod.parameters]\nA = { value = { a = \"@\" }, envv = { b = \"@\" } }",
    "[parameters]\nA = \"x\"\n[stages.prod.parameters]\nA = { json = { value = \"@\" } } # @",
    "[parameters]\nA = \"x\"\n[[stages.prod.parameters.A]]\nvalue = \"@\"",
    "[secrets]\nA = \"the key\"\n[stages.prod]\nparameters.A = \"@\"\nsecrets = { A = \"@\" }",
    "[stages.prod]\nkms = \"@\"\nparameters = \"@\"\nsecrets = [\"@\"]",
    "stages = { prod = \"@\" }",
    // Environment and functions.
    "[environment]\nSST_A = \"@\"\nAWS_REGION = \"@\" # @\nA = \"@\"",
    "[environment]\nAB = [\"@\"]\nCD = { a = \"@\" }\nEF = { env = \"-@\" }\nGH = { env = \"@\", a = \"@\" }",
    "environment = [\"@\"]",
    "[functions]\nf = { environment = { _HANDLER = \"@\", AB = [\"@\"] }, bni = \"@\", bin = [\"@\"], bind = [[\"@\"]] }",
    "[functions]\nf = { bind = { a = \"@\" }, x-a = [\"@\", inf] }",
    "[functions]\nf = \"@\"\ng = [\"@\"]",
    // The top.
    "x-a = [\"@\", inf]\nkms_key = \"@ @\"\nvalue = \"@\"\nsecret = { A = \"@\" }",
    "ssm_prefix = [\"@\"]\nstore = \"@\"\ngrants = \"@\"\nparameter_layout = \"@\"",
    "stage = [\"@\"]\n[secret.A]\nvalue = \"@\"\nB = { docs = \"@\" }",
    // No TOML.
    "[secrets]\nA = \"@\nB = \"@\"\n",
    "[secrets]\nA = @\nB = \"@\"\n",
    "[secrets]\nA = \"x\"@\"x\"\n",
    "[parameters]\nA = { value = \"@\", docs = \"\"\"@\n@\n",
    "[parameters]\nA = [\n\"@\",\n\"@\"\n\"@\"\n]",
    "export A=@\nB=\"@\"",
];

#[test]
fn no_message_and_no_snippet_shows_a_value_wherever_it_is() {
    for place in PLACES {
        for canary in CANARIES {
            // A key without a value in it: keys are shown.
            let place = place.replace("@k", "key");
            let text = format!("app = \"orders\"\n{}", place.replace('@', canary));
            assert!(hides_it(&text), "accepted: {text}");
        }
    }
}

#[test]
fn a_pasted_line_of_another_file_shows_its_name_alone() {
    for canary in CANARIES {
        for place in [
            "A=@",
            "A=@\nB=@",
            "[secrets]\nexport A=@",
            "[secrets]\nA: @",
            "[secrets]\nA: \"@\"",
            "[secrets]\n- \"@\"",
            "{ \"A\": \"@\" }",
            "{\n\"A\": \"@\",\n\"B\": \"@\"\n}",
            "[secrets]\n\"A=@\" = \"the key\"\n\"B:@\" = \"the key\"",
            "[parameters]\nA = @ # @",
            "[parameters]\nA = -@ // @",
            "[parameters]\nA = 12@",
            "[parameters]\nA = 0x@",
            "[parameters]\nA = \"\\q@\"",
            "[parameters]\nA = '@\n'@'",
            "[parameters]\nA = \"@\" \"@\"",
            "@",
            "\"@\"",
            "\"@\"\n[secrets]",
            "[@",
            "[[@",
        ] {
            // With these a value falls into a name and another value.
            if !(canary.contains(['=', '.', '#', ']']) && place.starts_with(['@', '[', '"'])) {
                hides_it(&place.replace('@', canary));
            }
        }
    }
}

/// Changes a text that has values everywhere, one to three characters at a time: some 6,000 texts, always the same.
#[test]
fn no_typing_mistake_makes_a_value_visible() {
    let good = include_str!("../../../tests/declarations/valid/values_everywhere.toml");
    assert!(read(&good.replace('@', "value")).is_ok());
    let marked = good.replace('@', "\u{1}");
    let edits =
        ["", "", "\"", "\"", "\\", ",", "{", "}", "[", "]", "\n", "'", " ", "x", "\t", "#", "é", "\"\"\"", "'''"];
    let mut random = Random(8);
    for canary in ["hunter2!", "{hunter2}", "hunter 2", "hunter/2"] {
        for _ in 0..1_500 {
            let mut chars: Vec<char> = marked.chars().collect();
            for _ in 0..=random.below(3) {
                let at = random.below(chars.len());
                // The values stay whole: half a canary could be a name.
                let remove = if chars[at] == '\u{1}' { 0 } else { random.below(2) };
                chars.splice(at..at + remove, edits[random.below(edits.len())].chars());
            }
            let text: String = chars.into_iter().collect();
            hides_it(&text.replace('\u{1}', canary));
        }
    }
}

/// Whether the text is refused; what is said of it shows no value.
fn hides_it(text: &str) -> bool {
    let Err(mistakes) = read(text) else { return false };
    let rendered = render(&mistakes, "bind.toml");
    assert!(!rendered.contains("hunter"), "{rendered}\nof\n{text}");
    assert!(!format!("{mistakes:?}").contains("hunter"));
    assert_eq!(rendered.lines().count(), mistakes.len() * 6 - 1, "{rendered}");
    true
}

/// Numbers that are as good as random, and the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
}
