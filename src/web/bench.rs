//! What the page's worker keeps and does: reads the inputs one after the other, judges them, and answers what the page asks
//! about the report. Pure, so that it is tested without a browser; `bridge` gives it to JavaScript, and `www/worker.js`
//! feeds it the slices of the files.

use std::collections::BTreeMap;

use crate::audit::{Examined, assemble, link};
use crate::context::Context;
use crate::input::Kind;
use crate::plan::allowlist::{self, Plan, graph};
use crate::plan::privilege::{self, Privilege, gathering};
use crate::plan::rotation::{self, Rotation};
use crate::report::chart::Figures;
use crate::report::json::{self, BlindSpotV1, FindingV1, InputV1, ReportV1, SummaryV1};
use crate::report::{Confidence, Finding, Report, SubjectId};
use crate::samples;
use crate::say;
use crate::text::Text;
use crate::time::Date;
use crate::web::answer::{Index, fit_finding};
use crate::web::earlier::Earlier;
use crate::web::help::help;
use crate::web::reading::Reading;
use crate::web::sheet::{self, Order};
use crate::web::state::has_terms;
use crate::web::talk::{
    Ask, BLIND_SPOTS, Facets, FileTold, Filter, Format, Given, PlanFormat, Role, RowLook, SheetId, Summary, Told,
};
use crate::web::words;

/// Parts with more findings and rows than this are not kept beside the report: their file is read again after a change.
const KEEP: usize = 20_000;

/// Everything that was given, read and judged.
pub struct Bench {
    context: Context,
    given: Vec<Given>,
    parts: BTreeMap<u32, Part>,
    reading: Option<Reading>,
    pub(super) report: Report,
    /// The page's number of each input of the report.
    ids: Vec<u32>,
    /// The report's findings by the rows that they are about, for each input.
    pub(super) index: BTreeMap<usize, Index>,
    pub(super) earlier: Option<Earlier>,
    pub(super) rotation: Option<Rotation>,
    pub(super) privilege: Option<Privilege>,
    pub(super) allowlist: Option<Plan>,
    orders: BTreeMap<SheetId, Order>,
}

/// What one input came to, and what it was read as.
struct Part {
    kind: Option<Kind>,
    role: Role,
    examined: Examined,
}

impl Default for Bench {
    fn default() -> Self {
        let context = Context::new(Date::MAX);
        Self {
            report: assemble([], &context),
            context,
            given: Vec::new(),
            parts: BTreeMap::new(),
            reading: None,
            ids: Vec::new(),
            index: BTreeMap::new(),
            earlier: None,
            rotation: None,
            privilege: None,
            allowlist: None,
            orders: BTreeMap::new(),
        }
    }
}

impl Bench {
    /// A new check: what is to be read, in this order, judged by this day. What was read before and is asked for in the
    /// same way is kept.
    pub fn begin(&mut self, today: Date, given: Vec<Given>) {
        self.reading = None;
        if today != self.context.today {
            self.context = gathering(Context::new(today));
            self.parts.clear();
        }
        self.parts.retain(|id, part| {
            given.iter().any(|given| given.id == *id && given.kind == part.kind && given.role == part.role)
        });
        if !given
            .iter()
            .any(|given| given.role == Role::Earlier && self.earlier.as_ref().is_some_and(|it| it.is(given)))
        {
            self.earlier = None;
        }
        self.given = given;
        for stopped in self.given.clone().iter().filter(|given| given.role == Role::Stopped) {
            self.fail(stopped.id, 0, Text::from(words::STOPPED));
        }
    }

    /// Has this input still to be read?
    #[must_use]
    pub fn needs(&self, id: u32) -> bool {
        let Some(given) = self.given.iter().find(|given| given.id == id) else { return false };
        match given.role {
            Role::Earlier => self.earlier.is_none(),
            Role::Check => !self.parts.contains_key(&id),
            Role::Stopped => false,
        }
    }

