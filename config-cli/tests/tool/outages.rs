//! What goes wrong between the tool and the store: each trouble has a sentence of its own that says what to do, and a value is
//! in none of them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bind_config_local::{Fault, LocalSsm, NewParameter, Operation};
use serde_json::json;

use crate::app::{App, ORDERS, Said};
use crate::kit::{expected, path, plain, until};
use crate::server::Server;

const CANARY: &str = "sk_live_canary_4711";

/// The four commands that ask the store first, and what they say before the reason.
const COMMANDS: [(&str, &str); 4] = [
    ("secrets set STRIPE_KEY --stage dev", "`STRIPE_KEY` was not set"),
    ("secrets get STRIPE_KEY --stage dev", "`STRIPE_KEY` was not read"),
    ("secrets list --stage dev", "the secrets were not read"),
    ("check --stage dev", "the store could not be checked"),
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

#[test]
fn each_trouble_of_the_service_has_its_own_sentence() {
    let expired = "the AWS credentials have expired: log in again (`aws sso login`, or get new keys)";
    let throttled = "AWS throttles (too many requests of this account): try again";
    let failed = |code: &str| format!("AWS failed ({code}), several times: try again");
    let clock = "the clock of this machine is not that of AWS, which refuses what is signed at another time: set it";
    let gateway = NOT_AWS;
    let unreachable = "SSM at URL cannot be reached: AWS_ENDPOINT_URL_SSM says that it is there; does it run?";
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

    let reason = "SSM at URL cannot be reached: AWS_ENDPOINT_URL_SSM says that it is there; does it run?";
    assert_eq!((said.code, said.err), (2, format!("error: `STRIPE_KEY` was not read: {reason}\n")));
    assert_eq!(ssm.hits(silent), 1);
}

#[test]
fn a_server_that_is_not_there_is_told_soon() {
    let ssm = stored();
    let reason =
        "SSM at http://127.0.0.1:1 cannot be reached: AWS_ENDPOINT_URL_SSM says that it is there; does it run?";
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
        "SSM at http://nowhere.invalid:4566 cannot be reached: AWS_ENDPOINT_URL_SSM says that it is there; does it run?",
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
        let reason =
            format!("SSM at http://127.0.0.1:1 cannot be reached: {variable} says that it is there; does it run?");
        each_says(&ssm, &app, &reason);
    }

    let app = app.with("AWS_ENDPOINT_URL_LAMBDA", &secretive("127.0.0.1:1"));
    let said = plain(&ssm, run(&app, "secrets restart STRIPE_KEY --stage dev"));
    let err = "error: the functions that use it could not be found: Lambda at http://127.0.0.1:1 cannot be reached: \
               AWS_ENDPOINT_URL_LAMBDA says that it is there; does it run?\nNothing was set. Functions keep the old value until \
               they start anew: bind-config secrets restart STRIPE_KEY --stage dev\n";
    assert_eq!(said, expected(1, "", err));
}

/// An app whose SSM is this server.
fn at(server: &Server) -> App {
    let ssm = LocalSsm::start().unwrap();
    let app = App::on(&ssm, ORDERS).with("AWS_MAX_ATTEMPTS", "1").with("AWS_ENDPOINT_URL_SSM", &server.endpoint());
    app.ok("synth");
    app.with("AWS_ENDPOINT_URL_LAMBDA", "")
}

/// What a server answers to one operation, and to all others that nothing is stored.
fn server_with(operation: &'static str, status: u16, body: impl Into<String>) -> Server {
    let body = body.into();
    Server::start(move |asked| match asked.what.as_str() {
        what if what == operation => (status, body.clone()),
        "GetParameter" => (400, json!({ "__type": "ParameterNotFound" }).to_string()),
        "GetParameters" => (200, json!({ "Parameters": [], "InvalidParameters": asked.json()["Names"] }).to_string()),
        _ => (200, json!({ "Parameters": [] }).to_string()),
    })
}

#[test]
fn an_answer_with_nothing_in_it_is_neither_not_set_nor_done() {
    for body in ["", "{}", "{\"Parameters\": null}"] {
        let app = at(&Server::always(200, body));
        for (command, what) in COMMANDS {
            assert_eq!(
                run(&app, command),
                expected(2, "", &format!("error: {what}: {NOT_AWS}\n")),
                "{command}: {body}"
            );
        }
    }
}

