import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  buildImage,
  ImageKeep,
  planImage,
  type Recipe,
  recipeHash,
  recipes,
  Uploads,
} from '@orangery/images';
import { openKvmDriver } from '@orangery/hypervisor';
import { LocalChannel, SshChannel } from '@orangery/libvirt';
import { messageOf, OrangeryError, systemClock, systemRng } from '@orangery/std';
import type { ImageBuilder } from '@orangery/control';
import { type Config, readConfig } from './config.ts';
import type { OpenDriver } from './drivers.ts';
import { createLog } from './log.ts';
import { startServer } from './server.ts';

function imageBuilder(config: Config): ImageBuilder {
  const keep = new ImageKeep(config.imagesFolder);
  const uploads = new Uploads(config.imagesFolder);
  return {
    uploads,
    find: (name) => keep.find(name),
    receive: async (name, open, options) => keep.receive(name, await open(), options),
    async adopt(id, name, options) {
      return (await keep.find(name)) ?? keep.adopt(name, uploads.path(id), options);
    },
    openUpload: (id) => uploads.read(id),
    removeUpload: (id) => uploads.remove(id),
    async recipes() {
      const all = await recipes();
      return Promise.all(
        all.map(async (recipe) => ({
          name: recipe.name,
          title: recipe.title,
          description: recipe.description,
          hash: await recipeHash(recipe),
        })),
      );
    },
    plan: async (name, signal) =>
      planImage({ recipe: await recipeNamed(name), outDir: config.imagesFolder, signal }),
    async build(name, { edition, signal, onProgress }) {
      const recipe = await recipeNamed(name);
      return buildImage({ recipe, outDir: config.imagesFolder, edition, signal, onProgress });
    },
    async remove(path) {
      await rm(path, { force: true });
      await rm(`${path}.packages`, { force: true });
    },
  };
}

async function recipeNamed(name: string): Promise<Recipe> {
  const recipe = (await recipes()).find((each) => each.name === name);
  if (recipe === undefined) throw new OrangeryError('notFound', `There is no recipe ${name} in images/`);
  return recipe;
}

const config = readConfig(process.env);
const log = createLog(config.logLevel);

const openDriver =
  (installationId: string): OpenDriver =>
  ({ name, address, privateKey }) => {
    const channel =
      address.kind === 'local'
        ? new LocalChannel({ clock: systemClock })
        : new SshChannel({
            host: address.host,
            port: address.port,
            username: address.user,
            ...(privateKey === undefined ? {} : { privateKey }),
            hostKey: { kind: 'known', fingerprints: [address.hostKeySha256] },
            clock: systemClock,
          });
    return openKvmDriver({
      channel,
      installationId,
      clock: systemClock,
      rng: systemRng,
      log: log.child({ host: name }),
      workFolder: join(config.stateFolder, 'dedupe'),
    });
  };

try {
  const server = await startServer(config, {
    clock: systemClock,
    rng: systemRng,
    log,
    images: imageBuilder(config),
    openDriver,
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info({ signal }, 'stops');
      void server.close().then(
        () => process.exit(0),
        (error: unknown) => {
          log.error({ reason: messageOf(error) }, 'the server did not stop cleanly');
          process.exit(1);
        },
      );
    });
  }
} catch (error) {
  const fix = error instanceof OrangeryError ? error.fix : undefined;
  log.error({ reason: messageOf(error), fix }, 'the server could not start');
  process.exitCode = 1;
  process.exit();
}
