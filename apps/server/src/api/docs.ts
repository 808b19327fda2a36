import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyInstance } from 'fastify';

/** Where the API can be read and tried out in a browser. */
const PATH = '/api/docs';

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Orangery: API</title>
    <link rel="icon" href="/favicon.svg" />
    <link rel="stylesheet" href="${PATH}/swagger-ui.css" />
    <link rel="stylesheet" href="${PATH}/page.css" />
    <script src="${PATH}/swagger-ui-bundle.js" defer></script>
    <script src="${PATH}/start.js" defer></script>
  </head>
  <body><main id="api"></main></body>
</html>
`;

/** Requests of the page go to this server alone, with the cookie of who is signed in. */
const START = `const dark = matchMedia('(prefers-color-scheme: dark)');
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
follow();
dark.addEventListener('change', follow);
SwaggerUIBundle({
  url: '/api/openapi.json',
  dom_id: '#api',
  deepLinking: true,
  docExpansion: 'none',
  filter: true,
  displayOperationId: true,
  defaultModelsExpandDepth: 0,
  persistAuthorization: false,
  validatorUrl: null,
});
`;

/** Its address bars and servers say nothing here: there is one server, this one. */
const STYLE = `body { margin: 0; background: #fff; }
html.dark-mode body { background: #1c2022; }
.swagger-ui .scheme-container { box-shadow: none; padding: 0; background: none; }
#api .servers-title, #api .servers { display: none; }
.swagger-ui .info { margin: 24px 0; }
.swagger-ui .opblock .opblock-summary-path { word-break: break-word; }
@media (max-width: 600px) {
  .swagger-ui .wrapper { padding: 0 12px; }
  .swagger-ui .opblock .opblock-summary { flex-wrap: wrap; }
  .swagger-ui .opblock .opblock-summary-operation-id,
  .swagger-ui .opblock-tag small { display: none; }
}
`;

const compress = promisify(gzip);

/** The viewer's own files come from its package, as nothing of another origin is let in. */
export function registerDocs(app: FastifyInstance): void {
  const folder = join(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'), '..');
  const files: [string, string, () => Promise<Buffer | string>][] = [
    ['', 'text/html', () => Promise.resolve(PAGE)],
    ['/start.js', 'text/javascript', () => Promise.resolve(START)],
    ['/page.css', 'text/css', () => Promise.resolve(STYLE)],
    ['/swagger-ui-bundle.js', 'text/javascript', () => readFile(join(folder, 'swagger-ui-bundle.js'))],
    ['/swagger-ui.css', 'text/css', () => readFile(join(folder, 'swagger-ui.css'))],
  ];
  for (const [name, type, read] of files) {
    let made: Promise<Buffer> | undefined;
    app.get(`${PATH}${name}`, async (request, reply) => {
      reply.type(`${type}; charset=utf-8`).header('cache-control', 'no-cache');
      if (!/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) return read();
      made ??= read().then((content) => compress(content));
      return reply
        .header('content-encoding', 'gzip')
        .header('vary', 'accept-encoding')
        .send(await made);
    });
  }
}
