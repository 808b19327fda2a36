import { rm } from 'node:fs/promises';
import { buildImage, recipeHash, recipes } from '@orangery/images';
import { join } from 'node:path';
import { openKvmDriver } from '@orangery/hypervisor';
import { LocalChannel, SshChannel } from '@orangery/libvirt';
import { messageOf, OrangeryError, systemClock, systemRng } from '@orangery/std';
import type { ImageBuilder } from '@orangery/control';
import { type Config, readConfig } from './config.ts';
import type { OpenDriver } from './drivers.ts';
import { createLog } from './log.ts';
import { startServer } from './server.ts';

function imageBuilder(config: Config): ImageBuilder {
  return {
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
    async build(name, { signal, onProgress }) {
      const recipe = (await recipes()).find((each) => each.name === name);
      if (recipe === undefined) throw new OrangeryError('notFound', `There is no recipe ${name} in images/`);
      return buildImage({ recipe, outDir: config.imagesFolder, signal, onProgress });
    },
    remove: (path) => rm(path, { force: true }),
  };
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
