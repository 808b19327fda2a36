/** A host name has at most 63 characters; some leave room for a domain. */
const NAME_CHARACTERS_MAX = 60;

/**
 * A machine's name by its pool's pattern: `{pool}`, `{random}` (six hexadecimal digits of its id), `{person}`. Always a
 * host name, and always one of its own: where the pattern has nothing random, the digits are added.
 */
export function machineName(
  pattern: string,
  of: { pool: string; machineId: string; person?: string },
): string {
  const random = of.machineId.replaceAll('-', '').slice(0, 6);
  const filled = pattern
    .replaceAll('{pool}', of.pool)
    .replaceAll('{person}', of.person ?? '')
    .replaceAll('{random}', random);
  const name = hostName(pattern.includes('{random}') ? filled : `${filled}-${random}`);
  return name.length <= NAME_CHARACTERS_MAX
    ? name
    : hostName(`${name.slice(0, NAME_CHARACTERS_MAX - 7)}-${random}`);
}

function hostName(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{Mark}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
}