#[test]
fn a_list_that_is_not_in_the_answer_is_not_an_empty_one() {
    let stored = json!({ "Name": path("dev", "PLAIN"), "Type": "SecureString", "Version": 1 });
    for (operation, command, what) in [
        ("GetParametersByPath", "secrets list --stage dev", "the secrets were not read"),
        ("DescribeParameters", "secrets list --stage dev", "the tiers were not read"),
        ("GetParameterHistory", "secrets history PLAIN --stage dev", "the history of `PLAIN` was not read"),
    ] {
        for body in ["{}", "{\"Parameters\": [{}]}"] {
            let stored = stored.clone();
            let server = Server::start(move |asked| match asked.what.as_str() {
                what if what == operation => (200, body.to_owned()),
                _ => (200, json!({ "Parameters": [stored] }).to_string()),
            });
            let said = run(&at(&server), command);
            // The versions of a history have no need of a name.
            if operation == "GetParameterHistory" && body != "{}" {
                assert_eq!(said.code, 0, "{said:?}");
                continue;
            }
            assert_eq!(said, expected(2, "", &format!("error: {what}: {NOT_AWS}\n")), "{operation}: {body}");
            assert!(server.count(operation) > 0);
        }
    }
}

#[test]
fn a_write_whose_answer_has_no_version_is_not_known_to_be_one() {
    for body in ["", "{}", "{\"Version\": 0}"] {
        let server = server_with("PutParameter", 200, body);

        let said = run(&at(&server), COMMANDS[0].0);

        assert_eq!(
            said,
            expected(2, "", &format!("error: whether `STRIPE_KEY` is set is not known: {NOT_AWS}\n")),
            "{body}"
        );
    }
}

#[test]
fn a_removal_that_nobody_of_aws_answers_is_looked_at_again() {
    let stored = json!({ "Name": path("dev", "STRIPE_KEY"), "Value": "canary", "Type": "SecureString", "Version": 1 });
    for (stays, body) in [(true, ""), (true, "{}"), (true, "<html>"), (false, ""), (false, "{}"), (false, "<html>")] {
        let (stored, is_gone) = (stored.clone(), AtomicBool::new(false));
        let server = Server::start(move |asked| {
            let is_here = stays || !is_gone.load(Ordering::Relaxed);
            match asked.what.as_str() {
                "DeleteParameter" => {
                    is_gone.store(true, Ordering::Relaxed);
                    (200, body.to_owned())
                }
                "GetParameters" if is_here => (200, json!({ "Parameters": [stored] }).to_string()),
                "GetParameters" => {
                    (200, json!({ "Parameters": [], "InvalidParameters": asked.json()["Names"] }).to_string())
                }
                "GetParameter" if is_here && asked.json()["Name"] == stored["Name"] => {
                    (200, json!({ "Parameter": stored }).to_string())
                }
                "GetParameter" => (400, json!({ "__type": "ParameterNotFound" }).to_string()),
                _ => (200, json!({ "Parameters": [stored] }).to_string()),
            }
        });

        let app = at(&server).with("AWS_ENDPOINT_URL_LAMBDA", &Server::always(200, "{\"Functions\": []}").endpoint());
        let said = run(&app, "secrets remove STRIPE_KEY --stage dev --yes");

        let place = format!("SSM at {}", server.endpoint());
        let removed = format!("`STRIPE_KEY` is removed from stage `dev` of `orders`, {place}.\n");
        let failed = format!("error: `STRIPE_KEY` was not removed: {NOT_AWS}\n");
        let is = if stays { expected(2, "", &failed) } else { expected(0, "", &removed) };
        assert_eq!(said, is, "{body}");
    }
}

