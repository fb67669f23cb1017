use yew::prelude::*;

use super::text::Shown;
use crate::plan::choosing::Aspect;
use crate::web::answer::Creating;
use crate::web::words;

#[derive(Properties, PartialEq)]
pub(crate) struct AboutToCreateProps {
    pub(crate) forms: Vec<Creating>,
}

/// Advice on the forms that are open: it changes while somebody ticks.
#[component]
pub(crate) fn AboutToCreate(props: &AboutToCreateProps) -> Html {
    props.forms.iter().enumerate().map(|(index, form)| one(index, form)).collect()
}

fn one(index: usize, form: &Creating) -> Html {
    let heading = format!("creating-{index}");
    let of =
        |about: Aspect| form.points.iter().filter(move |(aspect, _)| *aspect == about).map(|(_, text)| text.clone());
    let list = |about: Aspect| html! { <ul>{ for of(about).map(|text| html! { <li><Shown {text} /></li> }) }</ul> };
    let part = |about: Aspect| {
        let count = of(about).count();
        let (title, folded) = words::aspect(about, count);
        if count == 0 {
            Html::default()
        } else if folded {
            html! { <details><summary>{ title }</summary>{ list(about) }</details> }
        } else {
            html! { <><h3>{ title }</h3>{ list(about) }</> }
        }
    };
    html! {
        <section key={index} class="creating" aria-labelledby={heading.clone()}>
            <h2 id={heading}>{ words::ABOUT_TO_CREATE }{ " " }<bdi>{ &form.title }</bdi></h2>
            // What changes with each tick is said to who does not see it; the longer lists are there to be read.
            <div role="status">
                { part(Aspect::Can) }
                { part(Aspect::Change) }
            </div>
            { part(Aspect::Enough) }
            { part(Aspect::Instead) }
        </section>
    }
}
