//! The real SST v2 (2.49.8, from npm) and the tool, on the same parameters.

use bind_config_interop::tool::App;
use bind_config_interop::{Store, sst};
use serde_json::{Value, json};

/// An app of both: SST's has the same name.
const ORDERS: &str = r#"app = "orders"
parameter_layout = "sst-v2"

[secrets]
STRIPE_KEY = "Stripe secret key"
PLAIN = "any text"
"db-password" = "database"
LARGE = { docs = "a certificate", required = false }

[parameters]
VERSION = "1.2.0"
MAX_ITEMS = { value = 25, type = "u64" }
ODD = "it's # \"odd\""
CATALOG = { value = "large", fetch = true }

[functions]
api = { bind = "*" }
"#;

/// What SST's CLI says where something is not set. It is on standard output.
fn is_not_set(name: &str) -> String {
    format!("✖  \"{name}\" is not set\n")
}

#[track_caller]
fn cli(app: &App, arguments: &[&str]) -> String {
    let said = sst::cli(app, arguments);
    assert_eq!(said.code, Some(0), "sst {arguments:?}: {said:?}");
    said.out
}

/// SST's CLI does everything in this account: CloudFormation and S3 for its bootstrap, MQTT for its event; but `ssm`, where
/// given, is where the parameters are.
fn shared(account: &Store, ssm: Option<&Store>) -> App {
    sst::bootstrap(account);
    let app = App::new(account, ORDERS);
    let app = match ssm {
        Some(ssm) => app.with("AWS_ENDPOINT_URL_SSM", &ssm.endpoint()),
        None => app,
    };
    sst::declare(&app);
    app.ok("synth");
    app
}

