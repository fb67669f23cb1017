//! `leastwise serve`: the page on 127.0.0.1, nothing else. One file, two methods, this machine only.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::Outcome;
use super::args::Serve;
use super::output::complain;
use crate::text::Name;

/// The page, where this command was built with one (`./build.sh build` does): the wasm in it is built of the same source, so
/// it has to be there first.
#[cfg(feature = "page")]
const BUILT_IN: Option<&[u8]> = Some(include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/dist/leastwise.html")));
#[cfg(not(feature = "page"))]
const BUILT_IN: Option<&[u8]> = None;

/// A request's head may be this long, bytes.
const LONGEST_HEAD: usize = 16 * 1024;
/// How long a connection may take to ask, and how many may be open.
const PATIENCE: Duration = Duration::from_secs(10);
const MOST: usize = 32;

pub(crate) fn run(arguments: &Serve) -> io::Result<Outcome> {
    let page = match (&arguments.page, BUILT_IN) {
        (Some(path), _) => match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                complain(&format!("cannot read {}: {error}", Name::new(&path.to_string_lossy())));
                return Ok(Outcome::Failed);
            }
        },
        (None, Some(bytes)) => bytes.to_vec(),
        (None, None) => {
            complain(
                "this build of the command has no page in it. `./build.sh build` makes one that has, and dist/leastwise.html; \
                 `leastwise serve --page leastwise.html` serves that file, and a browser opens it from the disk too",
            );
            return Ok(Outcome::Failed);
        }
    };
    let Some(page) = Page::new(page) else {
        complain("that file is not Leastwise's page: it has no content security policy of the page's kind");
        return Ok(Outcome::Failed);
    };
    let listener = match TcpListener::bind((Ipv4Addr::LOCALHOST, arguments.port)) {
        Ok(listener) => listener,
        Err(error) => {
            complain(&format!("cannot listen on 127.0.0.1:{}: {error}. `--port 0` picks a free one", arguments.port));
            return Ok(Outcome::Failed);
        }
    };
    let port = listener.local_addr()?.port();
    let mut out = anstream::stdout();
    writeln!(out, "http://127.0.0.1:{port}/")?;
    out.flush()?;
    let page = Arc::new(page);
    let open = Arc::new(AtomicUsize::new(0));
    for stream in listener.incoming().flatten() {
        if open.fetch_add(1, Ordering::SeqCst) >= MOST {
            open.fetch_sub(1, Ordering::SeqCst);
            continue;
        }
        let (page, open) = (Arc::clone(&page), Arc::clone(&open));
        std::thread::spawn(move || {
            // A browser that breaks off is no reason to end.
            let _ = converse(&stream, port, &page);
            open.fetch_sub(1, Ordering::SeqCst);
        });
    }
    Ok(Outcome::Clean)
}

/// The page and the policy that it names itself.
struct Page {
    body: Vec<u8>,
    policy: String,
}

impl Page {
    /// `None` for a file that has no strict policy at its beginning: it is not ours.
    fn new(body: Vec<u8>) -> Option<Self> {
        let head = String::from_utf8_lossy(body.get(..4096).unwrap_or(&body)).into_owned();
        let (_, tail) = head.split_once("<meta http-equiv=\"Content-Security-Policy\" content=\"")?;
        let (policy, _) = tail.split_once('"')?;
        let ours =
            policy.starts_with("default-src 'none'; ") && policy.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        let policy = ours.then(|| format!("{policy}; frame-ancestors 'none'"))?;
        Some(Self { body, policy })
    }
}

fn converse(mut stream: &TcpStream, port: u16, page: &Page) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut head = Vec::new();
    let mut piece = [0; 2048];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") && head.len() <= LONGEST_HEAD {
        let length = stream.read(&mut piece)?;
        if length == 0 {
            break;
        }
        head.extend_from_slice(piece.get(..length).unwrap_or_default());
    }
    let answer = answer(&String::from_utf8_lossy(&head), port, page);
    stream.write_all(answer.head.as_bytes())?;
    stream.write_all(answer.body)?;
    stream.flush()
}

struct Answer<'a> {
    head: String,
    body: &'a [u8],
}

