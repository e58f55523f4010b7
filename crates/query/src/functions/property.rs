//! `property` and `property_number`: single values out of JSON.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Builder, StringArray, StringBuilder};
use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility};
use periplus_engine::lens::Properties;
use serde_json::Value;

use super::FunctionDoc;
use crate::error::QueryError;

pub(super) const DOCS: &[FunctionDoc] = &[
    FunctionDoc {
        call: "property(properties, 'name')",
        about: "A property as text; 'a.b' is the property of that name, or b inside of a. Null where there is none",
    },
    FunctionDoc { call: "property(value)", about: "A whole JSON value as text, such as a trait's" },
    FunctionDoc { call: "property_number(properties, 'name')", about: "A property as a number; null where it is none" },
    FunctionDoc { call: "property_number(value)", about: "A whole JSON value as a number" },
];

pub(super) fn all() -> Vec<ScalarUDF> {
    [false, true].map(|number| ScalarUDF::from(Property { number, signature: signature() })).into()
}

fn signature() -> Signature {
    Signature::one_of(vec![TypeSignature::String(1), TypeSignature::String(2)], Volatility::Immutable)
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Property {
    number: bool,
    signature: Signature,
}

impl ScalarUDFImpl for Property {
    fn name(&self) -> &str {
        if self.number { "property_number" } else { "property" }
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(if self.number { DataType::Float64 } else { DataType::Utf8 })
    }
    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let name = match args.args.get(1) {
            None => None,
            Some(ColumnarValue::Scalar(name)) => match name.try_as_str().flatten() {
                Some(name) => Some(name.to_owned()),
                None => return Ok(ColumnarValue::Scalar(ScalarValue::try_from(args.return_field.data_type())?)),
            },
            Some(ColumnarValue::Array(_)) => {
                return Err(QueryError::Wrong(format!("{}() needs the property's name as a text in quotes", self.name())).into());
            }
        };
        let texts = arrow::compute::cast(&args.args[0].to_array(args.number_rows)?, &DataType::Utf8)?;
        let texts: &StringArray = texts.as_string();
        let mut reader = Properties::new(name.iter().cloned().collect());
        let mut read = |row: usize| -> Option<Value> {
            let text = (!texts.is_null(row)).then(|| texts.value(row))?;
            match &name {
                None => serde_json::from_str(text).ok(),
                Some(name) => {
                    reader.take(text);
                    reader.find(name).cloned()
                }
            }
        };
        let array: ArrayRef = if self.number {
            let mut numbers = Float64Builder::with_capacity(texts.len());
            (0..texts.len()).for_each(|row| numbers.append_option(read(row).as_ref().and_then(number)));
            Arc::new(numbers.finish())
        } else {
            let mut written = StringBuilder::new();
            for row in 0..texts.len() {
                match read(row) {
                    None | Some(Value::Null) => written.append_null(),
                    Some(Value::String(text)) => written.append_value(text),
                    Some(other) => written.append_value(other.to_string()),
                }
            }
            Arc::new(written.finish())
        };
        Ok(ColumnarValue::Array(array))
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
    .filter(|number: &f64| number.is_finite())
}
