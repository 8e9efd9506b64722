// Opens pages in one Chromium, each in every view, and writes as JSON what it saw: what axe-core objects to, what
// sticks out, what was asked of the network. With a folder for shots it takes pictures instead of asking axe; of
// a page to skim, axe sees the first view and the fourth.
// In: {chromium, pages: [{name, file, skim}], views: [{width, scheme}], off: {rule of axe: reason}, shots}.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const job = JSON.parse(readFileSync(0, "utf-8"));
const rules = Object.fromEntries(Object.keys(job.off ?? {}).map(rule => [rule, { enabled: false }]));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf-8");

const browser = await chromium.launch({
  executablePath: job.chromium,
  args: [
    ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
    ...["--disable-component-update", "--disable-sync", "--hide-scrollbars", "--font-render-hinting=none"],
    "--host-resolver-rules=MAP * ~NOTFOUND",
  ],
});

function geometry() {
  const room = document.documentElement.clientWidth;
  const scrolls = element => element.closest("div[style*='overflow-x']");
  const out = [...document.querySelectorAll("body *")].filter(element => {
    const box = element.getBoundingClientRect();
    return box.width && !scrolls(element) && (box.right > room + 0.5 || box.left < -0.5);
  });
  return {
    needs: document.documentElement.scrollWidth,
    out: out.map(element => element.outerHTML.slice(0, 120)),
    blank: [...document.images].filter(image => !image.naturalWidth).map(image => image.alt),
  };
}

const TALLEST = 4000; // pixels; the gallery shows less of a mail

const judge = options => globalThis.axe.run(document, options).then(({ violations }) =>
  violations.map(({ id, help, nodes }) => ({ id, help, where: nodes.map(node => node.html.slice(0, 160)) })));

// In a window as tall as the mail: a picture beyond the window now and then has its top twice.
async function shoot(page, width, path) {
  const tall = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({ width, height: Math.min(tall, TALLEST) });
  await page.evaluate(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))));
  await page.screenshot({ path });
}

async function see(page, { name, file, skim }) {
  const asked = [], told = [];
  const listen = request => request.url().startsWith("file:") || asked.push(request.url());
  page.on("request", listen);
  await page.goto(file);
  if (!job.shots) await page.evaluate(axe);
  for (const [at, { width, scheme }] of job.views.entries()) {
    const judged = !job.shots && !(skim && at % 3);
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme: scheme });
    const violations = judged ? await page.evaluate(judge, { resultTypes: ["violations"], rules }) : [];
    told.push({ name, width, scheme, violations, ...(await page.evaluate(geometry)) });
    if (job.shots) await shoot(page, width, `${job.shots}/${name}-${width}-${scheme}.png`);
  }
  page.off("request", listen);
  return told.map(view => ({ ...view, asked }));
}

const context = await browser.newContext();
const queue = [...job.pages], seen = [];
await Promise.all(Array.from({ length: 2 }, async () => {
  const page = await context.newPage();
  for (let next; (next = queue.shift());) seen.push(...(await see(page, next)));
}));
await browser.close();
process.stdout.write(JSON.stringify(seen));
