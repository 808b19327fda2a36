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
  newImage: {
    ready: (scene) => keepReady(scene, 1),
    async go({ installation: { db } }) {
      const newest = await db
        .selectFrom('image_version')
        .select(['image_id', 'version'])
        .orderBy('version', 'desc')
        .executeTakeFirstOrThrow();
      const version = newest.version + 1;
      await db
        .insertInto('image_version')
        .values({ image_id: newest.image_id, version, recipe_hash: `version ${version}` })
        .execute();
    },
  },
};

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
