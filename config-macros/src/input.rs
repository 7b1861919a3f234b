//! What the user wrote, with its spans: the grammar of `bind_config!`. Nothing about manifests.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::parse::discouraged::Speculative as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Attribute, LitStr, Token, Type, Visibility, token};

use crate::diagnostic;

/// Everything in one call of `bind_config!`. What could not be read is as if it had not been written.
pub(crate) struct Input {
    /// The facade, as its `macro_rules!` handed it over.
    pub(crate) krate: TokenTree,
    /// What goes on the struct.
    pub(crate) attributes: Vec<Attribute>,
    /// `pub struct AppConfig`
    pub(crate) config: Option<Declaration>,
    /// `pub static APP_CONFIG`
    pub(crate) holder: Option<Declaration>,
    /// The manifest.
    pub(crate) path: Option<LitStr>,
    /// `function = …` or `functions = …`
    pub(crate) functions: Functions,
    /// `target = frontend`
    pub(crate) frontend: bool,
    /// `strict`
    pub(crate) strict: bool,
    /// `FIELD: TYPE` and `"id" => FIELD: TYPE`
    pub(crate) overrides: Vec<Override>,
}

/// A visibility and a name.
pub(crate) struct Declaration {
    pub(crate) vis: Visibility,
    pub(crate) name: Ident,
}

/// Whose bindings become fields.
pub(crate) enum Functions {
    /// Nothing was said: it follows from the crate's name.
    OfCrate,
    /// `function = *`
    All,
    /// `function = "api"`, or the common ones of `functions = ["api", "worker"]`. At least one.
    Common(Vec<LitStr>),
    /// Something was said that could not be read.
    Unreadable,
}

/// What the user says about one binding.
pub(crate) struct Override {
    pub(crate) binding: Named,
    /// The name of the field, where it has another than the binding.
    pub(crate) field: Option<Ident>,
    pub(crate) ty: Option<OverrideType>,
}

/// How an override names its binding.
pub(crate) enum Named {
    /// `"my-key" => …`
    Id(LitStr),
    /// `MY_KEY: …`
    Field(Ident),
}

/// The type in an override.
pub(crate) enum OverrideType {
    /// `my::Flags`
    Plain(Type),
    /// `json(my::Plans)`
    Json(Ident, Type),
}

impl Named {
    pub(crate) fn span(&self) -> Span {
        match self {
            Named::Id(id) => id.span(),
            Named::Field(field) => field.span(),
        }
    }
}

/// Reads the tokens of a call: all that is good, and one error per mistake.
pub(crate) fn parse(tokens: TokenStream) -> (Input, Vec<syn::Error>) {
    let end = tokens.clone().into_iter().last().map_or_else(Span::call_site, |token| token.span());
    let parser = |stream: ParseStream| {
        let krate = stream.parse()?;
        let mut reader = Reader { input: Input::empty(krate), end, said: Vec::new(), mistakes: Vec::new() };
        reader.read(stream);
        Ok((reader.input, reader.mistakes))
    };
    parser.parse2(tokens).unwrap_or_else(|err| {
        let krate = TokenTree::Ident(Ident::new("bind_config", Span::call_site()));
        (Input::empty(krate), vec![err])
    })
}

impl Input {
    fn empty(krate: TokenTree) -> Input {
        Input {
            krate,
            attributes: Vec::new(),
            config: None,
            holder: None,
            path: None,
            functions: Functions::OfCrate,
            frontend: false,
            strict: false,
            overrides: Vec::new(),
        }
    }

    /// Where to point when no token of the user's is to blame.
    pub(crate) fn here(&self) -> Span {
        self.path.as_ref().map_or_else(Span::call_site, LitStr::span)
    }
}

/// The options, as messages list them.
pub(crate) const OPTIONS: [&str; 4] = ["function", "functions", "target", "strict"];

struct Reader {
    input: Input,
    /// The last token, for what is missing at the end.
    end: Span,
    /// The options that were there already.
    said: Vec<&'static str>,
    mistakes: Vec<syn::Error>,
}

impl Reader {
    /// `clause, clause, …`: a clause with a mistake is left out, and reading goes on behind the next comma.
    fn read(&mut self, stream: ParseStream) {
        match stream.call(Attribute::parse_outer) {
            Ok(attributes) => self.attributes(attributes),
            Err(err) => self.mistakes.push(err),
        }
        while !stream.is_empty() {
            let ahead = stream.fork();
            if let Err(err) = self.clause(&ahead) {
                self.mistakes.push(err);
                skip_clause(stream);
                continue;
            }
            stream.advance_to(&ahead);
            if let Err(err) = self.comma(stream) {
                self.mistakes.push(err);
                // What follows is mostly the next clause.
                if !stream.peek(LitStr) && !stream.peek(syn::Ident::peek_any) {
                    skip_clause(stream);
                }
            }
        }
        if self.input.path.is_none() && self.mistakes.is_empty() {
            self.mistakes.push(diagnostic::no_path(self.end));
        }
        if !self.mistakes.is_empty() && matches!(self.input.functions, Functions::OfCrate) {
            // What could not be read may have named one.
            self.input.functions = Functions::Unreadable;
        }
    }

