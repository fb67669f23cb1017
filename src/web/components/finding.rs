use gloo_timers::callback::Timeout;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use yew::prelude::*;

use super::icon::SeverityIcon;
use super::text::Shown;
use crate::report::json::{AdviceV1, ExcerptV1, FindingV1, SubjectIdV1};
use crate::web::show;
use crate::web::words;

#[derive(Properties, PartialEq)]
pub(crate) struct FindingCardProps {
    pub(crate) finding: FindingV1,
    pub(crate) index: usize,
    pub(crate) open: bool,
    pub(crate) on_fold: Callback<usize>,
    /// Is the input named? Not where there is only one.
    pub(crate) named: bool,
    /// What else stands below it.
    #[prop_or_default]
    pub(crate) children: Html,
}

/// One finding: a heading that unfolds what is seen, why it matters and what to do.
#[component]
pub(crate) fn FindingCard(props: &FindingCardProps) -> Html {
    let FindingCardProps { finding, index, open, on_fold, named, children } = props;
    let onclick = {
        let (on_fold, index) = (on_fold.clone(), *index);
        Callback::from(move |_| on_fold.emit(index))
    };
    let body = format!("finding-{index}");
    let at = show::visible(&words::place(&finding.input, finding.line, finding.column), false);
    html! {
        <li class={classes!("finding", finding.severity.word())}>
            <h3>
                <button type="button" class="fold" aria-expanded={open.to_string()} aria-controls={body.clone()} {onclick}>
                    <SeverityIcon severity={finding.severity} />
                    <span class="severity">{ finding.severity.word() }</span>
                    <span class="title">
                        <Shown text={finding.title.clone()} />
                        { about(finding) }
                    </span>
                </button>
            </h3>
            <div id={body} class="body" hidden={!open}>
                if *open {
                    <p class="message"><Shown text={finding.message.clone()} /></p>
                    if *named || finding.line.is_some() && finding.subject.is_none() {
                        <p class="place"><bdi>{ at }</bdi></p>
                    }
                    if let Some(excerpt) = &finding.excerpt {
                        <Frame excerpt={excerpt.clone()} />
                        { for excerpt.more.iter().map(|more| html! { <Frame excerpt={more.clone()} /> }) }
                    }
                    if let Some(token) = &finding.token {
                        if let Some(often) = words::occurrences(token.occurrences) {
                            <p class="note">{ often }</p>
                        }
                    }
                    <Steps advice={finding.advice.clone()} />
                    <p class="note">
                        { words::RULE }{ " " }<code>{ &finding.rule }</code>{ ", " }{ finding.confidence.word() }
                    </p>
                    if !finding.references.is_empty() {
                        <p class="note">
                            { words::READ_MORE }
                            { for finding.references.iter().map(|address| reference(address)) }
                        </p>
                    }
                    { children.clone() }
                }
            </div>
        </li>
    }
}

/// Which row a finding is about, as its heading says it: the title alone is the same for many.
fn about(finding: &FindingV1) -> Html {
    let Some(subject) = &finding.subject else { return Html::default() };
    let id = match &subject.id {
        Some(SubjectIdV1::Number(id)) => Some(format!("{} {id}", words::ID)),
        Some(SubjectIdV1::Key(key)) => Some(show::visible(key, false)),
        None => None,
    };
    html! {
        <span class="about">
            if let Some(name) = &subject.name {
                <bdi>{ show::visible(name, false) }</bdi>{ " " }
            }
            if let Some(id) = id {
                <bdi class="subtle">{ id }</bdi>
            }
        </span>
    }
}

/// A document. Only addresses of the web become links: nothing else may stand in `href`.
fn reference(address: &str) -> Html {
    let label = address.trim_start_matches("https://").to_owned();
    if address.starts_with("https://") {
        html! { <>{ " " }<a href={address.to_owned()} target="_blank" rel="noopener noreferrer">{ label }</a></> }
    } else {
        html! { <>{ " " }{ label }</> }
    }
}

#[derive(Properties, PartialEq)]
struct FrameProps {
    excerpt: ExcerptV1,
}

/// The line the finding is about, every credential in it masked.
#[component]
fn Frame(props: &FrameProps) -> Html {
    let (before, marked, after) = show::frame(&props.excerpt);
    html! {
        <div class="frame">
            <span class="number">{ props.excerpt.line }</span>
            <code><bdi>{ before }<mark>{ marked }</mark>{ after }</bdi></code>
        </div>
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct StepsProps {
    pub(crate) advice: Vec<AdviceV1>,
}

/// What to do, in order.
#[component]
pub(crate) fn Steps(props: &StepsProps) -> Html {
    html! {
        <>
            <h4>{ words::WHAT_TO_DO }</h4>
            <ol class="steps">
                { for props.advice.iter().map(|step| html! {
                    <li>
                        if step.destructive {
                            <strong class="destructive">{ words::DESTRUCTIVE }</strong>{ " " }
                        }
                        <Shown text={step.text.clone()} />
                        if let Some(place) = &step.place {
                            <p class="where">{ words::WHERE }{ " " }<Shown text={place.clone()} /></p>
                        }
                        if let Some(command) = &step.command {
                            <Command command={command.clone()} />
                        }
                    </li>
                }) }
            </ol>
        </>
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Copying {
    Ready,
    Done,
    Refused,
}

#[derive(Properties, PartialEq)]
struct CommandProps {
    command: AttrValue,
}

/// A command with a button that copies it. Commands hold placeholders, never a credential.
#[component]
fn Command(props: &CommandProps) -> Html {
    let state = use_state(|| Copying::Ready);
    let onclick = {
        let (state, command) = (state.clone(), props.command.clone());
        Callback::from(move |_| {
            let (state, command) = (state.clone(), command.clone());
            spawn_local(async move {
                let written = match web_sys::window() {
                    Some(window) => JsFuture::from(window.navigator().clipboard().write_text(&command)).await.is_ok(),
                    None => false,
                };
                state.set(if written { Copying::Done } else { Copying::Refused });
                if written {
                    let state = state.clone();
                    Timeout::new(3_000, move || state.set(Copying::Ready)).forget();
                }
            });
        })
    };
    let label = if *state == Copying::Done { words::COPIED } else { words::COPY };
    html! {
        <div class="command">
            <pre tabindex="0"><code>{ show::visible(&props.command, true) }</code></pre>
            <button type="button" {onclick}>{ label }</button>
            <p role="status" class="note">{ if *state == Copying::Refused { words::NOT_COPIED } else { "" } }</p>
        </div>
    }
}
