import type { Directory, DirectoryInput, DirectorySettings } from '../../../api/client.ts';

export type Kind = DirectorySettings['kind'];
export const KINDS: readonly { value: Kind; label: string }[] = [
  { value: 'activeDirectory', label: 'Active Directory' },
  { value: 'ldap', label: 'LDAP' },
  { value: 'openIdConnect', label: 'OpenID Connect' },
];
export const kindLabel = (kind: Kind): string => KINDS.find(({ value }) => value === kind)?.label ?? kind;

type Security = 'ldaps' | 'starttls' | 'none';
/** Where directories listen for each kind of encryption. */
export const PORTS: Readonly<Record<Security, number>> = { ldaps: 636, starttls: 389, none: 389 };

/** What is written in the form. */
export type DirectoryValues = {
  kind: Kind;
  title: string;
  name: string;
  /** One a line, with a port where it is not the usual one. */
  servers: string;
  security: Security;
  bindDn: string;
  base: string;
  groupBase: string;
  peopleFilter: string;
  loginAttributes: string;
  idAttribute: string;
  guessesMax: number | string;
  windowMinutes: number | string;
  change: boolean;
  reset: boolean;
  issuer: string;
  clientId: string;
  scopes: string;
  groupsClaim: string;
  hours: number | string;
  signOutThere: boolean;
  secret: string;
  ca: string;
  peopleMax: number | string;
};

const EMPTY: DirectoryValues = {
  kind: 'activeDirectory',
  title: '',
  name: '',
  servers: '',
  security: 'ldaps',
  bindDn: '',
  base: '',
  groupBase: '',
  peopleFilter: '',
  loginAttributes: '',
  idAttribute: '',
  guessesMax: 4,
  windowMinutes: 30,
  change: false,
  reset: false,
  issuer: '',
  clientId: '',
  scopes: 'profile email',
  groupsClaim: 'groups',
  hours: 12,
  signOutThere: false,
  secret: '',
  ca: '',
  peopleMax: 5_000,
};

/** What the form begins with. */
export function valuesOf(directory: Directory | undefined): DirectoryValues {
  if (directory === undefined) return EMPTY;
  const { title, name, settings } = directory;
  const { kind, ca, peopleMax } = settings;
  const shared = { ...EMPTY, kind, title, name, ca, peopleMax };
  if (settings.kind === 'openIdConnect') {
    const { issuer, clientId, scopes, groupsClaim, hours, signOutThere } = settings;
    return { ...shared, issuer, clientId, scopes, groupsClaim, hours, signOutThere };
  }
  const { servers, security, guesses, passwords, loginAttributes, ...rest } = settings;
  const { bindDn, base, groupBase, peopleFilter, idAttribute } = rest;
  return {
    ...shared,
    bindDn,
    base,
    groupBase,
    peopleFilter,
    idAttribute,
    security,
    servers: servers.map((server) => serverText(server, security)).join('\n'),
    loginAttributes: loginAttributes.join(', '),
    guessesMax: guesses.max,
    windowMinutes: guesses.windowMinutes,
    ...passwords,
  };
}

type Server = { host: string; port: number };

function serverText({ host, port }: Server, security: Security): string {
  if (port === PORTS[security]) return host;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The servers of a text; undefined for a line that is none. */
export function serversOf(text: string, security: Security): Server[] | undefined {
  const lines = text.split(/[\s,]+/).filter((line) => line !== '');
  const servers: Server[] = [];
  for (const line of lines) {
    const [, bracketed, name, colons, port] =
      /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+)|([0-9a-fA-F:.]+))(?::(\d{1,5}))?$/.exec(line) ?? [];
    // An address of colons without brackets has no port.
    const bare = colons !== undefined && port !== undefined ? `${colons}:${port}` : colons;
    const host = bracketed ?? name ?? bare;
    const number = bare === undefined && port !== undefined ? Number(port) : PORTS[security];
    if (host === undefined || number < 1 || number > 65_535) return undefined;
    servers.push({ host, port: number });
  }
  return servers.length === 0 ? undefined : servers;
}

/** What is sent: a secret that was not typed is the one there is; rules of roles stay as they are. */
export function inputOf(
  values: DirectoryValues,
  roles: DirectorySettings['roles'],
): Omit<DirectoryInput, 'name'> {
  const text = (value: string): string => value.trim();
  const shared = { ca: values.ca, peopleMax: Number(values.peopleMax), roles };
  const settings: DirectoryInput['settings'] =
    values.kind === 'openIdConnect'
      ? {
          kind: values.kind,
          issuer: text(values.issuer),
          clientId: text(values.clientId),
          scopes: text(values.scopes),
          groupsClaim: text(values.groupsClaim),
          hours: Number(values.hours),
          signOutThere: values.signOutThere,
          ...shared,
        }
      : {
          kind: values.kind,
          servers: serversOf(values.servers, values.security) ?? [],
          security: values.security,
          bindDn: text(values.bindDn),
          base: text(values.base),
          groupBase: text(values.groupBase),
          peopleFilter: text(values.peopleFilter),
          loginAttributes: values.loginAttributes.split(/[\s,]+/).filter((name) => name !== ''),
          idAttribute: text(values.idAttribute),
          guesses: { max: Number(values.guessesMax), windowMinutes: Number(values.windowMinutes) },
          passwords: { change: values.change, reset: values.reset },
          ...shared,
        };
  return { title: text(values.title), settings, ...(values.secret === '' ? {} : { secret: values.secret }) };
}

/** What is wrong with a value, in words; the server has the last word. */
export const directoryRules = {
  title: (title: string): string | null => (title.trim() === '' ? 'What people know it by' : null),
  name: (name: string): string | null =>
    /^[a-z0-9][a-z0-9-]{0,62}$/.test(name) && name !== 'local' ? null : 'Small letters, digits and dashes',
  servers: (servers: string, { kind, security }: DirectoryValues): string | null =>
    kind === 'openIdConnect' || serversOf(servers, security) !== undefined
      ? null
      : 'One a line, as in dc1.example.org',
  bindDn: (dn: string, { kind }: DirectoryValues): string | null =>
    kind === 'openIdConnect' || dn.trim() !== '' ? null : 'As in CN=orangery,CN=Users,DC=example,DC=org',
  base: (dn: string, { kind }: DirectoryValues): string | null =>
    kind === 'openIdConnect' || dn.trim() !== '' ? null : 'As in DC=example,DC=org',
  issuer: (issuer: string, { kind }: DirectoryValues): string | null =>
    kind !== 'openIdConnect' || /^https:\/\/\S+$/.test(issuer.trim())
      ? null
      : 'As in https://login.example.org',
  clientId: (id: string, { kind }: DirectoryValues): string | null =>
    kind !== 'openIdConnect' || id.trim() !== '' ? null : 'What the provider calls this Orangery',
};
