use crate::oracle::is_one_clean_line;
use hf_token_check::internals::cli::options;
use hf_token_check::internals::model::endpoint::Endpoint;
use hf_token_check::internals::model::requirement::{Access, Requirement};

/// A variable with a list of needs: a byte for the kind of need, then the list.
pub fn check(data: &[u8]) {
    let Some((choice, rest)) = data.split_first() else { return };
    let text = String::from_utf8_lossy(rest);
    let items: Vec<_> = options::items(&text).collect();
    let separates = |c: char| c == ',' || c.is_whitespace();
    assert!(items.iter().all(|item| !item.is_empty() && !item.contains(separates)), "{items:?}");
    assert_eq!(items.concat(), text.replace(separates, ""), "nothing is lost, nothing is added");
    for separator in [",", " ", "\n", ", ,"] {
        let joined = items.join(separator);
        assert_eq!(options::items(&joined).collect::<Vec<_>>(), items, "{separator:?} separates");
    }
    let kinds = ["read", "write", "create", "permission", "valid_for"];
    let (kind, endpoint) = (kinds[usize::from(*choice) % kinds.len()], Endpoint::default());
    for item in items {
        match options::requirement(kind, "HF_TOKEN_CHECK_LIST", item, &endpoint) {
            Ok(requirement) => {
                assert_eq!(requirement.name().replace('-', "_"), kind, "{requirement:?}");
                assert!(is_owned(&requirement), "{requirement:?}");
                if !matches!(requirement, Requirement::ValidFor(_)) {
                    let printed = requirement.subject();
                    let again = options::requirement(kind, "HF_TOKEN_CHECK_LIST", &printed, &endpoint);
                    assert_eq!(again.ok().as_ref(), Some(&requirement), "{printed:?} is another need");
                }
            }
            Err(why) => is_one_clean_line(&why.to_string()),
        }
    }
}

/// Only a repo that is read may be one of the old ones without an owner.
fn is_owned(requirement: &Requirement) -> bool {
    match requirement {
        Requirement::Repo { access: Access::Write | Access::Create, repo } => repo.owner.is_some(),
        Requirement::Repo { access: Access::Read, .. } | Requirement::Permission(_) | Requirement::ValidFor(_) => true,
    }
}
