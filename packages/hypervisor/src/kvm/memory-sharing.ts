import { type Libvirt, paramsToObject, type TypedParam } from '@orangery/libvirt';
import type { MemorySharing, MemorySharingDriver } from '../driver.ts';
import { telling } from './errors.ts';

const PARAMETERS_MAX = 16;
/** What KSM counts in (Documentation/admin-guide/mm/ksm.rst), on x86. */
const PAGE_BYTES = 4096;

/** KSM, through libvirt: its names are those of /sys/kernel/mm/ksm with another prefix. */
export class KvmMemorySharing implements MemorySharingDriver {
  readonly #client: Libvirt;

  constructor(client: Libvirt) {
    this.#client = client;
  }

  look(): Promise<MemorySharing | undefined> {
    return telling('shared memory', async () => {
      const { params } = await this.#client.call('nodeGetMemoryParameters', {
        nparams: PARAMETERS_MAX,
        flags: 0,
      });
      const values = paramsToObject(params);
      const run = values['shm_run'];
      if (run === undefined) return undefined;
      // Each of the sharing pages is one that need not be there a second time.
      return { on: Number(run) === 1, savedBytes: Number(values['shm_pages_sharing'] ?? 0) * PAGE_BYTES };
    });
  }

  /** Switched off, what is shared stays shared until it is written to: pages that are torn apart at once need room. */
  set(on: boolean): Promise<void> {
    return telling('shared memory', async () => {
      const param: TypedParam = { field: 'shm_run', type: 'uint', value: on ? 1 : 0 };
      await this.#client.call('nodeSetMemoryParameters', { params: [param], flags: 0 });
    });
  }
}
