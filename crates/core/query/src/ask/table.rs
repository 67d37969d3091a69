//! Which rows of an answer are shown, and in which order.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::str::FromStr;

use metricwright_formula::{
    ColumnPath, DataType, Environment, Expr, ParseMode, Resolution, Scope, Typed, Unit, Value, check,
    evaluate, expect_boolean, parse,
};

use super::Ask;
use super::rows::{Answer, AnswerRow};

/// The member that stands for those that are not among the first.
pub const OTHERS: &str = "(others)";

/// A condition on the values of a row, over the metrics by name (`-` written `_`), and `value` for the first.
#[derive(Clone, Debug)]
pub struct Having(Expr);

/// What rows are ordered by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderBy {
    /// `window`, a dimension, or a metric.
    pub name: String,
    /// Which way.
    pub order: Order,
}

/// Which way rows are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The smallest first; missing values last.
    Ascending,
    /// The largest first; missing values last.
    Descending,
}

impl FromStr for OrderBy {
    type Err = String;

    /// Reads `revenue`, `revenue desc` or `channel asc`.
    ///
    /// # Errors
    /// The text has more than a name and a way.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut words = text.split_whitespace();
        let (name, way) = (words.next().unwrap_or_default().to_owned(), words.next());
        let order = match way.map(str::to_ascii_lowercase).as_deref() {
            None | Some("asc") => Order::Ascending,
            Some("desc") => Order::Descending,
            Some(other) => return Err(format!("`{other}` is no order: write `asc` or `desc`")),
        };
        match (name.is_empty(), words.next()) {
            (false, None) => Ok(Self { name, order }),
            _ => Err(format!(
                "`{text}` is no order: write a name, and `asc` or `desc`, such as `revenue desc`"
            )),
        }
    }
}

impl Ask {
    /// Reads a condition on rows.
    ///
    /// # Errors
    /// The text is no condition over the metrics of the question; the message says why.
    pub fn having(&self, text: &str) -> Result<Having, String> {
        let told = |faults: Vec<metricwright_formula::Fault>| {
            let told: Vec<String> =
                faults.into_iter().map(|fault| format!("{}; {}", fault.reason, fault.remedy)).collect();
            told.join("\n")
        };
        let expr = parse(text, ParseMode::Derived).map_err(told)?;
        let typed = check(&expr, &Names(self)).map_err(told)?;
        expect_boolean(&expr, &typed).map_err(|fault| told(vec![fault]))?;
        Ok(Having(expr))
    }

    fn place(&self, name: &str) -> Option<usize> {
        let same = |known: &str| known == name || known.replace('-', "_") == name;
        if name == "value" {
            return Some(0);
        }
        self.metrics.iter().position(|metric| same(&metric.id.name))
    }

    /// Keeps the rows that meet a condition; one that cannot be decided, as something is missing, is not met.
    pub fn keep(&self, answer: &mut Answer, having: &Having) {
        answer.rows.retain(|row| evaluate(&having.0, &RowValues { ask: self, row }) == Ok(Value::Bool(true)));
    }

    /// Orders the rows; those that are equal stay in order of window and slice.
    ///
    /// # Errors
    /// There is nothing of one of the names; the message lists what there is.
    pub fn order(&self, answer: &mut Answer, by: &[OrderBy]) -> Result<(), String> {
        for order in by {
            let known =
                order.name == "window" || self.by.contains(&order.name) || self.place(&order.name).is_some();
            if !known {
                let metrics = self.metrics.iter().map(|metric| metric.id.name.as_str());
                let names: Vec<&str> =
                    ["window"].into_iter().chain(self.by.iter().map(String::as_str)).chain(metrics).collect();
                return Err(format!(
                    "there is no `{}` to order by: use one of {}",
                    order.name,
                    names.join(", ")
                ));
            }
        }
        answer.rows.sort_by(|left, right| {
            let ways = by.iter().map(|order| self.compared(order, left, right));
            ways.fold(Ordering::Equal, Ordering::then)
        });
        Ok(())
    }

    fn compared(&self, order: &OrderBy, left: &AnswerRow, right: &AnswerRow) -> Ordering {
        let way = |found: Ordering| if order.order == Order::Descending { found.reverse() } else { found };
        if order.name == "window" {
            return way(left.window.cmp(&right.window));
        }
        if self.by.contains(&order.name) {
            return way(left.slice.0.get(&order.name).cmp(&right.slice.0.get(&order.name)));
        }
        let value = |row: &AnswerRow| {
            row.metrics.get(self.place(&order.name)?).and_then(|answer| answer.value.as_f64())
        };
        match (value(left), value(right)) {
            (Some(left), Some(right)) => way(left.total_cmp(&right)),
            (left, right) => right.is_some().cmp(&left.is_some()),
        }
    }

    /// The members of the one dimension whose first metric is largest, from an answer over the whole range.
    pub fn largest(&self, whole: &Answer, count: usize) -> Vec<Option<String>> {
        let mut rows: Vec<&AnswerRow> = whole.rows.iter().collect();
        let value = |row: &&AnswerRow| row.metrics.first().and_then(|answer| answer.value.as_f64());
        rows.retain(|row| value(row).is_some());
        rows.sort_by(|left, right| {
            value(right).unwrap_or_default().total_cmp(&value(left).unwrap_or_default())
        });
        rows.into_iter().take(count).filter_map(|row| row.slice.0.values().next().cloned()).collect()
    }

    /// Keeps the rows of some members of the one dimension, and adds those of all others as one.
    pub fn with_others(&self, answer: &mut Answer, members: &[Option<String>], others: Answer) {
        let kept: BTreeSet<&Option<String>> = members.iter().collect();
        answer.rows.retain(|row| row.slice.0.values().all(|member| kept.contains(member)));
        let Some(dimension) = self.by.first() else { return };
        for row in others.rows {
            let slice = crate::Slice::of([(dimension.as_str(), Some(OTHERS.to_owned()))]);
            answer.rows.push(AnswerRow { slice, ..row });
        }
        let place = |row: &AnswerRow| {
            let member = row.slice.0.values().next();
            members.iter().position(|known| Some(known) == member).unwrap_or(usize::MAX)
        };
        answer.rows.sort_by_key(|row| (row.window, place(row)));
    }
}

/// What a condition may name.
struct Names<'a>(&'a Ask);

impl Scope for Names<'_> {
    fn resolve(&self, _path: &ColumnPath) -> Resolution {
        Resolution::Missing
    }

    fn resolve_metric(&self, name: &str) -> Resolution {
        match self.0.place(name) {
            Some(_) => Resolution::Known(Typed::new(DataType::Float, Unit::unknown(), true)),
            None => Resolution::Missing,
        }
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }

    fn metric_names(&self) -> Vec<String> {
        let names = self.0.metrics.iter().map(|metric| metric.id.name.replace('-', "_"));
        names.chain(["value".to_owned()]).collect()
    }
}

/// The values of a row.
struct RowValues<'a> {
    ask: &'a Ask,
    row: &'a AnswerRow,
}

impl Environment for RowValues<'_> {
    fn column(&self, _path: &ColumnPath) -> Option<Value> {
        None
    }

    fn metric(&self, name: &str) -> Option<Value> {
        Some(self.row.metrics.get(self.ask.place(name)?)?.value.clone())
    }
}
