import { createInterface } from 'node:readline';
import { makeCertificate } from './certificate.ts';
import { startRelay } from './gateway.ts';

/** A gateway in a process of its own: prints its port, then its resident memory each time it is asked. */
const server = await startRelay(await makeCertificate(), process.argv[2] ?? '');
process.stdout.write(`${server.port}\n`);
for await (const _line of createInterface({ input: process.stdin })) {
  globalThis.gc?.();
  process.stdout.write(`${process.memoryUsage.rss()}\n`);
}
await server.close();
process.exit(0);
