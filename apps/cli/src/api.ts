import { join } from 'node:path';
import { createORPCClient } from '@orpc/client';
import { type Contract, contract, errorOfProblem, readable, TENANT_HEADER } from '@orangery/contract';
import { OrangeryError } from '@orangery/std';
import type { ContractRouterClient } from '@orpc/contract';
import type { JsonifiedClient } from '@orpc/openapi-client';
import { OpenAPILink } from '@orpc/openapi-client/fetch';
import { ID } from './names.ts';
import { Agent, fetch as undiciFetch } from 'undici';

export type Api = JsonifiedClient<ContractRouterClient<Contract>>;

let tenantOf: () => string | undefined = () => undefined;

/** From now on calls are about this tenant, told by its name or id; undefined: the first one. */
export function lookInto(tenant: () => string | undefined): void {
  tenantOf = tenant;
}

/** The API over the state folder's socket: who may open it administers this installation. */
export function openApi(stateFolder: string): {
  api: Api;
  /** Sends bytes beside the operations, as pieces of uploads are. */
  put: (path: string, body: Buffer) => Promise<{ status: number; body: unknown }>;
  close: () => Promise<void>;
} {
  const agent = new Agent({
    connect: { socketPath: join(stateFolder, 'run', 'api.sock') },
    connectTimeout: 5_000,
  });
  /** Of the tenant that calls are about; its name is looked up once. */
  let tenantId: Promise<string | undefined> | undefined;
  const idOfTenant = async (named: string | undefined): Promise<string | undefined> => {
    if (named === undefined || ID.test(named)) return named;
    const answer = await undiciFetch('http://localhost/api/tenants', { dispatcher: agent });
    const tenants = (await answer.json()) as { id: string; name: string }[];
    const found = tenants.find(({ name }) => name.toLowerCase() === named.toLowerCase());
    if (found === undefined)
      throw new OrangeryError('notFound', `There is no tenant "${named}"`, {
        fix: 'See all: ./orangery tenant list',
      });
    return found.id;
  };
  const tenantHeaders = async (): Promise<[string, string][]> => {
    const id = await (tenantId ??= idOfTenant(tenantOf()));
    return id === undefined ? [] : [[TENANT_HEADER, id]];
  };
  const link = new OpenAPILink(contract, {
    url: 'http://localhost/api',
    customErrorResponseBodyDecoder: errorOfProblem,
    fetch: async (request) => {
      const body = request.body === null ? undefined : Buffer.from(await request.arrayBuffer());
      const answer = await undiciFetch(request.url, {
        method: request.method,
        headers: [...request.headers, ...(await tenantHeaders())],
        signal: request.signal,
        dispatcher: agent,
        ...(body === undefined ? {} : { body }),
      });
      return readable(answer);
    },
  });
  const put = async (path: string, body: Buffer): Promise<{ status: number; body: unknown }> => {
    const answer = await undiciFetch(`http://localhost${path}`, {
      method: 'PUT',
      dispatcher: agent,
      body,
      headers: await tenantHeaders(),
    });
    return { status: answer.status, body: await answer.json().catch(() => ({})) };
  };
  return { api: createORPCClient<Api>(link), put, close: () => agent.close() };
}

/** Calls the API of the folder that a command means, and hangs up. */
export function callerOf(stateOf: () => string): (work: (api: Api) => Promise<void>) => Promise<void> {
  return async (work) => {
    const { api, close } = openApi(stateOf());
    try {
      await work(api);
    } finally {
      await close();
    }
  };
}
