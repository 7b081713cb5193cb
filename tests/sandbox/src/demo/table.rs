//! Columns for people: text to the left, numbers to the right.

/// Renders `rows` below `head`; the first column is text, the others are numbers.
pub(super) fn render<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> Vec<String> {
    let mut widths = head.map(|cell| cell.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: &[String; N]| {
        let cells = cells
            .iter()
            .zip(widths)
            .enumerate()
            .map(|(column, (cell, width))| {
                if column == 0 {
                    format!("{cell:<width$}")
                } else {
                    format!("{cell:>width$}")
                }
            });
        cells.collect::<Vec<_>>().join("  ")
    };
    let head = line(&head.map(str::to_owned));
    let rule = widths.map(|width| "-".repeat(width)).join("  ");
    [head, rule]
        .into_iter()
        .chain(rows.iter().map(line))
        .collect()
}

/// A sample's value: whole numbers as such, others with as many digits as a person reads.
pub(super) fn number(value: f64) -> String {
    if value.fract() == 0.0 {
        format!("{value:.0}")
    } else if value.abs() >= 100.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}

#[cfg(test)]
mod tests {
    use super::{number, render};

    #[test]
    fn text_stands_left_and_numbers_stand_right() {
        let rows = [["cpu", "9.50"], ["connections", "12"]].map(|row| row.map(str::to_owned));
        assert_eq!(
            render(["series", "value"], &rows),
            [
                "series       value",
                "-----------  -----",
                "cpu           9.50",
                "connections     12",
            ]
        );
    }

    #[test]
    fn numbers_have_the_digits_that_matter() {
        let numbers = [0.0, 3.0, 0.125, 41.666, 1234.567, f64::NAN].map(number);
        assert_eq!(numbers, ["0", "3", "0.12", "41.67", "1234.6", "NaN"]);
    }
}
