//! Arrow types as ours.

use datafusion::arrow::datatypes::DataType as Arrow;
use datafusion::arrow::datatypes::{Field, Schema};
use metricwright_catalog::resolved::ColumnInfo;
use metricwright_formula::DataType;

/// The most digits that a decimal of ours may have.
const MAX_DIGITS: u8 = 38;

/// The columns of a schema.
pub(crate) fn columns(schema: &Schema) -> Vec<ColumnInfo> {
    schema.fields().iter().map(|field| column(field)).collect()
}

fn column(field: &Field) -> ColumnInfo {
    ColumnInfo {
        name: field.name().clone(),
        data_type: data_type(field.data_type()),
        unit: None,
        nullable: field.is_nullable(),
    }
}

/// The type of the values that `cells` makes; unknown for those it makes none of.
fn data_type(arrow: &Arrow) -> DataType {
    match arrow {
        Arrow::Boolean => DataType::Bool,
        whole if whole.is_integer() => DataType::Int,
        floating if floating.is_floating() => DataType::Float,
        Arrow::Utf8 | Arrow::LargeUtf8 | Arrow::Utf8View => DataType::Text,
        Arrow::Decimal32(precision, scale)
        | Arrow::Decimal64(precision, scale)
        | Arrow::Decimal128(precision, scale)
        | Arrow::Decimal256(precision, scale) => decimal(*precision, *scale),
        Arrow::Date32 | Arrow::Date64 => DataType::Date,
        Arrow::Timestamp(_, None) => DataType::DateTime,
        Arrow::Timestamp(_, Some(_)) => DataType::Instant,
        Arrow::Dictionary(_, values) => data_type(values),
        Arrow::RunEndEncoded(_, values) => data_type(values.data_type()),
        _ => DataType::Unknown,
    }
}

/// A negative scale stands for zeros before the point.
fn decimal(precision: u8, scale: i8) -> DataType {
    let zeros = if scale < 0 { scale.unsigned_abs() } else { 0 };
    let scale = u8::try_from(scale).unwrap_or(0);
    let precision = precision.saturating_add(zeros).clamp(1, MAX_DIGITS);
    DataType::Decimal { precision, scale: scale.min(precision) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::datatypes::TimeUnit;

    use super::*;

    #[test]
    fn arrow_types_become_ours() {
        let check = |arrow: Arrow, expected| assert_eq!(data_type(&arrow), expected, "{arrow}");
        check(Arrow::UInt64, DataType::Int);
        check(Arrow::Float32, DataType::Float);
        check(Arrow::Utf8View, DataType::Text);
        check(Arrow::Dictionary(Box::new(Arrow::Int8), Box::new(Arrow::LargeUtf8)), DataType::Text);
        check(Arrow::Decimal128(18, 2), DataType::Decimal { precision: 18, scale: 2 });
        check(Arrow::Decimal128(5, -3), DataType::Decimal { precision: 8, scale: 0 });
        check(Arrow::Decimal256(76, 10), DataType::Decimal { precision: 38, scale: 10 });
        check(Arrow::Date64, DataType::Date);
        check(Arrow::Timestamp(TimeUnit::Nanosecond, None), DataType::DateTime);
        check(Arrow::Timestamp(TimeUnit::Millisecond, Some("UTC".into())), DataType::Instant);
        check(Arrow::List(Arc::new(Field::new("item", Arrow::Int8, true))), DataType::Unknown);
        check(Arrow::Null, DataType::Unknown);
    }
}
