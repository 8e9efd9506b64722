// nodemailer with mjml and juice, one pool of connections. Nothing is decided, stored or recorded.
// usage: send.mjs PARENTS.json PORT CONNECTIONS SAMPLE shared|each TEMPLATE
// "shared": the template is compiled and inlined once, and filled per parent; "each": all of it per parent.
import { readFileSync } from "node:fs";
import juice from "juice";
import mjml2html from "mjml";
import nodemailer from "nodemailer";

const [file, port, connections, sample, mode, template] = process.argv.slice(2);
const parents = JSON.parse(readFileSync(file, "utf8")).slice(0, Number(sample));
const source = readFileSync(template, "utf8");
const [before, rest] = source.split("<!-- post -->");
const [post, after] = rest.split("<!-- end -->");
const school = "KBS de Regenboog";

const escaped = (text) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
const filled = (page, values) =>
  page.replace(/\{\{ (?:post\.)?(\w+) \}\}/g, (hole, name) => (name in values ? escaped(values[name]) : hole));
const compiled = (page) => juice(mjml2html(page, { fonts: {} }).html);

function sharedPages() {
  const [open, close] = ["<mj-raw><!-- from --></mj-raw>", "<mj-raw><!-- to --></mj-raw>"];
  const page = compiled(`${before}${open}${post}${close}${after}`);
  const [head, tail] = page.split("<!-- from -->");
  const [item, foot] = tail.split("<!-- to -->");
  return { head, item, foot };
}

function makePage(pages, parent) {
  const values = { school, name: parent.name };
  if (pages === null) {
    const posts = parent.posts.map((each) => filled(post, each)).join("");
    return compiled(filled(before, values) + posts + after);
  }
  return filled(pages.head, values) + parent.posts.map((each) => filled(pages.item, each)).join("") + pages.foot;
}

const began = performance.now();
const pages = mode === "shared" ? sharedPages() : null;
const pool = nodemailer.createTransport({
  host: "127.0.0.1", port: Number(port), secure: false, ignoreTLS: true,
  pool: true, maxConnections: Number(connections), maxMessages: Infinity,
});

async function lane() {
  for (let parent = parents.pop(); parent; parent = parents.pop()) {
    await pool.sendMail({
      from: { name: school, address: "nieuws@regenboog.example" },
      to: { name: parent.name, address: parent.address },
      subject: `Nieuws van ${school}`,
      text: parent.posts.map((each) => `${each.title}\n${each.body}`).join("\n\n"),
      html: makePage(pages, parent),
    });
  }
}

await Promise.all(Array.from({ length: Number(connections) * 2 }, lane));
pool.close();
console.log((performance.now() - began) / 1000);
