/** OWASP ASVS 4.0.3, 2.1.1 and 2.1.2. There are no other rules. */
export const PASSWORD_LENGTH_MIN = 12;
export const PASSWORD_LENGTH_MAX = 128;
