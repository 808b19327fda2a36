import { poolInput, poolLimitsSchema } from '@orangery/contract';
import { OrangeryError } from '@orangery/std';

/** Settings as the API has them; what they may be is the API's to say. */
export type Settings = Record<string, unknown>;

const NAMES = Object.keys(poolInput.shape).filter((name) => name !== 'limits');
const LIMITS = Object.keys(poolLimitsSchema.shape);
/** Words stay words, also when they look like a number. */
const TEXTS = new Set([
  'name',
  'image',
  'kind',
  'title',
  'description',
  'closedReason',
  'imageVersionId',
  'machineName',
  'timeZone',
]);

/**
 * `key=value` pairs as settings: numbers, true, false, null and JSON are what they look like, the rest is text. A
 * limit is told by `limits.cpuShares` or by its own name. Throws `badInput`.
 */
export function settingsOf(pairs: readonly string[]): Settings {
  const settings: Settings = {};
  const limits: Settings = {};
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    const key = (at < 0 ? pair : pair.slice(0, at)).replace(/^limits\./, '');
    if (at < 0) throw refusal(`"${pair}" is no key=value`);
    const value = valueOf(key, pair.slice(at + 1));
    if (LIMITS.includes(key)) limits[key] = value;
    else if (NAMES.includes(key)) settings[key] = value;
    else throw refusal(`There is no setting "${key}"`);
  }
  return Object.keys(limits).length === 0 ? settings : { ...settings, limits };
}

/** What is given beside each other: a file, then `--set`, then options of their own; the later counts. */
export function merged(...all: readonly Settings[]): Settings {
  const limits = Object.assign({}, ...all.map(({ limits: each }) => each));
  const settings: Settings = Object.assign({}, ...all);
  return Object.keys(limits).length === 0 ? settings : { ...settings, limits };
}

/** A file's settings. Throws `badInput`. */
export function parseSettings(text: string, path: string): Settings {
  const parsed = parse(text);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw refusal(`${path} is no JSON object`);
  // What "pool show --json" prints may be given back as it is.
  const { id: _id, machines: _machines, ...settings } = parsed as Settings;
  return settings;
}

const NETWORK_WORDS =
  'nat [RANGE], routed RANGE, isolated [RANGE], bridge NAME [vlan TAG] [ovs] [ipv6]; then neighbours';

/** `bridge br0 vlan 20 neighbours` as the network of a pool. Throws `badInput`. */
export function networkOf(text: string): Settings {
  const words = text.trim().split(/\s+/);
  const network: Settings = { kind: words.shift() };
  if (network['kind'] === 'bridge') network['bridge'] = words.shift() ?? null;
  while (words.length > 0) {
    const word = words.shift() ?? '';
    if (word === 'neighbours') network['neighbours'] = true;
    else if (word === 'ovs') network['openVSwitch'] = true;
    else if (word === 'ipv6') network['ipv6'] = true;
    else if (word === 'vlan') network['vlan'] = Number(words.shift());
    else if (word.includes('/')) network['subnet'] = word;
    else {
      throw new OrangeryError('badInput', `"${word}" says nothing about a network`, {
        fix: `Networks: ${NETWORK_WORDS}`,
      });
    }
  }
  return network;
}

function valueOf(key: string, text: string): unknown {
  if (text === 'null') return null;
  if (TEXTS.has(key)) return text;
  return parse(text) ?? text;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusal(message: string): OrangeryError {
  return new OrangeryError('badInput', message, { fix: `Settings: ${[...NAMES, ...LIMITS].join(', ')}` });
}
