import { openApi } from './api.ts';

type Overview = Awaited<ReturnType<ReturnType<typeof openApi>['api']['overview']['show']>>;

const MARKS = { good: '✓', busy: '…', warn: '!', bad: '✗' } as const;

/** Each part in a line, and below it what is not as it should be and what to do. */
export function describeOverview({ checks }: Overview): string {
  return checks
    .flatMap(({ name, verdict, says, findings, more }) => [
      `${MARKS[verdict]} ${name}: ${says}`,
      ...findings.flatMap(({ verdict: each, what, fix }) => [
        `  ${MARKS[each]} ${what}`,
        ...(fix === null ? [] : [`      ${fix}`]),
      ]),
      ...(more === 0 ? [] : [`    and ${more} more`]),
    ])
    .map((line) => `${line}\n`)
    .join('');
}

export async function showStatus(
  stateFolder: string,
  json: boolean,
  out: NodeJS.WritableStream,
): Promise<void> {
  const { api, close } = openApi(stateFolder);
  try {
    const [status, overview] = await Promise.all([api.system.status(), api.overview.show()]);
    if (json) out.write(`${JSON.stringify({ ...status, overview }, null, 2)}\n`);
    else {
      for (const { name, state, reason } of status.steps.filter((step) => step.state !== 'done'))
        out.write(`${name}: ${state}${reason === null ? '' : ` ${reason}`}\n`);
      out.write(describeOverview(overview));
    }
  } finally {
    await close();
  }
}
