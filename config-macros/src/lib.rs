//! The procedural macro of `bind-config`. Use it through `bind_config::bind_config!`, where it is documented.
//!
//! `input` is what the user wrote, `model` what is to be generated, `expand` the code. Messages are in `diagnostic`.

use proc_macro::TokenStream;

mod diagnostic;
mod example;
mod expand;
mod field_name;
mod input;
mod manifest_file;
mod model;
mod resolve;
mod rust_type;
mod surroundings;

/// What the facade's `bind_config!` expands to. Its first token is the facade's `$crate`.
#[proc_macro]
pub fn bind_config(tokens: TokenStream) -> TokenStream {
    let (input, mut mistakes) = input::parse(tokens.into());
    let surroundings = surroundings::Surroundings::of_process(&input);
    let model = resolve::resolve(input, &surroundings, &mut mistakes);
    expand::expand(&model, &mistakes).into()
}
