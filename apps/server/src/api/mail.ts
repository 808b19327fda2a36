import { mailSettings, removeMailSettings, setMailSettings, showMail, testMail } from '@orangery/control';
import { codeOf, messageOf } from '@orangery/std';
import { sendMail } from '../mail/smtp.ts';
import { api, audit } from './base.ts';
import type { ApiContext } from './context.ts';

const subject = (context: ApiContext) => ({ kind: 'installation', id: context.control.installation.id });

export const mail = {
  show: api.mail.show.handler(({ context }) => showMail(context.control)),

  update: api.mail.update.handler(async ({ context, input, errors }) => {
    if ((await setMailSettings(context.control, input)) === 'passwordMissing')
      throw errors.CONFLICT({ message: 'Another server or user: give its password.' });
    const { password: _, ca: __, ...told } = input;
    await audit(context, 'mail.update', subject(context), 'done', told);
    context.nudgeAll();
    return showMail(context.control);
  }),

  remove: api.mail.remove.handler(async ({ context }) => {
    await removeMailSettings(context.control);
    await audit(context, 'mail.remove', subject(context));
    return showMail(context.control);
  }),

  test: api.mail.test.handler(async ({ context, input, errors }) => {
    const settings = await mailSettings(context.control);
    if (settings === undefined) throw errors.CONFLICT({ message: 'Set first how mails are sent.' });
    try {
      await sendMail(settings, input.to, testMail(settings.publicUrl));
    } catch (error) {
      if (codeOf(error) !== 'mailRefused' && codeOf(error) !== 'notReachable') throw error;
      await audit(context, 'mail.test', subject(context), 'failed', { to: input.to });
      throw errors.CONFLICT({ message: messageOf(error) });
    }
    await audit(context, 'mail.test', subject(context), 'done', { to: input.to });
    return {};
  }),
};
