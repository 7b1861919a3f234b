//! Logical ids of CloudFormation: letters and digits, made of names that have more. The id of a name never depends on other
//! names: another id would be another resource.

/// The logical id of what whoever deploys gives: `TopicName` of `TOPIC_NAME`.
pub(super) fn parameter(id: &str) -> String {
    let plain = camel(id);
    // Resources end so.
    let is_free = ![COPY, POLICY].iter().any(|suffix| plain.ends_with(suffix));
    if is_free && is_constant(id) { plain } else { plain + &hash(id) }
}

/// The logical id of the copy of a parameter in SSM: `TopicNameParameter`.
pub(super) fn copy(id: &str) -> String {
    stem(id, is_constant(id)) + COPY
}

/// The logical id of the policy of a function: `OrdersApiPolicy` of `orders-api`.
pub(super) fn policy(function: &str) -> String {
    this_function(function) + POLICY
}

/// The stem of what belongs to a function: `OrdersApi` of `orders-api`.
pub(super) fn this_function(function: &str) -> String {
    stem(function, is_kebab(function))
}

/// The name of what a function has in a module of Terraform: `bind_config_orders-api` of `orders-api`. A name may have dots,
/// an identifier none.
pub(crate) fn terraform(function: &str) -> String {
    let plain = format!("bind_config_{}", function.replace('.', "_"));
    if function.contains('.') { plain + &hash(function) } else { plain }
}

fn stem(name: &str, is_unambiguous: bool) -> String {
    let plain = camel(name);
    if is_unambiguous { plain } else { plain + &hash(name) }
}

/// `TOPIC_NAME`: where all names are such, no two become the same.
fn is_constant(id: &str) -> bool {
    id.split('_')
        .all(|word| begins(word, u8::is_ascii_uppercase) && word.bytes().all(|b| !b.is_ascii_lowercase() && b != b'-'))
}

/// `orders-api`
fn is_kebab(name: &str) -> bool {
    name.split('-').all(|word| {
        begins(word, u8::is_ascii_lowercase) && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    })
}

fn begins(word: &str, with: impl FnOnce(&u8) -> bool) -> bool {
    word.as_bytes().first().is_some_and(with)
}

fn camel(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| word[..1].to_ascii_uppercase() + &word[1..].to_ascii_lowercase()).collect()
}

/// FNV-1a, as `x` and eight hex digits.
fn hash(name: &str) -> String {
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    format!("x{hash:08x}")
}

const COPY: &str = "Parameter";
const POLICY: &str = "Policy";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn usual_names_become_usual_logical_ids() {
        assert_eq!(parameter("TOPIC_NAME"), "TopicName");
        assert_eq!(copy("TOPIC_NAME"), "TopicNameParameter");
        assert_eq!(copy("S3_BUCKET"), "S3BucketParameter");
        assert_eq!(policy("orders-api"), "OrdersApiPolicy");
        assert_eq!(this_function("api"), "Api");
    }

    #[test]
    fn names_that_could_be_taken_for_another_have_a_hash() {
        assert_eq!(copy("topic-name"), format!("TopicName{}Parameter", hash("topic-name")));
        let ids = [
            "TOPIC_NAME",
            "topic-name",
            "Topic_Name",
            "TOPICNAME",
            "topicName",
            "TOPIC__NAME",
            "TOPIC_NAME_",
            "A_1",
            "A1",
        ];
        let all: BTreeSet<String> = ids.iter().flat_map(|id| [parameter(id), copy(id)]).collect();
        assert_eq!(all.len(), 2 * ids.len());
        // What is supplied is never called like a resource.
        assert_eq!(parameter("TOPIC_NAME_PARAMETER"), format!("TopicNameParameter{}", hash("TOPIC_NAME_PARAMETER")));
        assert_eq!(parameter("API_POLICY"), format!("ApiPolicy{}", hash("API_POLICY")));
    }

    #[test]
    fn logical_ids_have_letters_and_digits_only() {
        for name in ["a.b_c-d", "1", "2x-y", "A---", "ORDERS.API"] {
            for id in [parameter(name), copy(name), policy(name), this_function(name)] {
                assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{id}");
            }
        }
    }
}
