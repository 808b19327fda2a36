import { OrangeryError } from '@orangery/std';
import { Installation } from '@orangery/tests';
import { sql } from 'kysely';
import { alone, type Row } from './document.ts';
import { measureApi } from './web/api.ts';
import { fillHouse } from './web/house.ts';
import { measureList } from './web/list.ts';
import { measureLive } from './web/live.ts';
import { measurePortal } from './web/portal.ts';

const P99_MS_MAX = 50;
const PORTAL_BYTES_MAX = 250_000;
const PORTAL_USABLE_MS_MAX = 4_000;
/** What a person takes for still. */
const FRAME_P99_MS_MAX = 50;
const INTERACTION_MS_MAX = 100;
const FILTER_MS_MAX = 1_000;
const TOLD_MS_MAX = 1_000;

/**
 * What people and programs wait for, on an installation of its own with 10,000 machines and as many people in its database:
 * lists and single things at 200 requests a second over HTTPS, 500 browsers that follow changes, then the portal's first load on a
 * slow line and the list of all machines in Chromium.
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
    const toldMs = await measureLive(installation, house);
    const portal = await measurePortal(installation, house);
    const list = await measureList(installation, house);
    return [
      alone('apiListP50Ms', 'ms', quantile(listMs, 0.5)),
      alone('apiListP99Ms', 'ms', quantile(listMs, 0.99), P99_MS_MAX),
      alone('apiShowP50Ms', 'ms', quantile(showMs, 0.5)),
      alone('apiShowP99Ms', 'ms', quantile(showMs, 0.99), P99_MS_MAX),
      alone('failures', 'requests', failures, 0),
      alone('portalBytes', 'bytes', portal.bytes, PORTAL_BYTES_MAX),
      alone('portalUsableMs', 'ms', portal.usableMs, PORTAL_USABLE_MS_MAX),
      alone('portalAgainMs', 'ms', portal.againMs),
      alone('liveToldMaxMs', 'ms', Math.max(...toldMs), TOLD_MS_MAX),
      alone('listFrameP50Ms', 'ms', quantile(list.frameMs, 0.5)),
      alone('listFrameP99Ms', 'ms', quantile(list.frameMs, 0.99), FRAME_P99_MS_MAX),
      alone('listRowsDrawn', 'rows', list.rowsDrawn, 100),
      alone('listFilterMs', 'ms', list.filterMs, FILTER_MS_MAX),
      alone('interactionMaxMs', 'ms', Math.max(...list.interactionMs, 0), INTERACTION_MS_MAX),
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
