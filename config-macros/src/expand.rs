//! The code: a struct, a static, enums, one table and one struct literal. Cannot fail.
//!
//! Two kinds of spans. What users name (struct, static, fields, enums) has the span of the path literal, so that
//! `dead_code` reports a bound but unused field. The rest has the macro's own: no lint looks into it.

use bind_config_manifest::name::{self, Kind};
use bind_config_manifest::value::{Form, Scalar};
use proc_macro2::{Group, Ident, Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote, quote_spanned};

use crate::model::{Body, Bound, Config, EnumType, Field, Model, RustType, Target};
use crate::surroundings::INSTEAD;

mod filling;

/// All items of a call, and one error per mistake.
pub(crate) fn expand(model: &Model, mistakes: &[syn::Error]) -> TokenStream {
    match &model.body {
        Body::Unknown => unknown(model, mistakes),
        Body::Known(config) => known(model, config, mistakes),
    }
}

/// Names of a type that is nowhere: whatever is done with them is no further error.
fn unknown(model: &Model, mistakes: &[syn::Error]) -> TokenStream {
    let (config, holder) = (&model.config.name, &model.holder.name);
    let (config_vis, holder_vis) = (&model.config.vis, &model.holder.vis);
    let (errors, nowhere) = (mistakes.iter().map(syn::Error::to_compile_error), nowhere(&model.krate));
    quote! {
        #(#errors)*
        #[doc = ""]
        #[allow(dead_code)]
        #config_vis type #config = #nowhere;
        #[doc = ""]
        #[allow(dead_code)]
        #holder_vis static #holder: #config = loop {};
    }
}

