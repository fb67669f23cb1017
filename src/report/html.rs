//! The report as one HTML file: nothing is loaded, nothing runs, it can be printed, mailed and read without a network.
//!
//! Every text goes through `Page::text`, which escapes; there is no other way in.

use super::Severity;
use super::chart::{self, Figures};
use super::json::{FindingV1, ReportV1};
use crate::source::visible;

/// The report as a document, without charts.
#[must_use]
pub fn render(report: &ReportV1) -> String {
    render_with(report, &Figures::new(report.today))
}

/// The report as a document, with the charts of its live tokens.
#[must_use]
pub fn render_with(report: &ReportV1, figures: &Figures) -> String {
    let mut page = Page::default();
    page.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.raw(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n",
    );
    page.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Leastwise report, ");
    page.text(&report.today.in_words());
    page.raw("</title>\n<style>").raw(STYLE).raw("</style>\n</head>\n<body>\n<main>\n<h1>Leastwise report</h1>\n<p>");
    let counts = Severity::ALL.map(|severity| (severity, report.summary.count(severity)));
    page.text(super::verdict(&counts, report.blind_spots.len()).as_str());
    page.raw(" Judged by ").text(&report.today.in_words()).raw(".");
    if report.summary.accepted > 0 {
        page.raw(" ").text(&super::accepted_in_words(report.summary.accepted, report.accepted.len()));
    }
    page.raw("</p>\n");
    page.counts(report);
    page.inputs(report);
    page.charts(figures);
    if !report.findings.is_empty() {
        page.raw("<h2>Findings</h2>\n");
        for finding in &report.findings {
            page.finding(finding);
        }
    }
    if !report.accepted.is_empty() {
        page.raw("<h2>Accepted</h2>\n<ul>\n");
        for one in &report.accepted {
            page.raw("<li>").raw(one.finding.severity.word()).raw(": ").prose(&one.finding.title).raw(" (<bdi>");
            page.text(&one.finding.input).raw("</bdi>");
            if let Some(line) = one.finding.line {
                page.raw(", line ").text(&line.to_string());
            }
            page.raw(" · ").text(&one.finding.rule).raw(")<br>").prose(&one.in_words()).raw("</li>\n");
        }
        page.raw("</ul>\n");
    }
    if !report.blind_spots.is_empty() {
        page.raw("<h2>Not read</h2>\n<ul>\n");
        for spot in &report.blind_spots {
            page.raw("<li><bdi>").text(&spot.input).raw("</bdi>");
            if let Some(line) = spot.line {
                page.raw(", line ").text(&line.to_string());
            }
            page.raw(": ").prose(&spot.message).raw("</li>\n");
        }
        page.raw("</ul>\n");
    }
    page.raw("</main>\n<footer><p>Made by leastwise ").text(&report.tool.version);
    page.raw(", facts about GitLab as of ").text(&report.tool.catalog.as_of);
    page.raw(". No credential stands in this file. Not affiliated with GitLab.</p></footer>\n</body>\n</html>\n");
    page.0
}

#[derive(Default)]
struct Page(String);

impl Page {
    /// Markup of our own.
    fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Any text, escaped for element content and quoted attributes.
    fn text(&mut self, text: &str) -> &mut Self {
        for character in text.chars() {
            match character {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                '\n' => self.0.push('\n'),
                other => self.0.push(visible(other)),
            }
        }
        self
    }

    /// A sentence: what stands between two backquotes is code.
    fn prose(&mut self, text: &str) -> &mut Self {
        let mut rest = text;
        while let Some((before, code, after)) = rest
            .split_once('`')
            .and_then(|(before, tail)| tail.split_once('`').map(|(code, after)| (before, code, after)))
        {
            self.text(before).raw("<code>").text(code).raw("</code>");
            rest = after;
        }
        self.text(rest)
    }

    fn counts(&mut self, report: &ReportV1) {
        self.raw("<table>\n<caption>Findings by severity</caption>\n<thead><tr>");
        for severity in Severity::ALL {
            self.raw("<th scope=\"col\">").raw(severity.word()).raw("</th>");
        }
        self.raw("</tr></thead>\n<tbody><tr>");
        for severity in Severity::ALL {
            self.raw("<td>").text(&report.summary.count(severity).to_string()).raw("</td>");
        }
        self.raw("</tr></tbody>\n</table>\n");
    }

    fn inputs(&mut self, report: &ReportV1) {
        self.raw(
            "<h2>What was read</h2>\n<table>\n<thead><tr><th scope=\"col\">Input</th><th scope=\"col\">Read as</th>",
        );
        self.raw("<th scope=\"col\">Rows</th><th scope=\"col\">How much</th></tr></thead>\n<tbody>\n");
        for input in &report.inputs {
            self.raw("<tr><td><bdi>").text(&input.name).raw("</bdi></td><td>").text(&input.format).raw("</td><td>");
            self.text(&input.rows.map(|rows| rows.to_string()).unwrap_or_default()).raw("</td><td>");
            self.raw(match input.status {
                crate::input::Status::Read => "all",
                crate::input::Status::Partly => "part of it, see below",
                crate::input::Status::Unreadable => "nothing, see below",
            });
            self.raw("</td></tr>\n");
        }
        self.raw("</tbody>\n</table>\n");
    }

