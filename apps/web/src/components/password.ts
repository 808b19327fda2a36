import { PASSWORD_LENGTH_MIN } from '@orangery/contract';

export type Strength = { level: 0 | 1 | 2 | 3; hint: string };

/**
 * A hint, not a rule: length counts most, variety a little, repetition and the well-known against it. The server's
 * rule is the length alone (NIST SP 800-63B 5.1.1.2).
 */
export function strengthOf(password: string): Strength {
  if (password.length < PASSWORD_LENGTH_MIN) {
    const missing = PASSWORD_LENGTH_MIN - password.length;
    return {
      level: 0,
      hint:
        password === ''
          ? `At least ${PASSWORD_LENGTH_MIN} characters. A few words in a row are good.`
          : `${missing} more to go.`,
    };
  }
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^a-zA-Z\d]/].filter((kind) => kind.test(password)).length;
  const distinct = new Set(password.toLowerCase()).size;
  if (distinct < 6 || /pass(?:word|wort)|qwert|12345|orangery/i.test(password)) {
    return { level: 1, hint: 'Easy to guess. Try a few words that have nothing to do with each other.' };
  }
  const points = password.length + 3 * (kinds - 1);
  if (points >= 20) return { level: 3, hint: 'Strong.' };
  return { level: 2, hint: 'Good. A few more characters make it strong.' };
}
