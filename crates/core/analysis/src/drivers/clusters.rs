//! Slices that behave alike.

use super::leads::correlation;

/// Groups of series that move together, the largest first, each in the order of entry: by agglomeration with the mean
/// correlation between groups (Sokal and Michener 1958), until none reaches `least`. Series that are constant or have too
/// few values in common with others stay alone. Meant for up to some thousand series.
pub fn clusters(series: &[Vec<f64>], least: f64) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = (0..series.len()).map(|place| vec![place]).collect();
    let alike = |one: &Vec<f64>, other: &Vec<f64>| {
        let found = correlation(one.iter().zip(other)).0;
        if found.is_finite() { found } else { -1.0 }
    };
    let mut table: Vec<Vec<f64>> =
        series.iter().map(|one| series.iter().map(|other| alike(one, other)).collect()).collect();
    while let Some((kept, gone)) = closest(&table, least) {
        let size = |place: usize| groups.get(place).map_or(0.0, |group| group.len() as f64);
        let (kept_size, gone_size) = (size(kept), size(gone));
        let gone_row = table.get(gone).cloned().unwrap_or_default();
        let kept_row = table.get(kept).cloned().unwrap_or_default();
        let merged = kept_row.iter().zip(&gone_row);
        let merged: Vec<f64> = merged
            .map(|(one, other)| (kept_size * one + gone_size * other) / (kept_size + gone_size))
            .collect();
        for (row, value) in table.iter_mut().zip(&merged) {
            if let Some(slot) = row.get_mut(kept) {
                *slot = *value;
            }
            row.remove(gone);
        }
        if let Some(row) = table.get_mut(kept) {
            row.iter_mut()
                .zip(merged.iter().enumerate().filter(|(place, _)| *place != gone))
                .for_each(|(slot, (_, value))| *slot = *value);
        }
        table.remove(gone);
        let members = groups.remove(gone);
        if let Some(group) = groups.get_mut(kept) {
            group.extend(members);
            group.sort_unstable();
        }
    }
    groups.sort_by_key(|group| (std::cmp::Reverse(group.len()), group.first().copied()));
    groups
}

/// The two groups that are most alike, the earlier first; none below the least.
fn closest(table: &[Vec<f64>], least: f64) -> Option<(usize, usize)> {
    let pairs = table.iter().enumerate().flat_map(|(place, row)| {
        row.iter().enumerate().skip(place + 1).map(move |(other, value)| (place, other, *value))
    });
    let best = pairs.max_by(|left, right| left.2.total_cmp(&right.2))?;
    (best.2 >= least).then_some((best.0, best.1))
}

#[cfg(test)]
mod tests {
    use super::super::leads::tests::noise;
    use super::clusters;

    #[test]
    fn series_of_one_origin_come_together() {
        let (one, other) = (noise(1, 200), noise(2, 200));
        let with = |base: &[f64], seed| {
            base.iter().zip(noise(seed, 200)).map(|(value, noise)| value + 0.3 * noise).collect()
        };
        let series =
            [with(&one, 3), with(&other, 4), with(&one, 5), with(&other, 6), with(&one, 7), vec![1.0; 200]];
        assert_eq!(clusters(&series, 0.7), [vec![0, 2, 4], vec![1, 3], vec![5]]);
        assert_eq!(clusters(&[], 0.5), Vec::<Vec<usize>>::new());
    }
}
