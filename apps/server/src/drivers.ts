import { type Drivers, requireNewest } from '@orangery/control';
import { hostAddress, type HostAddress } from '@orangery/contract';
import type { Database } from '@orangery/database';
import type { HostDriver } from '@orangery/hypervisor';
import { OrangeryError } from '@orangery/std';
import type { Secrets } from './secrets.ts';

export type OpenDriver = (host: {
  name: string;
  address: HostAddress;
  privateKey: string | undefined;
}) => Promise<HostDriver>;

/**
 * One driver per host, opened when it is first asked for. A failed opening is tried anew at the next question. A host
 * that knows a newer generation of ours is handed out to nobody.
 */
export class HostDrivers implements Drivers {
  readonly #db: Database;
  readonly #secrets: Secrets;
  readonly #installation: { id: string; generation: number };
  readonly #open: OpenDriver;
  readonly #onOpened: (hostId: string, driver: HostDriver) => void;
  readonly #drivers = new Map<string, Promise<HostDriver>>();

  constructor(
    db: Database,
    secrets: Secrets,
    installation: { id: string; generation: number },
    open: OpenDriver,
    onOpened: (hostId: string, driver: HostDriver) => void,
  ) {
    this.#db = db;
    this.#secrets = secrets;
    this.#installation = installation;
    this.#open = open;
    this.#onOpened = onOpened;
  }

  of(hostId: string): Promise<HostDriver> {
    const known = this.#drivers.get(hostId);
    if (known !== undefined) return known;
    const opening = this.#openFor(hostId);
    this.#drivers.set(hostId, opening);
    opening.then(
      (driver) => this.#onOpened(hostId, driver),
      () => this.#drivers.delete(hostId),
    );
    return opening;
  }

  async close(): Promise<void> {
    const drivers = await Promise.allSettled(this.#drivers.values());
    this.#drivers.clear();
    for (const opened of drivers) if (opened.status === 'fulfilled') await opened.value.close();
  }

  async #openFor(hostId: string): Promise<HostDriver> {
    const host = await this.#db
      .selectFrom('host')
      .select(['name', 'address', 'key_sealed'])
      .where('id', '=', hostId)
      .executeTakeFirst();
    if (host === undefined) throw new OrangeryError('notFound', `There is no host ${hostId}`);
    const address = hostAddress.parse(host.address);
    const key =
      host.key_sealed === null ? undefined : this.#secrets.open('host-key', host.key_sealed).toString();
    const driver = await this.#open({ name: host.name, address, privateKey: key });
    try {
      requireNewest(await driver.machines.list(), this.#installation);
      return driver;
    } catch (error) {
      await driver.close();
      throw error;
    }
  }
}
