import { rememberPlace } from '@orangery/control';
import { setDevice } from '../identity/device-cookie.ts';
import { auditAs } from './base.ts';
import type { ApiContext } from './context.ts';

/** The person is in: their browser and address are theirs from now on, and it is told who came. */
export async function entered(context: ApiContext, userId: string, how: string): Promise<void> {
  await rememberPlace(context.control, userId, {
    address: context.client,
    device: setDevice(context),
  });
  await auditAs(context, userId, 'signIn', 'done', { how });
}
