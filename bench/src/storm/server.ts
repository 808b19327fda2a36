import { readFileSync } from 'node:fs';
import type { ImageBuilder } from '@orangery/control';
import { createLog, type OpenDriver, readConfig, startServer } from '@orangery/server';
import { type Clock, messageOf, OrangeryError, systemClock, systemRng } from '@orangery/std';
import { type FleetHost, openFleetDriver } from './fleet-driver.ts';

/**
 * The product's server, whole, with one difference: its hosts are a fleet. `STORM_FLEET` names a file with the hosts by
 * their names, `STORM_CLOCK_AHEAD_MS` puts the clock of this machine forward.
 */
const fleetFile = process.env['STORM_FLEET'] ?? '';
const aheadMs = Number(process.env['STORM_CLOCK_AHEAD_MS'] ?? 0);
const clock: Clock = aheadMs === 0 ? systemClock : { ...systemClock, now: () => systemClock.now() + aheadMs };
const config = readConfig(process.env);
const log = createLog(config.logLevel);

const hostNamed = (name: string): FleetHost => {
  const hosts = JSON.parse(readFileSync(fleetFile, 'utf8')) as Record<string, FleetHost>;
  const host = hosts[name];
  if (host === undefined) throw new OrangeryError('hostUnreachable', `The fleet has no host ${name}`);
  return host;
};

const openDriver =
  (installationId: string): OpenDriver =>
  async ({ name }) =>
    openFleetDriver({
      host: hostNamed(name),
      name,
      installationId,
      clock,
      rng: systemRng,
      log: log.child({ host: name }),
    });

const noImages = (): Promise<never> =>
  Promise.reject(new OrangeryError('refused', 'A simulation builds and keeps no images'));
const images: ImageBuilder = {
  recipes: () => Promise.resolve([]),
  plan: noImages,
  build: noImages,
  remove: noImages,
  find: noImages,
  receive: noImages,
  adopt: noImages,
  uploads: { requireRoom: noImages, received: noImages, append: noImages },
  openUpload: noImages,
  removeUpload: noImages,
};

try {
  const server = await startServer(config, { clock, rng: systemRng, log, images, openDriver });
  process.once('SIGTERM', () => void server.close().finally(() => process.exit(0)));
} catch (error) {
  log.error({ reason: messageOf(error) }, 'the server could not start');
  process.exit(1);
}
