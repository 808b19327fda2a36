import { join } from 'node:path';
import { createORPCClient } from '@orpc/client';
import { type Contract, contract } from '@orangery/contract';
import type { ContractRouterClient } from '@orpc/contract';
import type { JsonifiedClient } from '@orpc/openapi-client';
import { OpenAPILink } from '@orpc/openapi-client/fetch';
import { Agent, fetch as undiciFetch } from 'undici';

export type Api = JsonifiedClient<ContractRouterClient<Contract>>;

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
  const link = new OpenAPILink(contract, {
    url: 'http://localhost/api',
    fetch: async (request) => {
      const body = request.body === null ? undefined : Buffer.from(await request.arrayBuffer());
      const answer = await undiciFetch(request.url, {
        method: request.method,
        headers: [...request.headers],
        signal: request.signal,
        dispatcher: agent,
        ...(body === undefined ? {} : { body }),
      });
      return answer;
    },
  });
  const put = async (path: string, body: Buffer): Promise<{ status: number; body: unknown }> => {
    const answer = await undiciFetch(`http://localhost${path}`, { method: 'PUT', dispatcher: agent, body });
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
