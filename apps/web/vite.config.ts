import { contract } from '@orangery/contract';
import { compileMessage } from '@lingui/message-utils/compileMessage';
import { minifyContractRouter } from '@orpc/contract';
import react from '@vitejs/plugin-react';
import { readFile } from 'node:fs/promises';
import { defineConfig, type Plugin } from 'vite';
import { compressed } from './compressed.ts';

const CONTRACT_MODULE = 'virtual:contract';

/** The client needs each operation's method and path; schemas stay behind, they are the server's to check. */
function minifiedContract(): Plugin {
  const id = `\0${CONTRACT_MODULE}`;
  return {
    name: 'orangery-contract',
    resolveId: (source) => (source === CONTRACT_MODULE ? id : undefined),
    load: (source) =>
      source === id ? `export default ${JSON.stringify(minifyContractRouter(contract))};` : undefined,
  };
}

const MESSAGES_MODULE = 'virtual:messages/';

/** What the pages say, compiled: the browser is sent no parser. English is in the code; a catalogue names it again. */
function compiledMessages(): Plugin {
  return {
    name: 'orangery-messages',
    resolveId: (source) => (source.startsWith(MESSAGES_MODULE) ? `\0${source}` : undefined),
    async load(source) {
      if (!source.startsWith(`\0${MESSAGES_MODULE}`)) return undefined;
      const language = source.slice(MESSAGES_MODULE.length + 1);
      const file = new URL(`src/i18n/${language === 'en' ? 'de' : language}.json`, import.meta.url);
      const catalogue = JSON.parse(await readFile(file, 'utf8')) as Record<string, string>;
      const said = Object.entries(catalogue).map(
        ([english, text]) => [english, language === 'en' ? english : text] as const,
      );
      const compiled = said.map(([english, text]) => [english, compileMessage(text)] as const);
      // What is compiled to itself need not be sent.
      const sent = compiled.filter(([english, message]) => message.length !== 1 || message[0] !== english);
      return `export default ${JSON.stringify(Object.fromEntries(sent))};`;
    },
  };
}

export default defineConfig({
  plugins: [react(), minifiedContract(), compiledMessages(), compressed()],
  // The server puts another one in its place with each page.
  html: { cspNonce: 'ORANGERY_NONCE' },
  build: {
    target: 'es2023',
    // Small pictures would become data: addresses; as files they are cached with the rest.
    assetsInlineLimit: 0,
    // What others wrote is shipped with its terms: /licenses.md.
    license: { fileName: 'licenses.md' },
    reportCompressedSize: true,
    rollupOptions: {
      treeshake: {
        // `can` is wanted without the schemas beside it; nothing in the contract does anything when loaded.
        moduleSideEffects: (id) => !id.includes('/packages/contract/'),
      },
    },
  },
});
