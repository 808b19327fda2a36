import type { Flow } from './kill-points.ts';
import {
  dropOwnPool,
  leaveOwn,
  makeOwnPool,
  openWindow,
  OWN_MS,
  ownMachine,
  ownPool,
  stopLongOne,
} from './own.ts';
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
  ownCopy: {
    ready: (scene) => makeOwnPool(scene, 'full'),
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
  application: {
    async ready(scene) {
      await keepReady(scene, 1);
      const { api } = scene.installation;
      const there = (await api.applications.list()).find(({ name }) => name === APPLICATION);
      if (there !== undefined) return;
      const input = { name: APPLICATION, poolId: scene.poolId, program: 'debian-xterm.desktop' };
      const { id } = await api.applications.create(input);
      await api.applications.entitle({ id, principalId: await scene.guestId() });
    },
    async go({ guest }) {
      const [application] = await guest.api.applications.mine();
      await guest.api.applications.open({ id: application?.id ?? '' });
    },
    after: (scene) => scene.endGuestSessions(),
  },
  ownRestart: {
    async ready(scene) {
      await makeOwnPool(scene);
      await scene.guest.api.desktops.open({ id: await ownPool(scene) });
      await scene.settled(OWN_MS);
    },
    async go(scene) {
      for (const { id } of (await scene.guest.api.sessions.list({})).items)
        await scene.guest.api.sessions.restart({ id, how: 'hard' });
    },
    after: (scene) => dropOwnPool(scene),
  },
  maintain: {
    ready: (scene) => leaveOwn(scene, null),
    go: (scene) => openWindow(scene),
    after: (scene) => dropOwnPool(scene),
  },
  maintainOff: {
    ready: (scene) => leaveOwn(scene, 0),
    go: async (scene) => scene.installation.api.machines.maintain({ id: await ownMachine(scene) }),
    after: (scene) => dropOwnPool(scene),
  },
  maintainStop: {
    ready: (scene) => leaveOwn(scene, null),
    go: (scene) => stopLongOne(scene),
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
  bringImage: {
    go: ({ installation }) => bring(installation, 'disk'),
    async after(scene) {
      const { installation } = scene;
      for (const { name, versions } of await installation.api.images.list())
        if (name === BROUGHT)
          for (const { id } of versions) await installation.api.images.deleteVersion({ id });
      await scene.settled();
    },
  },
  install: {
    async go({ installation }) {
      const id = await bring(installation, 'iso');
      await installation.until('the installer', () => isOpen(installation, id));
      await installation.api.drafts.discard({ id });
    },
    async after(scene) {
      const { api, db } = scene.installation;
      for (const { version_id: id } of await db.selectFrom('draft').select('version_id').execute())
        await api.drafts.discard({ id }).catch(() => {});
      await scene.installation.until('the end of the draft', async () => {
        const images = await api.images.list();
        return images.every(({ name }) => name !== BROUGHT);
      });
    },
  },
  change: {
    ready: (scene) => keepReady(scene, 1),
    async go({ installation }) {
      await installation.api.drafts.open({ id: await currentVersion(installation) });
    },
    async after(scene) {
      const { api, db } = scene.installation;
      const drafts = await db.selectFrom('draft').select('version_id').execute();
      for (const { version_id: id } of drafts) await api.drafts.discard({ id });
      await scene.installation.until(
        'the end of the draft',
        async () => (await db.selectFrom('draft').select('version_id').execute()).length === 0,
      );
    },
  },
  author: {
    ready: (scene) => keepReady(scene, 1),
    async go({ installation }) {
      const { id } = await installation.api.drafts.open({ id: await currentVersion(installation) });
      await installation.until('the draft', () => isOpen(installation, id));
      await installation.api.drafts.publish({ id, notes: 'changed' });
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

const BROUGHT = 'brought';

/** A file that could be a disk, or an installer's medium; with nothing in it that would boot. */
async function bring(installation: Scene['installation'], kind: 'disk' | 'iso'): Promise<string> {
  const content = Buffer.alloc(1 << 20);
  content.writeUInt16LE(0xaa55, 510);
  const file = { fileName: kind, bytes: content.length, kind } as const;
  const { id } = await installation.api.imports.begin({ name: BROUGHT, ...file });
  await installation.send(id, content);
  return id;
}

async function currentVersion({ api }: Scene['installation']): Promise<string> {
  const versions = (await api.images.list()).flatMap((image) => image.versions);
  return versions.find((version) => version.current)?.id ?? '';
}

async function isOpen({ api }: Scene['installation'], id: string): Promise<boolean> {
  const versions = (await api.images.list()).flatMap((image) => image.versions);
  return versions.some((version) => version.id === id && version.draft?.phase === 'open');
}

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

const APPLICATION = 'terminal';

async function withProfiles(scene: Scene, profileGib: number): Promise<void> {
  await scene.installation.api.pools.update({ id: scene.poolId, profileGib });
  await keepReady(scene, 1);
}
