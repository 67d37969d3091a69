//! What was found, in words that say no more than was found.
//!
//! A [`Statement`] is data; its text in a language comes out of it, so that a picture, a table and a sentence say the
//! same. A slice *holds* a part of a change and an event *coincides* with it; that one is the cause of it is for people.

use super::{Coincidence, Explanation, Table, Traced};

/// A language of texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// 简体中文
    Chinese,
}

/// One slice that holds a part of a change.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The names of dimensions and members.
    pub slice: Vec<(String, String)>,
    /// What it contributes.
    pub contribution: f64,
    /// Its part of the change; none without a change.
    pub share: Option<f64>,
    /// Evidence in nats.
    pub evidence: f64,
}

/// What is known of why a metric changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// The name of the metric.
    pub metric: String,
    /// The metric.
    pub actual: f64,
    /// What it is compared with.
    pub baseline: f64,
    /// Whether the metric is a ratio, whose changes are told in percentage points.
    pub ratio: bool,
    /// Whether weights moved and not ratios.
    pub weights: bool,
    /// The slices.
    pub findings: Vec<Finding>,
    /// The part of the change they hold together; none without a change.
    pub share: Option<f64>,
    /// What all other leaves contribute.
    pub rest: f64,
    /// What coincides.
    pub coincidences: Vec<Coincidence>,
    /// Slices of more dimensions were not searched; none where there are no more.
    pub layers: Option<usize>,
}

/// Puts together what was found out about a change of a metric.
pub fn statement(
    metric: &str,
    table: &Table,
    explanation: &Explanation,
    coincidences: Vec<Coincidence>,
) -> Statement {
    let change = explanation.change();
    let name = |(dimension, member): &(usize, u32)| {
        let dimension = table.dimensions().get(*dimension)?;
        Some((dimension.name().to_owned(), dimension.members().get(*member as usize)?.clone()))
    };
    let findings = explanation.causes.iter().map(|cause| Finding {
        slice: cause.terms.iter().filter_map(name).collect(),
        contribution: cause.contribution(),
        share: Some(cause.contribution() / change).filter(|share| share.is_finite()),
        evidence: cause.evidence,
    });
    Statement {
        metric: metric.to_owned(),
        actual: explanation.actual,
        baseline: explanation.baseline,
        ratio: explanation.traced != Traced::Values,
        weights: explanation.traced == Traced::Weights,
        findings: findings.collect(),
        share: explanation.share(),
        rest: explanation.rest,
        coincidences,
        layers: Some(explanation.layers).filter(|layers| *layers < table.dimensions().len()),
    }
}

impl Statement {
    /// The statement as sentences.
    pub fn text(&self, language: Language) -> String {
        let mut sentences = vec![self.change(language)];
        sentences.extend(self.found(language));
        sentences.extend(self.coincidences.iter().map(|one| coincides(one, language)));
        if let Some(layers) = self.layers {
            sentences.push(match language {
                Language::English => format!("Slices of more than {layers} dimensions were not searched."),
                Language::Chinese => format!("未搜索超过 {layers} 个维度的组合。"),
            });
        }
        sentences.join(match language {
            Language::English => " ",
            Language::Chinese => "",
        })
    }

    fn change(&self, language: Language) -> String {
        let Self { metric, actual, baseline, ratio, .. } = self;
        let (from, to) = (value(*baseline, *ratio), value(*actual, *ratio));
        let change = self.signed(actual - baseline, language);
        let relative = 100.0 * (actual - baseline) / baseline.abs();
        let relative = if relative.is_finite() { format!(" ({relative:+.1} %)") } else { String::new() };
        let (rose, fell) = (actual > baseline, actual < baseline);
        match language {
            Language::English if rose => format!("{metric} rose from {from} to {to}, by {change}{relative}."),
            Language::English if fell => format!("{metric} fell from {from} to {to}, by {change}{relative}."),
            Language::English => format!("{metric} is {to}, as before."),
            Language::Chinese => {
                let relative = relative.replace(" (", "（").replace(" %)", "%）");
                let verb = if rose { "上升" } else { "下降" };
                if rose || fell {
                    format!("{metric}由 {from} {verb}到 {to}，变动 {change}{relative}。")
                } else {
                    format!("{metric}为 {to}，没有变动。")
                }
            }
        }
    }

    fn found(&self, language: Language) -> Vec<String> {
        if self.findings.is_empty() {
            return vec![match language {
                Language::English => {
                    "No slice stands out: where there is a change, all parts share it.".to_owned()
                }
                Language::Chinese => "没有突出的局部：如有变动，各部分变动一致。".to_owned(),
            }];
        }
        let mut sentences = Vec::new();
        if self.weights {
            sentences.push(match language {
                Language::English => "The ratios of the parts stayed; their weights moved.".to_owned(),
                Language::Chinese => "各部分自身的比率没有变，变的是结构（权重）。".to_owned(),
            });
        }
        sentences.extend(self.findings.iter().map(|finding| self.finding(finding, language)));
        sentences.push(self.together(language));
        sentences
    }

    fn finding(&self, finding: &Finding, language: Language) -> String {
        let slice = finding.slice.iter().map(|(dimension, member)| format!("{dimension} = {member}"));
        let contribution = self.signed(finding.contribution, language);
        match language {
            Language::English => {
                let share = finding
                    .share
                    .map(|share| format!(", {} of the change", percent(share)))
                    .unwrap_or_default();
                let slice = slice.collect::<Vec<_>>().join(" and ");
                format!("{slice} holds {contribution}{share} ({}).", strength(finding.evidence, language))
            }
            Language::Chinese => {
                let share =
                    finding.share.map(|share| format!("，占变动的 {}", percent(share))).unwrap_or_default();
                let slice = slice.collect::<Vec<_>>().join("、");
                format!("{slice} 贡献 {contribution}{share}（{}）。", strength(finding.evidence, language))
            }
        }
    }

