import { mayLook, pictureOf } from '@orangery/control';
import { ORPCError } from '@orpc/server';
import { codeOf, messageOf } from '@orangery/std';
import { audit } from './base.ts';
import type { ApiContext } from './context.ts';

type PictureAnswer = { png: string; width: number; height: number; takenAt: string };

/** A picture of a machine's screen for whoever may see it. Looked at is looked at: each try is in the audit log. */
export async function lookAt(
  context: ApiContext,
  machineId: string,
  { subject, because }: { subject: { kind: 'session' | 'machine'; id: string }; because: string | undefined },
  refuse: (message: string) => Error,
): Promise<PictureAnswer> {
  const action = `${subject.kind}.picture`;
  const { actor, control } = context;
  const may = await mayLook(control, machineId, actor.kind === 'person' ? actor.id : undefined);
  if (!may && because === undefined) {
    await audit(context, action, subject, 'refused', { machineId });
    throw new ORPCError('FORBIDDEN', {
      message: 'Somebody works on it: ask them first, or say why you look without their consent',
    });
  }
  const detail = { machineId, ...(may || because === undefined ? {} : { withoutConsent: because }) };
  try {
    const { png, width, height } = await pictureOf(context.control, machineId);
    await audit(context, action, subject, 'done', detail);
    const takenAt = new Date(context.control.clock.now()).toISOString();
    return { png: png.toString('base64'), width, height, takenAt };
  } catch (error) {
    await audit(context, action, subject, 'refused', detail);
    throw codeOf(error) === 'CONFLICT' ? refuse(messageOf(error)) : error;
  }
}
