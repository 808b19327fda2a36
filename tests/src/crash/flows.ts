import type { Flow } from './kill-points.ts';
import type { Scene } from './scene.ts';

type Way = {
  /** Before the server is told where. */
  ready?: (scene: Scene) => Promise<unknown>;
  /** What makes the server meet the step. Its answer may be cut off. */
  go: (scene: Scene) => Promise<unknown>;
  after?: (scene: Scene) => Promise<unknown>;
};

/** What brings the server to a step. */
export const ways: Record<Flow, Way> = {
  start: {
    async go({ installation }) {
      await installation.stop('SIGKILL');
      await installation.start();
    },
  },
  replace: {
    ready: (scene) => keepReady(scene, 1),
    go: async (scene) => scene.installation.api.machines.delete({ id: await freeMachine(scene) }),
  },
  wait: {
    ready: (scene) => keepReady(scene, 0),
    go: ({ guest, poolId }) => guest.api.desktops.open({ id: poolId }),
    after: (scene) => scene.endGuestSessions(),
  },
  loseMachine: {
    // A machine that waits for somebody else would only be one more to make.
    async ready(scene) {
      await keepReady(scene, 0);
      await scene.openForGuest();
      await scene.settled();
    },
    go: async (scene) => scene.installation.api.machines.delete({ id: await scene.machineOfGuest() }),
    after: (scene) => scene.endGuestSessions(),
  },
  bring: {
    ready: (scene) => withProfiles(scene, 1),
    go: ({ guest, poolId }) => guest.api.desktops.open({ id: poolId }),
    after: (scene) => scene.endGuestSessions(),
  },
  leave: {
    async ready(scene) {
      await withProfiles(scene, 1);
      await scene.openForGuest();
      await scene.settled();
    },
    go: (scene) => scene.logGuestOff(),
  },
  own: {
    ready: (scene) => makeOwnPool(scene),
    go: async (scene) => scene.guest.api.desktops.open({ id: await ownPool(scene) }),
    after: (scene) => dropOwnPool(scene),
  },
  ownOff: {
    async ready(scene) {
      await makeOwnPool(scene);
      await scene.guest.api.desktops.open({ id: await ownPool(scene) });
      await scene.settled(OWN_MS);
    },
    go: (scene) => scene.logGuestOff(),
    after: (scene) => dropOwnPool(scene),
  },
  dropNetwork: {
    async ready(scene) {
      await scene.installation.api.pools.update({ id: scene.poolId, network: { kind: 'isolated' } });
      await keepReady(scene, 1);
    },
    go: ({ installation, poolId }) => installation.api.pools.update({ id: poolId, network: { kind: 'nat' } }),
  },
  ownRestart: {
    async ready(scene) {
      await makeOwnPool(scene);
      await scene.guest.api.desktops.open({ id: await ownPool(scene) });
      await scene.settled(OWN_MS);
    },
    async go(scene) {
      for (const { id } of await scene.guest.api.sessions.list({}))
        await scene.guest.api.sessions.restart({ id, how: 'hard' });
    },
    after: (scene) => dropOwnPool(scene),
  },
  dropVersion: {
    ready: (scene) => keepReady(scene, 1),
    async go({ installation: { db, api } }) {
      const { image_id, version } = await newestVersion(db);
      const old = { image_id, version: version + 1, recipe_hash: `old ${version}`, phase: 'ready' } as const;
      const { id } = await db
        .insertInto('image_version')
        .values({ ...old, path: '/nowhere/old.qcow2' })
        .returning('id')
        .executeTakeFirstOrThrow();
      await api.images.deleteVersion({ id });
    },
  },
  brokenImage: {
    ready: (scene) => keepReady(scene, 1),
    async go({ installation: { db, api } }) {
      const { image_id, version } = await newestVersion(db);
      const broken = { image_id, version: version + 1, phase: 'ready' } as const;
      const { id } = await db
        .insertInto('image_version')
        .values({ ...broken, path: '/nowhere/broken.qcow2', file_bytes: 1, virtual_bytes: 1 })
        .returning('id')
        .executeTakeFirstOrThrow();
      await api.images.makeCurrent({ id });
    },
    async after(scene) {
      const { db, api } = scene.installation;
      await api.pools.rollBack({ id: scene.poolId });
      await api.images.deleteVersion({ id: (await newestVersion(db)).id });
      await scene.settled();
    },
  },
  newImage: {
    ready: (scene) => keepReady(scene, 1),
    async go({ installation: { db } }) {
      const newest = await newestVersion(db);
      const version = newest.version + 1;
      await db
        .insertInto('image_version')
        .values({ image_id: newest.image_id, version, recipe_hash: `version ${version}` })
        .execute();
    },
  },
};

function newestVersion(db: Scene['installation']['db']) {
  return db
    .selectFrom('image_version')
    .select(['id', 'image_id', 'version'])
    .orderBy('version', 'desc')
    .executeTakeFirstOrThrow();
}

async function keepReady(scene: Scene, readyCount: number): Promise<void> {
  await scene.installation.api.pools.update({ id: scene.poolId, readyCount });
  await scene.settled();
}

async function freeMachine({ installation: { db } }: Scene): Promise<string> {
  const { id } = await db
    .selectFrom('machine')
    .select('id')
    .where('taken_at', 'is', null)
    .executeTakeFirstOrThrow();
  return id;
}

/** A machine of one's own boots, and shuts down, within this. */
const OWN_MS = 600_000;
const OWN = 'own';

async function withProfiles(scene: Scene, profileGib: number): Promise<void> {
  await scene.installation.api.pools.update({ id: scene.poolId, profileGib });
  await keepReady(scene, 1);
}

async function makeOwnPool(scene: Scene): Promise<void> {
  const { installation, guest } = scene;
  const pool = await installation.api.pools.show({ id: scene.poolId });
  const { image, cpus, memoryMib } = pool;
  const settings = { name: OWN, title: OWN, kind: 'persistent', powerOffAfterS: 0 } as const;
  const { id } = await installation.api.pools.create({ ...settings, image, cpus, memoryMib });
  await installation.api.entitlements.add({ poolId: id, principalId: await scene.guestId() });
  await guest.api.desktops.list();
  await scene.settled();
}

async function ownPool({ installation }: Scene): Promise<string> {
  const pools = await installation.api.pools.list();
  return pools.find(({ name }) => name === OWN)?.id ?? '';
}

async function dropOwnPool(scene: Scene): Promise<void> {
  const { installation } = scene;
  await scene.endGuestSessions(OWN_MS);
  for (const { id, pool } of await installation.api.machines.list())
    if (pool === OWN) await installation.api.machines.delete({ id });
  await installation.until('the end of the machine', async () =>
    (await installation.api.machines.list()).every(({ pool }) => pool !== OWN),
  );
  await installation.api.pools.delete({ id: await ownPool(scene) });
}
