//! Everything that can be written about some inputs, searched for pieces of credentials and for what would act.

use leastwise::audit::{assemble, examine};
use leastwise::context::Context;
use leastwise::input::Input;
use leastwise::plan::{allowlist, choosing, privilege, rotation};
use leastwise::report::chart::{Figures, charts};
use leastwise::report::{Report, csv, gitlab, html, json, markdown, sarif, text};
use leastwise::web::answer::Sent;

use super::harmless;
use super::planted::Planted;

/// Every form of a report.
pub fn report(report: &Report, planted: &Planted) {
    let published = json::report(report, true);
    let plain = text::render(report, 100);
    planted.assert_hidden(&plain);
    harmless::quiet_in_colour("text", &plain);
    let page = html::render_with(&published, &Figures::of(report));
    planted.assert_hidden(&page);
    harmless::quiet("html", &page);
    harmless::markup("html", &page);
    for chart in charts(&Figures::of(report)) {
        let drawing = chart.html();
        planted.assert_hidden(&drawing);
        harmless::markup("chart", &drawing);
    }
    let prose = markdown::render(&published);
    planted.assert_hidden(&prose);
    harmless::prose("markdown", &prose);
    let table = csv::render(&published);
    planted.assert_hidden(&table);
    harmless::table("csv", &table);
    for said in [
        serde_json::to_string(&published).expect("JSON"),
        sarif::render(&published).to_string(),
        gitlab::secret_detection(&published).to_string(),
        gitlab::code_quality(&published).to_string(),
        serde_json::to_string(&report.inventories).expect("JSON"),
        Sent::written(report).expect("JSON"),
        format!("{report:?}"),
    ] {
        planted.assert_hidden(&said);
    }
    for (_, inventory) in &report.inventories {
        planted.assert_hidden(&format!("{:?}", choosing::choosing(inventory, report.today)));
    }
}

/// Every form of every plan.
pub fn plans(inputs: Vec<Input>, context: &Context, planted: &Planted) {
    let gathering = privilege::gathering(context.clone());
    let copies = inputs.iter().map(|input| Input {
        kind: input.kind,
        project: input.project.clone(),
        ..Input::new(input.name.clone(), input.bytes.clone())
    });
    let seen = assemble(copies.map(|input| examine(input, &gathering)).collect::<Vec<_>>(), &gathering);
    let examined: Vec<_> = inputs.into_iter().map(|input| examine(input, context)).collect();
    let allowlist = allowlist::plan_of(&examined, context);
    let report = assemble(examined, context);
    let rotation = rotation::rotation(&report, context, 60);
    let privilege = privilege::privilege(&seen, &gathering);
    for said in [
        format!("{allowlist:?}"),
        format!("{rotation:?}"),
        serde_json::to_string(&allowlist::render::published(&allowlist)).expect("JSON"),
        serde_json::to_string(&rotation.published()).expect("JSON"),
        serde_json::to_string(&privilege.published()).expect("JSON"),
    ] {
        planted.assert_hidden(&said);
    }
    for (form, said) in [
        ("allowlist as text", allowlist::render::text(&allowlist, 100)),
        ("rotation as text", rotation::text::render(&rotation, 100)),
        ("privilege as text", privilege::text::render(&privilege, 100)),
    ] {
        planted.assert_hidden(&said);
        harmless::quiet_in_colour(form, &said);
    }
    for (form, said) in [
        ("allowlist as Markdown", allowlist::render::markdown(&allowlist)),
        ("rotation as Markdown", rotation::markdown::render(&rotation)),
        ("privilege as Markdown", privilege::markdown::render(&privilege)),
    ] {
        planted.assert_hidden(&said);
        harmless::prose(form, &said);
    }
    for (form, said) in [
        ("mermaid", allowlist::render::mermaid(&allowlist)),
        ("dot", allowlist::render::dot(&allowlist)),
        ("graphql", allowlist::render::graphql(&allowlist)),
        ("terraform", allowlist::render::terraform(&allowlist)),
        ("sh", rotation::sh::render(&rotation)),
    ] {
        planted.assert_hidden(&said);
        harmless::quiet(form, &said);
    }
    let table = allowlist::render::csv(&allowlist);
    planted.assert_hidden(&table);
    harmless::table("allowlist as CSV", &table);
    let drawing = allowlist::graph::svg(&allowlist);
    planted.assert_hidden(&drawing);
    harmless::quiet("svg", &drawing);
    harmless::markup("svg", &drawing);
    let calendar = rotation::ics::render(&rotation);
    planted.assert_hidden(&calendar);
    harmless::calendar("ics", &calendar);
}
