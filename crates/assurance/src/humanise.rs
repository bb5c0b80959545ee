//! Values as people read them.

use crate::class::Measure;
use crate::figure::Unit;

/// `13 d 4 h`, `55.6 %`, `1,234`: what a table shows for a value. The exact value is in the JSON.
pub fn value(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Records => count(value),
        Unit::PerRecord | Unit::Ratio | Unit::PerThousand | Unit::Points | Unit::Money => format!("{value:.2}"),
        Unit::Percent => percent(value),
        Unit::Seconds => duration(value),
    }
}

/// What one record adds to a figure: `met`, `13 d 4 h`, `2`; with `(imputed)` where its moment is.
pub fn measure(measure: &Measure, unit: Unit) -> String {
    let mut text = match unit {
        Unit::Records | Unit::Percent => measure.label.replace('_', " "),
        Unit::PerRecord | Unit::Ratio | Unit::PerThousand | Unit::Points | Unit::Money => count(measure.amount as f64),
        Unit::Seconds => duration(measure.amount as f64 / 1000.0),
    };
    if measure.imputed {
        text.push_str(" (imputed)");
    }
    text
}

/// Seconds in the two largest units that are not 0, rounded: `13 d 4 h`, `2 h`, `5 min 3 s`. Days have 24 hours.
pub fn duration(secs: f64) -> String {
    const UNITS: [(u64, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let sign = if secs < 0.0 { "-" } else { "" };
    let secs = secs.abs().round() as u64;
    let largest = UNITS.iter().position(|(size, _)| secs >= *size).unwrap_or(UNITS.len() - 1);
    let smaller = UNITS.get(largest + 1).copied();
    let (mut size, mut name) = UNITS[largest];
    let step = smaller.map_or(1, |(size, _)| size);
    // Rounding to the smaller unit may fill up the larger one: 59 min 59.6 s is 1 h.
    let rounded = (secs + step / 2) / step * step;
    if let Some((larger, larger_name)) = largest.checked_sub(1).map(|at| UNITS[at])
        && rounded >= larger
    {
        (size, name) = (larger, larger_name);
    }
    let rest = rounded % size;
    match smaller {
        Some((step, step_name)) if rest > 0 => format!("{sign}{} {name} {} {step_name}", rounded / size, rest / step),
        _ => format!("{sign}{} {name}", rounded / size),
    }
}

/// One decimal, or as many as it takes (up to four) not to show 100 % or 0 % for what is neither.
pub fn percent(value: f64) -> String {
    for decimals in 1..=4 {
        let text = format!("{value:.decimals$}");
        let shown: f64 = text.parse().unwrap_or(value);
        if (shown != 100.0 || value == 100.0) && (shown != 0.0 || value == 0.0) {
            return format!("{text} %");
        }
    }
    if value > 50.0 { "> 99.9999 %".to_owned() } else { "< 0.0001 %".to_owned() }
}

/// A whole number with a comma before every third digit.
pub fn count(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if value < 0.0 && digits != "0" {
        text.push('-');
    }
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_show_two_units_and_carry() {
        for (secs, text) in [
            (0.0, "0 s"),
            (0.4, "0 s"),
            (59.4, "59 s"),
            (59.6, "1 min"),
            (63.0, "1 min 3 s"),
            (3_599.6, "1 h"),
            (3_629.0, "1 h"),
            (3_631.0, "1 h 1 min"),
            (7_200.0, "2 h"),
            (86_399.0, "1 d"),
            (1_137_120.348, "13 d 4 h"),
            (196_080.0, "2 d 6 h"),
            (-90.0, "-1 min 30 s"),
            (864_000_000.0, "10000 d"),
        ] {
            assert_eq!(duration(secs), text, "{secs} s");
        }
    }

    #[test]
    fn almost_all_is_not_all() {
        assert_eq!(percent(55.618), "55.6 %");
        assert_eq!(percent(100.0), "100.0 %");
        assert_eq!(percent(99.97), "99.97 %");
        assert_eq!(percent(99.9999999), "> 99.9999 %");
        assert_eq!(percent(0.0), "0.0 %");
        assert_eq!(percent(0.004), "0.004 %");
        assert_eq!(percent(0.000001), "< 0.0001 %");
    }

    #[test]
    fn counts_are_grouped() {
        assert_eq!(count(0.0), "0");
        assert_eq!(count(890.0), "890");
        assert_eq!(count(1_234_567.0), "1,234,567");
        assert_eq!(count(-1_234.0), "-1,234");
        assert_eq!(value(0.985393, Unit::PerRecord), "0.99");
        assert_eq!(value(890.0, Unit::Records), "890");
        let one = |amount, imputed| Measure { amount, label: "never_reassigned", imputed };
        assert_eq!(measure(&one(1, true), Unit::Percent), "never reassigned (imputed)");
        assert_eq!(measure(&one(90_000, false), Unit::Seconds), "1 min 30 s");
        assert_eq!(measure(&one(3, false), Unit::PerRecord), "3");
    }
}
