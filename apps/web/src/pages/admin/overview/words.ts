import type { Overview } from '../../../api/client.ts';

export type Check = Overview['checks'][number];
export type Finding = Check['findings'][number];
export type Verdict = Overview['verdict'];
export type Place = NonNullable<Finding['place']>;

export const verdictWords: Readonly<Record<Verdict, string>> = {
  good: 'All right',
  busy: 'Under way',
  warn: 'Look at it soon',
  bad: 'Needs you',
};

/** Those that somebody has to do something about, the gravest first. */
export const wanting = (checks: readonly Check[]): (Finding & { check: string })[] =>
  (['bad', 'warn'] as const).flatMap((verdict) =>
    checks.flatMap(({ name, findings }) =>
      findings.filter((each) => each.verdict === verdict).map((each) => ({ ...each, check: name })),
    ),
  );

/** Everything in a sentence. */
export function headline({ verdict, checks }: Overview): string {
  const all = checks.flatMap(({ findings }) => findings);
  const of = (wanted: Verdict): number =>
    all.filter((each) => each.verdict === wanted).length +
    checks.reduce((sum, check) => sum + (check.verdict === wanted ? check.more : 0), 0);
  if (verdict === 'bad') return of('bad') === 1 ? 'One thing needs you.' : `${of('bad')} things need you.`;
  if (verdict === 'warn')
    return of('warn') === 1
      ? 'Nothing is broken; one thing is to be looked at soon.'
      : `Nothing is broken; ${of('warn')} things are to be looked at soon.`;
  return verdict === 'busy' ? 'Nothing is wrong; something is under way.' : 'Everything is all right.';
}
