use std::rc::Rc;

use yew::prelude::*;

use super::icon::SeverityIcon;
use crate::web::answer::{Analysis, Listing, Row};
use crate::web::show::{Fact, Tone};
use crate::web::state::View;
use crate::web::words;

#[derive(Properties, PartialEq)]
pub(crate) struct TokenTableProps {
    pub(crate) analysis: Rc<Analysis>,
    /// Index of the listing in the analysis.
    pub(crate) listing: usize,
    pub(crate) view: Rc<View>,
    /// Shows the findings of a token: searches for its name or number.
    pub(crate) on_find: Callback<String>,
}

/// The tokens of one input. A table by its roles as well, since narrow screens lay its rows out as cards.
#[component]
pub(crate) fn TokenTable(props: &TokenTableProps) -> Html {
    let Some(listing) = props.analysis.inventories.get(props.listing) else { return Html::default() };
    let rows: Vec<&Row> = listing.rows.iter().filter(|row| matches(&props.view, row)).collect();
    html! {
        <div class="tokens">
            <p class="note">{ caption(&props.analysis, listing, rows.len()) }</p>
            <table role="table">
                <thead role="rowgroup">
                    <tr role="row">
                        { for words::COLUMNS.iter().map(|title| html! { <th role="columnheader" scope="col">{ *title }</th> }) }
                    </tr>
                </thead>
                <tbody role="rowgroup">
                    { for rows.iter().take(props.view.limit).map(|row| token(&props.analysis, row, &props.on_find)) }
                </tbody>
            </table>
        </div>
    }
}

fn matches(view: &View, row: &Row) -> bool {
    let id = row.id.map(|id| id.to_string()).unwrap_or_default();
    let words = [&row.name, &row.description, &row.owner, &row.role, &row.no_scopes].into_iter().flatten();
    let words = words.chain(&row.scopes).chain([&row.status, &id]);
    view.row_matches(&words.map(String::as_str).collect::<Vec<_>>())
}

fn caption(analysis: &Analysis, listing: &Listing, shown: usize) -> String {
    let input = analysis.report.inputs.get(listing.input);
    let format = input.map_or("", |input| input.format.as_str());
    let all = words::rows_read(listing.rows.len(), format);
    if shown == listing.rows.len() { all } else { format!("{all}; {}", words::rows_shown(shown)) }
}

fn token(analysis: &Analysis, row: &Row, on_find: &Callback<String>) -> Html {
    let [title, findings, scope, role, used, expires, status] = words::COLUMNS;
    html! {
        <tr role="row" class={classes!(row.inactive.then_some("inactive"))}>
            <th role="rowheader" scope="row" data-label={title}>
                if let Some(name) = &row.name {
                    <bdi>{ name }</bdi>
                } else {
                    <span class="subtle">{ words::NO_NAME }</span>
                }
                if let Some(id) = row.id {
                    <span class="subtle">{ " " }{ words::ID }{ " " }{ id }</span>
                }
                { for [&row.owner, &row.description].into_iter().flatten().map(|text| html! {
                    <span class="description"><bdi>{ text }</bdi></span>
                }) }
            </th>
            <td role="cell" data-label={findings}>{ worst(analysis, row, on_find) }</td>
            <td role="cell" data-label={scope}>
                { for row.scopes.iter().map(|scope| html! { <><code><bdi>{ scope }</bdi></code>{ " " }</> }) }
                if let Some(word) = &row.no_scopes {
                    <span class="subtle">{ word }</span>
                }
            </td>
            <td role="cell" data-label={role}>
                if let Some(role) = &row.role {
                    <bdi>{ role }</bdi>
                } else {
                    <span class="subtle">{ words::UNKNOWN }</span>
                }
            </td>
            { fact(used, &row.used) }
            { fact(expires, &row.expires) }
            <td role="cell" data-label={status}>{ &row.status }</td>
        </tr>
    }
}

fn fact(label: &'static str, (text, tone): &Fact) -> Html {
    let class = match tone {
        Tone::Plain => "",
        Tone::Subtle => "subtle",
        Tone::Warning => "warning",
        Tone::Danger => "danger",
    };
    html! { <td role="cell" data-label={label}><span {class}>{ text }</span></td> }
}

/// How many findings a token has, and how bad the worst is; leads to them.
fn worst(analysis: &Analysis, row: &Row, on_find: &Callback<String>) -> Html {
    let worst = row
        .findings
        .iter()
        .filter_map(|&index| analysis.report.findings.get(index))
        .map(|finding| finding.severity)
        .min();
    let Some(severity) = worst else { return html! { <span class="subtle">{ words::NONE }</span> } };
    let text = words::findings_of_row(row.findings.len(), severity);
    let find = row.id.map(|id| id.to_string()).or_else(|| row.name.clone());
    let Some(find) = find else { return html! { <><SeverityIcon {severity} />{ " " }{ text }</> } };
    let onclick = on_find.reform(move |_| find.clone());
    html! { <button type="button" class="link" {onclick}><SeverityIcon {severity} />{ " " }{ text }</button> }
}
