//! Splitting a total by weights without losing a unit (INV-04).

use super::ValueError;

/// Splits `total` into parts proportional to `weights` by the largest remainder.
///
/// The parts sum to the total, none differs from its exact share by a whole unit, none has the
/// opposite sign, and equal weights are served by position only where a unit cannot be divided:
/// the largest remainder first, then the larger weight, then the earlier position. Permuting
/// distinct weights permutes the parts.
///
/// ```
/// use ar_core::split;
/// assert_eq!(split(10_000, &[1, 1, 1])?, [3_334, 3_333, 3_333]);
/// assert_eq!(split(-100, &[70, 30])?, [-70, -30]);
/// assert_eq!(split(5, &[0, 0]).unwrap_err().code(), "amount.out_of_range");
/// # Ok::<(), ar_core::ValueError>(())
/// ```
///
/// # Errors
/// `amount.out_of_range` when no weight is positive and the total is not zero.
pub fn split(total: i64, weights: &[u64]) -> Result<Vec<i64>, ValueError> {
    let mut sum: u128 = 0;
    for weight in weights {
        sum = sum.checked_add(u128::from(*weight)).ok_or(ValueError::AmountOutOfRange)?;
    }
    if sum == 0 {
        return if total == 0 { Ok(vec![0; weights.len()]) } else { Err(ValueError::AmountOutOfRange) };
    }
    let size = u128::from(total.unsigned_abs());
    let mut parts = Vec::with_capacity(weights.len());
    let mut rests = Vec::with_capacity(weights.len());
    let mut given: u128 = 0;
    for (position, weight) in weights.iter().enumerate() {
        let product = size.checked_mul(u128::from(*weight)).ok_or(ValueError::AmountOutOfRange)?;
        let part = product.checked_div(sum).unwrap_or(0);
        let rest = product.checked_rem(sum).unwrap_or(0);
        given = given.saturating_add(part);
        parts.push(part);
        rests.push((std::cmp::Reverse(rest), std::cmp::Reverse(*weight), position));
    }
    rests.sort_unstable();
    let left = usize::try_from(size.saturating_sub(given)).map_err(|_| ValueError::AmountOutOfRange)?;
    for (_, _, position) in rests.into_iter().take(left) {
        if let Some(part) = parts.get_mut(position) {
            *part = part.saturating_add(1);
        }
    }
    parts
        .into_iter()
        .map(|part| {
            let part = i64::try_from(part).map_err(|_| ValueError::AmountOutOfRange)?;
            Ok(if total < 0 { part.saturating_neg() } else { part })
        })
        .collect()
}
