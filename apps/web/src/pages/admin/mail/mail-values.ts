import type { Client } from '../../../api/client.ts';

type MailInput = Parameters<Client['mail']['update']>[0];
export type MailValues = Required<Omit<MailInput, 'port'>> & { port: number | string };

/** Where mail servers listen for each kind of encryption. */
export const PORTS = { starttls: 587, tls: 465, none: 25 } as const;

/** What is sent: a password that was not typed is the one there is. */
export function mailInputOf({ password, ...values }: MailValues): MailInput {
  return {
    ...values,
    host: values.host.trim(),
    from: values.from.trim(),
    publicUrl: values.publicUrl.trim(),
    user: values.user.trim(),
    port: Number(values.port),
    ...(password === '' ? {} : { password }),
  };
}
