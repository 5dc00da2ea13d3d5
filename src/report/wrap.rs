/// Where lines are folded unless a terminal is narrower; longer words, such as addresses, stay whole.
pub const WIDTH: usize = 80;

/// One paragraph after `first`, folded at spaces; every further line begins with `rest`.
pub fn fold(text: &mut String, first: &str, rest: &str, paragraph: &str, width: usize) {
    let mut line = first.to_owned();
    let mut is_bare = true;
    for word in paragraph.split(' ') {
        if !is_bare && visible(&line) + 1 + word.chars().count() > width {
            text.push_str(line.trim_end());
            text.push('\n');
            rest.clone_into(&mut line);
            is_bare = true;
        }
        if !is_bare {
            line.push(' ');
        }
        line.push_str(word);
        is_bare = false;
    }
    text.push_str(line.trim_end());
    text.push('\n');
}

/// The columns that a line takes, without its escape sequences.
fn visible(line: &str) -> usize {
    let bare = |(at, part): (usize, &str)| match at {
        0 => part.chars().count(),
        _ => part.split_once('m').map_or(0, |(_, text)| text.chars().count()),
    };
    line.split('\x1b').enumerate().map(bare).sum()
}
