//! A real rust-analyzer completes what is bound, and nothing else.

use bind_config_interop::editor::{Completion, CompletionKind, Editor};

const LIBRARY: &str = "src/api.rs";
const BINARY: &str = "src/bin/orders-worker.rs";

fn labels(completions: &[Completion], kind: CompletionKind) -> Vec<&str> {
    let mut labels: Vec<_> = completions.iter().filter(|of| of.kind == kind).map(|of| of.label.as_str()).collect();
    labels.sort_unstable();
    labels
}

#[track_caller]
fn find<'a>(completions: &'a [Completion], label: &str) -> &'a Completion {
    completions.iter().find(|of| of.label == label).unwrap_or_else(|| panic!("no {label} in {completions:#?}"))
}

// One test: the editor loads the package once.
#[test]
fn rust_analyzer_completes_and_documents_exactly_what_the_function_binds() {
    let mut editor = Editor::open("editor");
    editor.expand(LIBRARY);
    editor.expand(BINARY);

    // The names of the function that the library module chose, and of the one that the binary is.
    let library = editor.complete(LIBRARY, "CONFIG.$0");
    let binary = editor.complete(BINARY, "CONFIG.$0");
    let bound = ["APP", "LOG_LEVEL", "MAX_ITEMS", "OLD_KEY", "STAGE", "STRIPE_KEY", "type"];
    assert_eq!(labels(&library, CompletionKind::Field), bound);
    assert_eq!(labels(&binary, CompletionKind::Field), ["APP", "LOG_LEVEL", "QUEUE_URL", "STAGE", "STRIPE_KEY"]);

    // What a completion says.
    for completions in [&library, &binary] {
        let stripe = find(completions, "STRIPE_KEY");
        assert!(stripe.detail.contains("Secret<str"), "{stripe:?}");
        assert_eq!(
            stripe.docs,
            "\
Stripe secret key

Secret `STRIPE_KEY` of type `string`, starts with `sk_`.

- Environment: `SST_Secret_value_STRIPE_KEY`
- SSM: `/sst/orders/{stage}/Secret/STRIPE_KEY/value`, else `/sst/orders/.fallback/Secret/STRIPE_KEY/value`
- Functions: `api`, `worker`"
        );
    }
    assert_eq!(find(&library, "MAX_ITEMS").detail, "u64");
    let deprecated: Vec<_> = library.iter().filter(|of| of.deprecated).map(|of| of.label.as_str()).collect();
    assert_eq!(deprecated, ["OLD_KEY"]);

    // In other places.
    let pattern = editor.complete(LIBRARY, "fn pattern(config: &Config) { let Config { $0 } = config; }");
    assert_eq!(labels(&pattern, CompletionKind::Field), bound);
    let variants = editor.complete(LIBRARY, "let level: LogLevel = LogLevel::$0");
    assert_eq!(labels(&variants, CompletionKind::Variant), ["Debug", "Info", "WarnOnly"]);
    let in_binary = editor.complete(BINARY, "let level: LogLevel = LogLevel::$0");
    assert_eq!(labels(&in_binary, CompletionKind::Variant), ["Debug", "Info", "WarnOnly"]);

    // On hover: the parts, since each version of rust-analyzer lays them out anew.
    for (file, function) in [(LIBRARY, "api"), (BINARY, "worker")] {
        let hover = editor.hover(file, "CONFIG.STRIPE_$0KEY;");
        for part in [
            "Secret<str",
            "Stripe secret key",
            "starts with `sk_`",
            "Environment: `SST_Secret_value_STRIPE_KEY`",
            "SSM: `/sst/orders/{stage}/Secret/STRIPE_KEY/value`, else `/sst/orders/.fallback/Secret/STRIPE_KEY/value`",
            "Functions: `api`, `worker`",
        ] {
            assert!(hover.contains(part), "{file}: no {part:?} in:\n{hover}");
        }
        let hover = editor.hover(file, "CON$0FIG;");
        assert!(hover.contains("Bound<Config>"), "{file}: {hover}");
        let hover = editor.hover(file, "let _: Con$0fig;");
        assert!(hover.contains(&format!("The function `{function}` of the app `orders`")), "{file}: {hover}");
    }

    // Good files have no diagnostics, and an unbound name is one.
    for file in [LIBRARY, BINARY, "src/lib.rs"] {
        assert_eq!(editor.diagnostics(file, ""), Vec::<String>::new(), "{file}");
    }
    for file in [LIBRARY, BINARY] {
        let unbound = editor.diagnostics(file, "let _ = CONFIG.UNBOUND;");
        assert!(unbound.iter().any(|of| of.contains("UNBOUND")), "{file}: {unbound:?}");
    }
}
