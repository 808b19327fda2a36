import { InvalidArgumentError } from 'commander';

export type SshAddress = { user: string; host: string; port: number };

const ADDRESS = /^([a-z_][a-z0-9_-]{0,31})@(\[[0-9a-f:.]+\]|[A-Za-z0-9.-]{1,253})(?::(\d{1,5}))?$/;

/** `user@host`, `user@host:port` or `user@[2001:db8::1]:port`. */
export function parseAddress(text: string): SshAddress {
  const [, user, host, port = '22'] = ADDRESS.exec(text) ?? [];
  const number = Number(port);
  if (user === undefined || host === undefined || number < 1 || number > 65_535) {
    throw new InvalidArgumentError('an address like orangery@host.example.org or orangery@192.0.2.7:2222');
  }
  return { user, host: host.replace(/^\[|\]$/g, ''), port: number };
}
