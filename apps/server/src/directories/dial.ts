import { isIP, type Socket, connect as connectTcp } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import type { LdapSettings } from '@orangery/contract';
import { codeOf, messageOf, OrangeryError } from '@orangery/std';
import { Client } from 'ldapts';
import { resolveOutward } from '../outward.ts';

/** Of directories, also on this machine itself; 1389 and 1636 where one runs without root. */
const PORTS = [389, 636, 3268, 3269, 1389, 1636] as const;
const CONNECT_TIMEOUT_MS = 5_000;
const ANSWER_TIMEOUT_MS = 10_000;
/** All that a server may say to one question: one that never ends does not fill this one's memory. */
const HEARD_BYTES_MAX = 16 << 20;
const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/;

type Server = LdapSettings['servers'][number];
export type Dialled = {
  client: Client;
  server: Server;
  /** Its name and port. */
  at: string;
  /** A new question begins. */
  begin: () => void;
};
/** Told as it gets on, for a person who watches. */
export type Progress = (step: 'connect' | 'encrypt', detail: string) => void;
export type DialOptions = {
  /** Milliseconds since 1970. */
  now: () => number;
  onProgress?: Progress | undefined;
  /** What a server has to do besides, or the next one is asked; throws `directoryRefused` where none else is to be asked. */
  ready?: (dialled: Dialled) => Promise<void>;
};

const failure = (message: string, cause?: unknown): OrangeryError =>
  new OrangeryError('directoryUnreachable', message, { cause });

/** A server that did not answer is asked after the others for so long: not each sign-in waits for it. */
const DOWN_MS = 30_000;
const DOWN_MAX = 200;
const down = new Map<string, number>();

/** Connects to the first server that answers, encrypted as the settings say. Throws `directoryUnreachable` with what each said. */
export async function dial(settings: LdapSettings, options: DialOptions): Promise<Dialled> {
  const { now } = options;
  const isDown = (server: Server): number => ((down.get(nameOf(server)) ?? 0) > now() ? 1 : 0);
  const faults: string[] = [];
  for (const server of settings.servers.toSorted((a, b) => isDown(a) - isDown(b))) {
    try {
      const dialled = await dialOne(settings, server, options);
      down.delete(nameOf(server));
      return dialled;
    } catch (error) {
      if (codeOf(error) !== 'directoryUnreachable') throw error;
      if (down.size >= DOWN_MAX) down.clear();
      down.set(nameOf(server), now() + DOWN_MS);
      faults.push(messageOf(error));
    }
  }
  throw failure(faults.join('; '));
}

const nameOf = ({ host, port }: Server): string => `${host}:${port}`;

async function dialOne(settings: LdapSettings, server: Server, options: DialOptions): Promise<Dialled> {
  const { socket, ...dialled } = await encryptedTo(settings, server, options);
  try {
    if (options.ready !== undefined) await withDeadline(options.ready(dialled), socket, dialled.at);
    return dialled;
  } catch (error) {
    await hangUp(dialled.client);
    throw error;
  }
}

async function encryptedTo(
  settings: LdapSettings,
  server: Server,
  { onProgress = () => {} }: DialOptions,
): Promise<Dialled & { socket: Socket }> {
  const { host, port } = server;
  const at = nameOf(server);
  const address = await resolveOutward(host, port, PORTS).catch((error: unknown) => {
    throw failure(messageOf(error), error);
  });
  if (settings.security === 'none' && !LOOPBACK.test(address))
    throw failure(`${at}: passwords would go there unencrypted; choose LDAPS or STARTTLS`);
  const socket = await connected(connectTcp({ host: address, port }), 'connect', `${at} (${address})`);
  onProgress('connect', `${at} answers at ${address}`);
  const secure = {
    // Names alone can be told a server before it shows its certificate.
    ...(isIP(host) === 0 ? { servername: host } : {}),
    host,
    minVersion: 'TLSv1.2' as const,
    ...(settings.ca.trim() === '' ? {} : { ca: settings.ca }),
  };
  try {
    if (settings.security === 'ldaps') {
      const encrypted = await connected(connectTls({ ...secure, socket }), 'secureConnect', at);
      onProgress('encrypt', `encrypted by ${encrypted.getProtocol() ?? 'TLS'}, and its certificate is good`);
      return { ...clientOver(encrypted), server, at, socket };
    }
    const over = clientOver(socket);
    if (settings.security === 'starttls') {
      await withDeadline(over.client.startTLS(secure), socket, at);
      onProgress('encrypt', 'encrypted by STARTTLS, and its certificate is good');
    } else onProgress('encrypt', 'not encrypted: it is on this machine');
    return { ...over, server, at, socket };
  } catch (error) {
    socket.destroy();
    if (codeOf(error) === 'directoryUnreachable') throw error;
    throw failure(`${at} cannot be talked to encrypted: ${reasonOf(error)}`, error);
  }
}

