import { join } from 'node:path';
import { type Context, mailsLoop, makeSetupLink } from '@orangery/control';
import { createAuth, createMailer, loadSecrets, openLdap } from '@orangery/server';
import { systemClock } from '@orangery/std';
import type { Person } from '../person.ts';
import { type InProcess, startInProcess } from './in-process.ts';

export const administrator = { name: 'Root', email: 'root@orangery.test', password: 'a long enough one' };

/** A server in this process that has its administrator, and sends mails when it is told to. */
export type House = Omit<InProcess, 'browser'> & {
  /** Sends the mails that wait. */
  sendMails(): Promise<void>;
  /** Somebody's browser, in which nobody is signed in. */
  browser(): Promise<Person>;
  /** The administrator's. */
  admin: Person;
};

export async function openHouse(): Promise<House> {
  const { world, folder, origin, control, browser: open, close } = await startInProcess();
  const secrets = await loadSecrets(join(folder, 'master.key'));
  const browser = (): Promise<Person> => Promise.resolve(open());
  const admin = await browser();
  await admin.api.setup.complete({ token: await makeSetupLink(control), ...administrator });
  await admin.signIn(administrator);
  Object.assign(control, {
    seal: (purpose, plain) => secrets.seal(purpose, plain),
    unseal: (purpose, sealed) => secrets.open(purpose, sealed),
    openDirectory: (settings, secret) => openLdap(settings, secret, () => systemClock.now()),
  } satisfies Partial<Context>);
  control.mailer = createMailer(createAuth(world.db, secrets), control);
  return {
    world,
    folder,
    origin,
    control,
    browser,
    admin,
    async sendMails() {
      const loop = mailsLoop(control);
      for (const key of await loop.keys()) await loop.turn(key, new AbortController().signal);
    },
    close,
  };
}
