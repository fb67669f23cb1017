//! A static server for `dist/page` on this machine only, one small file at a time: enough to try the page.

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;

use crate::Result;

/// Serves until it is stopped.
pub fn serve(folder: &Path, port: u16) -> Result<()> {
    if !folder.join("index.html").exists() {
        return Err(format!("{} is not there yet: run `./build.sh build` first", folder.display()));
    }
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .map_err(|error| format!("cannot listen on 127.0.0.1:{port}: {error}. Another port: `xtask serve 0`"))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    println!("http://{address}/");
    for stream in listener.incoming().flatten() {
        let folder = folder.to_path_buf();
        // A browser that breaks off is no reason to end.
        std::thread::spawn(move || answer(stream, &folder));
    }
    Ok(())
}

fn answer(stream: TcpStream, folder: &Path) -> std::io::Result<()> {
    stream.set_read_timeout(Some(std::time::Duration::from_secs(10)))?;
    let mut line = String::new();
    let mut reader = BufReader::new(&stream).take(16 * 1024);
    reader.read_line(&mut line)?;
    // The rest of the head is read and not needed.
    let mut header = String::new();
    while reader.read_line(&mut header)? > 2 {
        header.clear();
    }
    let (status, kind, body) = match file(&line).map(|name| (name, std::fs::read(folder.join(name)))) {
        Some((name, Ok(body))) => ("200 OK", mime(name), body),
        _ => ("404 Not Found", "text/plain; charset=utf-8", b"There is no such file.\n".to_vec()),
    };
    let mut stream = &stream;
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
    stream.write_all(&body)
}

/// The file that a request line asks for: in the folder or in one inside it, nothing hidden, nothing above.
fn file(request: &str) -> Option<&str> {
    let mut words = request.split(' ');
    let (method, path) = (words.next()?, words.next()?);
    let name = path.split(['?', '#']).next()?.strip_prefix('/')?;
    let name = if name.is_empty() { "index.html" } else { name };
    let plain = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    (method == "GET" && name.split('/').all(plain)).then_some(name)
}

fn mime(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        _ => "text/plain; charset=utf-8",
    }
}

#[cfg(test)]
mod tests {
    use super::file;

    #[test]
    fn only_files_of_the_folder_are_served() {
        assert_eq!(file("GET / HTTP/1.1"), Some("index.html"));
        assert_eq!(file("GET /style.css?x HTTP/1.1"), Some("style.css"));
        assert_eq!(file("GET /analysis/load.js HTTP/1.1"), Some("analysis/load.js"));
        for bad in [
            "GET /../Cargo.toml HTTP/1.1",
            "GET /analysis/../../x HTTP/1.1",
            "GET //etc/passwd HTTP/1.1",
            "GET /.git HTTP/1.1",
            "POST / HTTP/1.1",
            "",
        ] {
            assert_eq!(file(bad), None, "{bad}");
        }
    }
}
