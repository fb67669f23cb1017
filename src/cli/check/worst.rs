//! Reports to be read, of exports that are too long for all their findings: the worst are kept, the others counted. In SARIF too,
//! since its readers take no more (<https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning#validating-your-sarif-file>:
//! of 25,000 results the first 5,000 are shown).

use std::collections::BTreeSet;
use std::io;

use super::super::args::Check;
use super::super::long::judge;
use super::stream;
use crate::long::Long;
use crate::report::chart::Figures;
use crate::report::{BlindSpot, Finding, Report, Severity};
use crate::say;
use crate::text::Pool;

/// So many findings a report has at most, once an export is too long to be kept.
pub(super) const KEPT: usize = 5_000;

/// Adds the findings of long exports, which are settled part by part; gives the lines of the configuration that accept nothing.
/// `all`: no finding may be left out.
pub(super) fn add(
    arguments: &Check,
    report: &mut Report,
    long: &[Long<'_>],
    figures: &mut Figures,
    all: bool,
    settle: &(impl Fn(&mut Report) -> Vec<usize> + Sync),
) -> io::Result<Vec<usize>> {
    let mut unused: BTreeSet<usize> = settle(report).into_iter().collect();
    let kept = if all { usize::MAX / 2 } else { KEPT };
    let mut pool = Pool::default();
    for export in long {
        let index = stream::add(report, export);
        let today = report.today;
        judge(
            export,
            &arguments.reading,
            |block| block.inventory.tokens.iter().filter(|row| row.is_alive(today)).for_each(|row| figures.add(row)),
            |findings| {
                let mut part = export.report(findings);
                let unused = settle(&mut part);
                (part, unused)
            },
            |(part, idle)| {
                unused.retain(|line| idle.contains(line));
                report.accepted += part.accepted;
                let room = kept.saturating_sub(report.accepted_findings.len());
                report.accepted_findings.extend(part.accepted_findings.into_iter().take(room).map(|mut one| {
                    one.finding.input = index;
                    one
                }));
                report.findings.extend(part.findings.into_iter().map(|mut finding| {
                    // What is left out soon would live on in the pool.
                    if all {
                        finding.share_words(&mut pool);
                    }
                    Finding { input: index, ..finding }
                }));
                if report.findings.len() > 2 * kept {
                    leave_out(report, kept);
                }
                Ok(())
            },
        )?;
    }
    leave_out(report, kept);
    if let Some(index) = report.inputs.len().checked_sub(1).filter(|_| report.left_out.iter().any(|count| *count > 0)) {
        let left: usize = report.left_out.iter().sum();
        let counts: Vec<_> = Severity::ALL
            .into_iter()
            .zip(report.left_out)
            .filter(|(_, count)| *count > 0)
            .map(|(severity, count)| say![count, " ", severity.word()])
            .collect();
        let message = say![
            "These are the worst ",
            report.findings.len(),
            " of ",
            report.findings.len() + left,
            " findings. Left out, and counted in the sum, are ",
            crate::text::Text::list(&counts, "and"),
            ". `--format json`, `ndjson` and `csv` write all of them, in the order of the export."
        ];
        report.blind_spots.push(BlindSpot { input: index, line: None, column: None, message });
    }
    Ok(unused.into_iter().collect())
}

/// Keeps the worst, and counts the others.
fn leave_out(report: &mut Report, kept: usize) {
    crate::audit::sort(&mut report.findings);
    for finding in report.findings.drain(kept.min(report.findings.len())..) {
        let at = Severity::ALL.iter().position(|severity| *severity == finding.severity);
        if let Some(count) = at.and_then(|at| report.left_out.get_mut(at)) {
            *count += 1;
        }
    }
    report.findings.shrink_to(2 * kept);
}