#[test]
fn an_answer_about_something_else_is_no_answer() {
    let own = path("dev", "STRIPE_KEY");
    let parameter = |name: &str| json!({ "Name": name, "Value": "canary", "Type": "SecureString", "Version": 1 });
    let mut without_value = parameter(&own);
    without_value.as_object_mut().unwrap().remove("Value");
    let mut without_name = parameter(&own);
    without_name.as_object_mut().unwrap().remove("Name");
    for one in [parameter("/sst/orders/prod/Secret/STRIPE_KEY/value"), without_value.clone(), without_name.clone()] {
        let server = server_with("GetParameter", 200, json!({ "Parameter": one }).to_string());
        let said = run(&at(&server), COMMANDS[1].0);
        assert_eq!(said, expected(2, "", &format!("error: `STRIPE_KEY` was not read: {NOT_AWS}\n")));
    }
    let other = parameter("/sst/orders/prod/Secret/STRIPE_KEY/value");
    for all in [vec![parameter(&own), other], vec![without_value], vec![without_name], vec![]] {
        let server = server_with("GetParameters", 200, json!({ "Parameters": all }).to_string());
        let said = run(&at(&server), COMMANDS[0].0);
        assert_eq!(said, expected(2, "", &format!("error: `STRIPE_KEY` was not set: {NOT_AWS}\n")));
        assert_eq!(server.count("PutParameter"), 0);
    }
    // What was not answered is asked for again.
    let ssm = stored();
    let left_out = ssm.inject(Fault::leave_out().name(&own).times(1));
    assert_eq!(run(&App::on(&ssm, ORDERS), COMMANDS[0].0).code, 0);
    assert_eq!(ssm.hits(left_out), 1);
}

#[test]
fn a_version_comes_under_the_name_alone_and_under_its_own() {
    let own = path("dev", "STRIPE_KEY");
    for name in [own.clone(), format!("{own}:1")] {
        let parameter = json!({ "Name": name, "Value": "an old one", "Type": "SecureString", "Version": 1 });
        let server = server_with("GetParameter", 200, json!({ "Parameter": parameter }).to_string());
        let said = run(&at(&server), "secrets get STRIPE_KEY --version 1 --stage dev");
        assert_eq!(said, expected(0, "an old one", ""));
    }
}

#[test]
fn a_failure_that_says_not_found_is_a_failure() {
    for status in [500, 503] {
        let server = Server::always(status, r#"{"__type":"ParameterNotFound"}"#);
        let said = run(&at(&server), COMMANDS[1].0);
        let reason = "AWS failed (ParameterNotFound), several times: try again";
        assert_eq!(said, expected(2, "", &format!("error: `STRIPE_KEY` was not read: {reason}\n")));
    }
}

#[test]
fn pages_that_lead_in_a_circle_are_not_followed_for_ever() {
    let server = Server::start(|asked| {
        let next = if asked.json()["NextToken"] == "a" { "b" } else { "a" };
        (200, json!({ "Parameters": [], "NextToken": next }).to_string())
    });

    let said = run(&at(&server), COMMANDS[2].0);

    assert_eq!(said, expected(2, "", &format!("error: the secrets were not read: {NOT_AWS}\n")));
    assert!((3..=8).contains(&server.count("GetParametersByPath")), "{}", server.count("GetParametersByPath"));
}

#[test]
fn keys_that_aws_does_not_know_are_told_from_keys_that_may_not() {
    let ssm = stored();
    let refused = |code: &str| {
        format!("AWS does not accept the credentials ({code}): they are mistyped, deactivated, or of another partition")
    };
    each_says(&ssm, &orders(&ssm).with("AWS_ACCESS_KEY_ID", "AKIAWRONG"), &refused("UnrecognizedClientException"));
    each_says(&ssm, &orders(&ssm).with("AWS_SECRET_ACCESS_KEY", "canary"), &refused("InvalidSignatureException"));
    each_says(&ssm, &orders(&ssm).with("AWS_REGION", "eu-west-1"), &refused("InvalidSignatureException"));

    let denied = |action: &str, resource: &str| {
        format!("AWS denies {action} on {resource}: these credentials need that permission")
    };
    let arn = |path: &str| format!("arn:aws:ssm:us-east-1:123456789012:parameter{path}");
    let key = arn(&path("dev", "STRIPE_KEY"));
    ssm.inject(Fault::deny());
    let app = orders(&ssm);
    let expected = [
        ("ssm:GetParameters", key.clone()),
        ("ssm:GetParameter", key),
        ("ssm:GetParameters", arn(&path("dev", "PLAIN"))),
        ("ssm:GetParameters", arn("/sst/orders/.fallback/Secret/PLAIN/value")),
    ];
    for ((command, what), (action, resource)) in COMMANDS.into_iter().zip(expected) {
        let said = run(&app, command);
        assert_eq!((said.code, said.err), (2, format!("error: {what}: {}\n", denied(action, &resource))), "{command}");
    }
}

#[test]
fn a_write_that_is_denied_names_the_write() {
    let ssm = stored();
    ssm.inject(Fault::deny().on(Operation::PutParameter));
    let arn = format!("arn:aws:ssm:us-east-1:123456789012:parameter{}", path("dev", "STRIPE_KEY"));

    let said = run(&orders(&ssm), COMMANDS[0].0);

    let reason = format!("AWS denies ssm:PutParameter on {arn}: these credentials need that permission");
    assert_eq!((said.code, said.err), (2, format!("error: `STRIPE_KEY` was not set: {reason}\n")));
}

#[test]
fn a_key_that_is_denied_is_named_with_its_action() {
    let key = "arn:aws:kms:us-east-1:123456789012:key/1234";
    let with_key = |ssm: &LocalSsm| {
        let app = App::on(ssm, &ORDERS.replace("app = \"orders\"", &format!("app = \"orders\"\nkms_key = \"{key}\"")));
        app.ok("synth");
        app
    };
    let ssm = LocalSsm::start().unwrap();
    ssm.inject(Fault::deny_key(key));
    let said = run(&with_key(&ssm), COMMANDS[0].0);
    let reason = format!("AWS denies kms:Encrypt on {key}: these credentials need that permission");
    assert_eq!((said.code, said.err), (2, format!("error: `STRIPE_KEY` was not set: {reason}\n")));

    let own = path("dev", "STRIPE_KEY");
    ssm.put(NewParameter::secure(&own, "sk_live_canary_before").key(key)).unwrap();
    let app = with_key(&ssm);
    let reason = format!("AWS denies kms:Decrypt on the key of {own}: these credentials need that permission");
    for (command, what) in [COMMANDS[0], COMMANDS[1]] {
        let said = run(&app, command);
        assert_eq!((said.code, said.err), (2, format!("error: {what}: {reason}\n")), "{command}");
    }
    let said = run(&app, COMMANDS[3].0);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("AWS denies kms:Decrypt on the key of "), "{said:?}");
    // No value is wanted, and so no key.
    let said = run(&app, COMMANDS[2].0);
    assert_eq!(said.code, 0, "{said:?}");
}

