//! `DeleteParameter`, `DeleteParameters`.

use aws_sdk_ssm::Client;
use aws_sdk_ssm::types::ParameterType;

use crate::observed::Source::{Guide, Model};
use crate::observed::{Observed, list, outcome, refusal};

pub(crate) async fn observe(ssm: &Client, observed: &mut Observed) {
    let put = |name: &str| ssm.put_parameter().name(name).value("x").r#type(ParameterType::String).send();
    for name in ["/delete/A", "/delete/B", "/delete/C"] {
        let _ = put(name).await;
    }

    let one = refusal(ssm.delete_parameter().name("/delete/A").send().await);
    observed.add("a parameter is deleted", Model, "done", one);
    let again = refusal(ssm.delete_parameter().name("/delete/A").send().await);
    let again = again.split(':').next().unwrap_or_default().to_owned();
    observed.add("what is not there is not deleted (the code)", Model, "ParameterNotFound", again);
    let anew = outcome(put("/delete/A").await, |put| format!("version {}", put.version()));
    observed.add("a deleted parameter starts anew", Guide, "version 1", anew);
    let several = ssm.delete_parameters().names("/delete/B").names("/delete/NO").send().await;
    let several = outcome(several, |done| {
        format!("deleted: {}; invalid: {}", list(done.deleted_parameters()), list(done.invalid_parameters()))
    });
    observed.add(
        "several are deleted, the missing ones listed",
        Model,
        "deleted: /delete/B; invalid: /delete/NO",
        several,
    );
    let names: Vec<String> = (0..11).map(|number| format!("/delete/K{number:02}")).collect();
    let eleven = format!(
        "ValidationException: 1 validation error detected: Value '[{}]' at 'names' failed to satisfy constraint: Member must \
         have length less than or equal to 10",
        names.join(", ")
    );
    let refused = refusal(ssm.delete_parameters().set_names(Some(names)).send().await);
    observed.add("at most ten are deleted at once", Model, eleven, refused);
}
