//! Patterns of `like`.

use std::fmt;

/// A pattern of `like`: `%` stands for any text, `_` for one character, `\` makes the next `%`, `_` or `\` stand for
/// itself. Upper and lower case differ.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LikePattern {
    pieces: Vec<LikePiece>,
}

/// A piece of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LikePiece {
    /// This character.
    Character(char),
    /// Any one character.
    One,
    /// Any text, also none.
    Any,
}

impl LikePattern {
    /// Reads a pattern; none if a backslash stands before anything but `%`, `_` and `\`.
    ///
    /// ```
    /// use metricwright_formula::LikePattern;
    ///
    /// let sale = LikePattern::parse(r"50\% %").unwrap();
    /// assert!(sale.matches("50% off") && !sale.matches("500 off"));
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let mut pieces = Vec::new();
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            let piece = match character {
                '%' => LikePiece::Any,
                '_' => LikePiece::One,
                '\\' => LikePiece::Character(characters.next().filter(|next| "%_\\".contains(*next))?),
                other => LikePiece::Character(other),
            };
            if piece != LikePiece::Any || pieces.last() != Some(&LikePiece::Any) {
                pieces.push(piece);
            }
        }
        Some(Self { pieces })
    }

    /// The pieces in order; never two [`LikePiece::Any`] beside each other.
    pub fn pieces(&self) -> &[LikePiece] {
        &self.pieces
    }

    /// Whether the whole text fits.
    pub fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        // `reach[n]`: the pieces so far can end behind the nth character.
        let mut reach = vec![false; text.len() + 1];
        if let Some(start) = reach.first_mut() {
            *start = true;
        }
        for piece in &self.pieces {
            reach = match piece {
                LikePiece::Any => {
                    let mut seen = false;
                    reach
                        .iter()
                        .map(|here| {
                            seen |= here;
                            seen
                        })
                        .collect()
                }
                one => {
                    let fits =
                        |character: &char| *one == LikePiece::One || *one == LikePiece::Character(*character);
                    let moved = reach.iter().zip(&text).map(|(here, character)| *here && fits(character));
                    std::iter::once(false).chain(moved).collect()
                }
            };
        }
        reach.last() == Some(&true)
    }
}

impl fmt::Display for LikePattern {
    /// The text that [`LikePattern::parse`] reads.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in &self.pieces {
            match piece {
                LikePiece::Any => formatter.write_str("%")?,
                LikePiece::One => formatter.write_str("_")?,
                LikePiece::Character(special @ ('%' | '_' | '\\')) => write!(formatter, "\\{special}")?,
                LikePiece::Character(other) => write!(formatter, "{other}")?,
            }
        }
        Ok(())
    }
}
