use super::told;
use crate::domain::endpoint::Endpoint;
use crate::domain::need::Need;
use crate::options;

/// A variable with a list of needs: a byte for the kind of need, then the list.
pub(super) fn is_whole(data: &[u8]) {
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
        match options::need(kind, "HF_TOKEN_CHECK_LIST", item, &endpoint) {
            Ok(need) => {
                assert_eq!(need.word().replace('-', "_"), kind, "{need:?}");
                assert!(is_owned(&need), "{need:?}");
                if !matches!(need, Need::ValidFor(_)) {
                    let printed = need.subject();
                    let again = options::need(kind, "HF_TOKEN_CHECK_LIST", &printed, &endpoint);
                    assert_eq!(again.ok().as_ref(), Some(&need), "{printed:?} is another need");
                }
            }
            Err(why) => told(&why.to_string()),
        }
    }
}

/// Only a repo that is read may be one of the old ones without an owner.
fn is_owned(need: &Need) -> bool {
    match need {
        Need::Write(repo) | Need::Create(repo) => repo.owner.is_some(),
        Need::Read(_) | Need::Permission(_) | Need::ValidFor(_) => true,
    }
}
