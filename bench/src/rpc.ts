import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { dialLibvirt, Libvirt, LocalChannel } from '@orangery/libvirt';
import { against, median, type Row } from './document.ts';

const PEER = fileURLToPath(new URL('./rpc-peer.py', import.meta.url));
const PEER_NAME = 'python3-libvirt (the C library)';
const MACHINES = 2_000;
const CALLS = 4_000;
const LISTS = 15;
/** Each side is measured in turns, so that a noisy moment falls on both. */
const ROUNDS = 5;
const IN_FLIGHT = 4;

type Measured = { sequential: number; list: number };

/** The RPC client beside the C library, on one daemon, with libvirt's test driver as a fleet. */
export async function benchRpc(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'orangery-bench-'));
  const fleet = join(folder, 'fleet.xml');
  const machine = (index: number): string =>
    `<domain type='test'><name>m${index}</name><memory>131072</memory><vcpu>1</vcpu><os><type>hvm</type></os></domain>`;
  await writeFile(
    fleet,
    `<node>${Array.from({ length: MACHINES }, (_, index) => machine(index)).join('')}</node>`,
  );
  const uri = `test+unix:///${fleet}`;
  const channel = new LocalChannel();
  const client = await Libvirt.connect({ dial: dialLibvirt(channel), uri: `test:///${fleet}` });
  try {
    const ours: (Measured & { pipelined: number })[] = [];
    const peers: Measured[] = [];
    await measureOurs(client, CALLS / 4);
    for (let round = 0; round < ROUNDS; round += 1) {
      ours.push(await measureOurs(client, CALLS));
      peers.push(await measurePeer(uri));
    }
    const peerCalls = median(peers.map((each) => each.sequential));
    return [
      against(
        'sequentialCalls',
        'calls/s',
        {
          ours: median(ours.map((each) => each.sequential)),
          peer: peerCalls,
          peerName: PEER_NAME,
          higherIsBetter: true,
        },
        1.0,
      ),
      against(
        'pipelinedCalls',
        'calls/s',
        {
          ours: median(ours.map((each) => each.pipelined)),
          peer: peerCalls,
          peerName: PEER_NAME,
          higherIsBetter: true,
        },
        2.0,
      ),
      against(
        'list2000',
        'ms',
        {
          ours: median(ours.map((each) => each.list)),
          peer: median(peers.map((each) => each.list)),
          peerName: PEER_NAME,
          higherIsBetter: false,
        },
        1.0,
      ),
    ];
  } finally {
    await client.close();
    await channel.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureOurs(client: Libvirt, calls: number): Promise<Measured & { pipelined: number }> {
  const lookup = (): Promise<unknown> => client.call('domainLookupByName', { name: 'm7' });
  let start = performance.now();
  for (let index = 0; index < calls; index += 1) await lookup();
  const sequential = calls / ((performance.now() - start) / 1000);
  start = performance.now();
  await Promise.all(
    Array.from({ length: IN_FLIGHT }, async () => {
      for (let index = 0; index < calls / IN_FLIGHT; index += 1) await lookup();
    }),
  );
  const pipelined = calls / ((performance.now() - start) / 1000);
  const lists: number[] = [];
  for (let index = 0; index < LISTS; index += 1) {
    start = performance.now();
    await client.call('connectListAllDomains', { needResults: true, flags: 0 });
    lists.push(performance.now() - start);
  }
  return { sequential, pipelined, list: median(lists) };
}

async function measurePeer(uri: string): Promise<Measured> {
  const { stdout } = await promisify(execFile)('/usr/bin/python3', [PEER, uri, String(CALLS), String(LISTS)]);
  return JSON.parse(stdout) as Measured;
}
