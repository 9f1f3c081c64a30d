import { createHash } from "node:crypto";

import { html, raw } from "hono/html";

import type { ApiDocument } from "./document.ts";

type Operation = NonNullable<NonNullable<ApiDocument["paths"]>[string]["get"]>;

const style = `
:root { color-scheme: light dark; --line: #8884; --soft: #8882; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
code, pre { font: 14px/1.4 ui-monospace, monospace; }
pre { background: var(--soft); padding: .75rem; overflow: auto; }
table { border-collapse: collapse; width: 100%; }
td { border-top: 1px solid var(--line); padding: .3rem .6rem .3rem 0; vertical-align: top; }
summary { cursor: pointer; padding: .3rem 0; }
.method { text-transform: uppercase; font-weight: 600; }
`;

const example = `curl -sN https://gateway.example/v1/agents/critic/tasks \\
  -H "Authorization: Bearer $API_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"input": {"text": "It was a dark and stormy night."}, "stream": true}'`;

/** The document as a page: no script, nothing loaded from anywhere, and a policy that says so. */
export function renderDocs(document: ApiDocument) {
  const schemas = Object.entries(document.components?.schemas ?? {});
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    (["get", "post"] as const).flatMap((method) => {
      const operation = item[method];
      return operation ? [renderOperation(method, path, operation)] : [];
    }),
  );
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${document.info.title} API ${document.info.version}</title>
        ${raw(`<style>${style}</style>`)}
      </head>
      <body>
        <h1>${document.info.title} <small>${document.info.version}</small></h1>
        <p>${document.info.description}</p>
        <p>The same as data: <a href="/openapi.json">openapi.json</a>. An example:</p>
        <pre>${example}</pre>
        ${operations}
        <h2>Schemas</h2>
        ${schemas.map(([name, schema]) => renderSchema(name, schema))}
      </body>
    </html>`;
  const hash = createHash("sha256").update(style).digest("base64");
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; frame-ancestors 'none'`;
  return { html: page, policy };
}

function renderOperation(method: string, path: string, operation: Operation) {
  const responses = Object.entries(operation.responses ?? {});
  return html`<h2><span class="method">${method}</span> <code>${path}</code></h2>
    <p><strong>${operation.summary}</strong>${operation.security ? " (API key)" : ""}</p>
    ${operation.description ? html`<p>${operation.description}</p>` : ""}
    <table>
      ${responses.map(([status, response]) => renderResponse(status, response))}
    </table>`;
}

function renderResponse(status: string, response: { description?: string; content?: object }) {
  const types = Object.keys(response.content ?? {}).join(", ");
  return html`<tr>
    <td><code>${status}</code></td>
    <td>${response.description ?? ""}</td>
    <td>${types}</td>
  </tr>`;
}

function renderSchema(name: string, schema: unknown) {
  return html`<details id="${name}">
    <summary><code>${name}</code></summary>
    <pre>${JSON.stringify(schema, null, 2)}</pre>
  </details>`;
}
