import type { HostDriver } from '@orangery/hypervisor';
import { OrangeryError } from '@orangery/std';
import { listingHost } from './fake-host.ts';

/** What a guest tells of one program that ended well. */
export const ITEM = { name: '20-updates', outcome: 'done', exitCode: 0, seconds: 9, detail: '3 packages' };

/** What the maintenance program in guests is, as far as a server can tell: runs have an id, and are over when the test says so. */
export class Guests {
  readonly runs = new Map<string, { id: string; state: string; items: object[]; limitSeconds: number }>();
  readonly calls: string[] = [];
  /** What is thrown instead of an answer. */
  fault: string | undefined;
  #before = 0;
  readonly driver: HostDriver;

  constructor() {
    const { driver } = listingHost({ machines: [], volumes: [] });
    const exec = async (
      machineId: string,
      { args = [], input = '' }: { args?: string[]; input?: string },
    ): Promise<{ exitCode: number; stdout: string; stderr: string }> => {
      const [verb = ''] = args;
      if (this.fault !== undefined) throw new OrangeryError(this.fault, `this guest is ${this.fault}`);
      this.calls.push(verb);
      const { id, limitSeconds } = JSON.parse(input) as { id: string; limitSeconds: number };
      let run = this.runs.get(machineId);
      if (verb === 'start' && run === undefined) {
        run = {
          id,
          state: 'running',
          items: [{ ...ITEM, outcome: 'running', exitCode: null }],
          limitSeconds,
        };
        this.runs.set(machineId, run);
      }
      if (verb === 'stop' && run !== undefined)
        Object.assign(run, { state: 'over', items: [{ ...ITEM, outcome: 'cut', exitCode: 143 }] });
      const told = run?.id === id ? run : { id, state: run === undefined ? 'none' : 'busy', items: [] };
      return { exitCode: 0, stdout: JSON.stringify(told), stderr: '' };
    };
    this.driver = Object.create(driver, {
      machines: { value: Object.create(driver.machines, { exec: { value: exec } }) as unknown },
    }) as HostDriver;
  }

  finish(machineId: string, items: object[] = [ITEM]): void {
    Object.assign(this.runs.get(machineId) ?? {}, { state: 'over', items });
  }

  started(): number {
    const count = this.calls.filter((verb) => verb === 'start').length;
    const since = count - this.#before;
    this.#before = count;
    return since;
  }
}
