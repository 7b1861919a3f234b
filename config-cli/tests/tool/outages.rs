//! What goes wrong between the tool and the store: each trouble has a sentence of its own that says what to do, and a value is
//! in none of them.

mod answers;
mod credentials;
mod requests;

use bind_config_local::{Fault, LocalSsm, Operation};

use crate::app::{App, ORDERS, Said};
use crate::kit::{expected, path, plain};
use crate::server::Server;

const CANARY: &str = "sk_live_canary_4711";

/// The four commands that ask the store first, and what they say before the reason.
const COMMANDS: [(&str, &str); 4] = [
    ("secrets set STRIPE_KEY --stage dev", "`STRIPE_KEY` was not set"),
    ("secrets get STRIPE_KEY --stage dev", "`STRIPE_KEY` was not read"),
    ("secrets list --stage dev", "the secrets were not read"),
    ("check --stage dev", "the secrets were not read"),
];

const NOT_AWS: &str = "what answered is not AWS: check the network (a login page, a proxy) and the endpoint, where a variable \
                       says one";

/// A store with a secret in it.
fn stored() -> LocalSsm {
    LocalSsm::with_secrets("orders", "dev", [("STRIPE_KEY", "sk_live_canary_before")]).unwrap()
}

/// An app that does not try again: what is told is the same, and sooner.
fn orders(ssm: &LocalSsm) -> App {
    let app = App::on(ssm, ORDERS).with("AWS_MAX_ATTEMPTS", "1");
    app.ok("synth");
    app
}

fn run(app: &App, command: &str) -> Said {
    let said = app.run_with(CANARY.as_bytes(), command.split(' '));
    let text = format!("{}{}", said.out, said.err);
    for never in ["canary", "panicked", "SdkError", "ServiceError", "Metadata", "stack", "/src/", "Some("] {
        assert!(!text.contains(never), "{command}: {text}");
    }
    said
}

/// Every command ends with 2 and this reason, and nothing is set.
fn each_says(ssm: &LocalSsm, app: &App, reason: &str) {
    for (command, what) in COMMANDS {
        let said = plain(ssm, run(app, command));
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{command}: {said:?}");
        assert_eq!(said.err, format!("error: {what}: {reason}\n"), "{command}");
    }
    assert_eq!(ssm.version(&path("dev", "STRIPE_KEY")), Some(1));
}

/// The same where it does not come so far that the store is asked.
fn none_asks(app: &App, reason: &str) {
    for (command, _) in COMMANDS {
        let said = run(app, command);
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{command}: {said:?}");
        assert_eq!(said.err, format!("error: {reason}\n"), "{command}");
    }
}

/// An app whose SSM is this server.
fn at(server: &Server) -> App {
    let ssm = LocalSsm::start().unwrap();
    let app = App::on(&ssm, ORDERS).with("AWS_MAX_ATTEMPTS", "1").with("AWS_ENDPOINT_URL_SSM", &server.endpoint());
    app.ok("synth");
    app.with("AWS_ENDPOINT_URL_LAMBDA", "")
}

#[test]
fn each_trouble_of_the_service_has_its_own_sentence() {
    let expired = "the AWS credentials have expired: log in again (`aws sso login`, or get new keys)";
    let throttled = "AWS throttles (too many requests of this account): try again";
    let failed = |code: &str| format!("AWS failed ({code}), several times: try again");
    let clock = "the clock of this machine is not that of AWS, which refuses what is signed at another time: set it";
    let gateway = NOT_AWS;
    let unreachable =
        "SSM at URL cannot be reached: AWS_ENDPOINT_URL_SSM says that it is there; does it run and answer?";
    let cases: Vec<(Fault, String)> = vec![
        (Fault::token_expired(), expired.to_owned()),
        (Fault::throttled(), throttled.to_owned()),
        (Fault::server_error(), failed("InternalServerError")),
        (Fault::status(503), failed("ServiceUnavailableException")),
        (Fault::status(502), failed("HTTP 502")),
        (Fault::status(504), failed("HTTP 504")),
        // What a hotel or a company answers in AWS's place.
        (Fault::status(200), gateway.to_owned()),
        (Fault::status(302), gateway.to_owned()),
        (Fault::status(403), gateway.to_owned()),
        (Fault::status(407), gateway.to_owned()),
        (Fault::malformed(), gateway.to_owned()),
        (Fault::signature_expired(), clock.to_owned()),
        (Fault::reset(), unreachable.to_owned()),
        (Fault::close(), unreachable.to_owned()),
    ];
    for (fault, reason) in cases {
        let ssm = stored();
        ssm.inject(fault);
        each_says(&ssm, &orders(&ssm), &reason);
    }
}

#[test]
fn an_answer_that_breaks_off_gives_no_part_of_a_value() {
    for fault in [Fault::truncate(), Fault::reset_midway()] {
        let ssm = stored();
        let app = orders(&ssm);
        ssm.inject(fault);
        for (command, what) in COMMANDS {
            let said = run(&app, command);
            assert_eq!((said.code, said.out.as_str()), (2, ""), "{command}: {said:?}");
            assert!(said.err.starts_with(&format!("error: {what}: ")), "{said:?}");
        }
    }
}

#[test]
fn what_passes_by_itself_is_tried_again() {
    let faults = [Fault::throttled(), Fault::server_error(), Fault::status(502), Fault::reset(), Fault::malformed()];
    for fault in faults {
        let ssm = stored();
        let app = App::on(&ssm, ORDERS);
        let id = ssm.inject(fault.times(2));

        assert_eq!(app.ok("secrets get STRIPE_KEY --stage dev"), "sk_live_canary_before");
        assert_eq!((ssm.hits(id), ssm.count(Operation::GetParameter)), (2, 3));
    }
}