    /// Begins to read an input of so many bytes.
    pub fn expect(&mut self, id: u32, size: usize) {
        self.reading = self.given.iter().find(|given| given.id == id).map(|given| Reading::new(given.clone(), size));
    }

    /// Takes the next slice of it. False when there is no room for more.
    #[must_use]
    pub fn feed(&mut self, slice: &[u8]) -> bool {
        self.reading.as_mut().is_none_or(|reading| reading.feed(slice, &self.context))
    }

    /// The input is complete: reads and judges it.
    pub fn finish(&mut self) {
        let Some(mut reading) = self.reading.take() else { return };
        let given = reading.given.clone();
        if let Some((_, text)) = given.sample.and_then(|index| samples::texts().into_iter().nth(index)) {
            reading.feed(text.as_bytes(), &self.context);
        }
        match reading.finish(&self.context) {
            Ok(examined) => {
                self.parts.insert(given.id, Part { kind: given.kind, role: given.role, examined });
            }
            Err(input) => self.earlier = Some(Earlier::read(&given, input, &self.context)),
        }
    }

    /// The input cannot be read (further): `why` stands in the report.
    pub fn fail(&mut self, id: u32, bytes: usize, why: Text) {
        self.reading = None;
        let Some(given) = self.given.iter().find(|given| given.id == id) else { return };
        if given.role == Role::Earlier {
            self.earlier = Some(Earlier::unreadable(given, why));
            return;
        }
        let (name, kind) = (self.context.name(&given.name), given.kind.unwrap_or(Kind::Text));
        let examined = Examined::unreadable(name, kind, say!["not read"], bytes, why);
        self.parts.insert(id, Part { kind: given.kind, role: given.role, examined });
    }

    /// Puts together what has been read so far.
    pub fn assemble(&mut self, finished: bool) {
        // What is being read shows what it came to so far.
        let partly = if finished { None } else { self.reading.as_ref() };
        let partly = partly.and_then(|reading| Some((reading.given.id, reading.so_far()?)));
        let of = |id: u32| {
            let partly = partly.as_ref().filter(|(reading, _)| *reading == id).map(|(_, examined)| examined);
            self.parts.get(&id).map(|part| &part.examined).or(partly)
        };
        let parts: Vec<(u32, &Examined)> = self
            .given
            .iter()
            .filter(|given| given.role != Role::Earlier)
            .filter_map(|given| Some((given.id, of(given.id)?)))
            .collect();
        self.ids = parts.iter().map(|(id, _)| *id).collect();
        self.allowlist = None;
        self.rotation = None;
        self.privilege = None;
        self.orders.clear();
        let parts: Vec<Examined> = if finished && parts.iter().map(|(_, part)| part.weight()).sum::<usize>() > KEEP {
            // Two copies of so much would be too much.
            let mut whole = std::mem::take(&mut self.parts);
            self.ids.iter().filter_map(|id| whole.remove(id)).map(|part| part.examined).collect()
        } else {
            parts.into_iter().map(|(_, part)| part.clone()).collect()
        };
        // Which files belong together is known when all are there.
        let parts = if finished { link(parts, &self.context) } else { parts };
        if finished {
            let evidence: Vec<_> = parts.iter().map(|part| (part.name().clone(), part.evidence())).collect();
            self.allowlist = Some(allowlist::plan(&evidence, &self.context));
        }
        self.report = assemble(parts, &self.context);
        self.index.clear();
        for (number, finding) in self.report.findings.iter().enumerate() {
            self.index.entry(finding.input).or_default().add(number, finding);
        }
        if finished {
            self.rotation = Some(rotation::rotation(&self.report, &self.context, rotation::WITHIN_DAYS));
            self.privilege = Some(privilege::privilege(&self.report, &self.context));
        }
        if let Some(earlier) = &mut self.earlier {
            earlier.compare(&self.report);
        }
    }

