//! `PutParameter`: rules for names, values and the rest.

use aws_sdk_ssm::Client;
use aws_sdk_ssm::types::{ParameterType, Tag};

use crate::observed::Source::{Guide, Model, Quoted};
use crate::observed::{Observed, refusal};

/// The text for a name with wrong characters, wherever a name is read.
pub(crate) const NAME_RULE: &str = "ValidationException: Parameter name: can't be prefixed with \"ssm\" (case-insensitive). \
    If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of \
    letters, numbers and the following 3 symbols .-_";
const RESERVED: &str =
    "ValidationException: Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive).";

pub(crate) async fn observe(ssm: &Client, observed: &mut Observed) {
    let put = |name: &str, value: &str| ssm.put_parameter().name(name).value(value).r#type(ParameterType::SecureString);
    let deep = "HierarchyLevelLimitExceededException: A hierarchy can have a maximum of 15 levels. For more information, see \
                Requirements and constraints for parameter names in the AWS Systems Manager User Guide.";
    for (title, name, source, expected) in [
        ("a name with a blank in it is refused", "/name/MY KEY", Quoted, NAME_RULE),
        ("blanks around a name are taken off", " /name/BLANKS ", Model, "done"),
        ("a name outside of ASCII is refused", "/name/clé", Quoted, NAME_RULE),
        ("a name with an empty level is refused", "/name//KEY", Quoted, NAME_RULE),
        ("a name with a slash at its end is refused", "/name/KEY/", Quoted, NAME_RULE),
        ("a name with a colon is refused", "/name/KEY:1", Quoted, NAME_RULE),
        (
            "a path without its first slash is refused",
            "name/KEY",
            Quoted,
            "ValidationException: Parameter name must be a fully qualified name",
        ),
        ("a name that begins with `aws` is refused", "awsKey", Quoted, RESERVED),
        ("a name that begins with `SSM` is refused", "SSM-key", Quoted, RESERVED),
        (
            "a path below `/aws` is refused",
            "/aws/key",
            Quoted,
            "AccessDeniedException: No access to reserved parameter name: /aws/key.",
        ),
        ("fifteen levels are taken", &"/a".repeat(15), Model, "done"),
        ("sixteen levels are refused", &"/a".repeat(16), Model, deep),
    ] {
        observed.add(title, source, expected, refusal(put(name, "x").send().await));
    }
    let long = put(&format!("/{}", "a".repeat(1011)), "x").send().await;
    let code = refusal(long).split(':').next().unwrap_or_default().to_owned();
    observed.add("a name whose ARN is longer than 1,011 is refused (the code)", Model, "ValidationException", code);

    let empty = "ValidationException: 1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member \
                 must have length greater than or equal to 1.";
    observed.add("an empty value is refused", Quoted, empty, refusal(put("/value/EMPTY", "").send().await));
    let nested = "ValidationException: Parameter value can't nest another parameter. Do not use \"{{}}\" in the value.";
    let nesting = put("/value/NESTED", "{{ssm:other}}").send().await;
    observed.add("a value with `{{…}}` is refused", Model, nested, refusal(nesting));
    let braces = put("/value/BRACES", "{\"a\": {\"b\": 1}}").send().await;
    observed.add("a value of JSON is taken", Model, "done", refusal(braces));

    members(ssm, observed).await;
}

async fn members(ssm: &Client, observed: &mut Observed) {
    let put = |name: &str, value: &str| ssm.put_parameter().name(name).value(value).r#type(ParameterType::String);

    let mismatch = put("/member/PATTERN", "text").allowed_pattern("^\\d+$").send().await;
    let text = "ParameterPatternMismatchException: Parameter value, cannot be validated against allowedPattern: ^\\d+$";
    observed.add("a value keeps to the allowed pattern", Quoted, text, refusal(mismatch));
    let broken = put("/member/BROKEN", "text").allowed_pattern("(").send().await;
    let text = "InvalidAllowedPatternException: The request doesn't meet the regular expression requirement.";
    observed.add("a pattern is a regular expression", Model, text, refusal(broken));
    let key = put("/member/KEY_ID", "text").key_id("alias/aws/ssm").send().await;
    let text = "ValidationException: KeyId is required for SecureString type parameter only.";
    observed.add("a String has no key", Quoted, text, refusal(key));
    let list = put("/member/LIST", "a,,b").r#type(ParameterType::StringList).send().await;
    let text = "ValidationException: StringList parameters can't have empty items.";
    observed.add("a StringList has no empty items", Quoted, text, refusal(list));
    let data_type = put("/member/DATA_TYPE", "text").data_type("number").send().await;
    let text =
        "ValidationException: The following data type is not supported: number (Data type names are all lowercase.)";
    observed.add("a data type is one of three", Quoted, text, refusal(data_type));
    let words = put("/member/WORDS", "x").r#type("Strin".into()).tier("Best".into()).send().await;
    let text = "ValidationException: 2 validation errors detected: Value 'Strin' at 'type' failed to satisfy constraint: \
                Member must satisfy enum value set: [SecureString, StringList, String]; Value 'Best' at 'tier' failed to \
                satisfy constraint: Member must satisfy enum value set: [Standard, Advanced, Intelligent-Tiering]";
    observed.add("type and tier are of the model's words", Quoted, text, refusal(words));
    let description = put("/member/DESCRIPTION", "x").description("x".repeat(1025)).send().await;
    let code = refusal(description).split(':').next().unwrap_or_default().to_owned();
    observed.add("a description of 1,025 characters is refused (the code)", Model, "ValidationException", code);

    let tag = Tag::builder().key("team").value("payments").build().unwrap();
    let overwrite = put("/member/TAGS", "x").overwrite(true).tags(tag).send().await;
    let text = "ValidationException: Invalid request: tags and overwrite can't be used together. To create a parameter with \
                tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or \
                RemoveTagsFromResource.";
    observed.add("tags and overwriting exclude each other", Quoted, text, refusal(overwrite));

    let versions = async {
        for number in 1..=101 {
            put("/versions/KEY", &format!("v{number}")).overwrite(true).send().await?;
        }
        ssm.get_parameter().name("/versions/KEY:1").send().await.map_err(aws_sdk_ssm::Error::from)
    };
    let text = match versions.await {
        Ok(_) => "kept".to_owned(),
        Err(err) => {
            use aws_sdk_ssm::error::ProvideErrorMetadata;
            format!("{}: {}", err.code().unwrap_or_default(), err.message().unwrap_or_default())
        }
    };
    let gone = "ParameterVersionNotFound: Systems Manager could not find version 1 of /versions/KEY. Verify the version and \
                try again.";
    observed.add("of 101 versions the oldest is gone", Guide, gone, text);
    let _ = ssm.label_parameter_version().name("/versions/KEY").parameter_version(2).labels("live").send().await;
    let labelled = put("/versions/KEY", "v102").overwrite(true).send().await;
    let text = "ParameterMaxVersionLimitExceeded: You attempted to create a new version of /versions/KEY by calling the \
                PutParameter API with the overwrite flag. Version 2, the oldest version, can't be deleted because it has a \
                label associated with it. Move the label to another version of the parameter, and try again.";
    observed.add("the oldest of 100 versions stays while it has a label", Model, text, refusal(labelled));
}
