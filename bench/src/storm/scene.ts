import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startTestHost, type TestHost } from '@orangery/lab';
import { OrangeryError } from '@orangery/std';
import { Installation } from '@orangery/tests';
import { sql } from 'kysely';
import { Browsers } from './browser.ts';
import type { FleetHost } from './fleet-driver.ts';
import type { Delays } from './guests.ts';
import { newTally, playMorning, type Tally } from './people.ts';
import type { Visit } from './profile.ts';
import { installWitness } from './witness.ts';
import { cookiesOf, fillWorld, type World } from './world.ts';

const SERVER = fileURLToPath(new URL('server.ts', import.meta.url));

export type SceneOptions = {
  hosts: number;
  hostCpus: number;
  /** Processors that one machine keeps busy while it starts, and while it runs. */
  startingCpus: number;
  runningCpus: number;
  delays: Delays;
  people: number;
  pools: number;
  /** Of all pools together. */
  readyCount: number;
  machinesMax: number;
  /** Hosts can be cut off; costs processor time. */
  cuttable?: boolean;
  logLevel?: string;
};

/** An installation whose hosts are a fleet, with people who have not come yet. */
export class StormScene {
  readonly installation: Installation;
  readonly hosts: readonly TestHost[];
  readonly world: World;
  readonly tally: Tally = newTally();
  readonly #options: SceneOptions;
  readonly #ends: AsyncDisposableStack;

  private constructor(
    parts: { installation: Installation; hosts: readonly TestHost[]; world: World },
    options: SceneOptions,
    ends: AsyncDisposableStack,
  ) {
    this.installation = parts.installation;
    this.hosts = parts.hosts;
    this.world = parts.world;
    this.#options = options;
    this.#ends = ends;
  }

  /** Ready as soon as the server runs; its machines are still to be made. */
  static async create(options: SceneOptions): Promise<StormScene> {
    await using ends = new AsyncDisposableStack();
    const installation = await Installation.create(
      {
        ORANGERY_ROLES: 'api,loops',
        ORANGERY_RECIPES: '',
        ORANGERY_LOG_LEVEL: options.logLevel ?? 'warn',
      },
      SERVER,
    );
    ends.defer(() => end(installation));
    const hosts: TestHost[] = [];
    for (let index = 0; index < options.hosts; index += 1) {
      const name = `host-${String(index + 1).padStart(3, '0')}`;
      const folder = join(installation.folder, name);
      const host = await startTestHost({ folder, name, cuttable: options.cuttable ?? false });
      ends.defer(() => host.stop());
      hosts.push(host);
    }
    const { pools, machinesMax, readyCount, people } = options;
    const world = await fillWorld(installation, {
      hosts: hosts.map(({ name }) => name),
      people,
      pools,
      readyCount: Math.ceil(readyCount / pools),
      machinesMax: Math.ceil(machinesMax / pools),
    });
    await installWitness(installation.db);
    const inner = new AsyncDisposableStack();
    const scene = new StormScene({ installation, hosts, world }, options, inner);
    await scene.start(installation);
    inner.use(ends.move());
    return scene;
  }

  /** Starts a server of the scene, with the fleet for its hosts. */
  async start(server: Installation, env: Record<string, string> = {}): Promise<void> {
    const { hostCpus: cpus, startingCpus, runningCpus, delays } = this.#options;
    const fleet = Object.fromEntries(
      this.hosts.map(({ name, socket }): [string, FleetHost] => [
        name,
        { socket, cpus, memoryGib: cpus * 4, startingCpus, runningCpus, delays },
      ]),
    );
    const file = join(server.folder, 'fleet.json');
    await writeFile(file, JSON.stringify(fleet));
    if ((await server.start({ STORM_FLEET: file, ...env })) !== 'runs')
      throw new OrangeryError('notStarted', await server.log());
  }

  /** A second server of the same database. */
  async replica(env: Record<string, string>): Promise<Installation> {
    const replica = await this.installation.replica();
    this.#ends.defer(() => replica.leave());
    await this.start(replica, env);
    return replica;
  }

  /** Until as many machines are ready as the pools keep. */
  async prepared(timeoutMs: number): Promise<void> {
    const { readyCount, pools } = this.#options;
    const wanted = Math.ceil(readyCount / pools) * pools;
    await this.installation.until(
      `${wanted} ready machines`,
      async () => {
        const { rows } = await sql<{ ready: number }>`
          select count(*) as ready from machine where phase = 'ready' and taken_at is null`.execute(
          this.installation.db,
        );
        return (rows[0]?.ready ?? 0) >= wanted;
      },
      timeoutMs,
    );
  }

  /** People come, by turns to each of the servers. */
  async play(
    visits: readonly Visit[],
    speed: number,
    servers: readonly Installation[] = [this.installation],
  ): Promise<void> {
    const browsers = new Browsers(
      await this.installation.ca(),
      servers.map(({ port }) => port),
    );
    try {
      const cookies = await cookiesOf(this.installation, this.#options.people);
      const { poolOf } = this.world;
      await playMorning({ browsers, cookies, poolOf, speed, tally: this.tally }, visits);
    } finally {
      browsers.close();
    }
  }

  /** Ends everything; nothing of it stays. */
  async close(): Promise<void> {
    await this.#ends.disposeAsync();
  }
}

/** The hosts are gone, and all of their machines: nothing is to be taken down. */
async function end(installation: Installation): Promise<void> {
  await sql`truncate machine, host cascade`.execute(installation.db);
  await installation.purge();
}
