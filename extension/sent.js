// What the background says of a page: `{refused}`, or `{sent}`, the analysis as one text. A browser passes a text on in a fraction of
// the time that its objects take. A line of JSON, and behind it the texts that its numbers mean; src/web/answer.rs tells the rest.

/** The same as an object, which the popup's module reads. */
export function opened(said) {
  const { sent } = said;
  if (sent === undefined) return said;
  let at = sent.indexOf("\n") + 1;
  const { lengths, ...line } = JSON.parse(sent.slice(0, at));
  const texts = lengths.map((length) => sent.slice(at, (at += length)));
  return { ...line, texts };
}

/** How many findings there are, of an opened answer. */
export const count = ({ findings }) => findings.title.length;

/** What a finding is about: its row, or null. */
export function subject({ findings, texts }, index) {
  const about = findings.subject[index];
  if (!about) return null;
  const [kind, id, name, , row] = about;
  return { kind: texts[kind], id, name: texts[name] ?? null, row };
}