/// An app that nothing provides credentials for: not even the machine that the test runs on.
fn without_keys(ssm: &LocalSsm) -> App {
    App::on(ssm, ORDERS)
        .with("AWS_EC2_METADATA_DISABLED", "true")
        .with("AWS_ACCESS_KEY_ID", "")
        .with("AWS_SECRET_ACCESS_KEY", "")
}

fn no_credentials(why: &str) -> String {
    format!("AWS cannot be asked: there are no AWS credentials ({why}): log in, or choose a profile with `--profile`")
}

#[test]
fn missing_credentials_are_told_with_where_they_were_looked_for() {
    let ssm = stored();
    let nowhere = no_credentials("neither the environment nor a profile has any");
    none_asks(&without_keys(&ssm), &nowhere);
    // One half is none.
    none_asks(&without_keys(&ssm).with("AWS_ACCESS_KEY_ID", "AKIAHALF"), &nowhere);
    none_asks(&without_keys(&ssm).with("AWS_SECRET_ACCESS_KEY", "canary"), &nowhere);
    assert!(ssm.calls().is_empty());
}

#[test]
fn a_profile_that_does_not_work_is_told_with_what_is_wrong_with_it() {
    let cases = [
        ("absent", "there is no profile `absent`, or it has none"),
        // The rest of these two is the SDK's sentence.
        ("half", "the profile is not usable: invalid credential source in `half`: "),
        ("nosession", "the profile is not usable: sso-session named `gone` (referenced by profile `nosession`) "),
        ("fails", "the `credential_process` of the profile ended with 3: run it by hand"),
        ("chatty", "the `credential_process` of the profile gave none: run it by hand"),
        ("missing", "the `credential_process` of the profile ended with 127: run it by hand"),
    ];
    let ssm = stored();
    let app = without_keys(&ssm);
    app.write(
        ".aws/config",
        "[profile half]\naws_access_key_id = AKIAHALF\n\
         [profile nosession]\nsso_session = gone\nsso_account_id = 123456789012\nsso_role_name = x\n\
         [profile fails]\ncredential_process = sh -c 'echo canary; echo canary >&2; exit 3'\n\
         [profile chatty]\ncredential_process = echo canary\n\
         [profile missing]\ncredential_process = /nowhere/program canary\n",
    );
    for (profile, why) in cases {
        for (command, _) in COMMANDS {
            let said = run(&app, &format!("{command} --profile {profile}"));
            let start = format!("error: {}", no_credentials(why).split("): log in").next().unwrap());
            assert_eq!(said.code, 2, "{profile}: {command}");
            assert!(said.err.starts_with(&start), "{profile}: {command}: {}", said.err);
            assert!(said.err.ends_with("): log in, or choose a profile with `--profile`\n"), "{}", said.err);
        }
    }
    assert!(ssm.calls().is_empty());
}

