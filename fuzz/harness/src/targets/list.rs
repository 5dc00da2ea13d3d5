use crate::oracle::is_one_clean_line;
use hf_token_check::internals::cli::requirements::{self, RequirementOption};
use hf_token_check::internals::cli::setting::Given;
use hf_token_check::internals::cli::usage::Origin;
use hf_token_check::internals::env::Variable;
use hf_token_check::internals::model::endpoint::Endpoint;
use hf_token_check::internals::model::requirement::{Access, Requirement};

/// A variable with a list of needs: a byte for the kind of need, then the list.
pub fn check(data: &[u8]) {
    let Some((choice, rest)) = data.split_first() else { return };
    let text = String::from_utf8_lossy(rest);
    let items: Vec<_> = requirements::items(&text).collect();
    let separates = |c: char| c == ',' || c.is_whitespace();
    assert!(items.iter().all(|item| !item.is_empty() && !item.contains(separates)), "{items:?}");
    assert_eq!(items.concat(), text.replace(separates, ""), "nothing is lost, nothing is added");
    for separator in [",", " ", "\n", ", ,"] {
        let joined = items.join(separator);
        assert_eq!(requirements::items(&joined).collect::<Vec<_>>(), items, "{separator:?} separates");
    }
    let options = RequirementOption::ALL;
    let (option, endpoint) = (options[usize::from(*choice) % options.len()], Endpoint::default());
    let parse =
        |text: &str| option.parse(&Given { origin: Origin::Variable(Variable::Read), text: text.into() }, &endpoint);
    for item in items {
        match parse(item) {
            Ok(requirement) => {
                assert_eq!(option_of(&requirement), option, "{requirement:?}");
                assert!(is_owned(&requirement), "{requirement:?}");
                if !matches!(requirement, Requirement::ValidFor(_)) {
                    let printed = requirement.subject();
                    assert_eq!(parse(&printed).ok().as_ref(), Some(&requirement), "{printed:?} is another need");
                }
            }
            Err(why) => is_one_clean_line(&why.to_string()),
        }
    }
}

fn option_of(requirement: &Requirement) -> RequirementOption {
    match requirement {
        Requirement::Repo { access, .. } => RequirementOption::Repo(*access),
        Requirement::Permission(_) => RequirementOption::Permission,
        Requirement::ValidFor(_) => RequirementOption::ValidFor,
    }
}

/// Only a repo that is read may be one of the old ones without an owner.
fn is_owned(requirement: &Requirement) -> bool {
    match requirement {
        Requirement::Repo { access: Access::Write | Access::Create, repo, .. } => repo.owner.is_some(),
        Requirement::Repo { access: Access::Read, .. } | Requirement::Permission(_) | Requirement::ValidFor(_) => true,
    }
}
