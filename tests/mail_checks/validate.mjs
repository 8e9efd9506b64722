// Reads {files: {name: path}, presets, clients} from standard input and writes as JSON what html-validate objects
// to and what caniemail says that clients do not support, or only partly:
// {html: [{name, rule, message, line, selector}], support: {feature: {client: "none" or "partial"}}}.
import { readFileSync } from "node:fs";
import { caniemail, rawData } from "caniemail";
import { HtmlValidate, StaticConfigLoader } from "html-validate";

const job = JSON.parse(readFileSync(0, "utf-8"));
const judge = new HtmlValidate(new StaticConfigLoader({ extends: job.presets }));
const html = [], support = {};

// caniemail stops where nobody has tested a feature in a client; what nobody knows is no finding.
for (const { stats } of rawData.data) {
  for (const client of ["gmail", "outlook", "apple-mail", "thunderbird"]) {
    stats[client] = new Proxy(stats[client] ?? {}, { get: (known, at) => known[at] ?? { never: "y" }, has: () => true });
  }
}

for (const [name, path] of Object.entries(job.files)) {
  const page = readFileSync(path, "utf-8");
  const report = await judge.validateString(page);
  for (const { messages } of report.results) {
    html.push(...messages.map(({ ruleId: rule, message, line, selector }) => ({ name, rule, message, line, selector })));
  }
  const { issues } = caniemail({ clients: job.clients, html: page });
  for (const found of [issues.warnings, issues.errors]) {
    for (const [client, features] of found) {
      for (const { title, support: level } of features) (support[title] ??= {})[client] = level;
    }
  }
}

process.stdout.write(JSON.stringify({ html, support }));
