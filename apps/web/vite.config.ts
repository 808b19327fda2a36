import { contract } from '@orangery/contract';
import { minifyContractRouter } from '@orpc/contract';
import react from '@vitejs/plugin-react';
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

export default defineConfig({
  plugins: [react(), minifiedContract(), compressed()],
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
