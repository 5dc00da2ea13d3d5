//! The attribute that registers a test with the harness of the test kit.

use proc_macro::{TokenStream, TokenTree};

/// Marks a function without parameters as a test.
///
/// - `#[testkit::test]` always runs.
/// - `#[testkit::test(needs(NGINX, ROOT))]` is reported as ignored where one of these statics of `testkit::prerequisite` is
///   missing; with `HF_TOKEN_CHECK_TEST_EVERYTHING=1` it fails there.
/// - `#[testkit::test(opt_in(NAME))]` is part of a run only where the environment variable `NAME` is set.
/// - `#[testkit::test(slow)]` starts before the tests that are not slow, so that the run does not end with waiting for it.
///
/// The built-in `#[test]` does nothing in a target with a harness of its own.
#[proc_macro_attribute]
pub fn test(options: TokenStream, function: TokenStream) -> TokenStream {
    let registration = match register(options, function.clone()) {
        Ok(text) => text,
        Err(error) => format!("::core::compile_error!({error:?});"),
    };
    let mut output = function;
    output.extend(registration.parse::<TokenStream>());
    output
}

const EXPECTED: &str = "expected slow, needs(...) or opt_in(...)";

fn register(options: TokenStream, function: TokenStream) -> Result<String, &'static str> {
    let name = name(function).ok_or("#[testkit::test] belongs on a function")?;
    let (mut needs, mut opt_in, mut is_slow) = (String::new(), "::core::option::Option::None".to_owned(), false);
    let mut options = options.into_iter().filter(|token| !matches!(token, TokenTree::Punct(_)));
    while let Some(key) = options.next() {
        if key.to_string() == "slow" {
            is_slow = true;
            continue;
        }
        let Some(TokenTree::Group(list)) = options.next() else { return Err(EXPECTED) };
        let names = list.stream().into_iter().filter_map(|token| match token {
            TokenTree::Ident(name) => Some(name.to_string()),
            TokenTree::Group(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => None,
        });
        match key.to_string().as_str() {
            "needs" => needs.extend(names.map(|name| format!("&::testkit::prerequisite::{name}, "))),
            "opt_in" => {
                let name = names.last().ok_or("opt_in(...) names an environment variable")?;
                opt_in = format!("::core::option::Option::Some({name:?})");
            }
            _ => return Err(EXPECTED),
        }
    }
    Ok(format!(
        "::testkit::inventory::submit! {{ ::testkit::harness::Test {{ module: ::core::module_path!(), name: {name:?}, \
         needs: &[{needs}], opt_in: {opt_in}, is_slow: {is_slow}, run: {name} }} }}"
    ))
}

/// The identifier behind `fn`.
fn name(function: TokenStream) -> Option<String> {
    let is_fn = |token: &TokenTree| matches!(token, TokenTree::Ident(word) if word.to_string() == "fn");
    let mut tokens = function.into_iter().skip_while(|token| !is_fn(token));
    tokens.nth(1).map(|name| name.to_string())
}