    /// What the page always knows of the report.
    #[must_use]
    pub fn summary(&self, run: u32, finished: bool) -> Summary {
        let blind = self.report.blind_spots.iter().take(BLIND_SPOTS);
        let inputs = self.ids.iter().copied().zip(self.report.inputs.iter().map(InputV1::from)).collect();
        Summary {
            run,
            finished,
            today: self.report.today,
            counts: SummaryV1::of(&self.report),
            inputs,
            blind_spots: blind.map(|spot| BlindSpotV1::of(spot, &self.report)).collect(),
            blind: self.report.blind_spots.len(),
            facets: self.facets(),
            sheets: SheetId::ALL.map(|id| (id, sheet::rows(self, id).len())).into(),
            earlier: self.earlier.as_ref().map(Earlier::state),
        }
    }

    fn facets(&self) -> Facets {
        let mut facets = Facets::default();
        let (mut confidences, mut kinds, mut rules, mut inputs) =
            (BTreeMap::new(), BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for finding in &self.report.findings {
            *confidences.entry(finding.confidence).or_insert(0) += 1;
            *rules.entry(finding.rule.id).or_insert(0) += 1;
            *inputs.entry(finding.input).or_insert(0) += 1;
            if let Some(kind) = kind_of(finding) {
                *kinds.entry(kind).or_insert(0) += 1;
            }
        }
        let words = |map: BTreeMap<&str, usize>| map.into_iter().map(|(id, count)| (id.to_owned(), count)).collect();
        facets.confidences = confidences.into_iter().collect::<Vec<(Confidence, usize)>>();
        facets.kinds = words(kinds);
        facets.rules = words(rules);
        facets.inputs = inputs.into_iter().collect();
        facets
    }

    /// Answers the page.
    pub fn answer(&mut self, ask: Ask) -> Told {
        match ask {
            Ask::Findings { filter, from, count } => {
                let shown = self.matching(&filter);
                let certain = shown.iter().filter(|&&index| self.is_certain(index)).count();
                let findings =
                    shown.iter().skip(from).take(count).filter_map(|&index| Some((index, self.finding(index)?)));
                Told::Findings { matched: shown.len(), certain, from, findings: findings.collect() }
            }
            Ask::Rows { sheet, look, from, count } => {
                let order = self.order(sheet, look);
                let told = sheet::window(sheet::rows(self, sheet).as_ref(), sheet, &order, from, count);
                self.orders.insert(sheet, order);
                Told::Rows(told)
            }
            Ask::Figures => Told::Figures(Figures::of(&self.report)),
            Ask::Detail { sheet, row } => {
                sheet::rows(self, sheet).detail(row as usize).map_or(Told::Nothing, Told::Detail)
            }
            Ask::Export { format, filter, look } => self.export(format, &filter, &look),
            Ask::Graph => self.allowlist.as_ref().map_or(Told::Nothing, |plan| Told::Graph(graph::draw(plan))),
            Ask::Help(question) => Told::Helped(help(&question, &self.context.hosts)),
            Ask::ExportRows { sheet, look } => {
                let order = self.order(sheet, look);
                let text = sheet::csv(sheet::rows(self, sheet).as_ref(), &order);
                self.orders.insert(sheet, order);
                let name = format!("leastwise-{}.csv", words::sheet_file(sheet));
                Told::File(FileTold { name, mime: Format::Csv.file().1.into(), text })
            }
            Ask::ExportPlan { sheet, format } => match self.plan(sheet, format) {
                Some(text) => {
                    let (end, mime) = format.file();
                    let name = format!("leastwise-{}.{end}", words::sheet_file(sheet));
                    Told::File(FileTold { name, mime: mime.into(), text })
                }
                None => Told::Nothing,
            },
        }
    }

    /// A plan as the command writes it.
    fn plan(&self, sheet: SheetId, format: PlanFormat) -> Option<String> {
        use crate::plan::allowlist::render;
        Some(match (sheet, format) {
            (SheetId::Rotation, PlanFormat::Markdown) => rotation::markdown::render(self.rotation.as_ref()?),
            (SheetId::Rotation, PlanFormat::Sh) => rotation::sh::render(self.rotation.as_ref()?),
            (SheetId::Rotation, PlanFormat::Ics) => rotation::ics::render(self.rotation.as_ref()?),
            (SheetId::Rotation, PlanFormat::Json) => pretty(&self.rotation.as_ref()?.published()),
            (SheetId::Privilege, PlanFormat::Markdown) => privilege::markdown::render(self.privilege.as_ref()?),
            (SheetId::Privilege, PlanFormat::Json) => pretty(&self.privilege.as_ref()?.published()),
            (SheetId::Allowlist, PlanFormat::Markdown) => render::markdown(self.allowlist.as_ref()?),
            (SheetId::Allowlist, PlanFormat::Json) => pretty(&render::published(self.allowlist.as_ref()?)),
            (SheetId::Allowlist, PlanFormat::Mermaid) => render::mermaid(self.allowlist.as_ref()?),
            (SheetId::Allowlist, PlanFormat::Dot) => render::dot(self.allowlist.as_ref()?),
            (SheetId::Allowlist, PlanFormat::Graphql) => render::graphql(self.allowlist.as_ref()?),
            (SheetId::Allowlist, PlanFormat::Terraform) => render::terraform(self.allowlist.as_ref()?),
            _ => return None,
        })
    }

    /// The order of a table's rows, from the last time where nothing changed since.
    fn order(&mut self, id: SheetId, look: RowLook) -> Order {
        match self.orders.remove(&id) {
            Some(order) if order.look == look => order,
            _ => Order::new(sheet::rows(self, id).as_ref(), look),
        }
    }

    fn export(&self, format: Format, filter: &Filter, look: &RowLook) -> Told {
        let text = match format {
            Format::Ics => self.calendar(look),
            _ => {
                let report = self.filtered(filter);
                match format {
                    Format::Markdown => crate::report::markdown::render(&report),
                    Format::Csv => crate::report::csv::render(&report),
                    Format::Html => crate::report::html::render(&report),
                    Format::Sarif => pretty(&crate::report::sarif::render(&report)),
                    Format::Json | Format::Ics => pretty(&report),
                }
            }
        };
        let (name, mime) = format.file();
        Told::File(FileTold { name: name.into(), mime: mime.into(), text })
    }

    /// The published report with the findings that the filter lets through; counts are theirs.
    fn filtered(&self, filter: &Filter) -> ReportV1 {
        let shown = self.matching(filter);
        let mut counts = SummaryV1 { accepted: self.report.accepted, ..SummaryV1::default() };
        // In the report's own order, not in that of the page.
        let mut indices = shown;
        indices.sort_unstable();
        let findings: Vec<FindingV1> = indices
            .into_iter()
            .filter_map(|index| self.report.findings.get(index))
            .map(|finding| {
                counts.add(finding.severity);
                json::finding(finding, &self.report, false)
            })
            .collect();
        ReportV1 {
            version: 1,
            tool: json::tool(),
            today: self.report.today,
            inputs: self.report.inputs.iter().map(InputV1::from).collect(),
            findings,
            accepted: json::accepted(&self.report, false),
            blind_spots: self.report.blind_spots.iter().map(|spot| BlindSpotV1::of(spot, &self.report)).collect(),
            summary: counts,
        }
    }

    /// The ends of the tokens that the table's filter lets through.
    fn calendar(&self, look: &RowLook) -> String {
        if look.query.trim().is_empty() {
            return self.rotation.as_ref().map(rotation::ics::render).unwrap_or_default();
        }
        let rows = sheet::Tokens::new(&self.report, &self.index);
        let order = Order::new(&rows, look.clone());
        let mut report = Report { findings: Vec::new(), inventories: Vec::new(), ..self.report.clone() };
        for (input, inventory) in &self.report.inventories {
            let kept = rows.chosen(*input, &order);
            let tokens = kept.into_iter().cloned().collect();
            report
                .inventories
                .push((*input, crate::inventory::Inventory { tokens, inactive_tokens: None, ..inventory.clone() }));
        }
        rotation::ics::render(&rotation::rotation(&report, &self.context, rotation::WITHIN_DAYS))
    }

    fn is_certain(&self, index: usize) -> bool {
        self.report.findings.get(index).is_some_and(|finding| finding.confidence != Confidence::Possible)
    }

    /// A finding as the page shows it.
    fn finding(&self, index: usize) -> Option<FindingV1> {
        let mut finding = json::finding(self.report.findings.get(index)?, &self.report, true);
        fit_finding(&mut finding);
        Some(finding)
    }

    /// Indices of the findings that a filter lets through: those to act on first, then those that are only possible.
    fn matching(&self, filter: &Filter) -> Vec<usize> {
        let terms = crate::web::state::terms(&filter.query);
        let shown = self.report.findings.iter().enumerate().filter(|(_, finding)| self.passes(finding, filter, &terms));
        let (mut act, look): (Vec<_>, Vec<_>) =
            shown.map(|(index, _)| index).partition(|&index| self.is_certain(index));
        act.extend(look);
        act
    }

    fn passes(&self, finding: &Finding, filter: &Filter, terms: &[String]) -> bool {
        let Filter { query: _, hidden, confidence, kind, rule, input } = filter;
        !hidden.contains(&finding.severity)
            && confidence.is_none_or(|only| only == finding.confidence)
            && rule.as_ref().is_none_or(|only| only == finding.rule.id)
            && input.is_none_or(|only| only == finding.input)
            && kind.as_ref().is_none_or(|only| kind_of(finding) == Some(only.as_str()))
            && (terms.is_empty() || self.says(finding, terms))
    }

    fn says(&self, finding: &Finding, terms: &[String]) -> bool {
        let subject = finding.subject.as_ref();
        let key = subject.and_then(|subject| subject.id.as_ref()).map(|id| match id {
            SubjectId::Number(number) => number.to_string(),
            SubjectId::Key(key) => key.to_string(),
        });
        let texts = [
            Some(finding.title.as_str()),
            Some(finding.message.as_str()),
            Some(finding.rule.id),
            self.report.inputs.get(finding.input).map(|input| input.name.as_str()),
            Some(finding.severity.word()),
            key.as_deref(),
            subject.and_then(|subject| Some(subject.name.as_ref()?.as_str())),
            subject.and_then(|subject| Some(subject.owner.as_ref()?.as_str())),
            kind_of(finding),
        ];
        has_terms(terms, texts.into_iter().flatten())
    }
}

/// What a finding is about: the kind of the credential, or of the row.
fn kind_of(finding: &Finding) -> Option<&'static str> {
    finding.token.as_ref().map(|token| token.kind.id()).or_else(|| Some(finding.subject.as_ref()?.kind))
}

