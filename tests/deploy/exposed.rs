//! Tokens that are not secrets: given by value, or as a variable that others can read.

use super::file;

/// The lines that do so, comments left out.
fn exposed(text: &str) -> Vec<String> {
    let lines: Vec<_> = text.lines().map(|line| line.split(" #").next().unwrap_or_default().trim()).collect();
    let is_exposed = |at: usize, line: &str| {
        let assigned = ["HF_TOKEN=", "HF_TOKEN:", "HF_TOKEN\":"].iter().find_map(|name| line.split_once(name));
        let is_value = assigned.is_some_and(|(_, value)| {
            !["", "${{ secrets.HF_TOKEN }}"].contains(&value.trim().trim_matches(['"', '\'']))
        });
        let next = lines.get(at + 1).copied().unwrap_or_default();
        let is_entry = line.ends_with("name: HF_TOKEN") && next.starts_with("value:");
        let is_flag = ["--env HF_TOKEN", "--env=HF_TOKEN", "-e HF_TOKEN"]
            .iter()
            .any(|flag| line.split_once(flag).is_some_and(|(_, rest)| !rest.starts_with('_')));
        is_value || is_entry || is_flag
    };
    lines.iter().enumerate().filter(|(at, line)| is_exposed(*at, line)).map(|(_, line)| (*line).to_owned()).collect()
}

#[testkit::test]
fn no_file_gives_the_token_as_a_plain_variable_or_by_value() {
    for name in file::names().iter().map(String::as_str).chain(["README.md"]) {
        let text = file::text(name);
        assert_eq!(exposed(&text), Vec::<String>::new(), "{name}");
        let first = text.lines().find(|line| !line.starts_with("#!")).unwrap_or_default();
        assert!(name == "README.md" || (first.starts_with("# ") && first.contains("Change ")), "{name}: {first}");
        assert!(name == "README.md" || text.contains("acme/model"), "{name} names the repos of the examples");
    }
    for bad in [
        "export HF_TOKEN=hf_x",
        "HF_TOKEN: hf_x",
        "HF_TOKEN: ${HF_TOKEN}",
        "{\"HF_TOKEN\": \"hf_x\"}",
        "- name: HF_TOKEN\n  value: hf_x",
        "hf jobs run --env HF_TOKEN image",
        "docker run -e HF_TOKEN=hf_x image",
    ] {
        assert_eq!(exposed(bad).len(), 1, "{bad}");
    }
}
