//! Whatever a file holds, it is read as it was written or refused; nothing panics.
#![allow(missing_docs)]

use std::borrow::Cow;

use ar_cli::import::formats::{DateFormat, NumberFormat};
use ar_cli::import::mapping::Mapping;
use ar_cli::import::plan::plan;
use ar_cli::import::reader::Reader;
use proptest::prelude::*;

const MAPPING: &str = r#"
    rows = "invoices"
    dates = "M/D/YYYY"
    [account]
    id = "c"
    [invoice]
    number = "n"
    date = "d"
    amount = "a"
    currency = { value = "USD" }
"#;

/// Rows of equal width whose header has different names.
fn tables() -> impl Strategy<Value = Vec<Vec<String>>> {
    (1_usize..5, 0_usize..6).prop_flat_map(|(width, height)| {
        let cell = prop_oneof!["[ -~]{0,8}", "[,\"\r\n\tä]{0,4}", Just("=1+1".to_owned())];
        let rows = prop::collection::vec(prop::collection::vec(cell, width), height);
        rows.prop_map(move |mut rows| {
            rows.insert(0, (0..width).map(|n| format!("column {n}")).collect());
            rows
        })
    })
}

proptest! {
    #[test]
    fn what_another_writer_wrote_is_read_back_verbatim(table in tables(), crlf: bool) {
        let terminator = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
        let mut writer = csv::WriterBuilder::new().terminator(terminator).from_writer(Vec::new());
        for row in &table {
            writer.write_record(row).unwrap();
        }
        let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        let mut reader = Reader::new(&text, ',').unwrap();
        let mut read = Vec::new();
        while let Some(row) = reader.next_row().unwrap() {
            read.push(row.cells.into_iter().map(Cow::into_owned).collect::<Vec<_>>());
        }
        prop_assert_eq!(&read, &table[1..]);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let mapping = Mapping::parse(MAPPING).unwrap();
        let _ = plan(&bytes, &mapping);
        let _ = plan(&[b"c,n,d,a\n".as_slice(), &bytes].concat(), &mapping);
    }

    #[test]
    fn any_text_is_a_mapping_a_date_and_a_number_or_none(text in "\\PC{0,60}") {
        let _ = Mapping::parse(&text);
        let _ = DateFormat::parse(&text).map(|format| format.read(&text));
        let _ = NumberFormat::default().read(&text);
    }

    #[test]
    fn a_date_that_is_written_in_a_format_is_read_from_it(days in 0_i32..40_000) {
        let date = ar_core::Date::MIN.add_days(days).unwrap();
        let (y, m, d) = (date.year(), date.month(), date.day());
        for (format, text) in [
            ("M/D/YYYY", format!("{m}/{d}/{y}")),
            ("DD.MM.YYYY", format!("{d:02}.{m:02}.{y}")),
            ("YYYYMMDD", format!("{y}{m:02}{d:02}")),
        ] {
            prop_assert_eq!(DateFormat::parse(format).unwrap().read(&text).unwrap(), date);
        }
    }
}
