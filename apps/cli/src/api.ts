import { join } from 'node:path';
import { createORPCClient } from '@orpc/client';
import { type Contract, contract } from '@orangery/contract';
import type { ContractRouterClient } from '@orpc/contract';
import type { JsonifiedClient } from '@orpc/openapi-client';
import { OpenAPILink } from '@orpc/openapi-client/fetch';
import { Agent, fetch as undiciFetch } from 'undici';

export type Api = JsonifiedClient<ContractRouterClient<Contract>>;

/** The API over the state folder's socket: who may open it administers this installation. */
export function openApi(stateFolder: string): { api: Api; close: () => Promise<void> } {
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
  return { api: createORPCClient<Api>(link), close: () => agent.close() };
}
