import { type HostDriver, openKvmDriver } from '@orangery/hypervisor';
import { LocalChannel } from '@orangery/libvirt';
import { silentLog, systemClock, systemRng } from '@orangery/std';

/** Looks inside a machine of an installation, through its agent: what the person's picture cannot prove. */
export class Guest {
  readonly #driver: HostDriver;
  readonly #id: string;

  private constructor(driver: HostDriver, id: string) {
    this.#driver = driver;
    this.#id = id;
  }

  static async of(installationId: string, machineId: string): Promise<Guest> {
    const driver = await openKvmDriver({
      channel: new LocalChannel(),
      installationId,
      clock: systemClock,
      rng: systemRng,
      log: silentLog,
    });
    return new Guest(driver, machineId);
  }

  /** Runs a line of shell as the person of the session; returns what it printed. */
  async run(line: string): Promise<string> {
    const environment = [
      'DISPLAY=:0',
      'XAUTHORITY=/run/user/1000/Xauthority',
      'XDG_RUNTIME_DIR=/run/user/1000',
    ];
    const args = ['-u', 'desktop', '--', 'env', ...environment, 'sh', '-c', line];
    const { stdout } = await this.#driver.machines.exec(this.#id, {
      path: '/usr/sbin/runuser',
      args,
      timeoutMs: 30_000,
    });
    return stdout.trim();
  }

  /** Until a line of shell prints what fits. */
  async until(line: string, fits: (output: string) => boolean, timeoutMs = 60_000): Promise<string> {
    const deadline = systemClock.monotonicMs() + timeoutMs;
    for (;;) {
      const output = await this.run(line);
      if (fits(output)) return output;
      if (systemClock.monotonicMs() > deadline) throw new Error(`in the guest, ${line} printed: ${output}`);
      await systemClock.sleep(250);
    }
  }

  close(): Promise<void> {
    return this.#driver.close();
  }
}
