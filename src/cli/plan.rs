//! `leastwise plan …`: what to do, in order.

use std::io::{self, Write as _};

use super::args::{Allowlist, Plan, PlanFormat, Privilege, PrivilegeFormat, Rotation, RotationFormat};
use super::output::{Output, complain};
use super::{Outcome, files, incident};
use crate::audit::{assemble, link};
use crate::input::Status;
use crate::plan::allowlist::{graph, plan_of, render};
use crate::plan::{privilege, rotation};
use crate::report::text::clean;

pub(crate) fn run(plan: &Plan) -> io::Result<Outcome> {
    match plan {
        Plan::Allowlist(arguments) => run_allowlist(arguments),
        Plan::Incident(arguments) => incident::run(arguments),
        Plan::Rotation(arguments) => run_rotation(arguments),
        Plan::Privilege(arguments) => run_privilege(arguments),
    }
}

fn run_rotation(arguments: &Rotation) -> io::Result<Outcome> {
    let context = arguments.reading.context();
    let Some(gathered) = files::examine_all(&arguments.reading, &context) else {
        return Ok(Outcome::Failed);
    };
    let report = assemble(gathered.parts, &context);
    for spot in &report.blind_spots {
        let name = report.inputs.get(spot.input).map(|input| clean(input.name.as_str())).unwrap_or_default();
        complain(&format!("{name}: {}", clean(spot.message.as_str())));
    }
    let plan = rotation::rotation(&report, &context, arguments.within);
    let mut output = Output::open(&arguments.writing)?;
    match arguments.format {
        RotationFormat::Json => output.json(&plan.published())?,
        RotationFormat::Text => {
            let width = output.width;
            output.write_all(rotation::text::render(&plan, width).as_bytes())?;
        }
        RotationFormat::Markdown => output.write_all(rotation::markdown::render(&plan).as_bytes())?,
        RotationFormat::Ics => output.write_all(rotation::ics::render(&plan).as_bytes())?,
        RotationFormat::Sh => output.write_all(rotation::sh::render(&plan).as_bytes())?,
    }
    output.finish()?;
    if plan.live == 0 {
        complain("no live token in what was given: give an export (JSON, CSV) or a saved GitLab settings page (HTML)");
        return Ok(Outcome::Failed);
    }
    let trouble = report.inputs.iter().any(|input| input.status != Status::Read);
    Ok(if arguments.strict && trouble { Outcome::Failed } else { Outcome::Clean })
}

fn run_privilege(arguments: &Privilege) -> io::Result<Outcome> {
    let context = privilege::gathering(arguments.reading.context());
    let Some(gathered) = files::examine_all(&arguments.reading, &context) else {
        return Ok(Outcome::Failed);
    };
    let report = assemble(gathered.parts, &context);
    for spot in &report.blind_spots {
        let name = report.inputs.get(spot.input).map(|input| clean(input.name.as_str())).unwrap_or_default();
        complain(&format!("{name}: {}", clean(spot.message.as_str())));
    }
    let plan = privilege::privilege(&report, &context);
    let mut output = Output::open(&arguments.writing)?;
    match arguments.format {
        PrivilegeFormat::Json => output.json(&plan.published())?,
        PrivilegeFormat::Text => {
            let width = output.width;
            output.write_all(privilege::text::render(&plan, width).as_bytes())?;
        }
        PrivilegeFormat::Markdown => output.write_all(privilege::markdown::render(&plan).as_bytes())?,
    }
    output.finish()?;
    if plan.items.is_empty() {
        complain(
            "no live token and no use of one in what was given: give an export (JSON, CSV) or a saved GitLab settings page, and \
             beside it what may use the tokens: .gitlab-ci.yml, scripts, job logs, the server's api_json.log",
        );
        return Ok(Outcome::Failed);
    }
    let trouble = report.inputs.iter().any(|input| input.status != Status::Read);
    Ok(if arguments.strict && trouble { Outcome::Failed } else { Outcome::Clean })
}

fn run_allowlist(arguments: &Allowlist) -> io::Result<Outcome> {
    let context = arguments.reading.context();
    let Some(gathered) = files::examine_all(&arguments.reading, &context) else { return Ok(Outcome::Failed) };
    let parts = link(gathered.parts, &context);
    let plan = plan_of(&parts, &context);
    let mut output = Output::open(&arguments.writing)?;
    let text = match arguments.format {
        PlanFormat::Json => {
            output.json(&render::published(&plan))?;
            String::new()
        }
        PlanFormat::Text => render::text(&plan, output.width),
        PlanFormat::Markdown => render::markdown(&plan),
        PlanFormat::Csv => render::csv(&plan),
        PlanFormat::Mermaid => render::mermaid(&plan),
        PlanFormat::Dot => render::dot(&plan),
        PlanFormat::Svg => graph::svg(&plan),
        PlanFormat::Graphql => render::graphql(&plan),
        PlanFormat::Terraform => render::terraform(&plan),
    };
    output.write_all(text.as_bytes())?;
    output.finish()?;
    let unreadable = parts.iter().filter(|part| part.status() == Status::Unreadable).count();
    for part in parts.iter().filter(|part| part.status() == Status::Unreadable) {
        super::output::complain(&format!("{}: not read", crate::report::text::clean(part.name().as_str())));
    }
    let nothing = unreadable == parts.len() && unreadable > 0;
    let trouble = arguments.strict && !plan.blind_spots.is_empty();
    Ok(if nothing || trouble { Outcome::Failed } else { Outcome::Clean })
}