#[test]
fn what_is_tried_and_how_often_is_a_variable_of_every_aws_tool() {
    let ssm = stored();
    ssm.inject(Fault::throttled());
    for attempts in [1, 2, 4] {
        ssm.clear_calls();
        let app = App::on(&ssm, ORDERS).with("AWS_MAX_ATTEMPTS", &attempts.to_string());

        assert_eq!(run(&app, "secrets get STRIPE_KEY --stage dev").code, 2);
        assert_eq!(ssm.count(Operation::GetParameter), attempts);
    }
    for (given, shown) in [("0", "0"), ("many", "many"), ("-1", "-1")] {
        none_asks(
            &App::on(&ssm, ORDERS).with("AWS_MAX_ATTEMPTS", given),
            &format!("AWS_MAX_ATTEMPTS is `{shown}`: it takes a number from 1 on"),
        );
    }
}

#[test]
fn a_clock_that_is_off_is_put_right_by_what_aws_says_of_the_time() {
    for seconds in [-3600, 3600] {
        let ssm = LocalSsm::builder().clock_offset(seconds).start().unwrap();
        ssm.put_secret("orders", "dev", "STRIPE_KEY", "sk_live_canary_before").unwrap();

        assert_eq!(
            App::on(&ssm, ORDERS).ok("secrets get STRIPE_KEY --stage dev"),
            "sk_live_canary_before",
            "{seconds}"
        );
    }
}

#[test]
fn a_silent_server_is_given_up() {
    let ssm = stored();
    let app = orders(&ssm);
    let silent = ssm.inject(Fault::never_answer());

    let said = plain(&ssm, run(&app, "secrets get STRIPE_KEY --stage dev"));

    let reason = "SSM at URL cannot be reached: AWS_ENDPOINT_URL_SSM says that it is there; does it run and answer?";
    assert_eq!((said.code, said.err), (2, format!("error: `STRIPE_KEY` was not read: {reason}\n")));
    assert_eq!(ssm.hits(silent), 1);
}

#[test]
fn a_server_that_is_not_there_is_told_soon() {
    let ssm = stored();
    let reason = "SSM at http://127.0.0.1:1 cannot be reached: AWS_ENDPOINT_URL_SSM says that it is there; does it run and answer?";
    let app = App::on(&ssm, ORDERS).with("AWS_ENDPOINT_URL_SSM", "http://127.0.0.1:1");
    app.ok("synth");
    each_says(&ssm, &app, reason);

    // The variable for all services is named where it is the one that says so.
    let app = app.with("AWS_ENDPOINT_URL_SSM", "").with("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    each_says(&ssm, &app, &reason.replace("AWS_ENDPOINT_URL_SSM", "AWS_ENDPOINT_URL"));
}

#[test]
fn a_name_that_no_server_has_is_told_as_well() {
    let ssm = stored();
    let app = App::on(&ssm, ORDERS).with("AWS_ENDPOINT_URL_SSM", "http://nowhere.invalid:4566");
    app.ok("synth");

    each_says(
        &ssm,
        &app,
        "SSM at http://nowhere.invalid:4566 cannot be reached: AWS_ENDPOINT_URL_SSM says that it is there; does it run and answer?",
    );
}

#[test]
fn an_endpoint_that_is_no_url_is_told_before_anything_is_asked() {
    let ssm = stored();
    let urls = [
        ("localhost:4566", "localhost:4566"),
        ("127.0.0.1", "127.0.0.1"),
        ("ftp://127.0.0.1", "ftp://127.0.0.1"),
        ("http://", "http://"),
        ("http:///x", "http://"),
        ("http://a b", "http://a b"),
        ("user:canary@localhost:4566/canary?t=canary", "localhost:4566"),
    ];
    for (url, shown) in urls {
        for variable in ["AWS_ENDPOINT_URL_SSM", "AWS_ENDPOINT_URL"] {
            let app = App::on(&ssm, ORDERS).with("AWS_ENDPOINT_URL_SSM", "").with(variable, url);
            none_asks(
                &app,
                &format!(
                    "{variable} says that SSM is at `{shown}`: an endpoint is a URL, such as http://127.0.0.1:4566"
                ),
            );
        }
    }
}

#[test]
fn of_an_endpoint_neither_password_nor_query_is_shown() {
    let ssm = stored();
    let app = orders(&ssm);
    let secretive = |host: &str| format!("http://user:canary@{host}/?t=canary");
    for variable in ["AWS_ENDPOINT_URL_SSM", "AWS_ENDPOINT_URL"] {
        let app = App::on(&ssm, ORDERS).with("AWS_MAX_ATTEMPTS", "1").with("AWS_ENDPOINT_URL_SSM", "");
        let app = app.with(variable, &secretive("127.0.0.1:1"));
        app.ok("synth");
        let reason = format!(
            "SSM at http://127.0.0.1:1 cannot be reached: {variable} says that it is there; does it run and answer?"
        );
        each_says(&ssm, &app, &reason);
    }

    let app = app.with("AWS_ENDPOINT_URL_LAMBDA", &secretive("127.0.0.1:1"));
    let said = plain(&ssm, run(&app, "secrets restart STRIPE_KEY --stage dev"));
    let err = "error: the functions that use it could not be found: Lambda at http://127.0.0.1:1 cannot be reached: \
               AWS_ENDPOINT_URL_LAMBDA says that it is there; does it run and answer?\nNothing was set. Functions keep the old value until \
               they start anew: bind-config secrets restart STRIPE_KEY --stage dev\n";
    assert_eq!(said, expected(1, "", err));
}
