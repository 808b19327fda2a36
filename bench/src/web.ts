import { OrangeryError } from '@orangery/std';
import { Installation } from '@orangery/tests';
import { sql } from 'kysely';
import { alone, type Row } from './document.ts';
import { measureApi } from './web/api.ts';
import { fillHouse } from './web/house.ts';
import { measurePortal } from './web/portal.ts';

const P99_MS_MAX = 50;
const PORTAL_BYTES_MAX = 250_000;
const PORTAL_USABLE_MS_MAX = 4_000;

/**
 * What people and programs wait for, on an installation of its own with 10,000 machines and as many people in its database:
 * lists and single things at 200 requests a second over HTTPS, then the portal's first load on a slow line in Chromium.
 */
export async function benchWeb(): Promise<Row[]> {
  const installation = await Installation.create({
    ORANGERY_ROLES: 'api',
    ORANGERY_RECIPES: '',
    ORANGERY_LOG_LEVEL: 'warn',
  });
  try {
    if ((await installation.start()) !== 'runs')
      throw new OrangeryError('notStarted', await installation.log());
    const house = await fillHouse(installation);
    const { listMs, showMs, failures } = await measureApi(installation, house);
    const portal = await measurePortal(installation, house);
    return [
      alone('apiListP50Ms', 'ms', quantile(listMs, 0.5)),
      alone('apiListP99Ms', 'ms', quantile(listMs, 0.99), P99_MS_MAX),
      alone('apiShowP50Ms', 'ms', quantile(showMs, 0.5)),
      alone('apiShowP99Ms', 'ms', quantile(showMs, 0.99), P99_MS_MAX),
      alone('failures', 'requests', failures, 0),
      alone('portalBytes', 'bytes', portal.bytes, PORTAL_BYTES_MAX),
      alone('portalUsableMs', 'ms', portal.usableMs, PORTAL_USABLE_MS_MAX),
      alone('portalAgainMs', 'ms', portal.againMs),
    ];
  } finally {
    // Nothing of it is on any host.
    await sql`truncate machine, host cascade`.execute(installation.db);
    await installation.purge();
  }
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;
}
