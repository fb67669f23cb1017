use yew::prelude::*;

use crate::report::Severity;

#[derive(Properties, PartialEq)]
pub(crate) struct SeverityIconProps {
    pub(crate) severity: Severity,
}

/// A shape for each severity, so that colour is never the only sign. The word always stands beside it.
#[component]
pub(crate) fn SeverityIcon(props: &SeverityIconProps) -> Html {
    let severity = props.severity;
    let shape = match severity {
        Severity::Critical => html! { <path d="M6 0l5.2 3v6L6 12 .8 9V3z" /> },
        Severity::High => html! { <path d="M6 0l6 6-6 6-6-6z" /> },
        Severity::Medium => html! { <path d="M0 1h12L6 11.5z" /> },
        Severity::Low => html! { <circle cx="6" cy="6" r="5.5" /> },
        Severity::Info => html! {
            <path fill-rule="evenodd" d="M6 0a6 6 0 1 1 0 12A6 6 0 0 1 6 0zm0 1.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM5.2 5.2h1.6v4H5.2zm0-2.4h1.6v1.6H5.2z" />
        },
    };
    html! {
        <svg class={classes!("icon", severity.word())} viewBox="0 0 12 12" width="12" height="12" aria-hidden="true" focusable="false">
            { shape }
        </svg>
    }
}