/// The answer to a request's head. Nothing of the request comes back in it.
fn answer<'a>(request: &str, port: u16, page: &'a Page) -> Answer<'a> {
    let mut lines = request.split("\r\n");
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (method, path, version) = (words.next(), words.next(), words.next());
    let hosts: Vec<&str> = lines
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_once(':'))
        .filter(|(name, _)| name.eq_ignore_ascii_case("host"))
        .map(|(_, value)| value.trim())
        .collect();
    let ended = request.contains("\r\n\r\n");
    // A page elsewhere whose name was pointed at this machine asks for its own name: it gets nothing.
    let own = |host: &str| {
        host.split_once(':').is_some_and(|(name, number)| {
            (name == "127.0.0.1" || name.eq_ignore_ascii_case("localhost")) && number == port.to_string()
        })
    };
    let (status, extra, body): (&str, &str, &'a [u8]) = match (method, path, version, hosts.as_slice()) {
        (Some(_), Some(_), Some("HTTP/1.1" | "HTTP/1.0"), [host]) if ended => match (method, path) {
            _ if !own(host) => ("421 Misdirected Request", "", b"This is not the host that was asked for.\n"),
            (Some("GET" | "HEAD"), Some("/")) => ("200 OK", "", &page.body),
            (Some("GET" | "HEAD"), _) => ("404 Not Found", "", b"There is one page here: /\n"),
            _ => ("405 Method Not Allowed", "Allow: GET, HEAD\r\n", b"This page is read, nothing else.\n"),
        },
        _ => ("400 Bad Request", "", b"That is no request that this understands.\n"),
    };
    let kind = if status.starts_with("200") { "text/html; charset=utf-8" } else { "text/plain; charset=utf-8" };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nContent-Security-Policy: {}\r\n{extra}\
         X-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\nReferrer-Policy: no-referrer\r\n\
         Cross-Origin-Opener-Policy: same-origin\r\nCross-Origin-Resource-Policy: same-origin\r\n\
         Cache-Control: no-store\r\nConnection: close\r\n\r\n",
        body.len(),
        page.policy,
    );
    Answer { head, body: if method == Some("HEAD") { b"" } else { body } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> Page {
        let html =
            "<!DOCTYPE html><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; x y\">hello";
        Page::new(html.into()).unwrap()
    }

    fn status(request: &str) -> String {
        let page = page();
        let answer = answer(request, 8100, &page);
        assert!(
            answer.head.contains("\r\nContent-Security-Policy: default-src 'none'; x y; frame-ancestors 'none'\r\n")
        );
        assert!(answer.head.ends_with("\r\nConnection: close\r\n\r\n"));
        answer.head.split(' ').nth(1).unwrap().to_owned()
    }

    #[test]
    fn the_page_is_given_to_this_machine_by_two_methods_and_nothing_else() {
        for (request, want) in [
            ("GET / HTTP/1.1\r\nHost: 127.0.0.1:8100\r\n\r\n", "200"),
            ("HEAD / HTTP/1.1\r\nHOST: localhost:8100\r\nAccept: x\r\n\r\n", "200"),
            ("POST / HTTP/1.1\r\nHost: 127.0.0.1:8100\r\n\r\n", "405"),
            ("OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1:8100\r\n\r\n", "405"),
            ("GET /../Cargo.toml HTTP/1.1\r\nHost: 127.0.0.1:8100\r\n\r\n", "404"),
            ("GET /?q=secret HTTP/1.1\r\nHost: 127.0.0.1:8100\r\n\r\n", "404"),
            ("GET http://127.0.0.1:8100/ HTTP/1.1\r\nHost: 127.0.0.1:8100\r\n\r\n", "404"),
            // Another name that was pointed here, another port, no name, two names.
            ("GET / HTTP/1.1\r\nHost: evil.example.com:8100\r\n\r\n", "421"),
            ("GET / HTTP/1.1\r\nHost: 127.0.0.1:81\r\n\r\n", "421"),
            ("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "421"),
            ("GET / HTTP/1.1\r\nHost: 127.0.0.1.evil.example.com:8100\r\n\r\n", "421"),
            ("GET / HTTP/1.1\r\n\r\n", "400"),
            ("GET / HTTP/1.1\r\nHost: 127.0.0.1:8100\r\nHost: evil.example.com\r\n\r\n", "400"),
            ("GET / HTTP/1.1\r\nHost: 127.0.0.1:8100", "400"),
            ("GET /", "400"),
            ("\u{16}\u{3}\u{1}", "400"),
            ("", "400"),
        ] {
            assert_eq!(status(request), want, "{request:?}");
        }
    }

    #[test]
    fn a_head_has_no_body_and_an_error_repeats_nothing() {
        let page = page();
        let head = answer("HEAD / HTTP/1.1\r\nHost: 127.0.0.1:8100\r\n\r\n", 8100, &page);
        assert!(head.body.is_empty() && head.head.contains(&format!("Content-Length: {}\r\n", page.body.len())));
        let wrong = answer("GET /glpat-something HTTP/1.1\r\nHost: 127.0.0.1:8100\r\nX: glpat\r\n\r\n", 8100, &page);
        assert!(!wrong.head.contains("glpat") && !String::from_utf8_lossy(wrong.body).contains("glpat"));
    }

    #[test]
    fn only_a_page_with_a_strict_policy_is_served() {
        assert!(Page::new(b"<html>".to_vec()).is_none());
        assert!(
            Page::new(b"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src *\">".to_vec()).is_none()
        );
        assert!(
            Page::new(b"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; a\r\nb\">".to_vec())
                .is_none()
        );
    }
}
