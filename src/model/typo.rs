//! Names that differ from a known one by a slip.

/// One letter added, left out, replaced, or two neighbours swapped; case does not count.
pub fn one_edit_apart(left: &str, right: &str) -> bool {
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

/// What belongs to the candidate that `word` was most likely meant to be: one that a third of its letters, or one letter,
/// turn into it.
pub fn nearest<T>(word: &str, candidates: impl IntoIterator<Item = (&'static str, T)>) -> Option<T> {
    let most = (word.len() / 3).max(1);
    let near = candidates.into_iter().map(|(candidate, what)| (edits(word, candidate), what));
    near.filter(|(edits, _)| *edits <= most).min_by_key(|(edits, _)| *edits).map(|(_, what)| what)
}

/// How many letters have to be added, left out, replaced or swapped with their neighbor.
pub fn edits(from: &str, to: &str) -> usize {
    let (from, to) = (from.as_bytes(), to.as_bytes());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in to.iter().enumerate() {
            let replaced = last[j] + usize::from(a != b);
            let is_swap = i > 0 && j > 0 && *a == to[j - 1] && from[i - 1] == *b;
            let swapped = if is_swap { before[j - 1] + 1 } else { usize::MAX };
            row.push(replaced.min(last[j + 1] + 1).min(row[j] + 1).min(swapped));
        }
        before = std::mem::replace(&mut last, row);
    }
    last[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        for (from, to, count) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("abc", "abc", 0),
            ("abc", "acb", 1),
            ("abcd", "badc", 2),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(edits(from, to), count, "{from} {to}");
        }
    }

    #[test]
    fn only_a_near_word_is_offered() {
        let known = || [("WRITE", 1), ("READ", 2), ("FORMAT", 3)];
        for (word, found) in [
            ("WRTIE", Some(1)),
            ("RAED", Some(2)),
            ("READS", Some(2)),
            ("FROMAT", Some(3)),
            ("X", None),
            ("BANANA", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, known()), found, "{word}");
        }
    }

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
