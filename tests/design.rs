//! Rules about the repository itself: layering, naming, one place for each list.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(root().join(path)).expect("a file of the repository")
}

/// The codes of the table, read from its source: kebab-case words in quotes after a variant's name.
pub fn table() -> BTreeSet<String> {
    let source = read("src/diagnosis/catalog.rs");
    let (_, rows) = source.split_once("\ndiagnoses! {").expect("the table");
    let row = |line: &str| {
        let mut words = line.strip_prefix("    ")?.split(' ');
        let variant = words.next().filter(|word| word.starts_with(|c: char| c.is_ascii_uppercase()))?;
        let code = words.next()?.strip_prefix('"')?.strip_suffix('"')?;
        words.next().filter(|exit| exit.starts_with(|c: char| c.is_ascii_uppercase()))?;
        (!variant.is_empty()).then(|| code.to_owned())
    };
    rows.lines().filter_map(row).collect()
}

#[testkit::test]
fn the_table_is_read_whole() {
    let codes = table();
    assert!(codes.len() > 60 && codes.contains("token-missing") && codes.contains("hub-deprecation"), "{codes:?}");
}

/// Modules that judge: no I/O, no clock, no environment, no library that has them.
const PURE: [&str; 3] = ["diagnosis", "model", "policy"];

#[testkit::test]
fn modules_that_judge_are_pure() {
    let banned =
        ["std::env", "std::fs", "std::net", "std::process", "SystemTime::now", "Instant", "reqwest", "clap", "tokio"];
    for (module, code) in modules(&root().join("src")) {
        if PURE.iter().any(|pure| module.split("::").next() == Some(*pure)) {
            for word in banned {
                assert!(!code.contains(word), "{module} must stay pure, and uses {word}");
            }
        }
    }
}

#[testkit::test]
fn only_one_module_reads_the_environment() {
    let mut readers = Vec::new();
    for (module, code) in modules(&root().join("src")) {
        let reads = ["std::env", "env::var", "env::vars", "libc::getenv", "option_env!"];
        // `main` passes the arguments on.
        if reads.iter().any(|call| code.replace("std::env::args_os()", "").contains(call)) {
            readers.push(module);
        }
    }
    assert_eq!(readers, ["env"]);
}

#[testkit::test]
fn no_module_imports_itself_through_others() {
    for folder in ["src", "crates/testkit/src", "fuzz/harness/src", "benches/cost"] {
        let modules = modules(&root().join(folder));
        let imports: BTreeMap<_, _> =
            modules.iter().map(|(module, code)| (module.clone(), imports(module, code, &modules))).collect();
        assert!(imports.values().map(BTreeSet::len).sum::<usize>() > 3, "{folder}: no import was understood");
        if let Some(cycle) = cycle(&imports) {
            panic!("{folder}: an import cycle: {}", cycle.join(" -> "));
        }
    }
}

#[testkit::test]
fn an_import_cycle_is_found_however_it_is_spelled() {
    let module = |name: &str, code: &str| (name.to_owned(), code.to_owned());
    for (second, is_cycle) in [
        ("use crate::hub::first::Thing;", true),
        ("use super::first::Thing;", true),
        ("use super::{other, first::{self, Thing}};", true),
        ("fn f() { super::first::thing() }", true),
        ("fn f() { crate::hub::first::thing() }", true),
        ("mod inner { use super::super::first::Thing; }", true),
        ("// use super::first::Thing;", false),
        ("use super::other::Thing;", false),
    ] {
        let modules = BTreeMap::from([
            module("hub", "mod first; mod second; mod other;"),
            module("hub::first", "use super::second::Other;"),
            module("hub::second", &without_comments(second)),
            module("hub::other", ""),
        ]);
        let imports: BTreeMap<_, _> =
            modules.iter().map(|(name, code)| (name.clone(), imports(name, code, &modules))).collect();
        assert_eq!(cycle(&imports).is_some(), is_cycle, "{second}: {imports:?}");
    }
}

#[testkit::test]
fn unsafe_code_is_in_the_process_module_only() {
    let is_unsafe = |code: &str| {
        code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| ["unsafe", "unsafe_code"].contains(&word))
    };
    let modules = modules(&root().join("src"));
    let found: Vec<_> = modules.iter().filter(|(_, code)| is_unsafe(code)).map(|(module, _)| module.as_str()).collect();
    assert!(found.contains(&"process::exec"), "{found:?}");
    assert!(found.iter().all(|module| module.starts_with("process::")), "{found:?}");
    // Without an exception, which `modules` would show, the compiler refuses it anywhere.
    assert!(read("Cargo.toml").contains("\n[workspace.lints.rust]\nunsafe_code = \"deny\"\n"));
}

/// The code of every module below a folder by its path, such as `hub::dns::stub`, without comments and unit tests.
fn modules(folder: &Path) -> BTreeMap<String, String> {
    let name = |file: &Path| {
        let path = file.strip_prefix(folder).expect("below the folder").with_extension("").display().to_string();
        path.trim_end_matches("/mod").replace('/', "::")
    };
    let code = |file: &Path| {
        let text = fs::read_to_string(file).expect("a source file");
        without_comments(text.split("#[cfg(test)]\nmod ").next().unwrap_or_default())
    };
    sources(folder).iter().map(|file| (name(file), code(file))).collect()
}

