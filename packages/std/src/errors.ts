/**
 * An error with a stable code. Callers match on `code`, never on the text; the text says what was tried,
 * what was found and what to do.
 */
export class OrangeryError extends Error {
  readonly code: string;
  /** What somebody should do about it, in one sentence. */
  readonly fix: string | undefined;

  constructor(code: string, message: string, options: { cause?: unknown; fix?: string } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'OrangeryError';
    this.code = code;
    this.fix = options.fix;
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The `code` of anything that was thrown: ours, Node's (`ENOENT`) or a library's. */
export function codeOf(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}
