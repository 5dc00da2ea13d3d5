//! Owner names that differ from a known one by a single slip.

use crate::model::identity::Identity;

/// The namespace of the holder that `owner` is one edit away from, if it is not one of them itself.
pub fn nearest_namespace(identity: &Identity, owner: &str) -> Option<String> {
    let known = identity.namespaces().any(|name| name.eq_ignore_ascii_case(owner));
    (!known).then(|| identity.namespaces().find(|name| one_edit_apart(name, owner)).map(Into::into)).flatten()
}

/// One letter added, left out, replaced, or two neighbours swapped; case does not count.
fn one_edit_apart(left: &str, right: &str) -> bool {
    let (a, b) = (left.to_ascii_lowercase().into_bytes(), right.to_ascii_lowercase().into_bytes());
    if a == b || a.len().abs_diff(b.len()) > 1 || a.len().min(b.len()) < 3 {
        return false;
    }
    let start = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[start..], &b[start..]);
    let swapped = a.len() >= 2 && b.len() == a.len() && a[0] == b[1] && a[1] == b[0] && a[2..] == b[2..];
    let same_after = |skip_a: usize, skip_b: usize| a.get(skip_a..) == b.get(skip_b..) && a.get(skip_a..).is_some();
    swapped || same_after(1, 1) || same_after(1, 0) || same_after(0, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_edit_is_one_slip_of_the_finger() {
        for (left, right, near) in [
            ("acme", "acmee", true),
            ("acme", "acm", true),
            ("acme", "akme", true),
            ("acme", "amce", true),
            ("acme", "ACME", false),
            ("acme", "acme", false),
            ("acme", "ackmee", false),
            ("acme", "emca", false),
            ("acme", "bob", false),
            ("ab", "abc", false),
            ("my-org", "my_org", true),
            ("my-org", "myorg", true),
        ] {
            assert_eq!(one_edit_apart(left, right), near, "{left} {right}");
            assert_eq!(one_edit_apart(right, left), near, "{right} {left}");
        }
    }
}
