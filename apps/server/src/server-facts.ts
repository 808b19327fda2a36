import { X509Certificate } from 'node:crypto';
import { statfs } from 'node:fs/promises';
import type { ServerFacts } from '@orangery/control';
import type { Tls } from './tls.ts';

/** What this process knows of itself. */
export async function serverFacts(stateFolder: string, tls: Tls | undefined): Promise<ServerFacts> {
  const { bsize, blocks, bavail } = await statfs(stateFolder);
  return {
    disk: { capacityBytes: blocks * bsize, freeBytes: bavail * bsize },
    certificate:
      tls === undefined
        ? null
        : { endsMs: new X509Certificate(tls.cert).validToDate.getTime(), own: tls.own },
  };
}
