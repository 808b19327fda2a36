import { pictureOf } from '@orangery/control';
import { codeOf, messageOf } from '@orangery/std';
import { audit } from './base.ts';
import type { ApiContext } from './context.ts';

type PictureAnswer = { png: string; width: number; height: number; takenAt: string };

/** A picture of a machine's screen for whoever may see it. Looked at is looked at: each try is in the audit log. */
export async function lookAt(
  context: ApiContext,
  machineId: string,
  subject: { kind: 'session' | 'machine'; id: string },
  refuse: (message: string) => Error,
): Promise<PictureAnswer> {
  const action = `${subject.kind}.picture`;
  try {
    const { png, width, height } = await pictureOf(context.control, machineId);
    await audit(context, action, subject, 'done', { machineId });
    const takenAt = new Date(context.control.clock.now()).toISOString();
    return { png: png.toString('base64'), width, height, takenAt };
  } catch (error) {
    await audit(context, action, subject, 'refused', { machineId });
    throw codeOf(error) === 'CONFLICT' ? refuse(messageOf(error)) : error;
  }
}