/// A type that does not exist. In a module with a `compile_error!` rustc does not report that, nor what is done with it.
fn nowhere(krate: &TokenTree) -> TokenStream {
    quote!(#krate::__private::Broken)
}

fn known(model: &Model, config: &Config, mistakes: &[syn::Error]) -> TokenStream {
    let code = Code { model, config, krate: &model.krate, private: private(&model.krate) };
    let errors = mistakes.iter().map(syn::Error::to_compile_error);
    let declaration = code.declaration();
    let holder = code.holder();
    let enums = config.enums.iter().map(|one| code.enumeration(one));
    let tracking = code.tracking();
    // A broken field has no value: there is nothing to fill the struct with.
    let filling = if mistakes.is_empty() { code.filling() } else { code.filling_of_nothing() };
    quote! {
        #(#errors)*
        #declaration
        #holder
        #(#enums)*
        #tracking
        #filling
    }
}

/// `$crate::__private`
fn private(krate: &TokenTree) -> TokenStream {
    quote!(#krate::__private)
}

struct Code<'a> {
    model: &'a Model,
    config: &'a Config,
    krate: &'a TokenTree,
    private: TokenStream,
}

impl Code<'_> {
    /// `pub(crate) struct Config { … }`
    fn declaration(&self) -> TokenStream {
        let here = self.model.here;
        let (attributes, name, private) = (&self.model.attributes, &self.model.config.name, &self.private);
        let vis = respanned(self.model.config.vis.to_token_stream(), here);
        let docs =
            (!attributes.iter().any(|attribute| attribute.path().is_ident("doc"))).then(|| doc(&self.config.docs));
        let broken = nowhere(self.krate);
        let fields = self.config.fields.iter().map(|field| match field {
            Field::Bound(bound) => self.field(bound, &vis),
            Field::Broken(name) => {
                let name = name.ident(here);
                quote_spanned!(here=> #vis #name: #broken,)
            }
        });
        let (app_docs, stage_docs) = (doc("The app: `SST_APP`."), doc("The stage: `SST_STAGE`."));
        let item_vis = &self.model.config.vis;
        let quiet = quiet();
        let debug = self.debug();
        let string = quote_spanned!(here=> #private::String);
        let always = quote!(#[allow(dead_code)]);
        let (app, stage) = (Ident::new("APP", here), Ident::new("STAGE", here));
        quote! {
            #docs
            #quiet
            #(#attributes)*
            #item_vis struct #name {
                #app_docs #always #vis #app: #string,
                #stage_docs #always #vis #stage: #string,
                #(#fields)*
            }
            #debug
        }
    }

    /// `Config { .. }`: no value, but structs that hold a configuration can derive theirs. Nothing where an attribute of the
    /// caller's names the trait, or only where its `cfg_attr` does not hold.
    fn debug(&self) -> Option<TokenStream> {
        let name = &self.model.config.name;
        let mut elsewhere = Vec::new();
        for attribute in self.model.attributes.iter().filter(|attribute| names(attribute.to_token_stream(), "Debug")) {
            elsewhere.push(condition(attribute)?);
        }
        let elsewhere = (!elsewhere.is_empty()).then(|| quote!(#[cfg(not(any(#(#elsewhere),*)))]));
        let text = name.to_string();
        Some({
            quote! {
                #elsewhere
                impl ::core::fmt::Debug for #name {
                    fn fmt(&self, __f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                        __f.debug_struct(#text).finish_non_exhaustive()
                    }
                }
            }
        })
    }

    /// `pub(crate) STRIPE_KEY: Secret<str>,`
    fn field(&self, bound: &Bound, vis: &TokenStream) -> TokenStream {
        let here = self.model.here;
        let (docs, name, ty) = (doc(&bound.docs), bound.field.ident(here), self.field_type(bound));
        let deprecated = bound.binding.deprecated.as_ref().map(|note| quote!(#[deprecated(note = #note)]));
        let colon = quote_spanned!(here=> :);
        quote!(#docs #deprecated #vis #name #colon #ty,)
    }

    /// The type with `Secret` and `Option`; its tokens carry the caller's span.
    fn field_type(&self, bound: &Bound) -> TokenStream {
        let (here, krate) = (self.model.here, self.krate);
        let inner = self.rust_type(&bound.rust);
        let ty = match (bound.binding.kind, self.config.target) {
            (Kind::Parameter, _) => inner,
            (Kind::Secret, Target::Backend) => quote_spanned!(here=> #krate::Secret<#inner>),
            (Kind::Secret, Target::Frontend) => quote_spanned!(here=> #krate::FrontendSecret),
        };
        if bound.binding.is_optional() { quote_spanned!(here=> ::core::option::Option<#ty>) } else { ty }
    }

    fn rust_type(&self, rust: &RustType) -> TokenStream {
        let here = self.model.here;
        match rust {
            RustType::Text => quote_spanned!(here=> ::core::primitive::str),
            RustType::Scalar(scalar) => self.scalar_type(*scalar),
            RustType::List(scalar) => {
                let (private, element) = (&self.private, self.scalar_type(*scalar));
                quote_spanned!(here=> #private::Vec<#element>)
            }
            RustType::Enum(name) => name.to_token_stream(),
            RustType::Own(ty, _) => ty.clone(),
        }
    }

    fn scalar_type(&self, scalar: Scalar) -> TokenStream {
        let (here, private) = (self.model.here, &self.private);
        let own = match scalar.form() {
            Form::Text => "String",
            Form::Url => "Url",
            Form::Duration => "Duration",
            Form::Json => "Value",
            Form::Bool | Form::Integer { .. } | Form::Float => {
                let name = Ident::new(scalar.as_str(), here);
                return quote_spanned!(here=> ::core::primitive::#name);
            }
        };
        let own = Ident::new(own, here);
        quote_spanned!(here=> #private::#own)
    }

    /// `pub(crate) static CONFIG: Bound<Config> = Bound::new("CONFIG");`
    fn holder(&self) -> TokenStream {
        let (krate, private, config) = (self.krate, &self.private, &self.model.config.name);
        let (vis, name) = (&self.model.holder.vis, &self.model.holder.name);
        let text = name.to_string();
        let (docs, ty, value) = match self.config.target {
            Target::Backend => (
                format!("Holds the [`{config}`] of this program: `{name}.load().await?` first in `main`."),
                quote!(#krate::Bound<#config>),
                quote!(#krate::Bound::new(#text)),
            ),
            Target::Frontend => {
                let read = |variable: &str| quote!(::core::option_env!(#variable));
                let (app, stage) = (read(name::ENV_APP), read(name::ENV_STAGE));
                let values = self.loaded().map(|bound| read(&name::env_var(bound.binding.kind, &bound.id)));
                (
                    format!("Holds the [`{config}`] of this program, taken at build."),
                    quote!(#krate::Baked<#config>),
                    quote!(#krate::Baked::new(|| #private::baked::<#config>(#app, #stage, &[#(#values),*]))),
                )
            }
        };
        let docs = doc(&docs);
        quote! {
            #docs
            #[allow(dead_code)]
            #vis static #name: #ty = #value;
        }
    }

    /// What has a value, in the order of the table: a frontend has no secrets.
    fn loaded(&self) -> impl Iterator<Item = &Bound> {
        self.bound().filter(|bound| self.is_loaded(bound))
    }

    fn is_loaded(&self, bound: &Bound) -> bool {
        self.config.target == Target::Backend || bound.binding.kind == Kind::Parameter
    }

    fn bound(&self) -> impl Iterator<Item = &Bound> {
        self.config.fields.iter().filter_map(|field| match field {
            Field::Bound(bound) => Some(&**bound),
            Field::Broken(_) => None,
        })
    }

    /// `pub(crate) enum LogLevel { Debug, Info }`
    fn enumeration(&self, one: &EnumType) -> TokenStream {
        let here = self.model.here;
        let (krate, vis, name, docs) = (self.krate, &self.model.config.vis, &one.name, doc(&one.docs));
        let words = one.words.words();
        let expected = format!("one of `{}`", words.join("`, `"));
        let variants: Vec<Ident> = one.words.variants().iter().map(|variant| Ident::new(variant, here)).collect();
        let variant_docs = words.iter().map(|word| doc(&format!("`{word}`")));
        let quiet = quiet();
        quote! {
            #docs
            #quiet
            #[allow(dead_code)]
            #[derive(
                ::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy,
                ::core::cmp::PartialEq, ::core::cmp::Eq, ::core::hash::Hash,
            )]
            #vis enum #name { #(#variant_docs #variants),* }

            #[allow(dead_code)]
            impl #name {
                /// The word, as the value spells it.
                #[must_use]
                #vis const fn as_str(self) -> &'static ::core::primitive::str {
                    match self { #(#name::#variants => #words),* }
                }
            }

            #[automatically_derived]
            impl ::core::fmt::Display for #name {
                fn fmt(&self, __f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    __f.pad(self.as_str())
                }
            }

            #[automatically_derived]
            impl ::core::str::FromStr for #name {
                type Err = #krate::Expected;
                fn from_str(__text: &::core::primitive::str) -> ::core::result::Result<Self, #krate::Expected> {
                    match __text {
                        #(#words => ::core::result::Result::Ok(#name::#variants),)*
                        _ => ::core::result::Result::Err(#krate::Expected(#expected)),
                    }
                }
            }
        }
    }

    /// What makes the compiler run again.
    fn tracking(&self) -> TokenStream {
        let here = self.model.here;
        let file = self.model.tracked.as_ref().map(|path| {
            let path = literal(path, here);
            quote_spanned!(here=> const _: &[::core::primitive::u8] = ::core::include_bytes!(#path);)
        });
        quote! {
            #file
            const _: ::core::option::Option<&::core::primitive::str> = ::core::option_env!(#INSTEAD);
        }
    }
}

fn doc(text: &str) -> TokenStream {
    quote!(#[doc = #text])
}

/// Names in the manifest's spelling, and documentation that somebody wrote as plain text, are nobody's mistake.
///
/// By name, not by group: an `allow` of a group is an error where the caller forbids one lint of it.
fn quiet() -> TokenStream {
    quote! {
        #[allow(
            non_snake_case,
            clippy::doc_lazy_continuation, clippy::doc_link_with_quotes, clippy::doc_markdown,
            clippy::doc_overindented_list_items, clippy::tabs_in_doc_comments,
            clippy::enum_variant_names, clippy::struct_excessive_bools, clippy::struct_field_names,
            clippy::upper_case_acronyms,
            rustdoc::bare_urls, rustdoc::broken_intra_doc_links, rustdoc::invalid_codeblock_attributes,
            rustdoc::invalid_html_tags, rustdoc::invalid_rust_codeblocks, rustdoc::private_intra_doc_links,
        )]
    }
}

/// `P` of `cfg_attr(P, …)`
fn condition(attribute: &syn::Attribute) -> Option<TokenStream> {
    let list = attribute.meta.require_list().ok().filter(|list| list.path.is_ident("cfg_attr"))?;
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    Some(list.tokens.clone().into_iter().take_while(|token| !is_comma(token)).collect())
}

/// Whether an identifier stands somewhere in the tokens.
fn names(tokens: TokenStream, name: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Group(group) => names(group.stream(), name),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

fn literal(text: &str, span: Span) -> Literal {
    let mut literal = Literal::string(text);
    literal.set_span(span);
    literal
}

/// The same tokens elsewhere.
fn respanned(tokens: TokenStream, span: Span) -> TokenStream {
    let respan = |token: TokenTree| match token {
        TokenTree::Group(group) => {
            let mut group = Group::new(group.delimiter(), respanned(group.stream(), span));
            group.set_span(span);
            TokenTree::Group(group)
        }
        mut token => {
            token.set_span(span);
            token
        }
    };
    tokens.into_iter().map(respan).collect()
}