fn pretty(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).map(|text| text + "\n").unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;
    use crate::report::Severity;
    use crate::web::talk::{Cell, RowsTold};

    fn given(id: u32, name: &str) -> Given {
        Given { id, name: name.into(), kind: None, sample: None, role: Role::Check }
    }

    /// A bench that has read these texts.
    fn bench(texts: &[(Given, String)]) -> Bench {
        let mut bench = Bench::default();
        again(&mut bench, texts);
        bench
    }

    fn again(bench: &mut Bench, texts: &[(Given, String)]) -> Vec<u32> {
        bench.begin(samples::today(), texts.iter().map(|(given, _)| given.clone()).collect());
        let mut read = Vec::new();
        for (given, text) in texts.iter().filter(|(given, _)| bench.needs(given.id)).collect::<Vec<_>>() {
            bench.expect(given.id, text.len());
            for slice in text.as_bytes().chunks(7) {
                assert!(bench.feed(slice));
            }
            bench.finish();
            read.push(given.id);
        }
        bench.assemble(true);
        read
    }

    fn tokens(count: u64) -> String {
        let row = |id: u64| {
            json!({
                "id": id, "name": format!("token-{:03}", count - id), "revoked": false, "active": true, "user_id": 7,
                "created_at": "2026-02-11T08:00:00Z", "scopes": if id.is_multiple_of(2) { ["api"] } else { ["read_api"] }, "last_used_at": null,
                "expires_at": format!("2027-{:02}-01", id % 12 + 1), "access_level": 40, "resource_type": "project",
                "resource_id": 318,
            })
        };
        serde_json::Value::from((0..count).map(row).collect::<Vec<_>>()).to_string()
    }

    fn rows(bench: &mut Bench, sheet: SheetId, look: RowLook, from: usize, count: usize) -> RowsTold {
        match bench.answer(Ask::Rows { sheet, look, from, count }) {
            Told::Rows(rows) => rows,
            other => panic!("{other:?}"),
        }
    }

    fn findings(bench: &mut Bench, filter: Filter) -> (usize, usize, Vec<FindingV1>) {
        match bench.answer(Ask::Findings { filter, from: 0, count: 1000 }) {
            Told::Findings { matched, certain, findings, .. } => {
                (matched, certain, findings.into_iter().map(|(_, finding)| finding).collect())
            }
            other => panic!("{other:?}"),
        }
    }

    fn sample() -> Bench {
        let given = samples::names()
            .enumerate()
            .map(|(index, name)| Given { sample: Some(index), ..given(u32::try_from(index).unwrap(), name) });
        bench(&given.map(|given| (given, String::new())).collect::<Vec<_>>())
    }

    #[test]
    fn the_report_is_that_of_the_audit() {
        let report = crate::audit(samples::inputs(), &Context::new(samples::today()));
        let mut bench = sample();
        let Told::File(file) =
            bench.answer(Ask::Export { format: Format::Json, filter: Filter::default(), look: RowLook::default() })
        else {
            panic!("no file")
        };
        assert_eq!(file.text, pretty(&json::report(&report, false)));
    }

    #[test]
    fn only_what_changed_is_read_again() {
        let texts = [(given(1, "a.json"), tokens(3)), (given(2, "b.txt"), "x".into())];
        let mut bench = bench(&texts);
        assert_eq!(again(&mut bench, &texts), Vec::<u32>::new());
        let forced = [texts[0].clone(), (Given { kind: Some(Kind::JobLog), ..texts[1].0.clone() }, "x".into())];
        assert_eq!(again(&mut bench, &forced), [2]);
        assert_eq!(again(&mut bench, &forced[..1]), Vec::<u32>::new());
        assert_eq!(bench.summary(1, true).inputs.len(), 1);
        assert_eq!(rows(&mut bench, SheetId::Tokens, RowLook::default(), 0, 9).total, 3);
    }

    #[test]
    fn another_day_judges_everything_anew() {
        let texts = [(given(1, "a.json"), tokens(1))];
        let mut bench = bench(&texts);
        bench.begin(Date::parse("2027-06-01").unwrap(), vec![texts[0].0.clone()]);
        assert!(bench.needs(1));
    }

    #[test]
    fn a_stopped_input_is_named_and_not_read() {
        let mut bench = Bench::default();
        bench.begin(samples::today(), vec![Given { role: Role::Stopped, ..given(1, "big.log") }]);
        assert!(!bench.needs(1));
        bench.assemble(true);
        let summary = bench.summary(1, true);
        assert_eq!(summary.inputs[0].1.status, crate::input::Status::Unreadable);
        assert_eq!(summary.blind_spots[0].message, words::STOPPED);
    }

    #[test]
    fn every_filter_holds_back_what_it_names() {
        let mut bench = sample();
        let (all, certain, list) = findings(&mut bench, Filter::default());
        assert_eq!((all, all > certain), (list.len(), list.iter().any(|it| it.confidence == Confidence::Possible)));
        for finding in &list {
            let input = samples::names().position(|name| name == finding.input);
            let kind = finding.token.as_ref().map(|token| token.kind.clone());
            let kind = kind.or_else(|| finding.subject.as_ref().map(|subject| subject.kind.clone()));
            for filter in [
                Filter { rule: Some(finding.rule.clone()), ..Filter::default() },
                Filter { confidence: Some(finding.confidence), ..Filter::default() },
                Filter { kind: kind.clone(), ..Filter::default() },
                Filter { input, ..Filter::default() },
                Filter { query: finding.title.clone(), ..Filter::default() },
            ] {
                let (_, _, shown) = findings(&mut bench, filter.clone());
                assert!(shown.contains(finding), "{filter:?}");
                assert!(shown.iter().all(|it| {
                    filter.rule.as_ref().is_none_or(|rule| *rule == it.rule)
                        && filter.confidence.is_none_or(|confidence| confidence == it.confidence)
                        && filter.input.is_none_or(|input| samples::names().nth(input) == Some(&it.input))
                }));
            }
            let hidden = Filter { hidden: BTreeSet::from([finding.severity]), ..Filter::default() };
            assert!(findings(&mut bench, hidden).2.iter().all(|it| it.severity != finding.severity));
        }
    }

    #[test]
    fn exports_hold_what_the_filter_lets_through_and_nothing_else() {
        let mut bench = sample();
        let filter = Filter { hidden: BTreeSet::from([Severity::Critical]), ..Filter::default() };
        let (matched, _, list) = findings(&mut bench, filter.clone());
        assert!(matched < findings(&mut bench, Filter::default()).0);
        for format in Format::ALL {
            let ask = Ask::Export { format, filter: filter.clone(), look: RowLook::default() };
            let Told::File(file) = bench.answer(ask) else { panic!("no file") };
            assert!(!file.text.is_empty(), "{}", file.name);
            assert!(!file.text.contains("personal access token in a job log"), "{}", file.name);
        }
        let Told::File(file) = bench.answer(Ask::Export { format: Format::Json, filter, look: RowLook::default() })
        else {
            panic!("no file")
        };
        let report: ReportV1 = serde_json::from_str(&file.text).unwrap();
        assert_eq!((report.findings.len(), report.summary.critical), (list.len(), 0));
    }

    #[test]
    fn a_table_is_sorted_and_filtered_before_it_is_cut() {
        let mut bench = bench(&[(given(1, "a.json"), tokens(200))]);
        let names = |told: RowsTold| -> Vec<String> {
            told.rows.into_iter().map(|row| row.cells[0].text.split(',').next().unwrap().to_owned()).collect()
        };
        let sorted = RowLook { sort: Some((0, false)), ..RowLook::default() };
        let told = rows(&mut bench, SheetId::Tokens, sorted, 10, 2);
        assert_eq!((told.total, told.matched, told.from), (200, 200, 10));
        assert_eq!(names(told), ["token-011", "token-012"]);
        let last = RowLook { sort: Some((0, true)), query: "READ_API".into() };
        let told = rows(&mut bench, SheetId::Tokens, last.clone(), 0, 1);
        assert_eq!((told.matched, names(told)), (100, vec!["token-199".to_owned()]));
        let Told::File(file) = bench.answer(Ask::ExportRows { sheet: SheetId::Tokens, look: last }) else {
            panic!("no file")
        };
        assert_eq!(file.text.lines().count(), 101);
        assert!(file.text.lines().nth(1).unwrap().starts_with("\"token-199, id 1\""), "{}", file.text);
    }

    #[test]
    fn every_column_of_every_table_sorts_without_losing_a_row() {
        let mut bench = sample();
        for sheet in SheetId::ALL {
            let told = rows(&mut bench, sheet, RowLook::default(), 0, 1000);
            assert!(told.total > 0 || sheet == SheetId::Compare, "{sheet:?}");
            for column in 0..told.columns.len() {
                for descending in [false, true] {
                    let look = RowLook { sort: Some((column, descending)), ..RowLook::default() };
                    let sorted = rows(&mut bench, sheet, look, 0, 1000);
                    let numbers: BTreeSet<u32> = sorted.rows.iter().map(|row| row.row).collect();
                    assert_eq!(numbers.len(), told.total, "{sheet:?} {column}");
                }
            }
            for row in &told.rows {
                assert_eq!(row.cells.len(), told.columns.len(), "{sheet:?}");
                assert!(matches!(bench.answer(Ask::Detail { sheet, row: row.row }), Told::Detail(_)));
            }
        }
    }

    #[test]
    fn what_is_new_changed_gone_and_unchanged_since_an_earlier_export_is_told() {
        let mut now: Vec<serde_json::Value> = serde_json::from_str(&tokens(4)).unwrap();
        let before = now[..3].to_vec();
        now.remove(0);
        now[0]["access_level"] = json!(50);
        let earlier = Given { role: Role::Earlier, ..given(9, "last.json") };
        let texts =
            [(given(1, "a.json"), json!(now).to_string()), (earlier, serde_json::Value::from(before).to_string())];
        let mut bench = bench(&texts);
        assert_eq!(bench.summary(1, true).earlier, Some(Ok("last.json".into())));
        assert_eq!(bench.summary(1, true).inputs.len(), 1, "it is no part of the report");
        let told = rows(&mut bench, SheetId::Compare, RowLook::default(), 0, 9);
        let changes: Vec<&Cell> = told.rows.iter().map(|row| &row.cells[0]).collect();
        assert_eq!(
            changes.iter().map(|cell| cell.text.as_str()).collect::<Vec<_>>(),
            ["worse", "new", "gone", "unchanged"]
        );
    }

    #[test]
    fn a_report_compares_with_its_own_export_as_unchanged() {
        let mut bench = sample();
        let ask = Ask::Export { format: Format::Json, filter: Filter::default(), look: RowLook::default() };
        let Told::File(file) = bench.answer(ask) else { panic!("no file") };
        let mut given = bench.given.clone();
        given.push(Given { role: Role::Earlier, ..super::tests::given(9, "leastwise-report.json") });
        bench.begin(samples::today(), given);
        bench.expect(9, file.text.len());
        assert!(bench.feed(file.text.as_bytes()));
        bench.finish();
        bench.assemble(true);
        let told = rows(&mut bench, SheetId::Compare, RowLook::default(), 0, 999);
        assert!(told.total > 3);
        assert!(told.rows.iter().all(|row| row.cells[0].text == words::UNCHANGED), "{told:?}");
    }

    #[test]
    fn what_cannot_be_compared_with_says_so() {
        let mut bench = bench(&[(Given { role: Role::Earlier, ..given(9, "notes.txt") }, "hello".into())]);
        assert!(matches!(bench.summary(1, true).earlier, Some(Err(why)) if why.contains("notes.txt")));
        assert_eq!(rows(&mut bench, SheetId::Compare, RowLook::default(), 0, 9).total, 0);
    }

    #[test]
    fn a_plan_is_had_in_each_of_its_forms() {
        let mut bench = sample();
        for sheet in SheetId::ALL {
            for &format in sheet.formats() {
                let Told::File(file) = bench.answer(Ask::ExportPlan { sheet, format }) else {
                    panic!("{sheet:?} {format:?}")
                };
                assert!(file.text.len() > 40, "{}: {}", file.name, file.text);
            }
        }
        assert_eq!(bench.answer(Ask::ExportPlan { sheet: SheetId::Tokens, format: PlanFormat::Sh }), Told::Nothing);
    }

    #[test]
    fn a_calendar_holds_the_tokens_that_the_table_shows() {
        let mut bench = bench(&[(given(1, "a.json"), tokens(20))]);
        let mut events = |query: &str| {
            let look = RowLook { query: query.into(), sort: None };
            let ask = Ask::Export { format: Format::Ics, filter: Filter::default(), look };
            let Told::File(file) = bench.answer(ask) else { panic!("no file") };
            file.text.matches("BEGIN:VEVENT").count()
        };
        let (all, some) = (events(""), events("token-001"));
        assert!(some > 0 && some < all, "{some} of {all}");
    }
}