fn each_reads_what_the_other_wrote(app: &App) {
    // Ours, for SST.
    app.set("STRIPE_KEY", "sk_'quoted' $HOME", "--stage dev");
    app.set("db-password", "of dev", "--stage dev");
    app.set("PLAIN", "of all\nstages\n", "--fallback");
    assert_eq!(cli(app, &["secrets", "get", "db-password", "--stage", "dev"]), "of dev\n");
    assert_eq!(cli(app, &["secrets", "get", "PLAIN", "--fallback", "--stage", "dev"]), "of all\nstages\n\n");
    let listed: Value = serde_json::from_str(&cli(app, &["secrets", "list", "json", "--stage", "dev"])).unwrap();
    assert_eq!(
        listed,
        json!({ "STRIPE_KEY": "sk_'quoted' $HOME", "db_password": "of dev", "PLAIN": "of all\nstages\n" })
    );

    // SST's, for ours.
    cli(app, &["secrets", "set", "db-password", "by sst", "--stage", "dev"]);
    app.write("sst.env", &format!("PLAIN='it is\n{{\"here\": $1}}'\nLARGE={}\n", "x".repeat(5000)));
    cli(app, &["secrets", "load", "sst.env", "--stage", "dev"]);
    assert_eq!(app.ok("secrets get db-password --stage dev"), "by sst");
    assert_eq!(app.ok("secrets get PLAIN --stage dev"), "it is\n{\"here\": $1}");
    assert_eq!(app.ok("secrets get PLAIN --fallback"), "of all\nstages\n");
    let listed = app.json("secrets list --stage dev");
    let rows: Vec<Value> = listed["secrets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| json!([row["name"], row["state"], row["version"], row["tier"]]))
        .collect();
    assert_eq!(
        rows,
        [
            json!(["LARGE", "set", 1, "advanced"]),
            json!(["PLAIN", "set", 1, "standard"]),
            json!(["STRIPE_KEY", "set", 1, "standard"]),
            json!(["db-password", "set", 2, "standard"]),
        ]
    );
    app.ok("check --stage dev");

    // And both take away.
    cli(app, &["secrets", "remove", "PLAIN", "--stage", "dev"]);
    let gone = app.run(["secrets", "get", "PLAIN", "--stage", "dev"]);
    assert_eq!(gone.code, Some(1), "{gone:?}");
    app.ok("secrets remove db-password --yes --stage dev");
    let gone = sst::cli(app, &["secrets", "get", "db-password", "--stage", "dev"]);
    assert_eq!((gone.code, gone.out), (Some(1), is_not_set("db-password")), "{}", gone.err);
}

#[test]
fn the_cli_of_sst_and_the_tool_read_each_other_on_ministack() {
    let account = Store::tls_ministack();
    each_reads_what_the_other_wrote(&shared(&account, None));
}

#[test]
fn the_cli_of_sst_and_the_tool_read_each_other_on_moto() {
    // moto has no MQTT, without which SST's CLI hangs after its write.
    let (account, ssm) = (Store::tls_ministack(), Store::moto());
    each_reads_what_the_other_wrote(&shared(&account, Some(&ssm)));
}

#[tokio::test]
async fn the_runtime_of_sst_reads_what_the_tool_wrote() {
    for store in Store::all() {
        let name = store.name();
        let app = App::new(&store, ORDERS);
        sst::declare(&app);
        app.set("STRIPE_KEY", "sk_'quoted' $HOME\n", "--stage dev");
        app.set("STRIPE_KEY", "not this one", "--fallback");
        app.set("PLAIN", "__FETCH_FROM_SSM__", "--fallback");
        app.set("db-password", "of dev", "--stage dev");
        // What a deployment of the template does.
        store.string("/sst/orders/dev/Parameter/CATALOG/value", "large").await;
        app.ok("synth --stage dev --out build");

        let names = [
            "APP",
            "STAGE",
            "STRIPE_KEY",
            "PLAIN",
            "db-password",
            "db_password",
            "VERSION",
            "MAX_ITEMS",
            "ODD",
            "CATALOG",
            "LARGE",
            "UNBOUND",
        ];
        let read = || sst::config(&app, &[("DOTENV_FILE", "build/dev/api.env")], &names);
        let lacking = read();
        app.set("LARGE", "not any more", "--stage dev");
        let found = read();

        // Ours has `None` for an optional secret; SST has none that are optional.
        assert_eq!(lacking.code, Some(1), "{name}: {lacking:?}");
        let error = "Error: The following secret values are not set in the \"dev stage\": LARGE\n";
        assert!(lacking.err.contains(error), "{name}: {}", lacking.err);
        let expected = json!({
            "APP": "orders",
            "STAGE": "dev",
            "STRIPE_KEY": "sk_'quoted' $HOME\n",
            // From SSM: neither of us takes it for a marker.
            "PLAIN": "__FETCH_FROM_SSM__",
            "db-password": "of dev",
            "db_password": "of dev",
            "VERSION": "1.2.0",
            "MAX_ITEMS": "25",
            "ODD": "it's # \"odd\"",
            "CATALOG": "large",
            "LARGE": "not any more",
            "UNBOUND": { "error": "Cannot use Config.UNBOUND. Please make sure it is bound to this function." },
        });
        assert_eq!(sst::answer(&found), expected, "{name}");
    }
}

#[test]
fn under_bind_the_runtime_of_sst_finds_the_same_but_for_texts_that_look_like_markers() {
    let store = Store::local();
    let app = App::new(&store, ORDERS);
    sst::declare(&app);
    app.set("STRIPE_KEY", "sk_'quoted' $HOME\n", "--stage dev");
    app.set("db-password", "__FETCH_FROM_SSM__", "--stage dev");
    app.set("PLAIN", "of all stages", "--fallback");
    app.ok("synth");

    let reading = sst::reading(&["APP", "STAGE", "STRIPE_KEY", "db-password", "PLAIN", "VERSION", "ODD"]);
    let mut command = vec!["bind", "--stage", "dev", "--"];
    command.extend(reading.iter().map(String::as_str));
    let said = app.run(command);

    assert_eq!(
        sst::answer(&said),
        json!({
            "APP": "orders",
            "STAGE": "dev",
            "STRIPE_KEY": "sk_'quoted' $HOME\n",
            // Rust takes the escape away. Without it SST would ask for this value once more, and not find it (flaw W12).
            "db-password": "__LITERAL__:__FETCH_FROM_SSM__",
            "PLAIN": "of all stages",
            "VERSION": "1.2.0",
            "ODD": "it's # \"odd\"",
        })
    );
}

#[test]
fn what_list_prints_for_a_file_is_what_dotenv_and_node_read() {
    let store = Store::local();
    let app = App::new(&store, "app = \"orders\"\n[secrets]\nV = \"a value\"\n");
    sst::declare(&app);
    let mut files = Vec::new();
    let mut refused = Vec::new();
    for value in VALUES {
        app.set("V", value, "--stage dev --no-restart");
        let said = app.run(["secrets", "list", "--format", "env", "--reveal", "--stage", "dev"]);
        if said.code == Some(0) {
            let name = format!("{}.env", files.len());
            app.write(&name, &said.out);
            files.push((name, value));
        } else {
            assert_eq!((said.code, said.out.as_str()), (Some(1), ""), "{value:?}: {said:?}");
            refused.push(value);
        }
    }

    let names: Vec<String> = files.iter().map(|(name, _)| name.clone()).collect();
    let mut otherwise = Vec::new();
    for ((file, value), [dotenv, node]) in files.iter().zip(sst::dotenv(&app, &names)) {
        let expected = [("V".to_owned(), (*value).to_owned())].into();
        assert_eq!(dotenv, expected, "{file}");
        if node != expected {
            otherwise.push(*value);
        }
        // And the tool itself.
        app.ok(&format!("secrets load {file} --stage prod"));
        assert_eq!(app.ok("secrets get V --stage prod"), *value);
    }
    // With expansion it would be another value, without it the backslash would stay: there is no line for both.
    assert_eq!(refused, ["$HOME ${HOME:-x}"]);
    // Node's own reader has no quotes within quotes, and no carriage return.
    assert_eq!(otherwise, ["\"both\" 'quotes' and `ticks`", "\r\n", "carriage\rreturn"]);
}

/// What the original's own list damages (flaw W2), and more.
const VALUES: [&str; 18] = [
    "plain",
    "it's",
    "\"both\" 'quotes' and `ticks`",
    "\"double\" 'single'",
    "a'\nB=injected",
    "a' # b",
    "line1\n'line2",
    "two\nlines\n",
    "\r\n",
    "carriage\rreturn",
    " blanks ",
    "# no comment",
    "\\n spelled out",
    "back\\slash\\",
    "$HOME ${HOME:-x}",
    "$5 and $ 5 $",
    "$(id) `id`",
    "-----BEGIN\nMIIE+/=\n-----END\n",
];
