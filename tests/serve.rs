//! `leastwise serve`, asked over a real connection: the page for this machine, and nothing for anybody else.

// A test may say bluntly what it expects.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

const PAGE: &str = "<!DOCTYPE html>\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'none'\">\nhello\n";

struct Served {
    child: Child,
    port: u16,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn serve(folder: &std::path::Path) -> Served {
    let file = folder.join("leastwise.html");
    std::fs::write(&file, PAGE).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_leastwise"))
        .args(["serve", "--port", "0", "--page"])
        .arg(file)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let port = line.trim().trim_end_matches('/').rsplit(':').next().unwrap().parse().unwrap();
    assert_eq!(line, format!("http://127.0.0.1:{port}/\n"));
    Served { child, port }
}

fn ask(address: (&str, u16), request: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

#[test]
fn the_page_is_served_to_this_machine_only() {
    let folder = tempfile::tempdir().unwrap();
    let served = serve(folder.path());
    let port = served.port;
    let own = ("127.0.0.1", port);
    let answer = ask(own, &format!("GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n")).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with(PAGE), "{answer}");
    assert!(
        answer
            .contains("\r\nContent-Security-Policy: default-src 'none'; script-src 'none'; frame-ancestors 'none'\r\n")
    );
    let rebound = ask(own, "GET / HTTP/1.1\r\nHost: evil.example.com\r\n\r\n").unwrap();
    assert!(rebound.starts_with("HTTP/1.1 421 ") && !rebound.contains("hello"), "{rebound}");
    let posted = ask(own, &format!("POST / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n")).unwrap();
    assert!(posted.starts_with("HTTP/1.1 405 "), "{posted}");
    let silent = ask(own, "x\r\n\r\n").unwrap();
    assert!(silent.starts_with("HTTP/1.1 400 "), "{silent}");
    // All of 127.0.0.0/8 is this machine on Linux: who listens everywhere would answer here too.
    if cfg!(target_os = "linux") {
        assert!(ask(("127.0.0.2", port), &format!("GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n")).is_err());
    }
    // Still there.
    let again = ask(own, &format!("HEAD / HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n")).unwrap();
    assert!(again.starts_with("HTTP/1.1 200 OK\r\n") && again.ends_with("\r\n\r\n"), "{again}");
}

#[test]
fn without_a_page_it_says_where_one_comes_from() {
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("other.html");
    std::fs::write(&other, "<html>hello</html>").unwrap();
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_leastwise")).arg("serve").args(arguments).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = run(&["--page", other.to_str().unwrap()]);
    assert!(code == Some(2) && said.contains("not Leastwise's page"), "{said}");
    if !cfg!(feature = "page") {
        let (code, said) = run(&[]);
        assert!(code == Some(2) && said.contains("./build.sh build"), "{said}");
    }
}
