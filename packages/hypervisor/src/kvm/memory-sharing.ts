import { readFile, writeFile } from 'node:fs/promises';
import { type Libvirt, paramsToObject } from '@orangery/libvirt';
import { messageOf, OrangeryError } from '@orangery/std';
import type { MemorySharing, MemorySharingDriver } from '../driver.ts';
import { telling } from './errors.ts';

const PARAMETERS_MAX = 16;
/** What KSM counts in (Documentation/admin-guide/mm/ksm.rst), on x86. */
const PAGE_BYTES = 4096;
const SWITCH = '/sys/kernel/mm/ksm/run';

/** KSM. libvirt tells what it saves, on every host; whether it runs it neither tells nor sets: that is a file. */
export class KvmMemorySharing implements MemorySharingDriver {
  readonly #client: Libvirt;
  readonly switchable: boolean;

  /** @param local the host is the machine that we run on */
  constructor(client: Libvirt, local: boolean) {
    this.#client = client;
    this.switchable = local;
  }

  look(): Promise<MemorySharing | undefined> {
    return telling('shared memory', async () => {
      const { params } = await this.#client.call('nodeGetMemoryParameters', {
        nparams: PARAMETERS_MAX,
        flags: 0,
      });
      const sharing = paramsToObject(params)['shm_pages_sharing'];
      if (sharing === undefined) return undefined;
      const text = this.switchable ? await readFile(SWITCH, 'utf8').catch(() => undefined) : undefined;
      // Each of the sharing pages is one that need not be there a second time.
      return {
        on: text === undefined ? null : text.trim() === '1',
        savedBytes: Number(sharing) * PAGE_BYTES,
      };
    });
  }

  /** Switched off, what is shared stays shared until it is written to: to tear it all apart at once needs room. */
  async set(on: boolean): Promise<void> {
    const fix = 'On the host itself: echo 1 > /sys/kernel/mm/ksm/run, at each boot.';
    if (!this.switchable) {
      throw new OrangeryError('refused', 'libvirt cannot switch KSM, and more than libvirt is not there', {
        fix,
      });
    }
    try {
      await writeFile(SWITCH, on ? '1' : '0');
    } catch (cause) {
      throw new OrangeryError('accessDenied', `${SWITCH} cannot be written: ${messageOf(cause)}`, {
        cause,
        fix,
      });
    }
  }
}
