//! What may have been written, as an answer was lost, and what Lambda does not say the revision of.

use bind_config_local::LocalSsm;
use serde_json::{Value as Json, json};

use super::answers::{AGAIN, restart_at, writes};
use super::{FETCH, squeezed, table};
use crate::app::{App, ORDERS, said};
use crate::kit::{signal, until};
use crate::server::{Asked, Server};

fn variables() -> Json {
    json!({ "SST_APP": "orders", "SST_STAGE": "dev", "SST_Secret_value_STRIPE_KEY": FETCH })
}

/// A Lambda with a function that is listed like this, a write that is answered like that, and what is looked at then.
fn lambda(listed: Json, written: (u16, Json), looked_at: (u16, Json)) -> Server {
    Server::start(move |asked| match asked.what.split(['/', '?']).next_back() {
        _ if asked.what.starts_with("PUT ") => (written.0, written.1.to_string()),
        Some("configuration") => (looked_at.0, looked_at.1.to_string()),
        Some("MaxItems=2") => (200, json!({ "Versions": [] }).to_string()),
        _ => (200, json!({ "Functions": [listed] }).to_string()),
    })
}

/// One whose answers to writes are lost: nobody knows what it has done.
fn loses_answers(looked_at: (u16, Json)) -> Server {
    let listed = json!({ "FunctionName": "api", "RevisionId": "1", "Environment": { "Variables": variables() } });
    lambda(listed, (500, json!({})), looked_at)
}

fn failed(why: &str) -> (i32, String, String) {
    (1, table(&[("api", "dev", &format!("not restarted: {why}"))]), AGAIN.to_owned())
}

#[test]
fn after_a_write_whose_answer_was_lost_nothing_is_said_to_be_as_it_was() {
    let ssm = LocalSsm::start().unwrap();
    let sealed = json!({ "FunctionName": "api", "Environment": { "Error": { "ErrorCode": "AccessDeniedException" } } });
    for (looked_at, why) in [
        (
            (200, sealed),
            "its environment cannot be read: these credentials need kms:Decrypt on the key of its environment, aws/lambda",
        ),
        ((200, json!({ "FunctionName": "api" })), "its environment is not in Lambda's answer"),
        (
            (403, json!({ "__type": "AccessDeniedException" })),
            "AWS denies lambda:GetFunctionConfiguration on api: these credentials need that permission",
        ),
    ] {
        let server = loses_answers(looked_at);

        let said = restart_at(&server, &ssm, &[]);

        let why = format!("whether it was is not known: {why}");
        assert_eq!(squeezed(said), squeezed(failed(&why)));
        assert_eq!(writes(&server).len(), 1, "{why}");
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_after_a_write_whose_answer_was_lost_says_that_nobody_knows() {
    let ssm = LocalSsm::start().unwrap();
    // Somebody else's update, for as long as this runs.
    let server = loses_answers((
        200,
        json!({ "FunctionName": "api", "LastUpdateStatus": "InProgress", "Environment": { "Variables": variables() } }),
    ));
    let app = App::on(&ssm, ORDERS).with("AWS_ENDPOINT_URL_LAMBDA", &server.endpoint());
    let child = app.command("secrets restart STRIPE_KEY --stage dev".split(' ')).spawn().unwrap();
    until("a look", || {
        server.asked().iter().any(|asked| asked.what.starts_with("GET ") && asked.what.ends_with("/configuration"))
    });

    signal("INT", child.id().into());
    let said = said(child);

    let (code, out, again) = failed("interrupted, and whether it was is not known");
    let err = format!("interrupted: what is under way comes to its end first; once more ends it at once\n{again}");
    assert_eq!((said.code, said.out, said.err), (code, out, err));
    assert_eq!(writes(&server).len(), 1);
}

#[test]
fn without_its_revision_nothing_is_written() {
    let ssm = LocalSsm::start().unwrap();
    let unsaid = json!({ "FunctionName": "api", "Environment": { "Variables": variables() } });
    let mut with_it = unsaid.clone();
    with_it["RevisionId"] = "2".into();
    let done = (200, json!({ "FunctionName": "api" }));

    // Where the listing does not say it, a look may.
    let server = lambda(unsaid.clone(), done.clone(), (200, with_it));
    assert_eq!(restart_at(&server, &ssm, &[]), (0, table(&[("api", "dev", "restarted")]), String::new()));
    let asked = server.asked();
    let written: Vec<_> = asked.iter().filter(|asked| asked.what.starts_with("PUT ")).map(Asked::json).collect();
    assert_eq!(written.iter().map(|write| &write["RevisionId"]).collect::<Vec<_>>(), ["2"]);

    let server = lambda(unsaid.clone(), done, (200, unsaid.clone()));
    let why = "Lambda does not say its revision, and without that nothing is written";
    assert_eq!(restart_at(&server, &ssm, &[]), failed(why));
    assert!(writes(&server).is_empty());

    // Nor a second time.
    let server = loses_answers((200, unsaid));
    assert_eq!(restart_at(&server, &ssm, &[]).0, 1);
    assert_eq!(writes(&server).len(), 1);
}
