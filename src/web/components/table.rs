use std::rc::Rc;

use yew::prelude::*;

use super::icon::SeverityIcon;
use crate::time::Date;
use crate::web::answer::{Analysis, Listing, Row};
use crate::web::show::{self, Tone};
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
    let today = props.analysis.report.today;
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
                    { for rows.iter().take(props.view.limit).map(|row| token(&props.analysis, row, today, &props.on_find)) }
                </tbody>
            </table>
        </div>
    }
}

fn matches(view: &View, row: &Row) -> bool {
    let token = &row.token;
    let id = token.id.map(|id| id.to_string()).unwrap_or_default();
    let role = show::role(token).unwrap_or_default();
    let status = show::status(token, row.inactive);
    let mut texts = vec![id.as_str(), role.as_str(), status.as_str(), token.kind.id()];
    texts.extend(token.name.as_ref().map(|name| name.as_str()));
    texts.extend(token.description.as_ref().map(|name| name.as_str()));
    texts.extend(token.scopes.iter().flatten().map(|scope| scope.as_str()));
    view.row_matches(&texts)
}

fn caption(analysis: &Analysis, listing: &Listing, shown: usize) -> String {
    let input = analysis.report.inputs.get(listing.input);
    let format = input.map_or("", |input| input.format.as_str());
    let all = words::rows_read(listing.rows.len(), format);
    if shown == listing.rows.len() { all } else { format!("{all}; {}", words::rows_shown(shown)) }
}

fn token(analysis: &Analysis, row: &Row, today: Date, on_find: &Callback<String>) -> Html {
    let token = &row.token;
    let name = token.name.as_ref().map(|name| show::visible(name.as_str(), false));
    let description = token.description.as_ref().map(|text| show::visible(text.as_str(), false));
    let (scopes, no_scopes) = show::scopes(token);
    let [title, findings, scope, role, used, expires, status] = words::COLUMNS;
    html! {
        <tr role="row" class={classes!(row.inactive.then_some("inactive"))}>
            <th role="rowheader" scope="row" data-label={title}>
                if let Some(name) = &name {
                    <bdi>{ name }</bdi>
                } else {
                    <span class="subtle">{ words::NO_NAME }</span>
                }
                if let Some(id) = token.id {
                    <span class="subtle">{ " " }{ words::ID }{ " " }{ id }</span>
                }
                if let Some(description) = description {
                    <span class="description"><bdi>{ description }</bdi></span>
                }
            </th>
            <td role="cell" data-label={findings}>{ worst(analysis, row, on_find) }</td>
            <td role="cell" data-label={scope}>
                { for scopes.into_iter().map(|scope| html! { <><code><bdi>{ scope }</bdi></code>{ " " }</> }) }
                if let Some(word) = no_scopes {
                    <span class="subtle">{ word }</span>
                }
            </td>
            <td role="cell" data-label={role}><bdi>{ show::role(token).unwrap_or_else(|| words::UNKNOWN.into()) }</bdi></td>
            { fact(used, show::last_use(token, today)) }
            { fact(expires, show::expiry(token, today)) }
            <td role="cell" data-label={status}>{ show::status(token, row.inactive) }</td>
        </tr>
    }
}

fn fact(label: &'static str, (text, tone): (String, Tone)) -> Html {
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
    let find =
        row.token.id.map(|id| id.to_string()).or_else(|| row.token.name.as_ref().map(|name| name.as_str().to_owned()));
    let Some(find) = find else { return html! { <><SeverityIcon {severity} />{ " " }{ text }</> } };
    let onclick = on_find.reform(move |_| find.clone());
    html! { <button type="button" class="link" {onclick}><SeverityIcon {severity} />{ " " }{ text }</button> }
}
