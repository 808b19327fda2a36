import { encodePicture, type Picture, shrinkPicture } from '@orangery/hypervisor';
import { codeOf, OrangeryError } from '@orangery/std';
import type { Context } from '../context.ts';

/** Large enough to read a window's title, small enough to be sent at once. */
export const PICTURE_SIDE_MAX = 800;
/** Each holds a whole screen in memory while it is made smaller. */
const AT_ONCE_MAX = 4;

export type MachinePicture = { png: Buffer; width: number; height: number };

let taking = 0;

/**
 * What a machine shows now; kept nowhere. Throws `CONFLICT` when it shows nothing, `UNAVAILABLE` when too many are taken
 * at this moment.
 */
export async function pictureOf({ db, drivers }: Context, machineId: string): Promise<MachinePicture> {
  const machine = await db
    .selectFrom('machine')
    .select(['host_id', 'name'])
    .where('id', '=', machineId)
    .executeTakeFirst();
  if (machine === undefined) throw new OrangeryError('CONFLICT', 'The machine is gone.');
  if (taking >= AT_ONCE_MAX)
    throw new OrangeryError('UNAVAILABLE', 'Many pictures are taken just now; try again in a moment.');
  taking += 1;
  try {
    const driver = await drivers.of(machine.host_id);
    const picture = await driver.machines.screenshot(machineId).catch((error: unknown): Picture => {
      if (codeOf(error) === 'hostUnreachable') throw error;
      throw new OrangeryError('CONFLICT', `${machine.name} shows nothing now: it is not switched on.`, {
        cause: error,
      });
    });
    const small = shrinkPicture(picture, PICTURE_SIDE_MAX);
    return { png: encodePicture(small), width: small.width, height: small.height };
  } finally {
    taking -= 1;
  }
}
