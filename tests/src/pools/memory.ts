import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { dialLibvirt, Libvirt, LocalChannel } from '@orangery/libvirt';
import { systemClock } from '@orangery/std';

/** Where QEMU keeps a domain's own files, and may write. */
const QEMU_FILES = '/var/lib/libvirt/qemu';

/** Whether a word is in the memory of a machine on this host that runs: all that its guest has, whether used or not. */
export async function memoryHolds(machineId: string, memoryMib: number, word: string): Promise<boolean> {
  const channel = new LocalChannel({ clock: systemClock });
  await using client = await Libvirt.connect({ dial: dialLibvirt(channel), uri: 'qemu:///system' });
  const { dom } = await client.call('domainLookupByUuid', { uuid: machineId });
  const dump = join(QEMU_FILES, 'save', `${machineId}.memory`);
  const cmd = JSON.stringify({
    execute: 'pmemsave',
    arguments: { val: 0, size: memoryMib << 20, filename: dump },
  });
  try {
    await client.call('qemuDomainMonitorCommand', { dom, cmd, flags: 0 }, { timeoutMs: 60_000 });
    return await contains(createReadStream(dump, { highWaterMark: 4 << 20 }), word);
  } finally {
    await rm(dump, { force: true });
  }
}

/** Whether a word is anywhere in a stream, also where two chunks meet. */
export async function contains(stream: AsyncIterable<Buffer>, word: string): Promise<boolean> {
  const wanted = Buffer.from(word);
  let tail = Buffer.alloc(0);
  let found = false;
  for await (const chunk of stream) {
    const together = Buffer.concat([tail, chunk]);
    found ||= together.includes(wanted);
    tail = together.subarray(-wanted.length);
  }
  return found;
}
