// Draws the extension's PNG icons from www/icon.svg: `npm run icons`. Stores take no SVG; the results are committed.
import { readFile } from "node:fs/promises";
import { chromium } from "./browser.mjs";

const svg = await readFile(new URL("../../www/icon.svg", import.meta.url), "utf8");
const browser = await chromium();
for (const size of [16, 32, 48, 128]) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  await page.setContent(`<style>html,body{margin:0;background:transparent}svg{display:block;width:${size}px;height:${size}px}</style>${svg}`);
  const path = new URL(`../../extension/icons/${size}.png`, import.meta.url).pathname;
  await page.screenshot({ path, omitBackground: true });
  await page.close();
}
await browser.close();