    fn attributes(&mut self, attributes: Vec<Attribute>) {
        for attribute in attributes {
            if attribute.path().is_ident("cfg") {
                self.mistakes.push(diagnostic::cfg(&attribute));
            } else {
                self.input.attributes.push(attribute);
            }
        }
    }

    fn comma(&self, stream: ParseStream) -> syn::Result<()> {
        if stream.is_empty() {
            return Ok(());
        }
        let span = self.place(stream);
        stream.parse::<Token![,]>().map(drop).map_err(|_| diagnostic::no_comma(span))
    }

    fn clause(&mut self, stream: ParseStream) -> syn::Result<()> {
        if stream.peek(Token![#]) {
            return Err(diagnostic::late_attribute(self.place(stream)));
        }
        if stream.peek(Token![pub]) || stream.peek(Token![struct]) || stream.peek(Token![static]) {
            return self.declaration(stream);
        }
        if stream.peek(LitStr) {
            let text: LitStr = stream.parse()?;
            return if stream.peek(Token![=>]) { self.renaming(text, stream) } else { self.path(text) };
        }
        if !stream.peek(syn::Ident::peek_any) {
            return Err(diagnostic::no_clause(self.place(stream), self.input.path.is_some()));
        }
        let name = stream.call(Ident::parse_any)?;
        if stream.peek(Token![:]) && !stream.peek(Token![::]) {
            return self.typing(name, stream);
        }
        self.option(&name, stream)
    }

    /// `pub struct AppConfig` or `pub static APP_CONFIG`
    fn declaration(&mut self, stream: ParseStream) -> syn::Result<()> {
        let vis: Visibility = stream.parse()?;
        let place = self.place(stream);
        let is_struct = stream.peek(Token![struct]);
        if !is_struct && !stream.peek(Token![static]) {
            return Err(diagnostic::no_declaration(place));
        }
        stream.call(Ident::parse_any)?;
        let what = if is_struct { "struct" } else { "static" };
        if self.input.path.is_some() {
            return Err(diagnostic::late_declaration(place, what));
        }
        let name_place = self.place(stream);
        let name: Ident = stream.parse().map_err(|_| diagnostic::no_name(name_place, what))?;
        if is_struct && self.input.holder.is_some() {
            return Err(diagnostic::struct_first(place));
        }
        let slot = if is_struct { &mut self.input.config } else { &mut self.input.holder };
        if slot.is_some() {
            return Err(diagnostic::declared_twice(place, what));
        }
        *slot = Some(Declaration { vis, name });
        if stream.is_empty() || stream.peek(Token![,]) {
            return Ok(());
        }
        Err(diagnostic::name_only(self.place(stream), what))
    }

    fn path(&mut self, path: LitStr) -> syn::Result<()> {
        if self.input.path.is_some() {
            return Err(diagnostic::second_path(&path));
        }
        if path.value().is_empty() {
            self.mistakes.push(diagnostic::empty_path(&path));
        }
        self.input.path = Some(path);
        Ok(())
    }

    /// `"my-key" => MY_KEY: T`, behind the id
    fn renaming(&mut self, id: LitStr, stream: ParseStream) -> syn::Result<()> {
        stream.parse::<Token![=>]>()?;
        let place = self.place(stream);
        let field = stream.call(Ident::parse_any).map_err(|_| diagnostic::no_field(place))?;
        let ty = if stream.parse::<Option<Token![:]>>()?.is_some() { Some(self.ty(&field, stream)?) } else { None };
        self.input.overrides.push(Override { binding: Named::Id(id), field: Some(field), ty });
        Ok(())
    }

    /// `FIELD: T`, behind the name
    fn typing(&mut self, field: Ident, stream: ParseStream) -> syn::Result<()> {
        stream.parse::<Token![:]>()?;
        if OPTIONS.iter().any(|option| field == option) && (stream.peek(syn::Lit) || stream.peek(Token![*])) {
            return Err(diagnostic::colon_for_equals(&field));
        }
        let ty = self.ty(&field, stream)?;
        self.input.overrides.push(Override { binding: Named::Field(field), field: None, ty: Some(ty) });
        Ok(())
    }

    fn ty(&self, field: &Ident, stream: ParseStream) -> syn::Result<OverrideType> {
        let place = self.place(stream);
        if stream.peek(Token![&]) {
            return Err(diagnostic::reference(place, field));
        }
        let json = stream.fork().parse::<Ident>().is_ok_and(|word| word == "json") && stream.peek2(token::Paren);
        if json {
            let word: Ident = stream.parse()?;
            let inner;
            syn::parenthesized!(inner in stream);
            let place = if inner.is_empty() { word.span() } else { inner.span() };
            let ty = inner.parse().map_err(|_| diagnostic::no_json_type(place, field))?;
            return if inner.is_empty() {
                Ok(OverrideType::Json(word, ty))
            } else {
                Err(diagnostic::no_json_type(inner.span(), field))
            };
        }
        match stream.parse() {
            Ok(Type::Infer(infer)) => Err(diagnostic::inferred(&infer, field)),
            Ok(ty) => Ok(OverrideType::Plain(ty)),
            Err(_) => Err(diagnostic::no_type(place, field)),
        }
    }

    /// `function = …`, `functions = […]`, `target = frontend`, `strict`, behind the name
    fn option(&mut self, name: &Ident, stream: ParseStream) -> syn::Result<()> {
        let Some(option) = OPTIONS.into_iter().find(|option| name == option) else {
            return Err(diagnostic::unknown_option(name, stream.peek(Token![=]), self.input.path.is_some()));
        };
        if self.input.path.is_none() {
            return Err(diagnostic::path_first(name));
        }
        if self.said.contains(&option) {
            return Err(diagnostic::option_twice(name));
        }
        self.said.push(option);
        match option {
            "strict" if stream.peek(Token![=]) => Err(diagnostic::strict_alone(name)),
            "strict" => {
                self.input.strict = true;
                Ok(())
            }
            "target" => self.target(name, stream),
            _ => {
                let before = std::mem::replace(&mut self.input.functions, Functions::Unreadable);
                if !matches!(before, Functions::OfCrate) {
                    return Err(diagnostic::function_and_functions(name));
                }
                self.input.functions = self.functions(name, stream)?;
                Ok(())
            }
        }
    }

    fn target(&mut self, name: &Ident, stream: ParseStream) -> syn::Result<()> {
        // Even where the word is missing: a backend would add errors of its own.
        self.input.frontend = stream.peek(Token![=]);
        let equals = stream.parse::<Token![=]>();
        let place = self.place(stream);
        match equals.and_then(|_| stream.call(Ident::parse_any)) {
            Ok(word) if word == "frontend" => Ok(()),
            Ok(word) => {
                self.input.frontend = false;
                Err(diagnostic::no_target(word.span()))
            }
            Err(_) if stream.is_empty() => Err(diagnostic::no_target(name.span())),
            Err(_) => Err(diagnostic::no_target(place)),
        }
    }

    fn functions(&self, name: &Ident, stream: ParseStream) -> syn::Result<Functions> {
        let plural = name == "functions";
        let expected = |span| if plural { diagnostic::no_functions(span) } else { diagnostic::no_function(span) };
        stream.parse::<Token![=]>().map_err(|_| expected(name.span()))?;
        let place = self.place(stream);
        if plural {
            if !stream.peek(token::Bracket) {
                return Err(expected(place));
            }
            let list;
            let bracket = syn::bracketed!(list in stream);
            let names = list.parse_terminated(<LitStr as syn::parse::Parse>::parse, Token![,]);
            let names: Vec<LitStr> = names.map_err(|_| expected(bracket.span.join()))?.into_iter().collect();
            if names.is_empty() {
                return Err(expected(bracket.span.join()));
            }
            let values: Vec<String> = names.iter().map(LitStr::value).collect();
            if let Some(twice) = (1..names.len()).find(|&at| values[..at].contains(&values[at])) {
                return Err(diagnostic::function_twice(&names[twice]));
            }
            return Ok(Functions::Common(names));
        }
        if stream.peek(Token![*]) {
            stream.parse::<Token![*]>()?;
            return Ok(Functions::All);
        }
        stream.parse().map(|name| Functions::Common(vec![name])).map_err(|_| expected(place))
    }

    /// The next token, or where there is none, the last.
    fn place(&self, stream: ParseStream) -> Span {
        if stream.is_empty() { self.end } else { stream.span() }
    }
}

/// Up to and with the next comma that is not inside `<…>`.
fn skip_clause(stream: ParseStream) {
    let mut depth = 0_usize;
    let mut before = ' ';
    while let Ok(token) = stream.parse::<TokenTree>() {
        let TokenTree::Punct(punct) = token else {
            before = ' ';
            continue;
        };
        match punct.as_char() {
            ',' if depth == 0 => return,
            '<' => depth += 1,
            // Not the arrow heads of `->` and `=>`.
            '>' if before != '-' && before != '=' => depth = depth.saturating_sub(1),
            _ => {}
        }
        before = punct.as_char();
    }
}
