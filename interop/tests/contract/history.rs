//! `GetParameterHistory`.

use aws_sdk_ssm::Client;
use aws_sdk_ssm::types::{ParameterHistory, ParameterType};

use crate::observed::Source::{Model, Quoted};
use crate::observed::{Observed, list, outcome, refusal};

fn entries(history: &[ParameterHistory]) -> String {
    let entry = |of: &ParameterHistory| {
        let labels = if of.labels().is_empty() { String::new() } else { format!(" ({})", of.labels().join(", ")) };
        format!("{}: {}{labels}", of.version(), of.value().unwrap_or_default())
    };
    list(&history.iter().map(entry).collect::<Vec<_>>())
}

pub(crate) async fn observe(ssm: &Client, observed: &mut Observed) {
    for value in ["one", "two", "three"] {
        let put =
            ssm.put_parameter().name("/history/KEY").value(value).r#type(ParameterType::SecureString).overwrite(true);
        let _ = put.send().await;
    }
    let _ = ssm.label_parameter_version().name("/history/KEY").parameter_version(2).labels("live").send().await;
    let history = || ssm.get_parameter_history().name("/history/KEY").with_decryption(true);

    let all = outcome(history().send().await, |got| entries(got.parameters()));
    observed.add("the history is oldest first, with labels", Model, "1: one, 2: two (live), 3: three", all);
    let first = history().max_results(2).send().await;
    let next = first.as_ref().ok().and_then(|got| got.next_token().map(str::to_owned));
    let first = outcome(first, |got| format!("{}; more: {}", entries(got.parameters()), got.next_token().is_some()));
    observed.add("a history has pages", Model, "1: one, 2: two (live); more: true", first);
    let second = history().max_results(2).set_next_token(next).send().await;
    let second = outcome(second, |got| format!("{}; more: {}", entries(got.parameters()), got.next_token().is_some()));
    observed.add("the next page of a history goes on", Model, "3: three; more: false", second);
    let bad = refusal(history().next_token("no-token").send().await).split(':').next().unwrap_or_default().to_owned();
    observed.add("a history refuses a token it did not give (the code)", Model, "InvalidNextToken", bad);
    let large = refusal(history().max_results(51).send().await);
    let text = "ValidationException: 1 validation error detected: Value '51' at 'maxResults' failed to satisfy constraint: \
                Member must have value less than or equal to 50";
    observed.add("a history has at most 50 entries a page", Model, text, large);
    let code = refusal(ssm.get_parameter_history().name("/history/NO").send().await);
    let code = code.split(':').next().unwrap_or_default().to_owned();
    observed.add("what is not there has no history (the code)", Model, "ParameterNotFound", code);
    let encrypted = ssm.get_parameter_history().name("/history/KEY").send().await;
    let encrypted = outcome(encrypted, |got| {
        let shown = ["one", "two", "three"].iter().any(|value| entries(got.parameters()).contains(value));
        if shown { "is shown".to_owned() } else { "is not shown".to_owned() }
    });
    observed.add("a history is encrypted where nobody asks to decrypt", Model, "is not shown", encrypted);
    let deep = refusal(history().max_results(0).send().await);
    let text = "ValidationException: 1 validation error detected: Value '0' at 'maxResults' failed to satisfy constraint: \
                Member must have value greater than or equal to 1";
    observed.add("a page of a history has an entry", Quoted, text, deep);
}
