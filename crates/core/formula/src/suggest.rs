//! "Did you mean …?"

/// The candidate that looks most like `name`, if one is near: a third of the letters may differ.
pub fn suggest<C: AsRef<str>>(name: &str, candidates: impl IntoIterator<Item = C>) -> Option<String> {
    let lower = name.to_lowercase();
    let limit = (name.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| {
            (distance(&lower, &candidate.as_ref().to_lowercase()), candidate.as_ref().to_owned())
        })
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Damerau-Levenshtein distance (of adjacent transpositions) in characters.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    let mut previous = None;
    for (row, letter) in left.chars().enumerate() {
        let mut current = vec![row + 1];
        for (column, other) in right.iter().enumerate() {
            let at = |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX / 2);
            let replaced = at(&last, column) + usize::from(letter != *other);
            let mut best = replaced.min(at(&last, column + 1) + 1).min(at(&current, column) + 1);
            let crossed = column > 0 && previous == Some(*other) && right.get(column - 1) == Some(&letter);
            if crossed {
                best = best.min(at(&before_last, column - 1) + 1);
            }
            current.push(best);
        }
        before_last = std::mem::replace(&mut last, current);
        previous = Some(letter);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant() {
        let columns = ["net_amount", "status", "store_id", "区域"];
        let check = |input, expected: Option<&str>| {
            assert_eq!(suggest(input, columns).as_deref(), expected, "{input}");
        };
        check("net_amonut", Some("net_amount"));
        check("Status", Some("status"));
        check("区城", Some("区域"));
        check("price", None);
        check("", None);
    }
}
