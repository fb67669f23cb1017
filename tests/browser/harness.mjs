// What all browser tests share: the folders, the recorder of requests, the served pages, and axe.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const EXTENSION = join(ROOT, "dist/extension-chromium");
export const OUT = fileURLToPath(new URL("out/", import.meta.url));
mkdirSync(OUT, { recursive: true });
assert.ok(existsSync(join(EXTENSION, "manifest.json")), "dist/ is not built: run ./build.sh build first");

// As a module by what it is: no package.json says so.
const { opened } = await import(`data:text/javascript,${encodeURIComponent(readFileSync(join(ROOT, "extension/sent.js"), "utf8"))}`);

const TARGET = process.env.CARGO_TARGET_DIR ?? join(ROOT, "target");

/** Runs the native command, debug build; gives back its JSON. */
export function leastwise(...args) {
  const text = execFileSync(join(TARGET, "debug/leastwise"), args, { encoding: "utf8", maxBuffer: 1 << 28 });
  return JSON.parse(text);
}

/** The day of today in UTC, as the extension takes it. */
export const today = () => new Date().toISOString().slice(0, 10);

// What Chromium asks for by itself, whatever page is open.
const BROWSER_OWN = /(^|\.)(google\.com|googleapis\.com|gvt1\.com|gstatic\.com|googleusercontent\.com)$/;

/** The host that a first packet is for: the server name of a TLS hello, or the Host of a plain request. */
function hostOf(packet) {
  if (packet[0] !== 22) {
    const text = packet.toString("latin1");
    return (/^Host: ([^:\r\n]+)/im.exec(text) ?? /^CONNECT ([^: ]+)/.exec(text))?.[1] ?? "unknown";
  }
  try {
    // Record (5), handshake (4), version (2), random (32), then three lists, then extensions: type, length, content.
    let at = 43;
    at += 1 + packet.readUInt8(at);
    at += 2 + packet.readUInt16BE(at);
    at += 1 + packet.readUInt8(at);
    for (at += 2; at + 4 <= packet.length; at += 4 + packet.readUInt16BE(at + 2)) {
      if (packet.readUInt16BE(at) !== 0) continue;
      const length = packet.readUInt16BE(at + 7);
      return packet.toString("latin1", at + 9, at + 9 + length);
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return undefined; // Not there yet: a long hello comes in parts.
}

/**
 * A place where every connection arrives that the browser makes to any host by name: see `flags`. Nothing may arrive
 * but what the browser itself asks for.
 */
export async function sink() {
  const hosts = [];
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.setTimeout(2000, () => socket.destroy());
    let received = Buffer.alloc(0);
    socket.on("data", (packet) => {
      received = Buffer.concat([received, packet]);
      const host = hostOf(received) ?? (received.length > 16_384 ? "unknown" : undefined);
      if (host === undefined) return;
      if (!BROWSER_OWN.test(host)) hosts.push(host);
      socket.destroy();
    });
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  const flags = [`--host-resolver-rules=MAP * 127.0.0.1:${port}, EXCLUDE 127.0.0.1`, "--ignore-certificate-errors"];
  return { hosts, flags, close: () => server.close() };
}

/** Remembers every request of a context, blocked ones too; `own` are the beginnings of addresses that may be asked for. */
export function record(context, own) {
  const foreign = [];
  const note = (url) => {
    if (!own.some((start) => url.startsWith(start))) foreign.push(url);
  };
  context.on("request", (request) => note(request.url()));
  const watch = (page) => {
    page.on("websocket", (socket) => note(socket.url()));
    page.on("console", (message) => {
      // The policy blocks before a request exists: the browser says so in the console.
      if (/Content Security Policy|Refused to|violates/.test(message.text()) && !/gitlab\.example\.com/.test(page.url())) {
        foreign.push(`blocked: ${message.text()}`);
      }
    });
    page.on("pageerror", (error) => foreign.push(`error: ${error.message}`));
  };
  context.pages().forEach(watch);
  context.on("page", watch);
  return foreign;
}

/** Serves dist/page with xtask, as `./build.sh run` does. */
export async function servePage() {
  const server = spawn(join(TARGET, "debug/xtask"), ["serve", "0"], { env: { ...process.env, CARGO_MANIFEST_DIR: join(ROOT, "xtask") } });
  const url = await new Promise((done, fail) => {
    server.stdout.once("data", (line) => done(String(line).trim()));
    server.stderr.once("data", (line) => fail(new Error(String(line))));
  });
  // Its own files, and the worker: that starts from a text of the page's, so that it is held by the page's policy.
  return { url, own: [url, `blob:${url}`], close: () => server.kill() };
}

const AXE = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");

/** Fails when axe finds anything, in the light and in the dark theme; keeps a screenshot of each. */
export async function accessible(page, name) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(OUT, `${name}-${colorScheme}.png`), fullPage: true });
    await page.evaluate(AXE);
    const { violations } = await page.evaluate(() => globalThis.axe.run());
    const said = violations.map((rule) => `${rule.id}: ${rule.nodes.map((node) => node.html).join("\n  ")}`);
    assert.deepEqual(said, [], `${name}, ${colorScheme}`);
  }
}

/** Everything that a page shows or holds, but for what the user typed. */
export const everything = (page) =>
  page.evaluate(() => {
    const parts = [document.title, document.body.innerText];
    for (const element of document.querySelectorAll("*")) {
      for (const attribute of element.attributes) parts.push(attribute.value);
      for (const node of element.childNodes) if (node.nodeType !== Node.ELEMENT_NODE) parts.push(node.data);
    }
    return parts.join("\n");
  });

/** Fails when `text` holds eight consecutive characters of a credential's body. */
export function hidesBody(text, token, where) {
  const body = token.replace(/^[a-z]+-/, "");
  for (let start = 0; start + 8 <= body.length; start++) {
    assert.ok(!text.includes(body.slice(start, start + 8)), `${where} shows a piece of a credential`);
  }
}

/** What the background sends of a page, with the report's findings as the published JSON has them. */
export function analysis(sent) {
  const { texts, steps, findings, inventories, about_to_create, ...said } = opened({ sent });
  const text = (number) => texts[number] ?? null;
  const step = (number) => {
    const [words, where, command, destructive] = steps[number];
    return { text: texts[words], where: text(where), command: text(command), destructive };
  };
  const rare = Object.fromEntries(["token", "denial", "excerpt"].map((name) => [name, new Map(findings[name])]));
  const written = findings.rule.map((rule, at) => {
    const [line, column, end_line, end_column] = findings.place[at] ?? [null, null, null, null];
    const about = findings.subject[at];
    const [kind, id, name, owner, row] = about ?? [];
    const excerpt = rare.excerpt.get(at);
    return {
      rule: texts[rule], severity: findings.severity[at], confidence: findings.confidence[at], title: texts[findings.title[at]], message: texts[findings.message[at]],
      input: texts[findings.input[at]], line, column, end_line, end_column, token: rare.token.get(at) ?? null,
      subject: about && { kind: texts[kind], id, name: text(name), owner: text(owner), ...(row === null ? {} : { row }) },
      denial: rare.denial.get(at) ?? null, advice: findings.advice[at].map(step), references: findings.references[at].map(text), identity: texts[findings.identity[at]],
      ...(excerpt ? { excerpt } : {}),
    };
  });
  return { report: { ...said, findings: written }, inventories, about_to_create };
}
