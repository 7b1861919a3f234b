//! How the struct gets its values: the table, the struct literal, and the methods that load and make examples.

use bind_config_manifest::name::Kind;
use bind_config_manifest::value::{Scalar, Shape};
use bind_config_manifest::{EnumWords, Required, ValueType};
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote};

use super::Code;
use crate::model::{Bound, RustType, Target, Via};

impl Code<'_> {
    /// The table, the literal and the methods.
    pub(super) fn filling(&self) -> TokenStream {
        let (private, config, literal) = (&self.private, &self.model.config.name, self.literal());
        let (table, fetches, methods) = (self.table(), self.fetches(), self.methods());
        quote! {
            #[automatically_derived]
            #[allow(deprecated, clippy::large_stack_arrays)]
            impl #private::Bindings for #config {
                type Fetches = #private::#fetches;
                fn table() -> &'static #private::Table {
                    const { &#table }
                }
                fn build(__values: &mut #private::Values) -> Self {
                    #literal
                }
            }
            #methods
        }
    }

    /// The same names without the code, for a struct that cannot be filled: the program does not compile anyway.
    pub(super) fn filling_of_nothing(&self) -> TokenStream {
        let (private, config) = (&self.private, &self.model.config.name);
        let (fetches, methods) = (self.fetches(), self.methods());
        quote! {
            #[automatically_derived]
            impl #private::Bindings for #config {
                type Fetches = #private::#fetches;
                fn table() -> &'static #private::Table { loop {} }
                fn build(_: &mut #private::Values) -> Self { loop {} }
            }
            #methods
        }
    }

    fn fetches(&self) -> Ident {
        let secret = self.loaded().any(|bound| bound.binding.kind == Kind::Secret);
        // Where fields are broken, that a secret cannot be loaded is not what is wrong.
        let name = if secret { "FetchesSecrets" } else { "FetchesNothing" };
        Ident::new(name, Span::mixed_site())
    }

    fn methods(&self) -> TokenStream {
        let (krate, private) = (self.krate, &self.private);
        let (vis, config) = (&self.model.config.vis, &self.model.config.name);
        let example = self.example();
        let loads = (self.config.target == Target::Backend).then(|| {
            quote! {
                /// Loads a configuration of its own, from the environment of this process and SSM.
                ///
                /// # Errors
                ///
                /// Every problem of the start, in one error.
                // Not an `async fn`: without `ssm`, rustc would report the bound at the call and once more at its `.await`.
                #vis fn load<F>() -> #private::Loading<Self>
                where
                    Self: #private::Bindings<Fetches = F>,
                    F: #private::Fetchable,
                {
                    #private::loading::<Self>()
                }

                /// Loads a configuration of its own from another environment than that of this process.
                ///
                /// # Errors
                ///
                /// Every problem of the start, in one error.
                #vis async fn load_from(
                    environment: &#krate::Environment,
                ) -> ::core::result::Result<#krate::Loaded<Self>, #krate::LoadError> {
                    #private::load_from::<Self>(environment).await
                }
            }
        });
        quote! {
            #[allow(dead_code, clippy::large_stack_arrays)]
            impl #config {
                #loads

                /// A configuration for tests: the `example` of each binding, else its `default`, else a placeholder
                /// of its type and shape.
                ///
                /// # Panics
                ///
                /// Where a field of a type of yours has no `example` in the manifest, or one that the type refuses.
                #[must_use]
                #[track_caller]
                #vis fn example() -> Self {
                    #example
                }
            }
        }
    }

    /// What `example()` does.
    fn example(&self) -> TokenStream {
        let private = &self.private;
        let lacks = |bound: &&Bound| bound.example.is_none() && !bound.binding.is_optional();
        let lacking: Vec<&str> = self.loaded().filter(lacks).map(|bound| bound.id.as_str()).collect();
        if !lacking.is_empty() {
            return quote!(#private::no_example(&[#(#lacking),*]));
        }
        let examples = self.loaded().map(|bound| option(bound.example.as_ref().map(|text| quote!(#text))));
        quote!(#private::example::<Self>(&[#(#examples),*]))
    }

    fn table(&self) -> TokenStream {
        let (private, config) = (&self.private, self.config);
        let (app, strict, without_fallback) = (&config.app, config.strict, &config.without_fallback);
        let function = option(config.function.as_ref().map(|function| quote!(#function)));
        let ssm_prefix = option(config.ssm_prefix.as_ref().map(|prefix| quote!(#prefix)));
        let fingerprint = option(config.fingerprint.as_ref().map(|fingerprint| {
            // `bind-config/fingerprint app=orders function=api 0123…` stands in the binary as a whole, where `bind-config
            // check` finds it: the fingerprint is a slice of that.
            let function = config.function.as_ref().map(|function| format!(" function={function}")).unwrap_or_default();
            let before = format!("bind-config/fingerprint app={app}{function} ");
            let (mark, start) = (format!("{before}{fingerprint}"), Literal::usize_unsuffixed(before.len()));
            quote!(#mark.split_at(#start).1)
        }));
        let rows = self.loaded().map(|bound| self.row(bound));
        quote! {
            #private::Table {
                app: #app,
                function: #function,
                ssm_prefix: #ssm_prefix,
                fingerprint: #fingerprint,
                strict: #strict,
                without_fallback: &[#(#without_fallback),*],
                bindings: &[#(#rows),*],
            }
        }
    }

    /// `Binding { name: "STRIPE_KEY", … }`
    fn row(&self, bound: &Bound) -> TokenStream {
        let private = &self.private;
        let (name, field) = (&bound.name, bound.field.as_str());
        let kind = Ident::new(
            match bound.binding.kind {
                Kind::Parameter => "Parameter",
                Kind::Secret => "Secret",
            },
            Span::mixed_site(),
        );
        let (ty, required, shape) = (
            self.table_type(&bound.binding.ty),
            self.required(&bound.binding.required),
            self.shape(&bound.binding.shape),
        );
        let convert = self.convert(bound);
        quote! {
            #private::Binding {
                name: #name,
                field: #field,
                kind: #private::Kind::#kind,
                ty: #ty,
                required: #required,
                shape: #shape,
                convert: #convert,
            }
        }
    }

    fn table_type(&self, ty: &ValueType) -> TokenStream {
        let private = &self.private;
        // The runtime has the same enum, so that the name of a variant is its `Debug`.
        let variant = |scalar: &Scalar| format_ident!("{scalar:?}", span = Span::mixed_site());
        match ty {
            ValueType::Scalar(scalar) => {
                let scalar = variant(scalar);
                quote!(#private::Type::Scalar(#private::Scalar::#scalar))
            }
            ValueType::List(scalar) => {
                let scalar = variant(scalar);
                quote!(#private::Type::List(#private::Scalar::#scalar))
            }
            ValueType::Enum(words) => {
                let words = words.words();
                quote!(#private::Type::Enum(&[#(#words),*]))
            }
        }
    }

    fn required(&self, required: &Required) -> TokenStream {
        let private = &self.private;
        match required {
            Required::Always => quote!(#private::Required::Always),
            Required::Never => quote!(#private::Required::Never),
            Required::In(stages) => quote!(#private::Required::In(&[#(#stages),*])),
        }
    }

    fn shape(&self, shape: &Shape<String>) -> TokenStream {
        let private = &self.private;
        if shape.is_any() {
            return quote!(#private::Shape::ANY);
        }
        let text = |text: &Option<String>| option(text.as_ref().map(|text| quote!(#text)));
        let number = |number: Option<u64>| option(number.map(|number| quote!(#number)));
        let (starts_with, min, max) = (text(&shape.starts_with), text(&shape.min), text(&shape.max));
        let (min_length, max_length) = (number(shape.min_length), number(shape.max_length));
        quote! {
            #private::Shape {
                starts_with: #starts_with,
                min_length: #min_length,
                max_length: #max_length,
                min: #min,
                max: #max,
            }
        }
    }

    /// `plain::<u64>`. A type of the user's stands here with its own span, so that a missing trait points at it.
    fn convert(&self, bound: &Bound) -> TokenStream {
        let private = &self.private;
        let by = match &bound.rust {
            RustType::Text => return quote!(#private::secret_text),
            RustType::Enum(_) if bound.binding.kind == Kind::Parameter => return quote!(#private::plain_word),
            RustType::Enum(_) | RustType::Own(_, Via::User) => "_user",
            RustType::Own(_, Via::Json) => "_json",
            _ => "",
        };
        let wrap = if bound.binding.kind == Kind::Secret { "secret" } else { "plain" };
        let (function, ty) = (format_ident!("{wrap}{by}", span = Span::mixed_site()), self.rust_type(&bound.rust));
        quote!(#private::#function::<#ty>)
    }

    /// `Self { APP: __values.app(), … }`
    fn literal(&self) -> TokenStream {
        let (here, private) = (self.model.here, &self.private);
        let mut index = 0_usize;
        let fields = self.bound().map(|bound| {
            let name = bound.field.ident(here);
            if !self.is_loaded(bound) {
                return if bound.binding.is_optional() {
                    quote!(#name: ::core::option::Option::None)
                } else {
                    quote!(#name: #private::FrontendSecret::absent())
                };
            }
            let take =
                Ident::new(if bound.binding.is_optional() { "take_optional" } else { "take" }, Span::mixed_site());
            let at = Literal::usize_unsuffixed(index);
            index += 1;
            let by_place = (&bound.rust, &bound.binding.ty, bound.binding.kind);
            if let (RustType::Enum(of), ValueType::Enum(words), Kind::Parameter) = by_place {
                let variant = variant_at(of, words, here, bound.binding.is_optional());
                return quote!(#name: match __values.#take::<::core::primitive::usize>(#at) { #variant });
            }
            quote!(#name: __values.#take(#at))
        });
        let (app, stage) = (Ident::new("APP", here), Ident::new("STAGE", here));
        quote!(Self { #app: __values.app(), #stage: __values.stage(), #(#fields),* })
    }
}

/// The arms from a place to its variant: no call, which could unwind.
fn variant_at(of: &Ident, words: &EnumWords, here: Span, optional: bool) -> TokenStream {
    let some = |inner: TokenStream| if optional { quote!(::core::option::Option::Some(#inner)) } else { inner };
    let last = words.variants().len().saturating_sub(1);
    let arms = words.variants().iter().enumerate().map(|(place, variant)| {
        let variant = Ident::new(variant, here);
        let place = if place == last { quote!(_) } else { Literal::usize_unsuffixed(place).into_token_stream() };
        let (place, variant) = (some(place), some(quote!(#of::#variant)));
        quote!(#place => #variant)
    });
    let none = optional.then(|| quote!(::core::option::Option::None => ::core::option::Option::None,));
    quote!(#none #(#arms),*)
}

fn option(value: Option<TokenStream>) -> TokenStream {
    value.map_or_else(|| quote!(::core::option::Option::None), |value| quote!(::core::option::Option::Some(#value)))
}