fn without_comments(code: &str) -> String {
    code.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The modules that `code` names by a path that starts with `crate::` or `super::`, in a `use` tree or anywhere else.
fn imports(module: &str, code: &str, modules: &BTreeMap<String, String>) -> BTreeSet<String> {
    let parent = module.rsplit_once("::").map_or("", |(parent, _)| parent);
    let mut found = BTreeSet::new();
    for start in ["crate::", "super::"] {
        for (at, _) in code.match_indices(start) {
            let is_start = !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
            if !is_start {
                continue;
            }
            let mut rest = &code[at + start.len()..];
            let mut base = if start == "crate::" { String::new() } else { parent.to_owned() };
            while let Some(further) = rest.strip_prefix("super::") {
                // Inside an inline module the first `super` is the file itself. Its parent covers both readings.
                base = base.rsplit_once("::").map_or(parent.to_owned(), |(parent, _)| parent.to_owned());
                rest = further;
            }
            for path in leaves(&base, rest) {
                let mut known = path.as_str();
                while !known.is_empty() && !modules.contains_key(known) {
                    known = known.rsplit_once("::").map_or("", |(parent, _)| parent);
                }
                found.insert(known.to_owned());
            }
        }
    }
    // A module may name its own items, and the module that declares it.
    found.retain(|other| !other.is_empty() && other != module);
    found
}

/// The full paths of a `use` tree: `a::{b, c::{self, d}}` under `base`.
fn leaves(base: &str, tree: &str) -> Vec<String> {
    let join = |base: &str, word: &str| if base.is_empty() { word.to_owned() } else { format!("{base}::{word}") };
    let tree = tree.trim_start();
    if let Some(inside) = tree.strip_prefix('{') {
        let mut depth = 0_i32;
        let mut items = vec![String::new()];
        for c in inside.chars() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    items.push(String::new());
                    continue;
                }
                _ => {}
            }
            items.last_mut().expect("an item").push(c);
        }
        return items.iter().flat_map(|item| leaves(base, item)).collect();
    }
    let word: String = tree.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    match tree[word.len()..].strip_prefix("::") {
        _ if word.is_empty() || word == "self" => vec![base.to_owned()],
        Some(rest) => leaves(&join(base, &word), rest),
        None => vec![join(base, &word)],
    }
}

/// A path through the imports that ends where it began.
fn cycle(imports: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    fn visit<'a>(
        module: &'a str,
        imports: &'a BTreeMap<String, BTreeSet<String>>,
        path: &mut Vec<&'a str>,
        done: &mut BTreeSet<&'a str>,
    ) -> Option<Vec<String>> {
        if let Some(at) = path.iter().position(|seen| *seen == module) {
            return Some(path[at..].iter().chain([&module]).map(|name| (*name).to_owned()).collect());
        }
        if !done.insert(module) {
            return None;
        }
        path.push(module);
        let found = imports.get(module).into_iter().flatten().find_map(|next| visit(next, imports, path, done));
        path.pop();
        found
    }
    let mut done = BTreeSet::new();
    imports.keys().find_map(|module| visit(module, imports, &mut Vec::new(), &mut done))
}

#[testkit::test]
fn numbers_of_the_exit_status_appear_in_one_file_only() {
    let numbers = ["40", "41", "43", "44", "49", "50", "51", "126", "127"];
    // The length of a commit id.
    let others = [("token::classify", "40")];
    for (module, code) in modules(&root().join("src")) {
        if module == "diagnosis::exit_code" {
            continue;
        }
        for word in code.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')) {
            let is_status = numbers.contains(&word) && !others.contains(&(module.as_str(), word));
            assert!(!is_status, "{module} has the number {word}: use ExitCode");
        }
    }
}

#[testkit::test]
fn no_literal_in_the_repository_has_the_shape_of_a_token() {
    for folder in
        ["src", "crates", "tests", "benches", "docs", "examples", "fuzz/corpus", "fuzz/crashes", "fuzz/harness"]
    {
        for file in files(&root().join(folder)) {
            let Ok(bytes) = fs::read(&file) else { continue };
            let text = String::from_utf8_lossy(&bytes);
            for (at, _) in text.match_indices("hf_") {
                let body = text[at + 3..].bytes().take_while(u8::is_ascii_alphanumeric).collect::<Vec<_>>();
                let varied = body.iter().collect::<BTreeSet<_>>().len() > 2;
                assert!(body.len() != 34 || !varied, "{}: a literal in the shape of a token", file.display());
            }
        }
    }
}

pub(crate) fn sources(folder: &Path) -> Vec<PathBuf> {
    files(folder).into_iter().filter(|path| path.extension().is_some_and(|kind| kind == "rs")).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries
        .flatten()
        .flat_map(|entry| if entry.path().is_dir() { files(&entry.path()) } else { vec![entry.path()] })
        .collect()
}

#[testkit::test]
fn the_interface_page_names_every_option() {
    let page = read("docs/interface.md");
    let help = testkit::program::run(["--help"], &[]).stdout;
    let options = help.split_whitespace().filter(|word| word.starts_with("--") && word.len() > 2);
    let names = options.map(|word| word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric()));
    for option in names.filter(|name| !["--help", "--version"].contains(name)) {
        assert!(page.contains(&format!("`{option}")), "docs/interface.md lacks {option}");
    }
}

#[testkit::test]
fn every_test_that_a_page_names_is_there() {
    let mut named = 0;
    for page in ["docs/security.md", "docs/reliability.md"] {
        // Odd parts of a split at backticks are what stands between two of them.
        for name in read(page).split('`').skip(1).step_by(2).filter(|name| name.contains("::")) {
            let (theme, test) = name.split_once("::").expect("a theme");
            let source = fs::read_to_string(root().join(format!("tests/{theme}.rs"))).unwrap_or_default();
            assert!(source.contains(&format!("fn {test}()")), "{page} names {name}, and there is no such test");
            named += 1;
        }
    }
    assert!(named > 8, "{named}");
}
