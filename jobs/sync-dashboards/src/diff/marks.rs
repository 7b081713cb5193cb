//! What of a long expression changed: both versions word by word, long equal stretches left out.

use std::collections::BTreeSet;

/// A stretch of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stretch {
    /// In both versions.
    Equal(String),
    /// In this version only.
    Changed(String),
}

/// Characters of an equal stretch that are shown before `…` and after it.
const AROUND: usize = 28;

/// Comparing takes the product of both counts of words; beyond this only the ends are compared.
const WORDS_LIMIT: usize = 1_500;

/// Both versions in stretches.
pub(super) fn marks(old: &str, new: &str) -> (Vec<Stretch>, Vec<Stretch>) {
    let (old, new) = (words(old), words(new));
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let both = old.iter().rev().zip(new.iter().rev());
    let tail = both.take_while(|(a, b)| a == b).count();
    let tail = tail.min(old.len().min(new.len()) - head);
    let (old_middle, new_middle) = (middle(&old, head, tail), middle(&new, head, tail));
    let (old_kept, new_kept) = common(&old_middle, &new_middle);
    let all = |kept: &[bool]| -> Vec<bool> {
        let ends = (
            std::iter::repeat_n(true, head),
            std::iter::repeat_n(true, tail),
        );
        ends.0.chain(kept.iter().copied()).chain(ends.1).collect()
    };
    let (old_kept, new_kept) = (all(&old_kept), all(&new_kept));
    // Where something came, the old version has nothing to mark, and is to be shown there all the same.
    let mut seams = seams(&old_kept);
    seams.append(&mut self::seams(&new_kept));
    let stretches = |words: &[&str], kept: &[bool]| {
        shorten(join(
            words.iter().copied().zip(kept.iter().copied()),
            &seams,
        ))
    };
    (stretches(&old, &old_kept), stretches(&new, &new_kept))
}

/// How many common words stand before each change.
fn seams(kept: &[bool]) -> BTreeSet<usize> {
    let mut common = 0;
    let mut seams = BTreeSet::new();
    for kept in kept {
        if *kept {
            common += 1;
        } else {
            seams.insert(common);
        }
    }
    seams
}

fn middle<'w>(words: &[&'w str], head: usize, tail: usize) -> Vec<&'w str> {
    let middle = words.iter().copied().skip(head);
    middle.take(words.len() - head - tail).collect()
}

/// Names, numbers and durations are words, everything else stands alone.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let in_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '$' | '.');
        let end = match rest.find(|c| !in_word(c)) {
            Some(0) => first.len_utf8(),
            Some(end) => end,
            None => rest.len(),
        };
        let (word, after) = rest.split_at(end);
        words.push(word);
        rest = after;
    }
    words
}

/// Which words of either side belong to the longest common sequence.
fn common(old: &[&str], new: &[&str]) -> (Vec<bool>, Vec<bool>) {
    let (mut old_kept, mut new_kept) = (vec![false; old.len()], vec![false; new.len()]);
    if old.len() > WORDS_LIMIT || new.len() > WORDS_LIMIT {
        return (old_kept, new_kept);
    }
    // lengths[i][j]: of the longest common sequence of old[i..] and new[j..].
    let mut lengths: Vec<Vec<u16>> = vec![vec![0; new.len() + 1]];
    for one in old.iter().rev() {
        let mut row = vec![0; new.len() + 1];
        let below = lengths.last().map_or(&[][..], Vec::as_slice);
        let mut right = 0;
        for (j, two) in new.iter().enumerate().rev() {
            let at = |j: usize| below.get(j).copied().unwrap_or(0);
            let best = if one == two {
                at(j + 1) + 1
            } else {
                at(j).max(right)
            };
            right = best;
            if let Some(cell) = row.get_mut(j) {
                *cell = best;
            }
        }
        lengths.push(row);
    }
    lengths.reverse();
    let length = |i: usize, j: usize| lengths.get(i).and_then(|row| row.get(j)).copied();
    let (mut i, mut j) = (0, 0);
    while let (Some(one), Some(two)) = (old.get(i), new.get(j)) {
        if one == two {
            if let (Some(a), Some(b)) = (old_kept.get_mut(i), new_kept.get_mut(j)) {
                (*a, *b) = (true, true);
            }
            i += 1;
            j += 1;
        } else if length(i + 1, j) >= length(i, j + 1) {
            i += 1;
        } else {
            j += 1;
        }
    }
    (old_kept, new_kept)
}

/// Words to stretches; an equal one ends at every seam.
fn join<'w>(words: impl Iterator<Item = (&'w str, bool)>, seams: &BTreeSet<usize>) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::new();
    let mut common = 0;
    for (word, kept) in words {
        let goes_on = !kept || !seams.contains(&common);
        common += usize::from(kept);
        match (stretches.last_mut(), kept) {
            (Some(Stretch::Equal(text)), true) if goes_on => text.push_str(word),
            (Some(Stretch::Changed(text)), false) => text.push_str(word),
            (_, true) => stretches.push(Stretch::Equal(word.to_owned())),
            (_, false) => stretches.push(Stretch::Changed(word.to_owned())),
        }
    }
    stretches
}

/// Long equal stretches lose their middle, at the ends all but what is next to a change.
fn shorten(stretches: Vec<Stretch>) -> Vec<Stretch> {
    let last = stretches.len().saturating_sub(1);
    let short = |(index, stretch)| match stretch {
        Stretch::Equal(text) => {
            let head = if index == 0 && last > 0 { 0 } else { AROUND };
            let tail = if index == last && last > 0 { 0 } else { AROUND };
            Stretch::Equal(ends(&text, head, tail))
        }
        Stretch::Changed(text) => Stretch::Changed(text),
    };
    stretches.into_iter().enumerate().map(short).collect()
}

/// About `head` characters from the beginning and `tail` from the end, whole words.
fn ends(text: &str, head: usize, tail: usize) -> String {
    if text.chars().count() <= head + tail + 12 {
        return text.to_owned();
    }
    let take = |words: &mut dyn Iterator<Item = &'_ str>, limit: usize| {
        let mut left = limit;
        let mut taken = Vec::new();
        for word in words {
            if left == 0 {
                break;
            }
            taken.push(word.to_owned());
            left = left.saturating_sub(word.chars().count());
        }
        taken
    };
    let words = words(text);
    let first = take(&mut words.iter().copied(), head);
    let mut end = take(&mut words.iter().rev().copied(), tail);
    end.reverse();
    format!("{}…{}", first.concat(), end.concat())
}

#[cfg(test)]
mod tests {
    use super::{Stretch, marks};

    #[test]
    fn both_versions_are_shortened_around_what_came() {
        let long = "a_metric_with_quite_a_long_name{with=\"a lot of\", labels=\"that nobody changed\"} by (instance)";
        let (old, new) = marks(&format!("sum({long})"), &format!("sum({long}, x)"));
        let shown = |stretches: &[Stretch]| {
            let texts = stretches.iter().map(|stretch| match stretch {
                Stretch::Equal(text) => text.clone(),
                Stretch::Changed(text) => format!("[{text}]"),
            });
            texts.collect::<String>()
        };
        assert_eq!(shown(&old), "…nobody changed\"} by (instance))");
        assert_eq!(shown(&new), "…nobody changed\"} by (instance)[, x])");
    }
}
