//! Values as texts that give exactly the same value back.

use metricwright_formula::Value;

use crate::error::StoreError;

/// The value as text; none when missing. A letter before the colon says which type.
pub fn encode(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Bool(truth) => Some(format!("b:{truth}")),
        Value::Int(number) => Some(format!("i:{number}")),
        Value::Decimal(number) => Some(format!("d:{number}")),
        // `{:?}` writes the shortest text that reads back as the same number.
        Value::Float(number) => Some(format!("f:{number:?}")),
        // PostgreSQL keeps every character in a text but this one.
        Value::Text(text) if text.contains('\0') => {
            Some(format!("j:{}", serde_json::Value::from(text.as_str())))
        }
        Value::Text(text) => Some(format!("t:{text}")),
        Value::Date(date) => Some(format!("D:{date}")),
        Value::DateTime(time) => Some(format!("T:{time}")),
        Value::Instant(moment) => Some(format!("I:{moment}")),
    }
}

/// The value that a text stands for.
pub fn decode(text: Option<&str>) -> Result<Value, StoreError> {
    let Some(text) = text else { return Ok(Value::Null) };
    let corrupt = || StoreError::Corrupt(format!("the value `{text}`"));
    let (tag, rest) = text.split_once(':').ok_or_else(corrupt)?;
    let value = match tag {
        "b" => rest.parse().ok().map(Value::Bool),
        "i" => rest.parse().ok().map(Value::Int),
        "d" => rest.parse().ok().map(Value::Decimal),
        "f" => rest.parse().ok().map(Value::Float),
        "t" => Some(Value::Text(rest.to_owned())),
        "j" => serde_json::from_str(rest).ok().map(Value::Text),
        "D" => rest.parse().ok().map(Value::Date),
        "T" => rest.parse().ok().map(Value::DateTime),
        "I" => rest.parse().ok().map(Value::Instant),
        _ => None,
    };
    value.ok_or_else(corrupt)
}

/// Several values as one text.
pub fn encode_all(values: &[Value]) -> Result<String, StoreError> {
    Ok(serde_json::to_string(&values.iter().map(encode).collect::<Vec<_>>())?)
}

/// The values that a text stands for.
pub fn decode_all(text: &str) -> Result<Vec<Value>, StoreError> {
    let texts: Vec<Option<String>> = serde_json::from_str(text)?;
    texts.iter().map(|text| decode(text.as_deref())).collect()
}
