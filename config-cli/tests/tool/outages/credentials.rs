//! Keys, permissions, profiles and regions.

use bind_config_local::{Fault, LocalSsm, NewParameter, Operation};

use super::{COMMANDS, each_says, none_asks, orders, run, stored};
use crate::app::{App, ORDERS};
use crate::kit::{path, plain};
use crate::server::Server;

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
        ("ssm:GetParameters", arn(&path("dev", "PLAIN"))),
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
    format!(
        "AWS cannot be asked: there are no AWS credentials ({why}): log in, or choose a profile with `--profile`; the store of this laptop needs none (`--store local`)"
    )
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
fn credentials_that_no_header_takes_are_told_and_not_sent() {
    let ssm = stored();
    let why =
        "AWS cannot be asked: the credentials have a blank, a line break or another character in them that none has";
    for (name, value) in [
        ("AWS_ACCESS_KEY_ID", "AKIA\ncanary"),
        ("AWS_ACCESS_KEY_ID", "AKIAcanary\u{e9}"),
        ("AWS_SECRET_ACCESS_KEY", "secret canary"),
        ("AWS_SESSION_TOKEN", "token\r\ncanary"),
    ] {
        none_asks(&App::on(&ssm, ORDERS).with(name, value), why);
    }
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
            assert!(said.err.ends_with("): log in, or choose a profile with `--profile`; the store of this laptop needs none (`--store local`)\n"), "{}", said.err);
        }
    }
    assert!(ssm.calls().is_empty());
}

/// What an instance says, which the chain asks last, was not meant by who names a profile.
#[test]
fn a_profile_that_is_not_there_is_told_also_on_an_instance() {
    let ssm = stored();
    let instance = Server::always(403, "");
    let app = without_keys(&ssm).with("AWS_EC2_METADATA_DISABLED", "");
    let app = app.with("AWS_EC2_METADATA_SERVICE_ENDPOINT", &instance.endpoint());
    let expected = format!("error: {}\n", no_credentials("there is no profile `absent`, or it has none"));
    let said = run(&app, "secrets list --stage dev --profile absent");
    assert_eq!((said.code, said.err.as_str()), (2, expected.as_str()));
    let said = run(&app.with("AWS_PROFILE", "absent"), "secrets list --stage dev");
    assert_eq!((said.code, said.err.as_str()), (2, expected.as_str()));
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
        "AWS cannot be asked: no AWS region is set: give `--region`, AWS_REGION, or a `region` in the profile; the store of this laptop needs none (`--store local`)",
    );

    let app = app.with("AWS_PROFILE", "absent");
    none_asks(&app, "AWS cannot be asked: there is no profile `absent` with a region or credentials");

    let app = app.with("AWS_PROFILE", "").with("AWS_REGION", "us east 1");
    none_asks(&app, "AWS cannot be asked: no region is called `us east 1`");

    assert_eq!(app.ok("secrets get STRIPE_KEY --stage dev --region us-east-1"), "sk_live_canary_before");
    assert_eq!(app.with("SST_REGION", "us-east-1").ok("secrets get STRIPE_KEY --stage dev"), "sk_live_canary_before");
}

#[test]
fn the_region_of_an_argument_comes_before_that_of_a_variable() {
    let ssm = stored();
    let app = orders(&ssm).with("SST_REGION", "eu-west-1");

    assert_eq!(app.ok("secrets get STRIPE_KEY --stage dev --region us-east-1"), "sk_live_canary_before");
}
