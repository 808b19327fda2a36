import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { contract, rights } from '@orangery/contract';
import { Validator } from '@seriousme/openapi-schema-validator';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeApi, operationsOf } from './openapi.ts';

const ROOT = new URL('../../../../', import.meta.url);

/** Names of all operations, as the contract nests them. */
const names = Object.entries(contract).flatMap(([noun, verbs]) =>
  Object.keys(verbs).map((verb) => `${noun}.${verb}`),
);

/** After a change of the contract: `vitest run --project unit openapi -u` writes docs/openapi.json anew. */
describe('the OpenAPI document', () => {
  let document: Awaited<ReturnType<typeof describeApi>>;
  beforeAll(async () => {
    const manifest = await readFile(new URL('apps/server/package.json', ROOT), 'utf8');
    document = await describeApi((JSON.parse(manifest) as { version: string }).version);
  });

  it('is what docs/openapi.json says', async () => {
    const path = fileURLToPath(new URL('docs/openapi.json', ROOT));
    await expect(`${JSON.stringify(document, null, 2)}\n`).toMatchFileSnapshot(path);
  });

  it('is valid, and refers to nothing that is not there', async () => {
    const validator = new Validator();
    expect(await validator.validate(JSON.parse(JSON.stringify(document)))).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
    const text = JSON.stringify(document);
    const wanted = new Set([...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map((match) => match[1]));
    const there = Object.keys(document.components?.schemas ?? {});
    expect([...wanted].filter((name) => name !== undefined && !there.includes(name))).toEqual([]);
  });

  it('has each operation of the contract once, under an id of its own', () => {
    const ids = operationsOf(document).map(({ operationId }) => operationId ?? 'none');
    expect(ids.sort()).toEqual(names.sort());
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('says of each who may call it', () => {
    const open = operationsOf(document).filter(({ security }) => security?.length === 0);
    const names = open.map(({ operationId }) => operationId ?? 'none').sort();
    expect(names).toEqual([
      'account.requestReset',
      'account.resetPassword',
      'account.unlock',
      'account.verifyEmail',
      'setup.complete',
      'signIn.out',
      'signIn.passkey',
      'signIn.passkeyOptions',
      'signIn.password',
      'signIn.provider',
      'signIn.providerAnswer',
      'signIn.secondFactor',
      'signIn.ways',
      'system.status',
    ]);
    const access = operationsOf(document).map(
      (operation) => (operation as Record<string, unknown>)['x-access'],
    );
    expect(['anyone', 'person', ...rights]).toEqual(expect.arrayContaining([...new Set(access)]));
  });
});
