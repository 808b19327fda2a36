import { execFile } from 'node:child_process';
import { z } from 'zod';

/** What the registry answers of a lockfile, as pnpm prints it. */
const answerSchema = z.object({
  advisories: z.record(
    z.string(),
    z.object({
      module_name: z.string(),
      severity: z.string(),
      title: z.string(),
      url: z.string(),
      patched_versions: z.string().nullish(),
    }),
  ),
});

/** From these on nothing is released before it is mended. */
const GRAVE: ReadonlySet<string> = new Set(['high', 'critical']);

export type Advisories =
  | { kind: 'none' }
  | { kind: 'found'; lines: string[]; grave: boolean }
  /** The registry says nothing about advisories: nothing is known, which is not the same as none. */
  | { kind: 'unknown'; reason: string };

/** What an answer about our dependencies means. */
export function judgeAdvisories(printed: string): Advisories {
  const answer = answerSchema.safeParse(jsonOf(printed));
  if (!answer.success)
    return {
      kind: 'unknown',
      reason:
        printed
          .replaceAll(/[\s│×]+/g, ' ')
          .trim()
          .slice(0, 300) || 'no answer',
    };
  const all = Object.values(answer.data.advisories);
  if (all.length === 0) return { kind: 'none' };
  return {
    kind: 'found',
    grave: all.some(({ severity }) => GRAVE.has(severity)),
    lines: all.map(
      ({ module_name, severity, title, url, patched_versions: patched }) =>
        `${severity}: ${module_name}: ${title} (${url})${patched ? `; mended in ${patched}` : ''}`,
    ),
  };
}

function jsonOf(printed: string): unknown {
  try {
    return JSON.parse(printed);
  } catch {
    return undefined;
  }
}

/** Asks the registry whether what runs in the product has known holes; 1 when a grave one is known. */
export async function checkAdvisories(out: NodeJS.WritableStream): Promise<number> {
  const found = judgeAdvisories(await ask());
  switch (found.kind) {
    case 'none':
      return 0;
    case 'unknown':
      out.write(`! Dependencies were NOT looked at: the registry gave no advisories (${found.reason})\n`);
      return 0;
    case 'found':
      for (const line of found.lines) out.write(`${found.grave ? '✗' : '!'} ${line}\n`);
      return found.grave ? 1 : 0;
  }
}

const TIMEOUT_MS = 60_000;

const ask = (): Promise<string> =>
  new Promise((resolve) => {
    // It ends with an error where it has found something.
    execFile(
      'pnpm',
      ['audit', '--prod', '--json'],
      { timeout: TIMEOUT_MS, maxBuffer: 64 << 20 },
      (_, stdout, stderr) => resolve(stdout.trim() === '' ? stderr : stdout),
    );
  });
