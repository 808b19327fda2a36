import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type House, openHouse } from './house.ts';
import { linkOf, MailServer } from './mail-server.ts';

const ACCOUNT = { user: 'orangery', password: 'the mail server’s own' };
const PORT = 1025;

let house: House;
let ca: string;
const warnings: string[] = [];
const onWarning = ({ name, message }: Error): void => void warnings.push(`${name}: ${message}`);
beforeAll(async () => {
  house = await openHouse();
  ca = await readFile(join(house.folder, 'tls', 'ca.crt'), 'utf8');
  process.on('warning', onWarning);
});
afterAll(async () => {
  process.off('warning', onWarning);
  await house.close();
});

const settings = (more: object = {}) => ({
  host: '127.0.0.1',
  port: PORT,
  security: 'starttls' as const,
  from: 'orangery@example.org',
  publicUrl: house.origin,
  ca,
  ...ACCOUNT,
  ...more,
});

it('a mail server is told by its address, and no name of it is made of that', async () => {
  const tls = {
    key: await readFile(join(house.folder, 'tls', 'server.key'), 'utf8'),
    cert: await readFile(join(house.folder, 'tls', 'server.crt'), 'utf8'),
  };
  const server = await MailServer.start(tls, ACCOUNT, '127.0.0.1', PORT);
  try {
    await house.admin.api.mail.update(settings());
    await house.admin.api.mail.test({ to: 'ada@example.org' });
    expect(server.received).toMatchObject([{ to: ['ada@example.org'], secure: true }]);
    expect(warnings.filter((each) => /ServerName|DEP0123/.test(each))).toEqual([]);
  } finally {
    await server.close();
  }
});

it('its certificate must be of that address', async () => {
  const [key, cert] = ['key', 'cert'].map((name) => join(house.folder, name)) as [string, string];
  const made = [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=elsewhere.example',
  ];
  const names = ['-addext', 'subjectAltName=DNS:elsewhere.example'];
  execFileSync('openssl', [...made, ...names, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  const tls = { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') };
  const server = await MailServer.start(tls, ACCOUNT, '127.0.0.1', PORT);
  try {
    await house.admin.api.mail.update(settings({ ca: tls.cert }));
    await expect(house.admin.api.mail.test({ to: 'ada@example.org' })).rejects.toMatchObject({
      message: expect.stringContaining('certificate') as string,
    });
    expect(server.received).toEqual([]);
  } finally {
    await server.close();
  }
});

it('who helps sends a person the mail by which they choose a new password, and learns none', async () => {
  const { admin } = house;
  const person = { name: 'Ada', email: 'ada@example.org', password: 'the one she forgot' };
  const { id } = await admin.api.users.create({ ...person, roles: [] });
  await admin.api.mail.remove();
  await expect(admin.api.users.sendReset({ id })).rejects.toMatchObject({ code: 'CONFLICT' });
  const tls = {
    key: await readFile(join(house.folder, 'tls', 'server.key'), 'utf8'),
    cert: await readFile(join(house.folder, 'tls', 'server.crt'), 'utf8'),
  };
  const server = await MailServer.start(tls, ACCOUNT, '127.0.0.1', PORT);
  try {
    await admin.api.mail.update(settings());
    expect(await admin.api.users.sendReset({ id })).toEqual({});
    await house.sendMails();
    const [mail] = server.received;
    expect(mail?.to).toEqual(['ada@example.org']);
    const token = linkOf(mail?.raw ?? '', 'reset');
    const hers = await house.browser();
    await hers.api.account.resetPassword({ token, password: 'one that she remembers' });
    expect(await hers.signIn({ ...person, password: 'one that she remembers' })).toBe(200);
    const [event] = (await admin.api.audit.list({ search: 'user.sendReset', limit: 1 })).items;
    expect(event).toMatchObject({ subjectId: id, outcome: 'done' });
  } finally {
    await server.close();
  }
});
