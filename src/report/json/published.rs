//! The published report, made while it is written.

use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

use super::once::Once;
use super::row::Row;
use super::{BlindSpotV1, InputV1, SummaryV1, accepted, tool};
use crate::report::Report;

/// The report in its published form, byte for byte what [`super::report`] gives, but made while it is written, one finding at a time: a
/// million of them are never there twice.
pub struct Published<'a>(pub &'a Report);

impl Serialize for Published<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let report = self.0;
        let (accepted, once) = (accepted(report, false), Once::default());
        let mut fields = serializer.serialize_struct("ReportV1", 7 + usize::from(!accepted.is_empty()))?;
        fields.serialize_field("version", &1)?;
        fields.serialize_field("tool", &tool())?;
        fields.serialize_field("today", &report.today)?;
        fields.serialize_field("inputs", &Each(|| report.inputs.iter().map(InputV1::from)))?;
        fields.serialize_field("findings", &Each(|| findings(report, &once)))?;
        fields.serialize_field(
            "blind_spots",
            &Each(|| report.blind_spots.iter().map(|spot| BlindSpotV1::of(spot, report))),
        )?;
        if !accepted.is_empty() {
            fields.serialize_field("accepted", &accepted)?;
        }
        fields.serialize_field("summary", &SummaryV1::of(report))?;
        fields.end()
    }
}

/// The findings of a report in their published form, to be written one at a time.
pub(crate) fn findings<'a, 'o>(report: &'a Report, once: &'o Once<'a>) -> impl Iterator<Item = Row<'a, 'o>> {
    report.findings.iter().map(move |finding| Row { finding, report, once })
}

/// A list that is made while it is written.
pub(super) struct Each<F>(pub(super) F);

impl<F: Fn() -> I, I: Iterator<Item: Serialize>> Serialize for Each<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Context, Input, audit, fake, report, samples};

    #[test]
    fn what_is_made_while_it_is_written_is_the_same_report() {
        let ignored = "# leastwise: ignore[exposed-token] until=2027-01-31 it is made up\nTOKEN={{deploy_token}}\n";
        let mut inputs = samples::inputs();
        inputs.push(Input::new("notes.txt", fake::expand(ignored)));
        let report = audit(inputs, &Context::new(samples::today()));
        assert_eq!(report.accepted_findings.len(), 1);
        for some in [0, 1, report.findings.len()] {
            let mut report = report.clone();
            report.findings.truncate(some);
            if some == 0 {
                report.accepted_findings.clear();
                report.blind_spots.clear();
            }
            let whole = report::json::report(&report, false);
            let pretty = serde_json::to_string_pretty(&Published(&report)).unwrap();
            assert_eq!(pretty, serde_json::to_string_pretty(&whole).unwrap());
            let once = Once::default();
            let mut rows = 0;
            for (row, finding) in findings(&report, &once).zip(&whole.findings) {
                assert_eq!(serde_json::to_string(&row).unwrap(), serde_json::to_string(finding).unwrap());
                rows += 1;
            }
            assert_eq!(rows, report.findings.len());
        }
    }
}
