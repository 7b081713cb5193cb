//! Quantities of Kubernetes: `100m`, `1.5Gi`, `1e3`.
//!
//! The grammar is that of <https://pkg.go.dev/k8s.io/apimachinery/pkg/api/resource#Quantity>. Values are
//! exact; what a server rounds (below a billionth) or caps (above 2⁶³) is not rounded here.

/// Longer ones are not read: nobody writes them, and each step would take its time.
const LONGEST: usize = 100;

/// Reads a quantity. Gives its significant digits and the power of ten behind them: `15e-1` for `1.5`,
/// one spelling for each value.
pub(super) fn parse(text: &str) -> Option<String> {
    if text.len() > LONGEST {
        return None;
    }
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let end = unsigned
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at_checked(end)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if fraction.contains('.') || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let mut digits: Vec<u32> = whole
        .chars()
        .chain(fraction.chars())
        .map(|c| c.to_digit(10))
        .collect::<Option<_>>()?;
    let mut exponent = -i64::try_from(fraction.len()).ok()?;
    match suffix {
        "Ki" => scale(&mut digits, 1),
        "Mi" => scale(&mut digits, 2),
        "Gi" => scale(&mut digits, 3),
        "Ti" => scale(&mut digits, 4),
        "Pi" => scale(&mut digits, 5),
        "Ei" => scale(&mut digits, 6),
        decimal => exponent += power_of_ten(decimal)?,
    }
    Some(canonical(sign, &digits, exponent))
}

fn power_of_ten(suffix: &str) -> Option<i64> {
    Some(match suffix {
        "n" => -9,
        "u" => -6,
        "m" => -3,
        "" => 0,
        "k" => 3,
        "M" => 6,
        "G" => 9,
        "T" => 12,
        "P" => 15,
        "E" => 18,
        _ => {
            return suffix
                .strip_prefix(['e', 'E'])?
                .parse::<i32>()
                .ok()
                .map(i64::from);
        }
    })
}

/// Multiplies decimal digits by a power of 1024.
fn scale(digits: &mut Vec<u32>, power: u32) {
    for _ in 0..power {
        let mut carry = 0;
        for digit in digits.iter_mut().rev() {
            let product = *digit * 1024 + carry;
            *digit = product % 10;
            carry = product / 10;
        }
        while carry > 0 {
            digits.insert(0, carry % 10);
            carry /= 10;
        }
    }
}

fn canonical(sign: &str, digits: &[u32], exponent: i64) -> String {
    let first = digits.iter().position(|digit| *digit != 0);
    let last = digits.iter().rposition(|digit| *digit != 0);
    let (Some(first), Some(last)) = (first, last) else {
        return "0".to_owned();
    };
    let mut text = sign.to_owned();
    let significant = digits.get(first..=last).unwrap_or_default();
    text.extend(
        significant
            .iter()
            .filter_map(|digit| char::from_digit(*digit, 10)),
    );
    let zeros = i64::try_from(digits.len() - 1 - last).unwrap_or(0);
    let exponent = exponent + zeros;
    if exponent != 0 {
        text.push('e');
        text.push_str(&exponent.to_string());
    }
    text
}