/**
 * The library's client on this connection and on no other: it would connect again by itself, unencrypted and without a
 * look at where to.
 */
function clientOver(socket: Socket): Pick<Dialled, 'client' | 'begin'> {
  let [taken, heard] = [false, 0];
  const listen = <S extends Socket>(to: S): S =>
    quiet(to).on('data', (bytes: Buffer) => {
      heard += bytes.length;
      if (heard > HEARD_BYTES_MAX)
        to.destroy(failure(`The directory said more than ${HEARD_BYTES_MAX >> 20} MiB`));
    });
  const client = new Client({
    url: 'ldap://directory.invalid',
    timeout: ANSWER_TIMEOUT_MS,
    createConnection: () => {
      if (taken) throw failure('The connection to the directory has ended');
      taken = true;
      return listen(socket);
    },
    // By STARTTLS: from then on what is heard is counted there.
    createSecureConnection: ((options: ConnectionOptions): TLSSocket =>
      listen(connectTls(options))) as typeof connectTls,
  });
  return { client, begin: () => (heard = 0) };
}

/** Between two who listen nobody hears an error, and it would end the process; whoever asks next finds the connection closed. */
const quiet = <S extends Socket>(socket: S): S => socket.on('error', () => {});

export const hangUp = (client: Client): Promise<void> => client.unbind().catch(() => {});

async function withDeadline<T>(work: Promise<T>, socket: Socket, at: string): Promise<T> {
  const done = deadline(socket, at);
  try {
    return await work;
  } finally {
    done();
  }
}

/** Ends the connection after a while, whatever is said on it; the function calls that off. */
function deadline(socket: Socket, at: string): () => void {
  const signal = AbortSignal.timeout(CONNECT_TIMEOUT_MS);
  const end = (): void => void socket.destroy(failure(`${at} did not answer in time`));
  signal.addEventListener('abort', end);
  return () => signal.removeEventListener('abort', end);
}

function connected<S extends Socket>(socket: S, event: 'connect' | 'secureConnect', at: string): Promise<S> {
  return new Promise((resolve, reject) => {
    const done = deadline(socket, at);
    const refuse = (error: unknown): void => {
      done();
      socket.destroy();
      reject(codeOf(error) === 'directoryUnreachable' ? error : failure(`${at}: ${reasonOf(error)}`, error));
    };
    const hungUp = (): void => refuse(failure(`${at} hung up`));
    quiet(socket).once('error', refuse).once('close', hungUp);
    socket.once(event, () => {
      done();
      socket.removeListener('error', refuse).removeListener('close', hungUp);
      resolve(socket);
    });
  });
}

/** What failed, in words for an administrator. */
function reasonOf(error: unknown): string {
  const code = codeOf(error) ?? '';
  return REASONS[code] ?? `${messageOf(error)}${code === '' ? '' : ` (${code})`}`;
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  EHOSTUNREACH: 'there is no way there',
  ENETUNREACH: 'there is no way there',
  ECONNRESET: 'it hung up',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by nobody known: give its authority as PEM',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is of an authority that is not known: give it as PEM',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is of an authority that is not known: give it as PEM',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is of an authority that is not known: give it as PEM',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};
