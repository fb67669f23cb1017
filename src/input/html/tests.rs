use proptest::prelude::*;

use super::attributes::SEALED;
use super::*;

fn outline(text: &str) -> String {
    let document = Document::parse(text);
    let mut out = String::new();
    for element in document.elements() {
        let mut depth = 0;
        let mut at = element.parent();
        while let Some(parent) = at {
            depth += 1;
            at = parent.parent();
        }
        out.push_str(&format!("{}{} ", ">".repeat(depth), element.name()));
    }
    out.trim_end().to_owned()
}

#[test]
fn the_tree_has_the_shape_a_browser_gives_it() {
    for (html, want) in [
        ("<div><p>a<p>b<br>c</div><i>", "div >p >p >>br i"),
        ("<ul><li>a<li><ul><li>b</ul>c<li>d</ul>", "ul >li >li >>ul >>>li >li"),
        ("<table><tr><td>a<td>b<tr><th>c</table><b>", "table >tr >>td >>td >tr >>th b"),
        ("<table><tr><td></div><b>x</b></td></tr></table>", "table >tr >>td >>>b"),
        ("<div><table><tr><td><div>x</td></tr></table></div><i>", "div >table >>tr >>>td >>>>div i"),
        ("<svg><use href=x /><path d=y /></svg><b>", "svg >use >path b"),
        ("<p>a<table><tr><td><p>b</table>c", "p table >tr >>td >>>p"),
        ("</div></p><a><b></a></b><i>", "a >b i"),
        ("<dl><dt>a<dd>b<dt>c</dl>", "dl >dt >dd >dt"),
    ] {
        assert_eq!(outline(html), want, "{html}");
    }
}

#[test]
fn text_is_what_a_reader_sees() {
    let document = Document::parse(
        "<div> Sam&nbsp;O&#39;Neil\n &amp;  <b>co</b>.<div>next</div>last<svg><title>no</title></svg><script>'<b>no</b>'</script></div>",
    );
    let div = document.elements().next().unwrap();
    assert_eq!(div.text(), "Sam\u{a0}O'Neil & co. next last");
    assert_eq!(Document::parse("<td><span>a</span><span>b</span></td>").elements().next().unwrap().text(), "ab");
}

#[test]
fn a_credential_in_an_attribute_is_not_in_the_tree() {
    let planted = crate::fake::expand("{{personal_access_token}}");
    let html = format!(
        "<input type=text value='{planted}'><button data-clipboard-text='{planted}'>x</button><a data-token='{planted}'>\
         <input type=radio value=true><input value='' type=text><textarea value='{planted}'></textarea>"
    );
    let document = Document::parse(&html);
    assert!(!document.pool.contains(&planted));
    let values: Vec<_> = document.elements().map(|element| element.attribute(Attribute::Value)).collect();
    assert_eq!(values, [Some(SEALED), None, None, Some("true"), Some(""), Some(SEALED)]);
    assert!(document.elements().any(|element| element.is_filled(Attribute::CopyText)));
}

#[test]
fn an_input_that_names_itself_open_twice_is_decided_by_its_first_name() {
    let document = Document::parse("<input name=secret name='hook[url]' value=hidden-thing>");
    assert_eq!(document.elements().next().unwrap().attribute(Attribute::Value), Some(SEALED));
}

#[test]
fn elements_know_their_bytes_also_with_windows_line_ends() {
    let html = "<!-- é -->\r\n<div>\r\n<p\r\n id=x>ä\r\n&amp;</p>\r\n</div>";
    let document = Document::parse(html);
    let p = document.first(|element| element.id() == Some("x")).unwrap();
    assert_eq!(html.get(p.span().unwrap().range()).unwrap(), "<p\r\n id=x>ä\r\n&amp;</p>");
}

#[test]
fn depth_and_size_cost_no_stack_and_no_square_time() {
    let deep = "<div>".repeat(100_000) + &"<li>".repeat(50_000) + &"</b>".repeat(50_000);
    let document = Document::parse(&deep);
    assert_eq!(document.elements().count(), 150_000);
    assert_eq!(document.elements().next().unwrap().text(), "");
    // Stray end tags inside a cell, with such an element open outside.
    let walls = "<div><table><td>".to_owned() + &"<b>".repeat(50_000) + &"</div>".repeat(200_000);
    assert_eq!(Document::parse(&walls).elements().count(), 50_003);
    let attributes = format!("<a {}>", "id=1 class=2 ".repeat(100_000));
    assert_eq!(Document::parse(&attributes).elements().count(), 1);
    // Quoted ones, which the tokenizer reads by calling itself.
    let quoted = format!("<a {}id=\"last\">", "x=\"y\" ".repeat(200_000));
    let document = Document::parse(&quoted);
    assert_eq!(document.first(|_| true).and_then(Element::id), Some("last"));
}

#[test]
fn a_pause_behind_a_quotation_mark_changes_nothing() {
    for before in 0..200 {
        for rest in [
            "id=\"a\" class='b'>c\"<b title=\"d\">",
            "id=\"a\"class=\"b\"\r\n>\"c",
            "id=\"a\"/><!DOCTYPE html PUBLIC \"x\" \"y\"><i>",
        ] {
            let paced = format!("<p {}{rest}", "x=\"y\" ".repeat(before));
            let without = format!("<p {}{rest}", "x=y ".repeat(before));
            let spoken = |text: &str| {
                let document = Document::parse(text);
                let said = |it: Element<'_>| {
                    let length = it.span().map(|span| text.len() - span.end);
                    format!("{} {:?} {:?} {} {length:?}", it.name(), it.id(), it.attribute(Attribute::Class), it.text())
                };
                document.elements().map(said).collect::<Vec<_>>()
            };
            assert_eq!(spoken(&paced), spoken(&without), "{before}");
        }
    }
    assert_eq!(Document::parse(&"<".repeat(1_000_000)).elements().count(), 0);
}

proptest! {
    #[test]
    fn any_text_gives_a_tree_whose_spans_point_at_tags(parts in proptest::collection::vec(
        prop_oneof![
            Just("<td>".to_owned()), Just("<div id=a>".to_owned()), Just("</div>".to_owned()), Just("</td>".to_owned()), Just("<tr>".to_owned()),
            Just("</table>".to_owned()), Just("<table>".to_owned()), Just("<li>".to_owned()), Just("<p class='x y'>".to_owned()),
            Just("\r\n".to_owned()), Just("&amp;".to_owned()), Just("&notit;".to_owned()), Just("<!-- c -->".to_owned()),
            Just("<script>".to_owned()), Just("</script>".to_owned()), "\\PC{0,6}", Just("\u{0}".to_owned()), Just("<svg/>".to_owned()),
        ], 0..60)) {
        let text = parts.concat();
        let document = Document::parse(&text);
        for element in document.elements() {
            let span = element.span().unwrap();
            prop_assert!(text.as_bytes()[span.start] == b'<', "{:?} at {:?}", element.name(), span);
            prop_assert!(span.end <= text.len() && span.start < span.end);
            let _ = element.text();
        }
    }
}