    fn charts(&mut self, figures: &Figures) {
        for chart in chart::charts(figures) {
            self.raw("<section class=\"chart-section\">\n<h2>").text(chart.title.as_str()).raw("</h2>\n<p>");
            self.prose(chart.description.as_str()).raw("</p>\n");
            self.0.push_str(&chart.html());
            self.raw("</section>\n");
        }
    }

    fn finding(&mut self, finding: &FindingV1) {
        self.raw("<article class=\"").raw(finding.severity.word()).raw("\">\n<h3><span class=\"severity\">");
        self.raw(finding.severity.word()).raw("</span> ").prose(&finding.title).raw("</h3>\n<p class=\"place\"><bdi>");
        self.text(&finding.input).raw("</bdi>");
        if let (Some(line), Some(column)) = (finding.line, finding.column) {
            self.raw(", line ").text(&line.to_string()).raw(", column ").text(&column.to_string());
        }
        self.raw(" · ").text(&finding.rule).raw(", ").raw(finding.confidence.word()).raw("</p>\n");
        if let Some(excerpt) = &finding.excerpt {
            self.raw("<pre>").text(&excerpt.text);
            for more in &excerpt.more {
                self.raw("\n").text(&more.text);
            }
            self.raw("</pre>\n");
        }
        self.raw("<p>").prose(&finding.message).raw("</p>\n<ol>\n");
        for advice in &finding.advice {
            self.raw("<li>");
            if advice.destructive {
                self.raw("<strong>Cannot be undone.</strong> ");
            }
            self.prose(&advice.text);
            if let Some(place) = &advice.place {
                self.raw("<br>Where: ").prose(place);
            }
            if let Some(command) = &advice.command {
                self.raw("<pre>").text(command).raw("</pre>");
            }
            self.raw("</li>\n");
        }
        self.raw("</ol>\n");
        for reference in &finding.references {
            self.raw("<p><a href=\"").text(reference).raw("\" rel=\"noreferrer\">").text(reference).raw("</a></p>\n");
        }
        self.raw("</article>\n");
    }
}

/// Colours as in the page and popup; see `NOTICE`.
const STYLE: &str = "
:root { color-scheme: light dark; --bg: #fff; --text: #3a383d; --subtle: #646163; --border: #dcdbd9; --link: #2f5ca0;
  --danger: #a32c12; --warning: #894b16; --info: #2f5ca0; }
@media (prefers-color-scheme: dark) { :root { --bg: #18171d; --text: #ecebea; --subtle: #c1bfbe; --border: #4d4b4e;
  --link: #9dc7f1; --danger: #fcb5aa; --warning: #e9be74; --info: #9dc7f1; } }
body { background: var(--bg); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem;
  padding: 1rem; }
table { border-collapse: collapse; margin: 1rem 0; } caption { text-align: start; color: var(--subtle); }
th, td { border: 1px solid var(--border); padding: .25rem .5rem; text-align: start; overflow-wrap: anywhere; }
th { overflow-wrap: normal; }
article { border-inline-start: .25rem solid var(--info); padding-inline-start: 1rem; margin: 2rem 0; break-inside: avoid-page; }
article.critical, article.high { border-color: var(--danger); } article.medium { border-color: var(--warning); }
.severity { font-weight: normal; text-transform: uppercase; font-size: .8em; }
article.critical .severity, article.high .severity, strong { color: var(--danger); }
article.medium .severity { color: var(--warning); }
.place, footer { color: var(--subtle); } a { color: var(--link); }
pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid var(--border); padding: .5rem; }
.chart-section { break-inside: avoid-page; } .chart-figure { margin: 0; } .chart-table { overflow-x: auto; }
.chart { display: block; width: 100%; height: auto; font: 12px system-ui, sans-serif; }
.chart-label { fill: var(--subtle); } .chart-number { fill: var(--text); font-weight: bold; }
.chart-bar, .chart-cell, .chart-dot { fill: var(--info); } .chart-dot { fill-opacity: .35; stroke: var(--info); }
.chart-soon { fill: var(--danger); stroke: var(--danger); } .chart-never { fill: var(--warning); }
.chart-axis, .chart-grid { stroke: var(--border); } .chart-cell { stroke: var(--border); }
@media print { :root { color-scheme: light; --bg: #fff; --text: #3a383d; --subtle: #646163; --border: #dcdbd9; --link: #2f5ca0;
  --danger: #a32c12; --warning: #894b16; --info: #2f5ca0; } .chart { print-color-adjust: exact; } h2, h3 { break-after: avoid-page; } }
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_become_markup() {
        let mut page = Page::default();
        page.text("<script>\"'&\u{202e}");
        assert_eq!(page.0, "&lt;script&gt;&quot;&#39;&amp;\u{fffd}");
    }

    #[test]
    fn the_report_of_the_samples_is_one_whole_document() {
        let report = crate::audit(crate::samples::inputs(), &crate::Context::new(crate::samples::today()));
        let html = render(&super::super::json::report(&report, true));
        assert!(html.starts_with("<!DOCTYPE html>") && html.ends_with("</html>\n"));
        assert!(!html.contains("<script") && !html.contains("src="));
        for tag in ["article", "table", "code", "ol", "li", "pre", "main", "style"] {
            let (open, close) = (html.matches(&format!("<{tag}")).count(), html.matches(&format!("</{tag}>")).count());
            assert_eq!(open, close, "{tag}");
        }
    }
}