#[test]
fn a_profile_that_works_is_asked_once() {
    let ssm = stored();
    let app = without_keys(&ssm);
    let key = |name: &str| ssm.variables("", "").value(name).unwrap().to_owned();
    let json = format!(
        r#"{{"Version": 1, "AccessKeyId": "{}", "SecretAccessKey": "{}"}}"#,
        key("AWS_ACCESS_KEY_ID"),
        key("AWS_SECRET_ACCESS_KEY")
    );
    app.write("keys.json", &json);
    app.write(".aws/config", "[profile ops]\ncredential_process = sh -c 'echo asked >> asked; cat keys.json'\n");

    // SSM and Lambda are asked with the same.
    let said = run(&app, "secrets set STRIPE_KEY --stage dev --profile ops");

    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(app.read("asked"), "asked\n");
    assert_eq!(ssm.count(Operation::ListFunctions), 1);
}

#[test]
fn a_profile_may_say_where_the_services_are() {
    let ssm = stored();
    let app = App::on(&ssm, ORDERS).with("AWS_ENDPOINT_URL_SSM", "").with("AWS_ENDPOINT_URL_LAMBDA", "");
    let endpoint = ssm.endpoint();
    app.write(
        ".aws/config",
        &format!("[profile here]\nservices = here\n[services here]\nssm =\n  endpoint_url = {endpoint}\n"),
    );

    let said = plain(&ssm, run(&app, "secrets set STRIPE_KEY --stage dev --profile here"));

    let note =
        "SSM is not AWS's, and nobody says where its Lambda is (AWS_ENDPOINT_URL_LAMBDA): no function is restarted\n";
    let expected = format!("`STRIPE_KEY` is set (version 2) in stage `dev` of `orders`, SSM at URL.\n{note}");
    assert_eq!((said.code, said.err), (0, expected));
}

#[test]
fn a_missing_region_is_told_with_where_to_say_it() {
    let ssm = stored();
    let app = App::on(&ssm, ORDERS).with("AWS_EC2_METADATA_DISABLED", "true").with("AWS_REGION", "");
    none_asks(
        &app,
        "AWS cannot be asked: no AWS region is set: give `--region`, AWS_REGION, or a `region` in the profile",
    );

    let app = app.with("AWS_REGION", "us east 1");
    none_asks(&app, "AWS cannot be asked: no region is called `us east 1`");

    assert_eq!(app.ok("secrets get STRIPE_KEY --stage dev --region us-east-1"), "sk_live_canary_before");
    assert_eq!(app.with("SST_REGION", "us-east-1").ok("secrets get STRIPE_KEY --stage dev"), "sk_live_canary_before");
}

#[test]
fn an_answer_that_never_ends_is_not_read_for_ever() {
    let ssm = stored();
    let app = orders(&ssm);
    let endless = ssm.inject(Fault::endless());

    let child = app.command(COMMANDS[1].0.split(' ')).spawn().unwrap();
    until("an endless answer", || ssm.hits(endless) == 1);
    let said = crate::app::said(child);

    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert!(said.err.starts_with("error: `STRIPE_KEY` was not read: "), "{said:?}");
}

#[test]
fn a_slow_answer_is_an_answer() {
    let ssm = stored();
    ssm.inject(Fault::delay(Duration::from_millis(700)));

    assert_eq!(App::on(&ssm, ORDERS).ok("secrets get STRIPE_KEY --stage dev"), "sk_live_canary_before");
}
