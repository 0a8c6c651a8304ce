//! Bar charts in text: one line per bar, drawn to scale, with the figure beside it.

use ar_core::Money;

use crate::cell::Cell;

/// One bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// Its label.
    pub label: String,
    /// Its length; a negative amount is drawn to the same scale and marked.
    pub amount: Money,
}

/// What bars are drawn with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BarStyle {
    /// Block characters, to an eighth of a column.
    #[default]
    Blocks,
    /// `#`, for terminals without Unicode.
    Ascii,
}

const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// Draws bars of at most `width` columns. The largest amount fills the width; anything that is
/// not zero shows at least a sliver. All amounts must be of one currency: bars of two currencies
/// have no common scale.
#[must_use]
pub fn bars(bars: &[Bar], width: u32, style: BarStyle) -> String {
    let longest = bars.iter().map(|bar| bar.amount.minor().unsigned_abs()).max().unwrap_or(0);
    let labels = bars.iter().map(|bar| bar.label.chars().count()).max().unwrap_or(0);
    let figures: Vec<String> = bars.iter().map(|bar| Cell::from(bar.amount).shown()).collect();
    let figure_width = figures.iter().map(String::len).max().unwrap_or(0);
    let mut text = String::new();
    for (bar, figure) in bars.iter().zip(&figures) {
        let drawn = draw(bar.amount.minor().unsigned_abs(), longest, width, style);
        let mark = if bar.amount.is_negative() { "-" } else { " " };
        let line = format!("{:<labels$}  {figure:>figure_width$} {mark}{drawn}", bar.label);
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn draw(size: u64, longest: u64, width: u32, style: BarStyle) -> String {
    if size == 0 || longest == 0 {
        return String::new();
    }
    let eighths = u128::from(size) * u128::from(width) * 8 / u128::from(longest);
    let eighths = usize::try_from(eighths).unwrap_or(0).max(1);
    match style {
        BarStyle::Ascii => "#".repeat(eighths.div_ceil(8)),
        BarStyle::Blocks => {
            let rest = EIGHTHS.get(eighths % 8).copied().unwrap_or("");
            format!("{}{rest}", "█".repeat(eighths / 8))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ar_core::Currency;

    fn bar(label: &str, minor: i64) -> Bar {
        let usd = Currency::parse("USD").unwrap();
        Bar { label: label.to_owned(), amount: Money::new(minor, usd).unwrap() }
    }

    #[test]
    fn bars_are_to_scale_and_a_credit_is_marked() {
        let all = [
            bar("current", 428_429),
            bar("1-30", 83_556),
            bar("31-60", 1),
            bar("61-90", 0),
            bar("unapplied", -214_214),
        ];
        insta::assert_snapshot!(bars(&all, 20, BarStyle::Ascii), @r"
        current     4,284.29  ####################
        1-30          835.56  ####
        31-60           0.01  #
        61-90           0.00
        unapplied  -2,142.14 -##########
        ");
        insta::assert_snapshot!(bars(&all, 20, BarStyle::Blocks), @r"
        current     4,284.29  ████████████████████
        1-30          835.56  ███▉
        31-60           0.01  ▏
        61-90           0.00
        unapplied  -2,142.14 -█████████▉
        ");
    }

    #[test]
    fn the_largest_amounts_do_not_overflow() {
        let all = [bar("a", 1_000_000_000_000_000), bar("b", -1_000_000_000_000_000)];
        assert!(bars(&all, u32::MAX / 1_000_000, BarStyle::Ascii).contains('#'));
    }
}