    fn together(&self, language: Language) -> String {
        let rest = self.signed(self.rest, language);
        match (language, self.share) {
            (Language::English, Some(share)) => {
                format!("Together that is {} of the change; all else contributes {rest}.", percent(share))
            }
            (Language::English, None) => format!("All else contributes {rest}."),
            (Language::Chinese, Some(share)) => {
                format!("合计占变动的 {}；其余部分贡献 {rest}。", percent(share))
            }
            (Language::Chinese, None) => format!("其余部分贡献 {rest}。"),
        }
    }

    fn signed(&self, change: f64, language: Language) -> String {
        let unit = match language {
            _ if !self.ratio => "",
            Language::English => " points",
            Language::Chinese => " 个百分点",
        };
        let scaled = if self.ratio { 100.0 * change } else { change };
        let sign = if scaled >= 0.0 { "+" } else { "-" };
        format!("{sign}{}{unit}", grouped(scaled.abs()))
    }
}

fn coincides(one: &Coincidence, language: Language) -> String {
    let Coincidence { name, actual_days: now, baseline_days: then, .. } = one;
    match language {
        Language::English => format!(
            "{name} falls on {now} of these days and on {then} of those compared: it coincides, which does not show that it is the cause."
        ),
        Language::Chinese => {
            format!("“{name}”在本期有 {now} 天、对比期有 {then} 天：时间上重合，不等于原因。")
        }
    }
}

/// Evidence in words: a factor of 20,000 is strong, one of 150 fair.
fn strength(nats: f64, language: Language) -> &'static str {
    match language {
        Language::English if nats >= 10.0 => "strong evidence",
        Language::English if nats >= 5.0 => "fair evidence",
        Language::English => "weak evidence",
        Language::Chinese if nats >= 10.0 => "证据充分",
        Language::Chinese if nats >= 5.0 => "证据一般",
        Language::Chinese => "证据较弱",
    }
}

fn value(number: f64, ratio: bool) -> String {
    if ratio {
        format!("{} %", grouped(100.0 * number))
    } else {
        format!("{}{}", if number < 0.0 { "-" } else { "" }, grouped(number.abs()))
    }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

/// A number of at least three digits that count, thousands apart.
fn grouped(number: f64) -> String {
    let decimals = match number {
        n if n >= 100.0 => 0,
        n if n >= 10.0 => 1,
        n if n >= 0.1 || n == 0.0 => 2,
        _ => 4,
    };
    let text = format!("{number:.decimals$}");
    let (whole, part) = text.split_at(text.find('.').unwrap_or(text.len()));
    let digits: Vec<char> = whole.chars().collect();
    let chunks: Vec<String> = digits.rchunks(3).rev().map(|chunk| chunk.iter().collect()).collect();
    format!("{}{part}", chunks.join(","))
}

#[cfg(test)]
mod tests {
    use super::{Language, grouped, statement};
    use crate::attribute::{Dimension, Measure, Pair, Table, explain};

    fn table(moved: impl Fn(usize) -> f64) -> Table {
        let (mut region, mut channel) = (Dimension::new("region"), Dimension::new("channel"));
        let (mut actual, mut baseline) = (Vec::new(), Vec::new());
        for leaf in 0..24 {
            region.push(["华东", "华北", "华南", "西南"][leaf / 6]);
            channel.push(["a", "b", "c", "d", "e", "f"][leaf % 6]);
            let noise = [0.99, 1.01, 1.0, 1.005, 0.995][leaf % 5];
            baseline.push(1000.0);
            actual.push(1000.0 * noise * moved(leaf));
        }
        Table::new(vec![region, channel], Measure::Additive(Pair { actual, baseline })).unwrap()
    }

    #[test]
    fn a_slice_that_fell_is_told_in_both_languages() {
        let table = table(|leaf| if leaf / 6 == 0 { 0.5 } else { 1.0 });
        let statement = statement("销售额", &table, &explain(&table), Vec::new());
        assert_eq!(
            statement.text(Language::English),
            "销售额 fell from 24,000 to 21,010, by -2,990 (-12.5 %). region = 华东 holds -3,005, 101 % of the change \
             (strong evidence). Together that is 101 % of the change; all else contributes +15.0."
        );
        assert_eq!(
            statement.text(Language::Chinese),
            "销售额由 24,000 下降到 21,010，变动 -2,990（-12.5%）。region = 华东 贡献 -3,005，占变动的 101 %（证据充分）。\
             合计占变动的 101 %；其余部分贡献 +15.0。"
        );
    }

    #[test]
    fn a_change_that_all_share_is_nobodys() {
        let table = table(|_| 1.3);
        let statement = statement("revenue", &table, &explain(&table), Vec::new());
        assert!(statement.findings.is_empty());
        assert!(
            statement
                .text(Language::English)
                .ends_with("No slice stands out: where there is a change, all parts share it.")
        );
    }

    #[test]
    fn numbers_show_the_digits_that_count() {
        assert_eq!(grouped(1_234_567.8), "1,234,568");
        assert_eq!(grouped(12.34), "12.3");
        assert_eq!(grouped(0.0123), "0.0123");
    }
}
